/* The live page of a relay: a room, its members, and the relay's rates (index.html). */
import { UNKNOWN, badge, byId, connect, duration, element, figure, lookOf, percent, setChildren, setText } from "/app.js";
import { EntityMap } from "/map.js";
import { History, RunningPlot } from "/plot.js";
import { LiveTable } from "/table.js";

const AGES_EVERY_MS = 250; /* figures that change faster cannot be read */
const PLOTS_EVERY_MS = 500;
const FEW = 40; /* members; of more, the figures change each second */
const LINES = 12; /* of a plot */
const UNITS = { ms: "ms", share: "%" };

let status = null; /* the newest message of that kind */
let say = () => {};
let room = null; /* that is shown */
let chosen = null; /* a member's id */
let metres = 0.001; /* of a step of the coordinates */
const ages = new Map(); /* of the members of the room, now */
const entities = new Map(); /* how many each has */
const histories = new Map(); /* of these ages */
const updates = { updates_out: new History(), updates_in: new History() };

/* What is told of a member, and of the relay. */

const ageOf = ({ id, age_ms }) => ages.get(id) ?? age_ms;

function column(title, unit, value, places, isExtra = false) {
	const text = unit === UNITS.share ? (row) => percent(value(row), places) : (row) => figure(value(row), places);
	return { title, unit, value, text, isExtra };
}

function words(title, value) {
	return { title, value, text: value, isText: true, isExtra: true };
}

const columns = [
	{ title: "Who", isText: true, value: ({ name }) => name.toLowerCase(), text: ({ name, absent }) => (absent ? `${name} (away)` : name) },
	column("Age now", UNITS.ms, ageOf, 0),
	column("Age p50", UNITS.ms, (row) => row.age_p50_ms, 0, true),
	column("Age p99", UNITS.ms, (row) => row.age_p99_ms, 0),
	column("Loss up", UNITS.share, (row) => row.loss_up, 1),
	column("Loss down", UNITS.share, (row) => row.loss_down, 1),
	column("RTT", UNITS.ms, (row) => row.rtt_ms, 0, true),
	words("Mode up", (row) => row.mode),
	words("Mode down", (row) => row.mode_down ?? row.mode),
];

/* Of one member, there is more to tell. */
const figures = [...columns.slice(1), column("Entities", "", ({ id }) => entities.get(id) ?? 0, 0), column("Budget left", UNITS.share, (row) => row.budget, 0)];

const rates = [
	["updates_in", "Updates in", "/s", 0, 1],
	["updates_out", "Updates out", "/s", 0, 1],
	["datagrams_in", "Datagrams in", "/s", 0, 1],
	["datagrams_out", "Datagrams out", "/s", 0, 1],
	["bytes_in", "Bytes in", "kB/s", 1, 1e-3],
	["bytes_out", "Bytes out", "kB/s", 1, 1e-3],
	["cpu_share", "Processor", "% of a core", 1, 100],
];

/* A figure with its name and unit. Returns where the figure goes. */
function tile(place, name, unit, isText = false) {
	const value = element("span", { class: isText ? "text" : "figure" }, UNKNOWN);
	place.append(element("div", {}, element("dt", {}, name), element("dd", {}, value, " ", element("span", { class: "unit" }, unit))));
	return value;
}

const rateTiles = rates.map(([, name, unit]) => tile(byId("rates"), name, unit));
const uptime = tile(byId("rates"), "Running for", "", true);
const memberTiles = figures.map(({ title, unit, isText }) => tile(byId("member"), title, unit ?? "", isText));

/* Parts of the page. */

const membersHere = () => (status === null ? [] : status.members.filter((member) => member.room === room));
const memberOf = (id) => status?.members.find((member) => member.id === id);

const map = new EntityMap(byId("map"), { name: (id) => memberOf(id)?.name ?? "", choose });
const table = new LiveTable(byId("members"), {
	caption: "Members of the room; a press on a column's head sorts, a press on a name follows",
	columns,
	key: ({ id }) => id,
	mark: ({ id }) => badge(lookOf(id)),
	choose,
});
const agesPlot = new RunningPlot(byId("ages"), { label: "The members' ages over the last minute, in milliseconds", unit: "age, ms", least: 50 });
const updatesPlot = new RunningPlot(byId("updates"), { label: "Updates in and out over the last minute", unit: "updates a second", least: 10 });

function choose(id) {
	chosen = id === chosen ? null : id;
	map.chosen = chosen;
	table.choice(chosen);
	showMember();
	showPlots();
}

function chooseRoom(name) {
	room = name;
	ages.clear();
	histories.clear();
	map.clear();
	if (chosen !== null)
		choose(null);
	say({ room: name });
	showRooms();
	showMembers();
}

function showRelay() {
	const { version, uptime_s, host, port, state } = status.relay;
	document.body.className = state === "running" ? "well" : "";
	setText(byId("connection"), state);
	setText(byId("relay"), `${host.includes(":") ? `[${host}]` : host} UDP port ${port}, version ${version}`);
	setText(uptime, duration(uptime_s));
	rates.forEach(([key, , , places, factor], i) => {
		const value = status.rates[key];
		setText(rateTiles[i], figure(value === null ? null : value * factor, places));
	});
}

function showRooms() {
	const select = byId("rooms");
	const texts = status.rooms.map(({ name, members }) => `${name} (${members})`);
	if (document.activeElement !== select || select.options.length !== texts.length)
		setChildren(
			select,
			status.rooms.map(({ name }, i) => {
				const option = [...select.options].find(({ value }) => value === name) ?? element("option", { value: name });
				setText(option, texts[i]);
				return option;
			}),
		);
	select.disabled = texts.length === 0;
	if (texts.length === 0)
		select.append(element("option", {}, "none yet"));
	else
		select.value = room;
	const here = status.rooms.find(({ name }) => name === room);
	setText(byId("counts"), here ? `${figure(here.members)} members, ${figure(here.entities)} entities` : "Nobody is here. Try: starling bots 8");
	map.canvas.setAttribute("aria-label", here ? `Map of room ${room}: ${here.entities} entities. The table below has the members' figures.` : "An empty map");
	document.title = here ? `${room} (${here.members}) – Starling relay` : "Starling relay";
}

function showMember() {
	const member = chosen === null ? undefined : memberOf(chosen);
	const title = byId("member-title");
	if (member === undefined)
		setText(title, "Nobody chosen");
	else
		title.replaceChildren(badge(lookOf(chosen)), ` ${member.name} `, element("span", { class: "faint" }, `member ${chosen}`));
	byId("chosen").classList.toggle("empty", member === undefined);
	memberTiles.forEach((place, i) => setText(place, member === undefined ? figure(null) : figures[i].text(member)));
}

function showMembers() {
	const here = membersHere();
	const leftOut = status.members_left_out ?? 0;
	table.show(here);
	byId("left-out").hidden = leftOut === 0;
	setText(byId("left-out"), leftOut === 0 ? "" : `${figure(leftOut)} more members are not shown: so many do not fit.`);
}

/* Who is drawn: all, or the oldest, and always who is chosen. */
function linesOfAges() {
	const all = [...histories].sort(([a], [b]) => a - b);
	const most = [...all].sort(([, a], [, b]) => b.most - a.most).slice(0, LINES).map(([id]) => id);
	setText(byId("ages-left-out"), all.length > LINES ? `Of ${all.length} members, the ${LINES} that were oldest are drawn.` : "");
	return all
		.filter(([id]) => id === chosen || most.includes(id))
		.sort(([a], [b]) => (a === chosen) - (b === chosen))
		.map(([id, history]) => ({ ...lookOf(id), history, isStrong: id === chosen, isFaint: chosen !== null && id !== chosen }));
}

function showPlots() {
	const now = performance.now();
	agesPlot.show(now, linesOfAges());
	updatesPlot.show(now, [
		{ hue: "blue", history: updates.updates_out },
		{ hue: "orange", history: updates.updates_in },
	]);
}

/* What comes in. */

function takeStatus(message) {
	status = message;
	if (!status.rooms.some(({ name }) => name === room) && status.rooms.length > 0)
		chooseRoom(status.rooms[0].name);
	for (const [key, history] of Object.entries(updates))
		if (status.rates[key] !== null)
			history.take(performance.now(), status.rates[key]);
	showRelay();
	showRooms();
	showMembers();
	showMember();
}

function takeRoom(message) {
	const now = performance.now();
	if (message.room !== room)
		return;
	map.take(message.t_ms, message.entities, metres);
	ages.clear();
	entities.clear();
	for (const [id] of message.entities)
		entities.set(id, (entities.get(id) ?? 0) + 1);
	for (const [id, age] of message.ages) {
		ages.set(id, age);
		if (!histories.has(id))
			histories.set(id, new History());
		histories.get(id).take(now, age);
	}
	for (const [id, history] of histories)
		if (history.isOver(now))
			histories.delete(id);
}

function showConfiguration(configuration) {
	byId("configuration").replaceChildren(
		...Object.entries(configuration ?? {}).map(([key, value]) => element("div", {}, element("dt", {}, key), element("dd", {}, String(value)))),
	);
}

byId("rooms").addEventListener("change", (event) => chooseRoom(event.target.value));
/* While the page is connected. */
function every(ms, show) {
	setInterval(() => status !== null && document.body.className !== "lost" && show(), ms);
}

every(AGES_EVERY_MS, () => {
	const here = membersHere();
	if (here.length <= FEW)
		table.show(here);
	showMember();
});
every(PLOTS_EVERY_MS, showPlots);

connect("/status.json", "/feed", {
	start(first, sayIt) {
		say = sayIt;
		metres = (first.configuration?.grain ?? 1000) / 1e6;
		showConfiguration(first.configuration);
		takeStatus(first);
		if (room !== null)
			say({ room });
	},
	message: (message) => (message.kind === "status" ? takeStatus(message) : message.kind === "room" && takeRoom(message)),
	lost(why) {
		say = () => {};
		document.body.className = "lost";
		setText(byId("connection"), why === "" ? "the relay does not answer; trying again…" : `${why}; trying again…`);
	},
});
