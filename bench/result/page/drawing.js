/*
 * Draws plots with Chart.js. One points at a plot, or moves over it with the arrow keys, and reads all its curves there;
 * drags to zoom, or presses + and -; switches curves by the legend; saves it as PNG. Nothing is animated.
 */

const DRAG_PX = 8; /* what is shorter is a click */
const DRAG_TALL_PX = 24; /* what is lower zooms the x axis alone */
const KEY_STEP = 0.02; /* of the axis */
const PRINT_PX = [680, 340];

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

/* Zooming. */

function setZoom(drawing, zoom) {
	drawing.zoom = zoom;
	redraw(drawing);
}

function endsBetween(scale, one, other) {
	const ends = [scale.getValueForPixel(one), scale.getValueForPixel(other)].sort((a, b) => a - b);
	return { min: Math.max(ends[0], scale.min), max: Math.min(ends[1], scale.max) };
}

/* The middle half of what is seen, or of what is pointed at; by == 2 the double of it. */
function zoomBy(drawing, by) {
	const scale = drawing.chart.scales.x;
	const { left, right } = drawing.chart.chartArea;
	const middle = drawing.plot.read === "x" && drawing.cursor !== null ? left + drawing.cursor * (right - left) : (left + right) / 2;
	const half = ((right - left) / 2) * by;
	const x = { min: scale.getValueForPixel(middle - half), max: scale.getValueForPixel(middle + half) };
	setZoom(drawing, { ...drawing.zoom, x: by < 1 ? endsBetween(scale, middle - half, middle + half) : x });
}

function placeOf(drawing, event) {
	const { left, right, top, bottom } = drawing.chart.chartArea;
	const box = drawing.canvas.getBoundingClientRect();
	return {
		x: Math.min(right, Math.max(left, event.clientX - box.left)),
		y: Math.min(bottom, Math.max(top, event.clientY - box.top)),
	};
}

function dragMoves(drawing, event) {
	const { drag, chart } = drawing;
	if (!drag)
		return;
	const to = placeOf(drawing, event);
	drag.isTall = drawing.plot.kind === "lines" && event.pointerType === "mouse" && Math.abs(to.y - drag.from.y) > DRAG_TALL_PX;
	drag.to = Math.abs(to.x - drag.from.x) > DRAG_PX ? to : null;
	chart.draw();
}

function dragEnds(drawing) {
	const { drag, chart } = drawing;
	drawing.drag = null;
	if (!drag?.to)
		return;
	const zoom = { ...drawing.zoom, x: endsBetween(chart.scales.x, drag.from.x, drag.to.x) };
	if (drag.isTall)
		zoom.y = endsBetween(chart.scales.y, drag.from.y, drag.to.y);
	setZoom(drawing, zoom);
}

function listenToPointer(drawing) {
	const { canvas } = drawing;
	canvas.addEventListener("pointerdown", (event) => {
		if (event.button === 0)
			drawing.drag = { from: placeOf(drawing, event), to: null, isTall: false };
	});
	canvas.addEventListener("pointermove", (event) => dragMoves(drawing, event));
	canvas.addEventListener("pointerup", () => dragEnds(drawing));
	for (const end of ["pointercancel", "pointerleave"])
		canvas.addEventListener(end, () => {
			drawing.drag = null;
			drawing.chart.draw();
		});
	canvas.addEventListener("dblclick", () => setZoom(drawing, {}));
}

/* By keys. */

function pointAtNothing({ chart }) {
	chart.setActiveElements([]);
	chart.tooltip.setActiveElements([], { x: 0, y: 0 });
	chart.update("none");
}

function readAt(drawing, cursor) {
	const { chart, plot } = drawing;
	const { left, right, top, bottom } = chart.chartArea;
	drawing.cursor = Math.min(1, Math.max(0, cursor));
	const isDown = plot.kind === "bars" || plot.read === "y";
	const at = isDown
		? { x: (left + right) / 2, y: plot.kind === "bars" ? top + drawing.cursor * (bottom - top) : bottom - drawing.cursor * (bottom - top) }
		: { x: left + drawing.cursor * (right - left), y: (top + bottom) / 2 };
	const items = chart.getElementsAtEventForMode({ ...at, native: true, type: "mousemove" }, chart.options.interaction.mode, chart.options.interaction, true);
	chart.setActiveElements(items);
	chart.tooltip.setActiveElements(items, at);
	chart.update("none");
	drawing.heard.textContent = [...chart.tooltip.title, ...chart.tooltip.body.flatMap(({ lines }) => lines)].join("; ");
}

function listenToKeys(drawing) {
	const { canvas, plot } = drawing;
	const step = plot.kind === "bars" ? 1 / plot.bars.length : KEY_STEP;
	const start = plot.kind === "bars" ? step / 2 : 0.5;
	const back = plot.kind === "bars" ? "ArrowUp" : "ArrowLeft";
	const moves = { [back]: -step, [plot.kind === "bars" ? "ArrowDown" : "ArrowRight"]: step };
	canvas.addEventListener("keydown", (event) => {
		if (event.key in moves)
			readAt(drawing, drawing.cursor === null ? start : drawing.cursor + moves[event.key]);
		else if (event.key === "+")
			zoomBy(drawing, 0.5);
		else if (event.key === "-")
			zoomBy(drawing, 2);
		else if (event.key === "Escape")
			setZoom(drawing, {});
		else
			return;
		event.preventDefault();
	});
	canvas.addEventListener("blur", () => {
		drawing.cursor = null;
		pointAtNothing(drawing);
	});
}

/* Saving: the plot with its title and legend, on the page's ground. */

function legendRows(context, series, width) {
	const rows = [[]];
	let x = 0;
	for (const { name, style } of series) {
		const wide = 34 + context.measureText(name).width;
		if (x > 0 && x + wide > width) {
			rows.push([]);
			x = 0;
		}
		rows.at(-1).push({ name, style, x });
		x += wide + 14;
	}
	return rows;
}

function drawSaved(drawing, picture, ratio) {
	const context = picture.getContext("2d");
	const [width, height] = [drawing.canvas.clientWidth, drawing.canvas.clientHeight];
	const hidden = hiddenIn(drawing.scope, drawing.plot.group);
	context.font = "13px system-ui, sans-serif";
	const rows = legendRows(context, drawing.plot.series.filter(({ name }) => !hidden.has(name)), width - 24);
	const head = 34 + 22 * rows.length;

	picture.width = width * ratio;
	picture.height = (height + head + 12) * ratio;
	context.scale(ratio, ratio);
	context.fillStyle = shade("back");
	context.fillRect(0, 0, width, height + head + 12);
	context.fillStyle = shade("text");
	context.font = "600 16px system-ui, sans-serif";
	context.fillText(drawing.plot.title, 12, 24, width - 24);
	context.font = "13px system-ui, sans-serif";
	rows.forEach((row, i) =>
		row.forEach(({ name, style, x }) => {
			const y = 46 + 22 * i;
			context.strokeStyle = shade(style.hue);
			context.lineWidth = style.stroke === "filled" ? 12 : 3;
			context.setLineDash(dashes[style.stroke]);
			context.beginPath();
			context.moveTo(12 + x, y);
			context.lineTo(36 + x, y);
			context.stroke();
			context.fillStyle = shade("text");
			context.fillText(name, 42 + x, y + 4);
		}),
	);
	context.drawImage(drawing.canvas, 0, head, width, height);
}

function savePng(drawing) {
	const picture = document.createElement("canvas");
	pointAtNothing(drawing);
	drawSaved(drawing, picture, drawing.chart.currentDevicePixelRatio);
	picture.toBlob((blob) => {
		const address = URL.createObjectURL(blob);
		element("a", { href: address, download: drawing.plot.file }).click();
		setTimeout(() => URL.revokeObjectURL(address), 1000);
	}, "image/png");
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
