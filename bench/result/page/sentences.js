/*
 * What to choose: a sentence for each comparison, with the figure that it goes by. A sentence is a list of texts and
 * elements. Rows that are not valid, and models, are never chosen.
 */

/* Ages that differ by less are called the same. */
const SAME_MS = 1;

function choice(name) {
	return element("strong", {}, name);
}

function isChoosable(row) {
	return row.valid;
}

/* Whether a figure tells the rows apart: all repetitions of one lie beyond those of the other, medians by so much. */
function isApart(row, other, name, least) {
	const one = shownSpread(row, name);
	const two = shownSpread(other, name);
	return Math.abs(one.median - two.median) > least && (one.max < two.min || two.max < one.min);
}

function sortedBy(rows, name) {
	return rows.filter((row) => Number.isFinite(medianOf(row, name))).sort((a, b) => medianOf(a, name) - medianOf(b, name));
}

function notValidSentence(where) {
	return { isBad: true, parts: [`${where}: nothing can be chosen, as no valid run has the figures for it.`] };
}

/* contrast: the freshest; of those that are not told apart by it, the first: ours stand before what one writes alone. */

function whyOldest(row) {
	const waits = ["reliable", "shared", "tcp", "nodelay"].includes(labelOf(row, "mode"));
	return waits && medianOf(row, "lost") === 0 ? ", as what is behind a lost update waits for its repeat" : "";
}

/* Those that are as fresh, and whether one of them takes fewer bytes. */
function asFreshText(best, others) {
	const least = sortedBy(others, "bytes_per_update")[0];
	const isLess = least && isApart(best, least, "bytes_per_update", 0.1 * medianOf(best, "bytes_per_update"));
	const bytes = isLess && medianOf(least, "bytes_per_update") < medianOf(best, "bytes_per_update")
		? `, of which ${nameOf(least)} takes the fewest bytes (${said(least, "bytes_per_update")} for an update instead of ${said(best, "bytes_per_update")})`
		: "";
	return others.length === 0 ? "" : `; ${listed(others.map(nameOf))} ${others.length > 1 ? "are" : "is"} as fresh${bytes}`;
}

function contrastSentence(rows, scenario) {
	const ranked = sortedBy(rows.filter(isChoosable), "age_p99_us");
	if (ranked.length === 0)
		return notValidSentence(scenario);
	const close = rows.filter((row) => ranked.includes(row) && !isApart(row, ranked[0], "age_p99_us", SAME_MS));
	const best = close[0];
	const worst = ranked.at(-1);
	const oldest = close.includes(worst) ? "" : `, where with ${nameOf(worst)} it is up to ${said(worst, "age_p99_us")}${whyOldest(worst)}`;
	return {
		parts: [
			`On ${scenario} choose `,
			choice(nameOf(best)),
			`: for 99\u00a0% of the time what a receiver knows is at most ${said(best, "age_p99_us")} old${oldest}${asFreshText(best, close.slice(1))}.`,
		],
	};
}

function contrastSentences(rows) {
	return valuesOf(rows, "scenario").map((scenario) =>
		contrastSentence(rows.filter((row) => labelOf(row, "scenario") === scenario), scenario),
	);
}

/* compare: the cheapest for the relay, with its delay beside that of the fastest. */

function timesText(more, less) {
	return `${numberText(more / less, 2)} times`;
}

function lossText(row) {
	return medianOf(row, "loss") > 0.1 ? ` (it lost ${said(row, "loss")})` : "";
}

function isYardstick(row) {
	return ["udp", "segment"].includes(labelOf(row, "contender").split(" ")[0]);
}

function yardstickText(row) {
	return row ? `; ${nameOf(row)}, which does nothing but copy, takes ${said(row, "cpu_us_per_update")}` : "";
}

function compareSentence(rows, where) {
	const valid = sortedBy(rows.filter(isChoosable), "cpu_us_per_update");
	const choosable = valid.filter((row) => !isYardstick(row));
	const byCost = choosable.length > 0 ? choosable : valid;
	const yardstick = choosable.length > 0 ? valid.find(isYardstick) : undefined;
	const byDelay = sortedBy(byCost, "delay_p99_us");
	if (byDelay.length === 0)
		return notValidSentence(where);
	const [best, fastest, dearest] = [byCost[0], byDelay[0], byCost.at(-1)];
	const parts = [`${where}: `];

	if (byCost.length === 1)
		return { parts: [...parts, "only ", choice(nameOf(best)), ` has a valid run, with ${said(best, "cpu_us_per_update")} of the relay's CPU for a delivered update and a delay of ${said(best, "delay_p99_us")} at p99${lossText(best)}${yardstickText(yardstick)}.`] };
	parts.push("choose ", choice(nameOf(best)), ` for the least CPU, ${said(best, "cpu_us_per_update")} of the relay for a delivered update${lossText(best)}`);
	if (isApart(best, dearest, "cpu_us_per_update", 0))
		parts.push(`, where ${nameOf(dearest)} takes ${timesText(medianOf(dearest, "cpu_us_per_update"), medianOf(best, "cpu_us_per_update"))} that`);
	else
		parts.push(", though the repetitions do not tell it from the dearest");
	if (fastest === best || !isApart(fastest, best, "delay_p99_us", 0))
		parts.push(`; its delay of ${said(best, "delay_p99_us")} at p99 is as short as any`);
	else
		parts.push("; ", choice(nameOf(fastest)), ` for the shortest delay, ${said(fastest, "delay_p99_us")} at p99 instead of ${said(best, "delay_p99_us")}${lossText(fastest)}`);
	return { parts: [...parts, `${yardstickText(yardstick)}.`] };
}

function loadText(row) {
	const mode = labelOf(row, "mode");
	return `${labelOf(row, "members")} members at ${labelOf(row, "rate_hz")} Hz${mode === "unsequenced" ? "" : `, ${mode}`}`;
}

function compareSentences(rows) {
	return [...new Set(rows.map(loadText))].map((load) => compareSentence(rows.filter((row) => loadText(row) === load), load));
}

/* load: how much each relay carries, what ended the search, and which delivers the most. */

const loadWords = { members: "members", rate: "updates a second of each member", rooms: "rooms" };

function perSecond(row) {
	return `${numberText(medianOf(row, "delivered_per_s"), 3)} updates a second`;
}

function searchSentence(document, row) {
	const ended = row.notes[0] ?? document.parameters.bounded_by ?? "not said";
	const carried = numberText(spreadOf(row, "carried").median);
	const what = loadWords[document.parameters.by] ?? "";
	const limit = document.parameters.relay_limit ? ` (${document.parameters.relay_limit})` : "";
	const bound = document.parameters.bound;
	const name = labelOf(row, "contender") || document.parameters.contender || "the relay";

	if (!(spreadOf(row, "carried").median > 0))
		return { isBad: !row.valid, parts: [choice(name), ` carries nothing that was tried within ${bound}; what ended the search: ${ended}.`] };
	return { isBad: !row.valid, parts: [choice(name), ` carries ${row.valid ? "" : "at least "}${carried} ${what} within ${bound}: ${perSecond(row)} delivered; what ended the search: ${ended}${limit}.`] };
}

/* Each is known to about a step of the search. */
function mostSentence(most, least, resolution) {
	const ratio = medianOf(most, "delivered_per_s") / medianOf(least, "delivered_per_s");
	if (ratio < 1 + numberOf(resolution))
		return { parts: [`Choose by what else you need: ${nameOf(most)} and ${nameOf(least)} deliver as much within the bound, ${perSecond(most)}, to a step of the search.`] };
	return { parts: ["Choose ", choice(nameOf(most)), ` where the most is to be carried: it delivers ${perSecond(most)} within the bound, ${timesText(ratio, 1)} what ${nameOf(least)} does.`] };
}

function loadSentences(rows, document) {
	const found = rows.filter((row) => labelOf(row, "step") === "result");
	const ranked = sortedBy(found.filter(isChoosable), "delivered_per_s").reverse();
	const sentences = found.map((row) => searchSentence(document, row));

	if (ranked.length > 1)
		sentences.unshift(mostSentence(ranked[0], ranked.at(-1), document.parameters.resolution));
	return sentences;
}

/* self-test: how far a figure of this bench may be off. */

function selfTestSentences(rows, document) {
	const delayed = rows.filter((row) => Number.isFinite(medianOf(row, "own_error_p50_us")));
	const most = (name) => Math.max(...delayed.flatMap((row) => [shownSpread(row, name).min, shownSpread(row, name).max]).map(Math.abs));
	const longest = Math.max(...delayed.map((row) => Number(labelOf(row, "each_way_ms"))));

	if (delayed.length === 0)
		return [notValidSentence("The bench's own error")];
	return [
		{
			isBad: !document.valid,
			parts: [
				document.valid ? "" : "Not valid, so not to be cited: ",
				"trust a delay of this bench to ",
				choice(`${numberText(most("own_error_p50_us"), 3)}\u00a0us`),
				` at p50 and ${numberText(most("own_error_p99_us"), 3)}\u00a0us at p99, the most that it was off by with known delays of up to ${longest}\u00a0ms each way.`,
			],
		},
	];
}

function sentencesOf(result) {
	const rows = result.document.rows;
	if (rows.length === 0)
		return [{ isBad: true, parts: ["Nothing was measured."] }];
	switch (result.document.command) {
	case "contrast":
		return contrastSentences(rows);
	case "compare":
		return compareSentences(rows);
	case "load":
		return loadSentences(rows, result.document);
	default:
		return selfTestSentences(rows, result.document);
	}
}
