/*
 * What is drawn of a result, each plot as a plain object that drawing.js draws:
 * - lines: series of points {x, y, low, high}; bars: names of bars, and series of a value for each of them;
 * - read: the axis along which one points, with readText for a place on it and valueText for what stands there;
 * - group: legends of one group switch together: "rows" is modes or contenders, in all plots of a result.
 */

/* A hue and a stroke for each mode and contender, the same everywhere; others take what is left by their first letters. */
const styles = {
	unsequenced: ["blue", "solid"],
	sequenced: ["green", "solid"],
	reliable: ["orange", "solid"],
	shared: ["green", "dashed"],
	throttled: ["amber", "solid"],
	raw: ["ink", "solid"],
	redundant: ["ink", "dashed"],
	tcp: ["purple", "solid"],
	nodelay: ["purple", "dashed"],
	http: ["grey", "solid"],
	starling: ["blue", "solid"],
	every: ["green", "solid"],
	naive: ["orange", "solid"],
	udp: ["ink", "solid"],
	segment: ["amber", "solid"],
	mosquitto: ["sky", "solid"],
	nats: ["grey", "solid"],
};
const spareHues = ["sky", "amber", "green", "purple", "grey", "orange"];

/* A contender at a rhythm ("starling 60 Hz") has the hue of its name, and another stroke. */
function styleOf(name) {
	const [word] = name.split(" ");
	const isAtRhythm = /\d Hz/.test(name);
	if (Object.hasOwn(styles, word))
		return { hue: styles[word][0], stroke: isAtRhythm ? "dotted" : styles[word][1] };
	const sum = [...name].reduce((total, letter) => total + letter.codePointAt(0), 0);
	return { hue: spareHues[sum % spareHues.length], stroke: "dotted" };
}

function rowSeries(row, points) {
	return { name: nameOf(row), style: styleOf(nameOf(row)), points };
}

function ofRepetitions(rows, text) {
	const count = repetitionsOf(rows);
	return count > 1 ? ` ${text.replace("#", count)}` : "";
}

/* contrast. */

function agesPlot(rows, scenario) {
	const ranked = sortedBy(rows, "age_p99_us");
	const [least, most] = [ranked[0], ranked.at(-1)];
	let caption = "The share of time for which what a receiver knows of another is at most so old; further left is fresher.";

	if (least)
		caption += ` For 1\u00a0% of the time it is older than ${said(least, "age_p99_us")} with ${nameOf(least)}, the least, and than ${said(most, "age_p99_us")} with ${nameOf(most)}, the most.`;
	caption += ofRepetitions(rows, "The curves are of all # repetitions together, the figures in this text medians.");
	return {
		title: `Age, ${scenario}`,
		figure: "age_p99_us",
		kind: "lines",
		group: "rows",
		read: "y",
		readText: (share) => `${numberText(share, 3)} % of the time at most`,
		valueText: (point) => withUnit(numberText(point.x), "ms"),
		x: { title: "age, ms", min: 0, max: most ? 1.25 * medianOf(most, "age_p99_us") : undefined },
		y: { title: "share of time at most so old, %", min: 0, max: 100 },
		series: rows.map((row) => rowSeries(row, pointsOf(row, "age_cdf").map(({ x, y }) => ({ x, y: 100 * y })))),
		caption,
	};
}

function stallsText(rows) {
	const ranked = sortedBy(rows, "longest_stall_us");
	const [least, most] = [ranked[0], ranked.at(-1)];
	if (!most)
		return "";
	if (medianOf(most, "longest_stall_us") < 1)
		return " Nothing stalled with any of them.";
	return ` Longest stall of any pair: ${said(most, "longest_stall_us")} with ${nameOf(most)}, ${said(least, "longest_stall_us")} with ${nameOf(least)}.`;
}

/* Over time, what goes as unsequenced does would only hide it. */
function goesAsUnsequenced(row, rows) {
	const other = rows.find((each) => labelOf(each, "mode") === "unsequenced");
	return (
		other !== undefined &&
		["raw", "redundant", "throttled"].includes(labelOf(row, "mode")) &&
		Math.abs(medianOf(row, "age_p99_us") / medianOf(other, "age_p99_us") - 1) < 0.1
	);
}

function timesPlot(rows, scenario) {
	const left = rows.filter((row) => goesAsUnsequenced(row, rows));
	const shown = rows.filter((row) => !left.includes(row));
	const centre = rows.find((row) => labelOf(row, "mode") === "reliable") ?? rows[0];

	return {
		title: `Age over time, ${scenario}`,
		figure: "longest_stall_us",
		kind: "lines",
		group: "rows",
		read: "x",
		readText: (time) => `at ${numberText(time)} s`,
		valueText: (point) => withUnit(numberText(point.y), "ms"),
		x: { title: "time, s" },
		y: { title: "age, ms", min: 0 },
		series: shown.map((row) => rowSeries(row, pointsOf(row, "age_time"))),
		caption:
			"How old what one receiver knows of another is, from moment to moment: a line that climbs is waiting, and drops when something newer comes." +
			` Shown is the time around this pair's greatest age with ${nameOf(centre)}.` +
			stallsText(shown) +
			(left.length > 0 ? ` Left out, as the curves of unsequenced are like theirs: ${listed(left.map(nameOf))}.` : "") +
			ofRepetitions(rows, "The curves are of the first of # repetitions, the stalls medians."),
	};
}

const fates = [
	["newest when it came", "pale", (row) => sumOf(row, "delivered") - sumOf(row, "late")],
	["late, of no use", "amber", (row) => sumOf(row, "late")],
];
const fatesOfLost = [
	["superseded at the relay", "sky", (row) => sumOf(row, "skipped")],
	["lost", "orange", (row) => sumOf(row, "lost")],
];
const fatesByCause = [
	["superseded", "sky"],
	["line_up", "orange"],
	["line_down", "purple"],
	["overtaken", "green"],
	["unsent", "ink"],
	["refused", "grey"],
	["session", "amber"],
	["under_way", "blue"],
	["unknown", "ink"],
].map(([cause, hue]) => [figureOf(`cause_${cause}`).title, hue, (row) => sumOf(row, `cause_${cause}`)]);

/* Above so many percent the updates that came well would hide all others, and are left out at first. */
const FATES_HIDE_PERCENT = 70;

function fatesPlot(rows, scenario, id) {
	const shown = rows.filter((row) => sumOf(row, "due") > 0);
	const hasCauses = shown.every((row) => Number.isFinite(sumOf(row, "cause_line_up")));
	const parts = [...fates, ...(hasCauses ? fatesByCause : fatesOfLost)];
	const series = parts
		.map(([name, hue, count]) => ({
			name,
			style: { hue, stroke: "filled" },
			values: shown.map((row) => (100 * count(row)) / sumOf(row, "due")),
		}))
		.filter((part, i) => i === 0 || part.values.some((value) => value > 0));
	const isFirstHidden = series.length > 1 && series[0].values.every((value) => value > FATES_HIDE_PERCENT);
	const lost = (row) => (100 * sumOf(row, "lost")) / sumOf(row, "due");
	const ranked = [...shown].sort((a, b) => lost(a) - lost(b));
	const percent = (row) => `${numberText(lost(row), 3)}\u00a0%`;
	const lossText =
		shown.length === 0 ? "" : ` Lost were ${percent(ranked[0])} with ${nameOf(ranked[0])}, the least, and ${percent(ranked.at(-1))} with ${nameOf(ranked.at(-1))}, the most.`;

	return {
		title: `What became of the updates, ${scenario}`,
		figure: "lost",
		kind: "bars",
		group: `fates of ${id}`,
		isStacked: true,
		hidden: isFirstHidden ? [series[0].name] : [],
		bars: shown.map(nameOf),
		barGroup: "rows",
		valueText: (value) => withUnit(numberText(value), "%"),
		x: { title: "of what was due, %", min: 0 },
		series,
		caption:
			"What became of every update at every receiver." +
			(isFirstHidden ? ` "${series[0].name}" is left out at first, as it would hide the others: the legend has it.` : "") +
			lossText +
			(hasCauses ? " Each that did not come is under the one cause that ended it." : "") +
			ofRepetitions(rows, "In # repetitions together."),
	};
}

function contrastPlots(rows, id) {
	return valuesOf(rows, "scenario").flatMap((scenario, i) => {
		const own = rows.filter((row) => labelOf(row, "scenario") === scenario);
		return [agesPlot(own, scenario), timesPlot(own, scenario), fatesPlot(own, scenario, `${id} ${i}`)];
	});
}

/* compare: against the members of the room; one size of room is a bar for each contender. */

const compareSubjects = [
	{
		figure: "cpu_us_per_update",
		title: "CPU for a delivered update",
		axis: "us of the relay's CPU",
		sees: "A datagram costs the kernel much the same whatever is in it, so a relay gets cheaper as far as it puts more updates into one.",
	},
	{
		figure: "delay_p99_us",
		title: "Delay at p99",
		axis: "ms from the due time",
		sees: "What is saved by waiting for more to send is paid for here; a relay whose core is full has its queues in it, too.",
	},
];

function pointOf(row, label, figure) {
	const { median, min, max } = shownSpread(row, figure);
	return { x: Number(labelOf(row, label)), y: median, low: min, high: max };
}

function seriesByName(rows, label, figure, nameIn = nameOf) {
	return [...new Set(rows.map(nameIn))]
		.map((name) => ({
			name,
			style: styleOf(name),
			points: rows
				.filter((row) => nameIn(row) === name)
				.map((row) => pointOf(row, label, figure))
				.filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y))
				.sort((a, b) => a.x - b.x),
		}))
		.filter((series) => series.points.length > 0);
}

function rangeText(low, high, unit) {
	return low < high ? ` (${numberText(low)} to ${withUnit(numberText(high), unit)})` : "";
}

function spreadText(unit) {
	return (point) => withUnit(numberText(point.y), unit) + rangeText(point.low, point.high, unit);
}

function endText(subject, series) {
	const ends = series.map(({ name, points }) => ({ name, ...points.at(-1) })).sort((a, b) => a.y - b.y);
	const [least, most] = [ends[0], ends.at(-1)];
	if (!least)
		return "";
	const value = (end) => `${numberText(end.y, 3)} ${subject.axis} at ${numberText(end.x)} members`;
	return ` ${least.name} has ${value(least)}${most === least ? "" : `, the least; ${most.name} has ${value(most)}, the most`}.`;
}

function asBars(plot, unit) {
	const { series } = plot;
	return {
		...plot,
		kind: "bars",
		bars: series.map(({ name }) => name),
		barGroup: "rows",
		valueText: (value, range) => withUnit(numberText(value), unit) + rangeText(range[0], range[1], unit),
		x: { title: plot.y.title, min: 0 },
		series: series.map(({ name, style, points }, i) => ({
			name,
			style,
			values: series.map((_, k) => (k === i ? points[0].y : null)),
			ranges: series.map((_, k) => (k === i ? [points[0].low, points[0].high] : null)),
		})),
	};
}

function comparePlot(subject, rows, where) {
	const series = seriesByName(rows, "members", subject.figure);
	const unit = figureOf(subject.figure).shown;
	const hasSpread = series.some(({ points }) => points.some(({ low, high }) => low < high));
	const plot = {
		title: `${subject.title}, ${where}`,
		figure: subject.figure,
		kind: "lines",
		hasMarks: true,
		group: "rows",
		read: "x",
		readText: (members) => `${numberText(members)} members`,
		valueText: spreadText(unit),
		x: { title: "members of the room", isLog: true, ticks: [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))] },
		y: { title: subject.axis, isLog: true },
		series,
		caption: subject.sees + endText(subject, series) + (hasSpread ? " Strokes are the smallest and largest of the repetitions." : ""),
	};
	return series.some(({ points }) => points.length > 1) ? plot : asBars(plot, unit);
}

function comparePlots(rows) {
	const wheres = (row) => `${labelOf(row, "rate_hz")} Hz, ${labelOf(row, "mode")}`;
	return compareSubjects.flatMap((subject) =>
		[...new Set(rows.map(wheres))].map((where) => comparePlot(subject, rows.filter((row) => wheres(row) === where), where)),
	);
}

/* load: the steps of the search. */

const loadSubjects = [
	{ figure: "bound_used", title: "How much of the bound each step used", axis: "of the bound, %", limit: { value: 100, text: "the bound" }, sees: "Each point is a step of the search; above the line the bound was missed." },
	{ figure: "delay_p99_us", title: "Delay at p99 of each step", axis: "ms from the due time", sees: "A relay near its limit has its queues in the delay." },
];

function loadPlots(rows, document) {
	const { by } = document.parameters;
	const steps = rows.filter((row) => Number.isFinite(Number(labelOf(row, "step"))));
	const name = document.parameters.contender ?? "the relay";

	return loadSubjects.map((subject) => ({
		title: subject.title,
		figure: subject.figure,
		kind: "lines",
		hasMarks: true,
		isScattered: true,
		group: "rows",
		read: "x",
		readText: (load) => `${numberText(load)} ${loadWords[by] ?? ""}`,
		valueText: spreadText(figureOf(subject.figure).shown),
		x: { title: loadWords[by] ?? "load", isWhole: true },
		y: { title: subject.axis, min: 0, reaches: subject.limit && 1.1 * subject.limit.value },
		limit: subject.limit,
		series: seriesByName(steps, by, subject.figure, (row) => labelOf(row, "contender") || name),
		caption: subject.sees,
	}));
}

/* self-test. */

function selfTestPlots(rows) {
	const delayed = rows.filter((row) => Number.isFinite(medianOf(row, "error_p50_us")));
	const part = (name, hue, figure) => ({
		name,
		style: { hue, stroke: "filled" },
		values: delayed.map((row) => medianOf(row, figure)),
		ranges: delayed.map((row) => [shownSpread(row, figure).min, shownSpread(row, figure).max]),
	});
	return [
		{
			title: "Measured beyond the known delay",
			figure: "error_p99_us",
			kind: "bars",
			group: "percentiles",
			bars: delayed.map((row) => `${labelOf(row, "each_way_ms")} ms each way`),
			valueText: (value, range) => withUnit(numberText(value), "us") + rangeText(range[0], range[1], "us"),
			x: { title: "measured minus known, us" },
			series: [part("p50", "blue", "error_p50_us"), part("p99", "orange", "error_p99_us")],
			caption: "A delay that is known, put between the members and a raw UDP fan-out. What is measured without one is the path's own. Strokes are the smallest and largest of the repetitions.",
		},
	];
}

/* Those that have anything to draw, each with a name of its own. */
function plotsOf(result, id) {
	const { rows, command } = result.document;
	const plots = {
		contrast: () => contrastPlots(rows, id),
		compare: () => comparePlots(rows),
		load: () => loadPlots(rows, result.document),
		"self-test": () => selfTestPlots(rows),
	}[command]();
	return plots
		.filter(({ series }) => series.some(({ points, values }) => (points ?? values).length > 0))
		.map((plot, i) => ({ ...plot, id: `${id}-plot${i + 1}`, file: `starling-${command}-${slug(plot.title)}.png` }));
}
