/*
 * What all pages need: elements, figures, who has which look, and the connection to the program. A text from the
 * program comes in as a text, never as HTML.
 */

const ASK_AGAIN_MS = [500, 1000, 2000, 4000]; /* the last one again and again */
const ANSWER_WITHIN_MS = 5000;
const SILENT_FOR_MS = 5000; /* a feed says something each second */
const TOKEN_KEY = "starling-token";

/* Elements. */

export function byId(id) {
	return document.getElementById(id);
}

export function element(tag, attributes = {}, ...children) {
	const made = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes))
		if (typeof value === "function")
			made.addEventListener(name, value);
		else if (value !== false)
			made.setAttribute(name, value === true ? "" : value);
	made.append(...children);
	return made;
}

/* Costs little where nothing changes, and no new node where something does. */
export function setText(place, text) {
	const only = place.childNodes.length === 1 ? place.firstChild : null;
	if (only?.nodeType !== Node.TEXT_NODE)
		place.textContent = text;
	else if (only.data !== text)
		only.data = text;
}

/* Makes an element's children these, and touches none that is there already. */
export function setChildren(place, children) {
	if (children.length !== place.children.length || children.some((child, i) => child !== place.children[i]))
		place.replaceChildren(...children);
}

export function shade(hue) {
	return getComputedStyle(document.documentElement).getPropertyValue(`--${hue}`).trim();
}

/* Figures, of a fixed number of places, so that nothing jumps. Not known: null or undefined. */

export const UNKNOWN = "–";

const formats = [0, 1, 2].map((places) => new Intl.NumberFormat("en", { minimumFractionDigits: places, maximumFractionDigits: places }));

export function figure(value, places = 0) {
	return typeof value === "number" && Number.isFinite(value) ? formats[places].format(value) : UNKNOWN;
}

/* Of an axis: short, and no "-0". */
export function mark(value, places = 0) {
	return Math.abs(value) >= 10000 ? `${figure(value / 1000, value % 1000 === 0 ? 0 : 1)} k` : figure(value === 0 ? 0 : value, places);
}

export function percent(share, places = 1) {
	return typeof share === "number" ? figure(100 * share, places) : UNKNOWN;
}

export function duration(seconds) {
	if (typeof seconds !== "number")
		return UNKNOWN;
	const two = (value) => String(Math.floor(value)).padStart(2, "0");
	const days = Math.floor(seconds / 86400);
	return `${days > 0 ? `${days} d ` : ""}${two((seconds / 3600) % 24)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/* Looks: a hue that colour-blind readers tell from the others, and a shape once the hues are used up. */

const HUES = ["blue", "orange", "green", "purple", "amber", "sky", "ink", "rose"];
const SHAPES = [
	"M5 0 A5 5 0 1 1 -5 0 A5 5 0 1 1 5 0 Z",
	"M-4.5 -4.5 H4.5 V4.5 H-4.5 Z",
	"M0 -6 L5.5 4.5 H-5.5 Z",
	"M0 -6 L6 0 L0 6 L-6 0 Z",
];
const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3]];

const paths = SHAPES.map((shape) => new Path2D(shape));

export function lookOf(id) {
	const shape = Math.floor((id - 1) / HUES.length) % SHAPES.length;
	return { hue: HUES[(id - 1) % HUES.length], path: paths[shape], shape: SHAPES[shape], dash: DASHES[shape] };
}

export function badge(look) {
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
	svg.setAttribute("viewBox", "-7 -7 14 14");
	svg.setAttribute("class", `badge ${look.hue}`);
	svg.setAttribute("aria-hidden", "true");
	path.setAttribute("d", look.shape);
	svg.append(path);
	return svg;
}

/* The token: from the page's address, where it does not stay, or from its reader. */

function tokenInAddress() {
	const parameters = new URLSearchParams(location.search);
	const token = parameters.get("token");
	if (token === null)
		return;
	sessionStorage.setItem(TOKEN_KEY, token);
	parameters.delete("token");
	history.replaceState(null, "", `${location.pathname}${parameters.size > 0 ? `?${parameters}` : ""}${location.hash}`);
}

function tokenIn(text) {
	return /^[0-9a-fA-F]{32,128}$/.test(text ?? "") ? text : null;
}

function tokenForm(answer) {
	const field = element("input", { id: "token", type: "password", autocomplete: "off", spellcheck: "false", size: "40" });
	const fault = element("p", { class: "bad", role: "alert" });
	const submit = (event) => {
		event.preventDefault();
		const token = tokenIn(field.value.trim());
		if (token !== null)
			answer(token);
		else
			setText(fault, "A token is 32 to 128 hexadecimal digits: the first line of the file that --http-token-file names.");
	};
	const form = element(
		"form",
		{ submit },
		element("h2", { id: "token-title" }, "This door needs its token"),
		element("p", {}, "It stands in the file that the program was given with ", element("code", {}, "--http-token-file"), ". This tab keeps it until it is closed."),
		element("p", {}, element("label", { for: "token" }, "Token "), field),
		fault,
		element("p", {}, element("button", { type: "submit" }, "Come in")),
	);
	return { form, field, fault };
}

/* Resolves with what the reader gives. `refused`: whether one was given before. */
function askForToken(refused) {
	return new Promise((resolve) => {
		const dialog = element("dialog", { "aria-labelledby": "token-title" });
		const { form, field, fault } = tokenForm((token) => {
			sessionStorage.setItem(TOKEN_KEY, token);
			dialog.remove();
			resolve();
		});
		dialog.append(form);
		dialog.addEventListener("cancel", (event) => event.preventDefault());
		document.body.append(dialog);
		dialog.showModal();
		field.focus();
		if (refused)
			setText(fault, "That token is not the right one.");
	});
}

/* The connection. */

function pause(ms) {
	return new Promise((resolve) => setTimeout(resolve, ms));
}

/* A document of the program's, asked for until it comes. Throws what may be put right by trying again. */
async function ask(path) {
	for (;;) {
		const token = tokenIn(sessionStorage.getItem(TOKEN_KEY));
		const headers = token === null ? {} : { Authorization: `Bearer ${token}` };
		const answer = await fetch(path, { headers, cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
		if (answer.ok)
			return answer.json();
		if (answer.status !== 401)
			throw new Error(`${answer.status}: ${(await answer.text()).trim()}`);
		await askForToken(token !== null);
	}
}

/* Hears a feed to its end: whether it was ever open. `opened` gets what says something to it. */
function hear(path, opened, message) {
	return new Promise((resolve) => {
		const token = tokenIn(sessionStorage.getItem(TOKEN_KEY));
		const socket = new WebSocket(new URL(path, location.href.replace(/^http/, "ws")), token === null ? ["starling"] : ["starling", `token.${token}`]);
		let silent;
		let wasOpen = false;
		const end = () => {
			clearTimeout(silent);
			socket.onmessage = socket.onclose = null;
			socket.close();
			resolve(wasOpen);
		};
		const wait = () => {
			clearTimeout(silent);
			silent = setTimeout(end, SILENT_FOR_MS);
		};
		wait();
		socket.onopen = () => {
			wasOpen = true;
			opened((what) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(what)));
		};
		socket.onclose = end;
		socket.onmessage = ({ data }) => {
			wait();
			message(JSON.parse(data));
		};
	});
}

/*
 * Connects, and again whenever the program went away. `document`: the path of what is asked for first, and given to
 * `on.start` with the way to say something to the feed. `on.message` gets each message, `on.lost` why there is none.
 */
export async function connect(document, feed, on) {
	tokenInAddress();
	for (let tries = 0; ; tries++) {
		try {
			const first = await ask(document);
			const wasOpen = await hear(
				feed,
				(say) => {
					tries = 0;
					on.start(first, say);
				},
				on.message,
			);
			on.lost(wasOpen ? "" : "the relay opens no more feeds; close a page elsewhere");
		} catch (error) {
			on.lost(/^\d/.test(error.message) ? error.message : "");
		}
		await pause(ASK_AGAIN_MS[Math.min(tries, ASK_AGAIN_MS.length - 1)]);
	}
}
