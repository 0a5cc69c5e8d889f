/*
 * What one does with a plot that is drawn: points at it, or moves over it with the arrow keys, and reads all its curves
 * there; drags to zoom, or presses + and -.
 */

const DRAG_PX = 8; /* what is shorter is a click */
const DRAG_TALL_PX = 24; /* what is lower zooms the x axis alone */
const KEY_STEP = 0.02; /* of the axis */

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
