/* The lab's page: four receivers of one flock behind the same bad link, which its reader can change (index.html). */
import { UNKNOWN, byId, connect, element, figure, percent, setChildren, setText } from "/app.js";
import { Flock, Window } from "/flock.js";
import { layersOf } from "/packet.js";
import { History, RunningPlot } from "/plot.js";

const PLOTS_EVERY_MS = 500;
const FIGURES_EVERY_MS = 200; /* those that change faster cannot be read */
const LOSS_OVER_MS = 5000;
const SAY_AFTER_MS = 120; /* of a slider that moves */
const LEAST_PART_MS = 0.05; /* of an age, to be shown */

const WAYS = [
	{ key: "unsequenced", title: "Unsequenced", hue: "blue", about: "ENet, unreliable and unordered: each datagram stands alone. What is lost is gone, and the next update replaces it." },
	{ key: "sequenced", title: "Sequenced", hue: "green", about: "ENet, unreliable, late ones dropped: one that was overtaken on the way is thrown away by ENet." },
	{ key: "reliable", title: "Reliable", hue: "orange", about: "ENet, acknowledged and in order: what is lost is sent again, and what came behind it waits for it." },
	{ key: "TCP", title: "TCP", hue: "purple", about: "The kernel's TCP: a stream of bytes in order. A lost segment holds up all bytes behind it until it is sent again." },
];

const SLIDERS = [
	{ key: "delay_ms", title: "Delay", unit: "ms", most: 300, step: 5 },
	{ key: "jitter_ms", title: "Jitter", unit: "ms", most: 100, step: 1 },
	{ key: "loss", title: "Loss", unit: "%", most: 50, step: 1, factor: 100 },
	{ key: "burst", title: "Loss comes in bursts", unit: "%", most: 90, step: 5, factor: 100 },
	{ key: "rate_kbit", title: "Rate", unit: "kbit/s", steps: [0, 64, 128, 256, 512, 1000, 2000, 5000, 10000], none: "no limit" },
];

const BUTTONS = [
	{ title: "Cut the line for a second", say: { cut_ms: 1000 } },
	{ title: "Delay +100 ms", terms: (terms) => ({ ...terms, delay_ms: Math.min(terms.delay_ms + 100, 300) }) },
	{ title: "Wi-Fi", terms: () => ({ delay_ms: 5, jitter_ms: 6, loss: 0.02, burst: 0.5, rate_kbit: 0 }) },
	{ title: "Mobile", terms: () => ({ delay_ms: 60, jitter_ms: 20, loss: 0.03, burst: 0.6, rate_kbit: 2000 }) },
	{ title: "A perfect line", terms: () => ({ delay_ms: 0, jitter_ms: 0, loss: 0, burst: 0, rate_kbit: 0 }) },
];

let say = () => {};
let newest = null; /* message */
let chosen = null; /* bird */
let explained = WAYS[2].key;
const view = new Window();
let figures_ms = 0;
let waiting = null; /* a slider's timer */

/* The line. */

/* In the language of --impair. */
function linkText({ delay_ms, jitter_ms, loss, burst, rate_kbit }) {
	const parts = [];
	const add = (isThere, text) => isThere && parts.push(text);
	add(delay_ms > 0, `delay=${delay_ms}ms`);
	add(jitter_ms > 0, `jitter=${jitter_ms}ms`);
	add(loss > 0, `loss=${+(100 * loss).toFixed(1)}%`);
	add(loss > 0 && burst > 0, `burst=${+burst.toFixed(2)}`);
	add(rate_kbit > 0, `rate=${rate_kbit}kbit`);
	return parts.length > 0 ? parts.join(",") : "none";
}

class Slider {
	constructor({ key, title, unit, most, step, steps, factor = 1, none }) {
		Object.assign(this, { key, unit, steps, factor, none });
		this.figure = element("span");
		this.input = element("input", { type: "range", id: key, min: "0", max: String(steps ? steps.length - 1 : most), step: String(step ?? 1), input: () => this.move() });
		byId("sliders").append(element("div", {}, element("label", { for: key }, `${title} `, this.figure), this.input));
	}

	get value() {
		const at = Number(this.input.value);
		return this.steps ? this.steps[at] : at / this.factor;
	}

	show(value) {
		if (this.input.matches(":active"))
			return;
		const at = this.steps ? this.steps.reduce((best, step, i) => (Math.abs(step - value) < Math.abs(this.steps[best] - value) ? i : best), 0) : Math.round(value * this.factor);
		this.input.value = String(at);
		this.tell();
	}

	tell() {
		const { value } = this;
		setText(this.figure, value === 0 && this.none ? this.none : `${figure(value * this.factor)} ${this.unit}`);
	}

	move() {
		this.tell();
		clearTimeout(waiting);
		waiting = setTimeout(() => {
			waiting = null;
			say({ link: linkText(Object.fromEntries(sliders.map((slider) => [slider.key, slider.value]))) });
		}, SAY_AFTER_MS);
	}
}

const sliders = SLIDERS.map((row) => new Slider(row));
byId("sliders").addEventListener("submit", (event) => event.preventDefault());
byId("buttons").append(
	...BUTTONS.map(({ title, say: what, terms }) => element("button", { type: "button", click: () => newest && say(what ?? { link: linkText(terms(newest.terms)) }) }, title)),
);

/* The ways. */

function tile(place, name, unit, id) {
	const value = element("span", id ? { class: "figure", id } : { class: "figure" }, UNKNOWN);
	place.append(element("div", {}, element("dt", {}, name), element("dd", {}, value, " ", element("span", { class: "unit" }, unit))));
	return value;
}

class Way {
	constructor({ key, title, hue }) {
		Object.assign(this, { key, hue, history: new History(), counts: [] });
		const tiles = element("dl", { class: "tiles" });
		const head = element("h3", {}, element("span", { class: `swatch ${hue}` }), ` ${title}`);
		const map = element("div");
		this.happens = element("p", { class: "happens", id: `happens-${key}` });
		const why = element("button", { type: "button", click: () => explain(key) }, "Why?");
		this.flock = new Flock(map, { label: `The flock as ${title} has it`, hue, choose: (bird) => choose(bird, key) });
		this.age = tile(tiles, "Age now", "ms", `age-${key}`);
		this.longest = tile(tiles, "Longest", "ms");
		this.delivered = tile(tiles, "Delivered", "", `delivered-${key}`);
		this.loss = tile(tiles, "Lost, last 5 s", "%", `loss-${key}`);
		this.late = tile(tiles, "Late", "");
		this.error = tile(tiles, "Off by", "m");
		byId("ways").append(element("article", {}, head, map, this.happens, tiles, why));
	}

	/* The loss among the updates of the last seconds; null: there were none. */
	lossNow(t_ms, { delivered, late, lost }) {
		const { counts } = this;
		counts.push({ t_ms, all: delivered + late + lost, lost });
		while (counts.length > 2 && counts[0].t_ms < t_ms - LOSS_OVER_MS)
			counts.shift();
		const all = counts.at(-1).all - counts[0].all;
		return all > 0 ? (counts.at(-1).lost - counts[0].lost) / all : null;
	}

	take(message, way) {
		const loss = this.lossNow(message.t_ms, way);
		if (way.age_ms !== null)
			this.history.take(performance.now(), way.age_ms);
		this.flock.show(view.box, message.birds, way.birds, chosen);
		return loss;
	}

	tell(way, loss) {
		setText(this.happens, way.happens);
		setText(this.age, figure(way.age_ms));
		setText(this.longest, figure(way.longest_age_ms));
		setText(this.delivered, figure(way.delivered));
		setText(this.loss, percent(loss));
		setText(this.late, figure(way.late));
		setText(this.error, figure(way.error_m, 2));
	}
}

const ways = WAYS.map((row) => new Way(row));
const plot = new RunningPlot(byId("ages"), { label: "The ages of the four ways over the last minute, in milliseconds", unit: "age, ms", least: 100 });
byId("legend").append(...WAYS.flatMap(({ title, hue }) => [element("span", { class: `swatch ${hue}` }), ` ${title} `]));

/* Why? */

function explain(key) {
	explained = key;
	showWhy();
	byId("why").scrollIntoView({ block: "nearest", behavior: "smooth" });
}

function choose(bird, key) {
	chosen = bird === chosen ? null : bird;
	explain(key);
}

byId("why-ways").append(...WAYS.map(({ key, title }) => element("button", { type: "button", "data-way": key, click: () => explain(key) }, title)));

/* Those of a stream wait in the kernel's queue, and not in ENet's. */
function queueText(text, way) {
	return way.way === "TCP" ? text.replace("ENet's", "TCP's") : text;
}

function bar(share) {
	const made = element("span", {});
	made.style.width = `${Math.min(100 * share, 100)}%`;
	return made;
}

/* The parts of a bird's age, as they were measured, add up to it. Those that are nothing are left out. */
function partsTable(parts, age_ms, way) {
	const rows = newest.parts.map((text, i) => ({ text: queueText(text, way), ms: parts[i] })).filter(({ ms }) => ms >= LEAST_PART_MS);
	return element("table", { id: "parts" }, element("tbody", {}, ...rows.map(({ text, ms }) => element("tr", {},
		element("th", { scope: "row", class: "text" }, text),
		element("td", { class: "bar" }, bar(ms / age_ms)),
		element("td", { class: "number" }, `${figure(ms, 1)} ms`)))));
}

function birdAnswer(way) {
	const bird = chosen === null ? undefined : way.birds.find(([index]) => index === chosen);
	if (bird === undefined)
		return [element("p", { class: "faint" }, "Press a bird to see of which parts its age is made.")];
	const [index, , , age_ms, ...parts] = bird;
	return [
		element("p", {}, `Bird ${index + 1} is ${figure(age_ms)} ms old here:`),
		partsTable(parts, age_ms, way),
		element("p", { class: "faint" }, `Measured by this machine's one clock, each part to within ${figure(newest.parts_error_ms, 2)} ms.`),
	];
}

function fate(way, { is_passed, ago_ms }) {
	const what = { unsequenced: "Nobody sends it again.", sequenced: "Nobody sends it again.", reliable: "ENet will miss the acknowledgement, and send it again.", TCP: "TCP will miss the acknowledgement, and send it again." };
	if (is_passed)
		return `It was sent ${figure(ago_ms)} ms ago, and the line passed it.`;
	return `It was sent ${figure(ago_ms)} ms ago, and the line lost it: no one is told. ${what[way.way]}`;
}

function packetAnswer(way) {
	if (!way.packet)
		return [];
	const layers = layersOf(way.packet.bytes, way.packet.size).map(({ name, bytes, says }) => element("div", {}, element("dt", {}, name), element("dd", {}, says), element("dd", {}, element("code", {}, bytes))));
	return [element("p", {}, `The last packet to this receiver, of ${way.packet.size} bytes. ${fate(way, way.packet)}`), element("dl", { class: "layers" }, ...layers)];
}

function showWhy() {
	const way = newest?.ways.find(({ way: key }) => key === explained);
	if (!way)
		return;
	for (const button of byId("why-ways").children)
		button.setAttribute("aria-pressed", String(button.dataset.way === explained));
	byId("why-bird").replaceChildren(element("p", {}, WAYS.find(({ key }) => key === explained).about), element("p", {}, `Now: ${way.happens}.`), ...birdAnswer(way));
	byId("why-packet").replaceChildren(...packetAnswer(way));
}

/* Messages. */

function showLine(message) {
	document.body.className = message.is_ready ? "well" : "";
	setText(byId("connection"), message.is_cut ? "the line is cut" : message.is_ready ? "running" : "the receivers are joining");
	setText(byId("link"), message.link);
	if (waiting === null)
		sliders.forEach((slider) => slider.show(message.terms[slider.key]));
	setChildren(byId("notes"), []);
	byId("notes").append(...message.notes.map(({ t_ms, text }) => element("li", {}, `${figure((message.t_ms - t_ms) / 1000)} s ago: ${text}`)));
}

function take(message) {
	newest = message;
	if (message.birds.length === 0)
		return;
	view.follow(message.birds);
	const losses = ways.map((way, i) => way.take(message, message.ways[i]));
	const now = performance.now();
	if (now < figures_ms)
		return;
	figures_ms = now + FIGURES_EVERY_MS;
	showLine(message);
	ways.forEach((way, i) => way.tell(message.ways[i], losses[i]));
	showWhy();
}

setInterval(() => {
	const marks = newest?.notes.map(({ t_ms }) => (newest.t_ms - t_ms) / 1000) ?? [];
	plot.show(performance.now(), ways.map(({ hue, history }) => ({ hue, dash: [], history, isStrong: true })), marks);
}, PLOTS_EVERY_MS);

connect("/lab.json", "/feed", {
	start: (first, send) => {
		say = send;
		take(first);
	},
	message: take,
	lost: (why) => {
		document.body.className = "lost";
		setText(byId("connection"), why || "the lab does not answer; trying again…");
	},
});
