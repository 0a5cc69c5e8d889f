/*
 * One receiver's picture of the flock: where it has each bird, and a ring where the bird is in truth. Nothing is
 * smoothed: a flock that freezes and leaps is to be seen.
 */
import { element, shade } from "/app.js";

const REACH_PX = 18;
const SPARE_M = 8; /* around the flock */
const GRID_M = 10;
const FOLLOW = 0.08; /* of the way to where the flock is, in each message */

/* The part of the world that all four show: follows the true flock, calmly. */
export class Window {
	constructor() {
		this.box = null;
	}

	follow(birds) {
		if (birds.length === 0)
			return;
		const [xs, ys] = [1, 2].map((at) => birds.map((bird) => bird[at]));
		const wanted = [Math.min(...xs) - SPARE_M, Math.min(...ys) - SPARE_M, Math.max(...xs) + SPARE_M, Math.max(...ys) + SPARE_M];
		this.box = this.box === null ? wanted : this.box.map((side, i) => side + (wanted[i] - side) * FOLLOW);
	}
}

export class Flock {
	/* `choose(bird)` is called when one is pressed; null: none. */
	constructor(place, { label, hue, choose }) {
		this.canvas = element("canvas", { class: "flock", role: "img", "aria-label": label });
		Object.assign(this, { hue, box: [0, 0, 1, 1], truth: [], held: [], chosen: null });
		place.append(this.canvas);
		this.canvas.addEventListener("click", (event) => choose(this.nearest(event.offsetX, event.offsetY)));
		new ResizeObserver(() => this.draw()).observe(this.canvas);
	}

	/* [bird, x, y, …] of each. */
	show(box, truth, held, chosen) {
		Object.assign(this, { box, truth, held, chosen });
		this.draw();
	}

	/* Pixels of a place in metres; one metre is as long either way. */
	scale() {
		const [left, bottom, right, top] = this.box;
		const { clientWidth: width, clientHeight: height } = this.canvas;
		const factor = Math.min(width / (right - left), height / (top - bottom));
		const x = (metres) => width / 2 + (metres - (left + right) / 2) * factor;
		const y = (metres) => height / 2 - (metres - (bottom + top) / 2) * factor;
		return { x, y, left: (left + right - width / factor) / 2, bottom: (bottom + top - height / factor) / 2 };
	}

	nearest(x, y) {
		const scale = this.scale();
		const away = ([, left, up]) => Math.hypot(scale.x(left) - x, scale.y(up) - y);
		const near = this.held.filter((bird) => away(bird) < REACH_PX).sort((a, b) => away(a) - away(b));
		return near.length > 0 ? near[0][0] : null;
	}

	drawGrid(context, scale) {
		const { clientWidth: width, clientHeight: height } = this.canvas;
		context.strokeStyle = shade("line");
		context.beginPath();
		for (let x = Math.ceil(scale.left / GRID_M) * GRID_M; scale.x(x) < width; x += GRID_M) {
			context.moveTo(scale.x(x), 0);
			context.lineTo(scale.x(x), height);
		}
		for (let y = Math.ceil(scale.bottom / GRID_M) * GRID_M; scale.y(y) > 0; y += GRID_M) {
			context.moveTo(0, scale.y(y));
			context.lineTo(width, scale.y(y));
		}
		context.stroke();
	}

	draw() {
		const { canvas } = this;
		const context = canvas.getContext("2d");
		canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
		canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
		context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
		const scale = this.scale();
		const circle = (x, y, radius) => {
			context.beginPath();
			context.arc(scale.x(x), scale.y(y), radius, 0, 2 * Math.PI);
		};
		this.drawGrid(context, scale);
		const truth = new Map(this.truth.map(([bird, x, y]) => [bird, [x, y]]));
		context.strokeStyle = shade("faint");
		context.lineWidth = 1;
		for (const [bird, x, y] of this.held) {
			const [trueX, trueY] = truth.get(bird) ?? [x, y];
			context.beginPath();
			context.moveTo(scale.x(x), scale.y(y));
			context.lineTo(scale.x(trueX), scale.y(trueY));
			context.stroke();
		}
		for (const [, x, y] of this.truth) {
			circle(x, y, 4);
			context.stroke();
		}
		context.fillStyle = shade(this.hue);
		for (const [bird, x, y] of this.held) {
			circle(x, y, bird === this.chosen ? 6 : 3.5);
			context.fill();
		}
	}
}
