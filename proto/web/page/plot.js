/* Plots of the last minute, by Chart.js. A point stands for a span of time, so that no plot shows more than it can. */
import { element, figure, mark, shade } from "/app.js";

export const PLOT_S = 60;
const SPAN_MS = 500; /* of a point */
const GAP_SPANS = 5; /* without a value are a gap in the line */
const AXIS_PX = 64; /* fixed, so that a plot does not move when its figures become longer */

/* The largest value of each span. */
export class History {
	constructor() {
		this.spans = [];
	}

	take(now_ms, value) {
		const at = Math.floor(now_ms / SPAN_MS);
		const last = this.spans.at(-1);
		if (last?.at === at)
			last.value = Math.max(last.value, value);
		else
			this.spans.push({ at, value });
		while (this.spans[0].at < at - (PLOT_S * 1000) / SPAN_MS - 1)
			this.spans.shift();
	}

	/* With gaps where nothing was known. */
	points(now_ms) {
		const points = [];
		let before = null;
		for (const { at, value } of this.spans) {
			const x = ((at + 0.5) * SPAN_MS - now_ms) / 1000;
			if (before !== null && at - before > GAP_SPANS)
				points.push({ x: x - SPAN_MS / 1000, y: NaN });
			points.push({ x, y: value });
			before = at;
		}
		return points;
	}

	/* Whether all of it is longer ago than a plot shows. */
	isOver(now_ms) {
		return this.spans.length > 0 && now_ms - this.spans.at(-1).at * SPAN_MS > PLOT_S * 1000;
	}

	get most() {
		return this.spans.reduce((most, { value }) => Math.max(most, value), 0);
	}
}

/* The end of an axis: no less than is needed, and not a little more at each new point. */
function niceEnd(most) {
	const power = 10 ** Math.floor(Math.log10(most));
	return power * [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((end) => end * power >= most);
}

export class RunningPlot {
	/* `unit` is written along the y axis, which reaches `least` at least. */
	constructor(place, { label, unit, least }) {
		this.canvas = element("canvas", { role: "img", "aria-label": label });
		this.least = least;
		place.append(this.canvas);
		this.chart = new Chart(this.canvas, { type: "line", data: { datasets: [] }, options: this.options(unit) });
		matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
			this.chart.options = this.options(unit);
			this.chart.update("none");
		});
	}

	options(unit) {
		const axis = (title) => ({
			type: "linear",
			title: { display: true, text: title, color: shade("text") },
			grid: { color: shade("line"), borderColor: shade("faint") },
		});
		const ticks = { color: shade("faint"), maxRotation: 0 };
		return {
			animation: false,
			responsive: true,
			maintainAspectRatio: false,
			parsing: false,
			normalized: true,
			events: [],
			layout: { padding: { right: 8 } },
			plugins: { legend: { display: false }, tooltip: { enabled: false } },
			scales: {
				x: { ...axis("seconds ago"), min: -PLOT_S, max: 0, ticks: { ...ticks, stepSize: 10, callback: (value) => (value < 0 ? figure(-value) : "now") } },
				y: {
					...axis(unit),
					min: 0,
					afterFit: (scale) => (scale.width = AXIS_PX),
					ticks: { ...ticks, maxTicksLimit: 6, callback: (value) => mark(value, value > 0 && value < 1 ? 1 : 0) },
				},
			},
		};
	}

	/* Lines: { hue, dash, history, isFaint, isStrong }. Marks: times at which something changed, in seconds ago. */
	show(now_ms, lines, marks = []) {
		const most = lines.reduce((most, { history }) => Math.max(most, history.most), this.least);
		const end = niceEnd(most);
		const standing = marks.filter((ago_s) => ago_s <= PLOT_S).map((ago_s) => ({
			data: [{ x: -ago_s, y: 0 }, { x: -ago_s, y: end }],
			borderColor: shade("faint"),
			borderWidth: 1,
			borderDash: [3, 3],
			pointRadius: 0,
		}));
		this.chart.options.scales.y.max = end;
		const drawn = lines.map(({ hue, dash, history, isFaint, isStrong }) => ({
			data: history.points(now_ms),
			borderColor: shade(hue) + (isFaint ? "55" : ""),
			borderWidth: isStrong ? 3 : 1.75,
			borderDash: dash,
			borderJoinStyle: "round",
			pointRadius: 0,
			clip: 4,
		}));
		this.chart.data.datasets = [...standing, ...drawn];
		this.chart.update("none");
	}
}
