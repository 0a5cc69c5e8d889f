/*
 * Draws plots with Chart.js, with a legend that switches curves off and on. handling.js has what one does with a plot,
 * saving.js its picture. Nothing is animated.
 */

const PRINT_PX = [680, 280];

const drawings = []; /* all on the page */
const hiddenNames = new Map(); /* by the legends' group */

function hiddenIn(scope, group) {
	const key = `${scope} ${group}`;
	if (!hiddenNames.has(key))
		hiddenNames.set(key, new Set());
	return hiddenNames.get(key);
}

function shade(hue) {
	return getComputedStyle(document.documentElement).getPropertyValue(`--${hue}`).trim();
}

const dashes = { solid: [], dashed: [8, 4], dotted: [2, 4], filled: [] };
const marks = { solid: "circle", dashed: "rect", dotted: "triangle" };

/* The data as they are to be seen now. */

function lineData(drawing) {
	const { plot } = drawing;
	const hidden = hiddenIn(drawing.scope, plot.group);
	return {
		datasets: plot.series
			.filter(({ name }) => !hidden.has(name))
			.map(({ name, style, points }) => ({
				label: name,
				data: points,
				borderColor: shade(style.hue),
				backgroundColor: shade(style.hue),
				borderWidth: 2,
				borderDash: dashes[style.stroke],
				borderJoinStyle: "round",
				clip: 6,
				showLine: !plot.isScattered,
				pointStyle: marks[style.stroke],
				pointRadius: plot.hasMarks ? 4 : 0,
				pointHoverRadius: 5,
			})),
	};
}

function barData(drawing) {
	const { plot } = drawing;
	const hidden = hiddenIn(drawing.scope, plot.group);
	const hiddenBars = plot.barGroup ? hiddenIn(drawing.scope, plot.barGroup) : new Set();
	const places = plot.bars.map((_, i) => i).filter((i) => !hiddenBars.has(plot.bars[i]));
	return {
		labels: places.map((i) => plot.bars[i]),
		datasets: plot.series
			.filter(({ name }) => !hidden.has(name))
			.map(({ name, style, values, ranges }) => ({
				label: name,
				data: places.map((i) => values[i]),
				ranges: ranges && places.map((i) => ranges[i]),
				backgroundColor: shade(style.hue),
				grouped: !plot.isStacked && !plot.barGroup,
				maxBarThickness: 28,
			})),
	};
}

function dataOf(drawing) {
	return drawing.plot.kind === "bars" ? barData(drawing) : lineData(drawing);
}

/* Reading: one point of each curve, at the place along the axis that is pointed at. */

Chart.Interaction.modes.reading = (chart, event) => {
	const axis = chart.options.readAxis;
	return chart.getSortedVisibleDatasetMetas().flatMap((meta) => {
		let nearest = -1;
		meta.data.forEach((point, i) => {
			if (nearest < 0 || Math.abs(point[axis] - event[axis]) < Math.abs(meta.data[nearest][axis] - event[axis]))
				nearest = i;
		});
		return nearest < 0 ? [] : [{ element: meta.data[nearest], datasetIndex: meta.index, index: nearest }];
	});
};
Chart.Tooltip.positioners.pointer = (items, at) => ({ x: at.x, y: at.y });

function valueIn(plot, item) {
	if (plot.kind === "bars")
		return plot.valueText(item.raw, item.dataset.ranges?.[item.dataIndex] ?? [NaN, NaN]);
	return plot.valueText(item.raw);
}

function tooltipOf(plot) {
	const isRead = (item) => item.raw !== null && (plot.kind !== "bars" || !plot.isStacked || item.raw > 0);
	return {
		animation: false,
		position: "pointer",
		filter: isRead,
		itemSort: plot.kind === "bars" ? undefined : (a, b) => (plot.read === "y" ? a.raw.x - b.raw.x : b.raw.y - a.raw.y),
		usePointStyle: true,
		boxPadding: 4,
		callbacks: {
			title: (items) => (items.length === 0 ? "" : plot.kind === "bars" ? items[0].label : plot.readText(items[0].raw[plot.read])),
			label: (item) => `${item.dataset.label}: ${valueIn(plot, item)}`,
		},
	};
}

/* Plugins, of our own: what Chart.js does not draw. */

function stroke(context, colour, width, points) {
	context.strokeStyle = colour;
	context.lineWidth = width;
	context.setLineDash([]);
	context.beginPath();
	points.forEach(([x, y], i) => (i % 2 === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
	context.stroke();
}

/* The smallest and largest of the repetitions, as a stroke through the point or along the bar. */
function drawRanges(drawing, chart) {
	const { ctx, scales } = chart;
	for (const meta of chart.getSortedVisibleDatasetMetas()) {
		const dataset = chart.data.datasets[meta.index];
		meta.data.forEach((mark, i) => {
			const [low, high] = dataset.ranges?.[i] ?? [dataset.data[i]?.low, dataset.data[i]?.high];
			if (!(low < high))
				return;
			if (drawing.plot.kind === "bars")
				stroke(ctx, shade("text"), 1.5, [[scales.x.getPixelForValue(low), mark.y], [scales.x.getPixelForValue(high), mark.y]]);
			else
				stroke(ctx, dataset.borderColor, 1.5, [[mark.x, scales.y.getPixelForValue(low)], [mark.x, scales.y.getPixelForValue(high)]]);
		});
	}
}

function drawLimit(drawing, chart) {
	const { limit } = drawing.plot;
	const { ctx, chartArea, scales } = chart;
	if (!limit || !(limit.value <= scales.y.max))
		return;
	const y = scales.y.getPixelForValue(limit.value);
	stroke(ctx, shade("bad"), 1.5, [[chartArea.left, y], [chartArea.right, y]]);
	ctx.fillStyle = shade("bad");
	ctx.textAlign = "right";
	ctx.fillText(limit.text, chartArea.right - 4, y - 6);
}

function drawPointer(drawing, chart) {
	const { ctx, chartArea, tooltip } = chart;
	const { drag, plot } = drawing;
	if (drag?.to) {
		ctx.fillStyle = `${shade("accent")}33`;
		ctx.fillRect(drag.from.x, drag.isTall ? drag.from.y : chartArea.top, drag.to.x - drag.from.x, drag.isTall ? drag.to.y - drag.from.y : chartArea.height);
	} else if (plot.kind === "lines" && tooltip.getActiveElements().length > 0) {
		const at = plot.read === "y" ? tooltip.caretY : tooltip.caretX;
		stroke(ctx, shade("faint"), 1, plot.read === "y" ? [[chartArea.left, at], [chartArea.right, at]] : [[at, chartArea.top], [at, chartArea.bottom]]);
	}
}

function ownPlugin(drawing) {
	return {
		id: "own",
		afterDatasetsDraw(chart) {
			const { ctx, chartArea } = chart;
			ctx.save();
			ctx.beginPath();
			ctx.rect(chartArea.left, chartArea.top, chartArea.width, chartArea.height);
			ctx.clip();
			drawRanges(drawing, chart);
			drawLimit(drawing, chart);
			drawPointer(drawing, chart);
			ctx.restore();
		},
	};
}

/* Scales. */

/* On a logarithmic one every place would have a number: those of 1, 2 and 5 have. */
function tickText(value) {
	return numberText(value);
}

function logTickText(value) {
	const [first] = value.toExponential().split("e");
	return ["1", "2", "5"].includes(first) ? numberText(value) : "";
}

function scaleOf(axis) {
	return {
		type: axis.isLog ? "logarithmic" : "linear",
		min: axis.min,
		max: axis.max,
		suggestedMax: axis.reaches,
		title: { display: true, text: axis.title, color: shade("text") },
		grid: { color: shade("line"), borderColor: shade("faint") },
		ticks: { color: shade("faint"), maxRotation: 0, includeBounds: false, precision: axis.isWhole ? 0 : undefined, callback: axis.isLog && !axis.ticks ? logTickText : tickText },
		afterBuildTicks: (scale) => {
			const inside = (axis.ticks ?? []).filter((value) => value >= scale.min && value <= scale.max);
			if (inside.length > 1)
				scale.ticks = inside.map((value) => ({ value }));
		},
	};
}

function scalesOf(drawing) {
	const { plot, zoom } = drawing;
	const scales = { x: scaleOf({ ...plot.x, ...zoom.x }) };
	if (plot.kind === "lines")
		scales.y = scaleOf({ ...plot.y, ...zoom.y });
	else
		scales.y = {
			stacked: plot.isStacked,
			grid: { display: false, borderColor: shade("faint") },
			ticks: { color: shade("text"), autoSkip: false },
		};
	scales.x.stacked = plot.isStacked;
	return scales;
}

function optionsOf(drawing) {
	const { plot } = drawing;
	return {
		readAxis: plot.read,
		animation: false,
		responsive: true,
		maintainAspectRatio: false,
		indexAxis: plot.kind === "bars" ? "y" : "x",
		layout: { padding: { right: 10 } },
		parsing: plot.kind === "bars" ? undefined : false,
		scales: scalesOf(drawing),
		interaction: plot.kind === "bars" ? { mode: "index", axis: "y", intersect: false } : { mode: "reading", intersect: false },
		plugins: {
			legend: { display: false },
			tooltip: {
				...tooltipOf(plot),
				backgroundColor: shade("raised"),
				titleColor: shade("text"),
				bodyColor: shade("text"),
				borderColor: shade("faint"),
				borderWidth: 1,
			},
		},
	};
}

/* Draws it anew: other curves, colours or ends of the axes. */
function redraw(drawing) {
	drawing.chart.data = dataOf(drawing);
	drawing.chart.options = optionsOf(drawing);
	drawing.chart.update("none");
	drawing.whole.disabled = Object.keys(drawing.zoom).length === 0;
}

/* Legends. */

function switchName(drawing, name) {
	const hidden = hiddenIn(drawing.scope, drawing.plot.group);
	if (!hidden.delete(name))
		hidden.add(name);
	for (const other of drawings.filter(({ scope }) => scope === drawing.scope)) {
		other.showSwitches();
		redraw(other);
	}
}

function legend(drawing) {
	const hidden = hiddenIn(drawing.scope, drawing.plot.group);
	const switches = drawing.plot.series.map(({ name, style }) =>
		element(
			"button",
			{ type: "button", click: () => switchName(drawing, name) },
			element("span", { class: `swatch ${style.hue} ${style.stroke}`, "aria-hidden": "true" }),
			name,
		),
	);
	drawing.showSwitches = () => switches.forEach((button, i) => button.setAttribute("aria-pressed", String(!hidden.has(drawing.plot.series[i].name))));
	drawing.showSwitches();
	return element("div", { class: "legend", role: "group", "aria-label": "Show or hide" }, ...switches);
}

/* Bars need so much height each; lines as the style says. */
function setHeight(drawing, box) {
	const { plot } = drawing;
	const thickness = plot.isStacked || plot.barGroup ? 36 : 36 * plot.series.length;
	if (plot.kind === "bars")
		box.style.height = `${90 + thickness * plot.bars.length}px`;
}

/* Puts the plot at the end of `place`; legends of one scope and group switch together. */
function drawPlot(plot, scope, place) {
	const drawing = { plot, scope, zoom: {}, drag: null, cursor: null };
	const canvas = element("canvas", { tabindex: "0", role: "img", "aria-label": `${plot.title}. ${plot.caption} Arrow keys read it, + and - zoom, Escape shows the whole.` });
	const box = element("div", { class: "canvas" }, canvas);

	for (const name of plot.hidden ?? [])
		hiddenIn(scope, plot.group).add(name);
	drawing.canvas = canvas;
	drawing.whole = element("button", { type: "button", disabled: true, click: () => setZoom(drawing, {}) }, "Reset zoom");
	drawing.heard = element("p", { class: "unheard", "aria-live": "polite" });
	place.append(
		element(
			"figure",
			{ id: plot.id },
			element(
				"div",
				{ class: "head" },
				element("strong", {}, plot.title),
				meaningButton(figureOf(plot.figure)),
				element("button", { type: "button", click: () => zoomBy(drawing, 0.5) }, "Zoom in"),
				drawing.whole,
				element("button", { type: "button", click: () => savePng(drawing) }, "Save PNG"),
			),
			legend(drawing),
			box,
			drawing.heard,
			element("figcaption", {}, plot.caption),
		),
	);
	setHeight(drawing, box);
	drawing.chart = new Chart(canvas, {
		type: plot.kind === "bars" ? "bar" : "line",
		data: dataOf(drawing),
		options: optionsOf(drawing),
		plugins: [ownPlugin(drawing)],
	});
	drawings.push(drawing);
	listenToPointer(drawing);
	listenToKeys(drawing);
}

/* The scheme may change while the page is read; paper is light. */

function listenToScheme() {
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawings.forEach(redraw));
	addEventListener("beforeprint", () => {
		document.documentElement.classList.add("print");
		for (const drawing of drawings) {
			drawing.chart.resize(PRINT_PX[0], drawing.plot.kind === "bars" ? drawing.canvas.clientHeight : PRINT_PX[1]);
			redraw(drawing);
		}
	});
	addEventListener("afterprint", () => {
		document.documentElement.classList.remove("print");
		for (const drawing of drawings) {
			drawing.chart.resize();
			redraw(drawing);
		}
	});
}
