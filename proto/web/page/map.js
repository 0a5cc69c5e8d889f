/*
 * A map of entities that move smoothly: it shows where they were a moment ago, between two messages, and the way that
 * they came. Positions are metres, y upwards.
 */
import { element, lookOf, mark, shade } from "/app.js";

const BEHIND_MS = 150; /* one message and a half */
const TRAIL_MS = 2500;
const GONE_MS = 600;
const CROWD = 64;
const TRAILS = 600; /* at most */
const NAMES = 24; /* that are written without being asked for */
const NAME_LETTERS = 20;
const NAME_PX = 15; /* high */
const NAME_AWAY_PX = 14;
const SIDES = [
	{ x: 1, y: 0 },
	{ x: -1, y: 0 },
	{ x: 0, y: -1 },
	{ x: 0, y: 1 },
];
const REACH_PX = 22;
const LEAST_M = 4; /* across */
const LEAP = 0.4; /* of the map in one message: whoever leaps is not drawn on the way */

/* Where a curve through b and c is, with a before and d behind them (Catmull and Rom). */
function between(a, b, c, d, f) {
	return 0.5 * (2 * b + (c - a) * f + (2 * a - 5 * b + 4 * c - d) * f * f + (3 * b - a - 3 * c + d) * f * f * f);
}

/* One entity: its places of the last seconds, oldest first. */
class Track {
	constructor(member, index) {
		Object.assign(this, { member, index, places: [], at: null, from: 0, side: SIDES[0] });
	}

	take(t, x, y, leap) {
		const last = this.places.at(-1);
		const isLeap = last !== undefined && Math.hypot(x - last.x, y - last.y) > leap;
		this.places.push({ t, x, y, isLeap });
	}

	/* Sets where it is at that time; null: not there. */
	move(t) {
		const { places } = this;
		while (places.length > 1 && places[1].t < t - TRAIL_MS)
			places.shift();
		const after = places.findIndex((place) => place.t > t);
		this.from = after < 0 ? places.length : after;
		if (after === 0)
			this.at = null;
		else if (after < 0)
			this.at = t - places.at(-1).t < GONE_MS ? places.at(-1) : null;
		else
			this.at = this.place(after, t);
	}

	place(after, t) {
		const { places } = this;
		const [b, c] = [places[after - 1], places[after]];
		if (c.isLeap)
			return b;
		const a = b.isLeap ? b : (places[after - 2] ?? b);
		const next = places[after + 1] ?? c;
		const d = next.isLeap ? c : next;
		const f = (t - b.t) / (c.t - b.t);
		return { x: between(a.x, b.x, c.x, d.x, f), y: between(a.y, b.y, c.y, d.y, f) };
	}
}

/* The part of the world that is seen: follows what is there, calmly. */
class View {
	constructor() {
		this.now = null;
	}

	follow(box, elapsed_ms) {
		if (box === null)
			return;
		const spare = 0.06 * Math.max(box.right - box.left, box.top - box.bottom, LEAST_M);
		const wanted = { left: box.left - spare, right: box.right + spare, bottom: box.bottom - spare, top: box.top + spare };
		if (this.now === null) {
			this.now = wanted;
			return;
		}
		for (const side of Object.keys(wanted)) {
			const isOutwards = side === "left" || side === "bottom" ? wanted[side] < this.now[side] : wanted[side] > this.now[side];
			const share = 1 - Math.exp(-elapsed_ms / (isOutwards ? 250 : 10000));
			this.now[side] += share * (wanted[side] - this.now[side]);
		}
	}

	/* How metres become pixels of a canvas. */
	scale(width, height) {
		const { left, right, bottom, top } = this.now;
		const factor = Math.min(width / Math.max(right - left, LEAST_M), height / Math.max(top - bottom, LEAST_M));
		const [x0, y0] = [(left + right) / 2, (bottom + top) / 2];
		return {
			factor,
			x: (x) => width / 2 + (x - x0) * factor,
			y: (y) => height / 2 - (y - y0) * factor,
			left: x0 - width / 2 / factor,
			bottom: y0 - height / 2 / factor,
		};
	}
}

/* 1, 2 or 5 times a power of ten: a step that is at least so long. */
function niceStep(least) {
	const power = 10 ** Math.floor(Math.log10(least));
	return power * [1, 2, 5, 10].find((step) => step * power >= least);
}

function shorten(name) {
	const letters = [...name];
	return letters.length > NAME_LETTERS ? `${letters.slice(0, NAME_LETTERS - 1).join("")}…` : name;
}

export class EntityMap {
	/* `name(member)` is written beside its entities; `choose(member)` is called when one is pressed. */
	constructor(place, { name, choose }) {
		this.canvas = element("canvas", { role: "img" });
		this.context = this.canvas.getContext("2d");
		Object.assign(this, { name, choose, chosen: null, pointed: null });
		this.clear();
		place.append(this.canvas);
		new ResizeObserver(() => this.fit()).observe(this.canvas);
		this.canvas.addEventListener("pointermove", (event) => this.point(event));
		this.canvas.addEventListener("pointerleave", () => this.point(null));
		this.canvas.addEventListener("click", (event) => {
			this.point(event);
			choose(this.pointed);
		});
		this.listenToScheme();
		requestAnimationFrame((now) => this.draw(now));
	}

	listenToScheme() {
		const learn = () => (this.shades = new Proxy({}, { get: (known, hue) => (known[hue] ??= shade(hue)) }));
		learn();
		matchMedia("(prefers-color-scheme: dark)").addEventListener("change", learn);
	}

	clear() {
		this.tracks = new Map();
		this.view = new View();
		this.late = null;
		this.newest = -Infinity;
		this.drawn = 0;
	}

	fit() {
		const density = devicePixelRatio;
		this.canvas.width = Math.round(this.canvas.clientWidth * density);
		this.canvas.height = Math.round(this.canvas.clientHeight * density);
	}

	/* A message: the program's time, and [member, index, x, y] of each entity. */
	take(t, entities, metres) {
		if (t < this.newest)
			this.clear(); /* another clock: the program was started anew */
		if (t === this.newest)
			return;
		this.newest = t;
		/* The least delay of late; it may grow, slowly, as clocks differ. */
		const late = performance.now() - t;
		this.late = this.late === null ? late : Math.min(late, this.late + 1);
		const { now } = this.view;
		const leap = now === null ? Infinity : LEAP * Math.max(now.right - now.left, now.top - now.bottom);
		for (const [member, index, x, y] of entities) {
			const key = `${member} ${index}`;
			if (!this.tracks.has(key))
				this.tracks.set(key, new Track(member, index));
			this.tracks.get(key).take(t, x * metres, y * metres, leap);
		}
	}

	move(t) {
		const box = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
		for (const [key, track] of this.tracks) {
			track.move(t);
			if (track.at === null && track.places.at(-1).t < t)
				this.tracks.delete(key);
			for (const { x, y } of track.places) {
				box.left = Math.min(box.left, x);
				box.right = Math.max(box.right, x);
				box.bottom = Math.min(box.bottom, y);
				box.top = Math.max(box.top, y);
			}
		}
		return this.tracks.size === 0 ? null : box;
	}

	draw(now) {
		requestAnimationFrame((next) => this.draw(next));
		const { canvas, context } = this;
		const density = canvas.width / canvas.clientWidth;
		context.setTransform(density, 0, 0, density, 0, 0);
		context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
		if (this.late === null || !(density > 0))
			return;
		const t = now - this.late - BEHIND_MS;
		this.view.follow(this.move(t), Math.min(now - this.drawn, 1000));
		this.drawn = now;
		if (this.view.now === null)
			return;
		const scale = (this.scale = this.view.scale(canvas.clientWidth, canvas.clientHeight));
		const there = [...this.tracks.values()].filter((track) => track.at !== null);
		this.drawGrid(scale);
		this.drawTrails(there, scale, t);
		there.forEach((track) => this.drawEntity(track, scale));
		this.drawNames(there, scale);
	}

	drawGrid(scale) {
		const { context, canvas, shades } = this;
		const step = niceStep(70 / scale.factor);
		const places = step < 1 ? (step < 0.1 ? 2 : 1) : 0;
		const [width, height] = [canvas.clientWidth, canvas.clientHeight];
		const line = (x0, y0, x1, y1) => {
			context.moveTo(x0, y0);
			context.lineTo(x1, y1);
		};
		context.strokeStyle = shades.line;
		context.fillStyle = shades.faint;
		context.lineWidth = 1;
		context.font = "12px system-ui, sans-serif";
		context.textAlign = "left";
		context.textBaseline = "alphabetic";
		context.beginPath();
		for (let x = Math.ceil(scale.left / step) * step; scale.x(x) < width; x += step) {
			line(scale.x(x), 0, scale.x(x), height);
			if (scale.x(x) < width - 60)
				context.fillText(`${mark(x, places)} m`, scale.x(x) + 4, height - 6);
		}
		for (let y = Math.ceil(scale.bottom / step) * step; scale.y(y) > 0; y += step) {
			line(0, scale.y(y), width, scale.y(y));
			if (scale.y(y) < height - 30 && scale.y(y) > 16)
				context.fillText(`${mark(y, places)} m`, 4, scale.y(y) - 4);
		}
		context.stroke();
	}

	alphaOf(track) {
		return this.chosen === null || track.member === this.chosen ? 1 : 0.45;
	}

	/* One path for all pieces of one age and colour: each stroke costs. */
	drawTrails(there, scale, t) {
		const { context } = this;
		const bands = there.length > CROWD ? 4 : 10; /* of a trail, each fainter than the one before */
		const paths = new Map();
		for (const track of there.length > TRAILS ? there.filter(({ member }) => member === this.chosen) : there) {
			const points = [...track.places.slice(0, track.from), { t, ...track.at, isLeap: false }];
			for (let i = 1; i < points.length; i++) {
				const band = Math.floor((bands * (t - points[i].t)) / TRAIL_MS);
				if (points[i].isLeap || band >= bands)
					continue;
				const key = `${band} ${lookOf(track.member).hue} ${this.alphaOf(track)}`;
				if (!paths.has(key))
					paths.set(key, new Path2D());
				paths.get(key).moveTo(scale.x(points[i - 1].x), scale.y(points[i - 1].y));
				paths.get(key).lineTo(scale.x(points[i].x), scale.y(points[i].y));
			}
		}
		context.lineJoin = "round";
		for (const [key, path] of paths) {
			const [band, hue, alpha] = key.split(" ");
			context.strokeStyle = this.shades[hue];
			context.globalAlpha = alpha * 0.6 * (1 - band / bands) ** 1.5;
			context.lineWidth = 3 - (2 * band) / bands;
			context.stroke(path);
		}
		context.globalAlpha = 1;
	}

	drawEntity(track, scale) {
		const { context, shades } = this;
		const look = lookOf(track.member);
		context.save();
		context.translate(scale.x(track.at.x), scale.y(track.at.y));
		if (track.member === this.chosen) {
			context.strokeStyle = shades.text;
			context.lineWidth = 2;
			context.beginPath();
			context.arc(0, 0, 11, 0, 2 * Math.PI);
			context.stroke();
		}
		context.globalAlpha = this.alphaOf(track);
		context.fillStyle = shades[look.hue];
		context.strokeStyle = shades.back;
		context.lineWidth = 1.5;
		context.fill(look.path);
		context.stroke(look.path);
		context.restore();
	}

	/* Of all, if they are few; always of who is chosen or pointed at. Names do not cover each other. */
	drawNames(there, scale) {
		const { context, shades } = this;
		const isWanted = ({ member }) => member === this.chosen || member === this.pointed;
		const named = there.filter((track) => isWanted(track) || (there.length <= NAMES && track.index === 0));
		const taken = [];
		context.font = "600 13px system-ui, sans-serif";
		context.textAlign = "left";
		context.textBaseline = "middle";
		context.lineJoin = "round";
		context.lineWidth = 3;
		context.strokeStyle = shades.back;
		context.fillStyle = shades.text;
		for (const track of named.sort((a, b) => isWanted(b) - isWanted(a))) {
			const name = shorten(this.name(track.member));
			const box = this.boxOfName(track, scale, context.measureText(name).width, taken);
			if (box === null)
				continue;
			taken.push(box);
			context.globalAlpha = track.member === this.pointed ? 1 : this.alphaOf(track);
			context.strokeText(name, box.left, box.middle);
			context.fillText(name, box.left, box.middle);
		}
		context.globalAlpha = 1;
	}

	/* The first place beside the entity that is free, beginning with the one that it had. */
	boxOfName(track, scale, width, taken) {
		const [x, y] = [scale.x(track.at.x), scale.y(track.at.y)];
		const isFree = (box) =>
			box.left >= 0 && box.left + width <= this.canvas.clientWidth &&
			taken.every(({ left, right, middle }) => box.left > right || box.right < left || Math.abs(box.middle - middle) > NAME_PX);
		for (const side of [track.side, ...SIDES]) {
			const left = x + side.x * NAME_AWAY_PX + (side.x - 1) * (width / 2);
			const box = { left, right: left + width, middle: y + side.y * (NAME_AWAY_PX + 3) };
			if (isFree(box)) {
				track.side = side;
				return box;
			}
		}
		return null;
	}

	/* Who is nearest to the pointer. */
	point(event) {
		let nearest = REACH_PX;
		this.pointed = null;
		for (const track of event === null || !this.scale ? [] : this.tracks.values()) {
			if (track.at === null)
				continue;
			const away = Math.hypot(this.scale.x(track.at.x) - event.offsetX, this.scale.y(track.at.y) - event.offsetY);
			if (away < nearest)
				[nearest, this.pointed] = [away, track.member];
		}
		this.canvas.classList.toggle("pointed", this.pointed !== null);
	}
}
