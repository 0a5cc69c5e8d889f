/* The page: what to choose, then each result with its faults, plots and tables. */

const REASONS_SHOWN = 6; /* more are behind a heading */

/* As a shell takes it. */
function quoted(word) {
	return /^[\w./:=,%+@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function commandOf(document) {
	return ["starling-bench", document.command, ...document.arguments.map(quoted)].join(" ");
}

function originOf({ program, started, machine }) {
	if (!machine)
		return `Simulated, by version ${program}: the same on any machine.`;
	return `Measured on ${started.slice(0, 10)} at ${started.slice(11, 16)} UTC, by version ${program}, on ${machine.processor}, ${machine.cores} cores, ${machine.system}, ${machine.kernel}.`;
}

function choicesOf(id, path, sentences) {
	return sentences.map(({ parts, isBad }) =>
		element("li", { class: isBad ? "bad" : false }, ...parts, results.length > 1 ? element("a", { href: `#${id}` }, path) : null),
	);
}

function faultsOf({ valid, reasons }) {
	if (valid)
		return element("p", { class: "faint" }, "Every check of the bench passed.");
	const list = element("ul", {}, ...reasons.map((reason) => element("li", {}, reason)));
	return element(
		"div",
		{ class: "fault" },
		element("strong", { class: "bad" }, "Not valid: a check of the bench's own failed. The figures stand here all the same; do not cite them."),
		...(reasons.length > REASONS_SHOWN ? [details(`${reasons.length} reasons`, list)] : [list]),
	);
}

function showResult(result, id, main) {
	const { document: measured, path } = result;
	const place = element("section", { id, "aria-labelledby": `${id}-title` });

	main.append(place);
	place.append(
		element("h2", { id: `${id}-title` }, `${measured.command}: ${path}`),
		element("p", { class: "faint" }, originOf(measured)),
		element("p", {}, element("code", {}, commandOf(measured))),
		faultsOf(measured),
	);
	for (const plot of plotsOf(result, id))
		drawPlot(plot, id, place);
	place.append(
		element("h3", {}, "The main figures"),
		element("p", { class: "faint" }, "A heading sorts by its column. Bold is the best of a comparison."),
		mainTable(measured),
		details("Every figure, row by row", ...measured.rows.map(allFigures)),
		details(measured.machine ? "Every parameter, and the machine" : "Every parameter", pairs({ ...measured.machine, ...measured.parameters })),
	);
}

function showPage() {
	const main = document.getElementById("main");
	const ids = results.map((result, i) => `result${i + 1}`);

	Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
	Chart.defaults.font.size = 13;
	document.body.append(meaningDialog);
	main.append(element("ul", { class: "choices", "aria-label": "What to choose" }, ...results.flatMap((result, i) => choicesOf(ids[i], result.path, sentencesOf(result)))));
	results.forEach((result, i) => showResult(result, ids[i], main));
	listenToScheme();
}

showPage();
