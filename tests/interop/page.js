// The relay's live page in Chromium, as an operator uses it, with a real relay and real bots.
//
//	node page.js BUILD SHOTS [PICTURE]
//
// BUILD has the programs; screenshots go below the folder SHOTS. Prints "passed: ..." or "FAILED: ..." for each proof,
// and exits 1 when any has failed. With PICTURE it proves nothing, but writes a picture of the page there.
'use strict';
const fs = require('fs');
const http = require('http');
const path = require('path');
const { FAINT, PATIENCE_MS, PHONE, WIDE, boxOf, prove, runProofs } = require('./browser.js');
const { match, start, stop, stopAll } = require('./programs.js');

const [build, shots, picture] = process.argv.slice(2);
const BOTS = 6;
const EVIL = '<img src onerror=wasRun=1>'; // "-1" follows
const OTHERS = '"><b>bold</b>';
const ROOM = '<i>den</i>';
const TOKEN = '0123456789abcdef'.repeat(4);

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Processes.

// A relay with its UDP port and the address of its page. Port 0: any free one.
async function startRelay(port, web, ...args) {
    const relay = start(build, 'starlingd', '--port', String(port), '--http', `127.0.0.1:${web}`, ...args);
    relay.port = await match(relay, /listens on UDP 127\.0\.0\.1:(\d+)/);
    relay.web = await match(relay, /http:\/\/127\.0\.0\.1:(\d+)\//);
    relay.url = `http://127.0.0.1:${relay.web}/`;
    return relay;
}

function startBots(relay, count, name, ...args) {
    return start(build, 'starling', 'bots', String(count), '--port', relay.port, '--name', name, ...args);
}

// In the page.

const ROWS = 'document.querySelectorAll("#members tbody tr").length';
const NAMES = '[...document.querySelectorAll("#members tbody th")].map((cell) => cell.textContent)';
const CONNECTION = 'document.getElementById("connection")?.textContent';
const IS_WELL = `${CONNECTION} === "running" && document.body.classList.contains("well")`;
const COLUMN = (title) => `[...document.querySelectorAll("#members tbody tr")].map((line) =>
    line.children[[...document.querySelectorAll("#members thead th")].findIndex((head) => head.textContent.startsWith("${title}"))].textContent)`;
const HAS_FIGURES = (title, count) => `((texts) => texts.length === ${count} && texts.every((text) => /^[\\d,]+(\\.\\d)?$/.test(text)))(${COLUMN(title)})`;
const CHOOSE_ROOM = (name) => `(() => {
    const select = document.getElementById("rooms");
    select.value = ${JSON.stringify(name)};
    select.dispatchEvent(new Event("change"));
})()`;

// A canvas's points. They are read from a copy, as what is drawn on is not made for that.
const PIXELS = (canvas) => `((canvas) => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    return copy.getImageData(0, 0, canvas.width, canvas.height);
})(${canvas})`;

// Where on the map a member is, by the hue of its badge.
const SPOT = `(() => {
    const { data, width, height } = ${PIXELS('document.querySelector("#map canvas")')};
    const hue = getComputedStyle(document.querySelector("#members tbody .badge")).color.match(/\\d+/g).map(Number);
    const is = (x, y) => [0, 1, 2].every((part) => Math.abs(data[4 * (y * width + x) + part] - hue[part]) < 3) && data[4 * (y * width + x) + 3] > 250;
    for (let y = 6; y < height - 6; y++)
        for (let x = 6; x < width - 6; x++)
            if (is(x, y) && is(x - 3, y) && is(x + 3, y) && is(x, y - 3) && is(x, y + 3))
                return { x, y };
    return null;
})()`;

// A map of its own, that is given messages 0.1 s apart, and asked where their entity is in between.
const AT = (...questions) => `import("/map.js").then(({ EntityMap }) => {
    const map = new EntityMap(document.createElement("div"), { name: String, choose() {} });
    const say = (t, x) => map.take(t, [[1, 0, 1000 * x, 0]], 0.001);
    const at = (t) => {
        map.move(t);
        const [track] = map.tracks.values();
        return track === undefined ? "gone" : track.at && Math.round(100 * track.at.x) / 100;
    };
    map.view.now = { left: 0, right: 10, bottom: 0, top: 10 };
    [0, 1, 2, 3, 9].forEach((x, i) => say(100 * i, x));
    return [${questions}];
})`;

const CANVASES = `[...document.querySelectorAll("canvas")].map((canvas) => {
    const { data } = ${PIXELS('canvas')};
    const colours = new Set();
    let drawn = 0;
    for (let i = 0; i < data.length; i += 4)
        if (data[i + 3] > 200) {
            drawn++;
            colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
        }
    return { drawn, colours: colours.size, width: canvas.clientWidth };
})`;

async function proveThere(browser, relay, bots) {
    if (!(await browser.until(`${ROWS} === ${BOTS}`)))
        throw new Error(`${await browser.ask(NAMES)} are there, not ${BOTS} bots, which say: ${bots.said}`);
    prove('it says that the relay is running', await browser.ask(IS_WELL), await browser.ask(CONNECTION));
    prove('and where', (await browser.ask('document.getElementById("relay").textContent')).includes(`127.0.0.1 UDP port ${relay.port}`));
    prove('map and plots are drawn', await browser.until(`${CANVASES}.every(({ drawn, colours, width }) => drawn > 300 && colours > 2 && width > 200)`), await browser.ask(CANVASES));
    for (const title of ['Age now', 'Age p50', 'Age p99', 'RTT', 'Loss up'])
        prove(`each member has a figure: ${title}`, await browser.until(HAS_FIGURES(title, BOTS)), await browser.ask(COLUMN(title)));
    prove('each has a mode', String(await browser.ask(COLUMN('Mode up'))) === String(Array(BOTS).fill('unsequenced')), await browser.ask(COLUMN('Mode up')));
    prove('each rate has a figure', await browser.until('[...document.querySelectorAll("#rates .figure")].every(({ textContent }) => /\\d/.test(textContent))'),
        await browser.ask('document.getElementById("rates").textContent'));
    prove('updates go out to all but their sender', await browser.until(`(() => {
        const [taken, given] = [...document.querySelectorAll("#rates .figure")].map(({ textContent }) => Number(textContent.replace(/,/g, "")));
        return taken > 60 && given > 2 * taken;
    })()`), await browser.ask('document.getElementById("rates").textContent'));
    prove('the configuration is there', (await browser.ask('document.getElementById("configuration").textContent')).includes('grain'));
}

async function proveMoving(browser) {
    const figures = `[document.getElementById("rates").textContent, ${COLUMN('Age now')}.join()]`;
    const before = await browser.ask(figures);
    prove('the figures move', await browser.until(`${figures}.every((text, i) => text !== ${JSON.stringify(before)}[i])`), before);
    const picture = `(({ data }) => data.reduce((sum, part) => (sum * 31 + part) | 0, 0))(${PIXELS('document.querySelector("#map canvas")')})`;
    const drawn = await browser.ask(picture);
    prove('the map moves', await browser.until(`${picture} !== ${drawn}`));
    const places = await browser.ask(AT('at(100)', 'at(125)', 'at(150)', 'at(175)'));
    prove('an entity moves smoothly between two messages', String(places) === '1,1.25,1.5,1.75', places);
    const leap = await browser.ask(AT('at(350)', 'at(399)', 'at(400)'));
    prove('one that leaps is nowhere in between', String(leap) === '3,3,9', leap);
    const end = await browser.ask(AT('at(900)', 'at(1100)'));
    prove('one that is told of no more goes', String(end) === '9,gone', end);
    const anew = await browser.ask(AT('(say(7, 4), at(7))', 'map.tracks.size'));
    prove('a relay with another clock begins anew', String(anew) === '4,1', anew);
}

async function proveChoosing(browser) {
    const title = 'document.getElementById("member-title").textContent';
    await browser.ask('document.querySelectorAll("#members button.choice")[1].focus()');
    await browser.key('Enter', '\r');
    prove('a key on a name chooses the member', (await browser.ask(title)).includes(`${EVIL}-2`), await browser.ask(title));
    prove('and its row says so', await browser.ask('document.querySelectorAll("#members button.choice")[1].getAttribute("aria-pressed")') === 'true');
    prove('its figures are there', await browser.ask('[...document.querySelectorAll("#member .figure")].filter(({ textContent }) => /\\d/.test(textContent)).length >= 6'),
        await browser.ask('document.getElementById("member").textContent'));
    await browser.key('Enter', '\r');
    prove('once more lets it go', (await browser.ask(title)) === 'Nobody chosen');
    // It flies on while one aims.
    for (let tries = 0; tries < 10 && (await browser.ask(title)) === 'Nobody chosen'; tries++) {
        const box = await browser.ask(boxOf('document.querySelector("#map canvas")'));
        const spot = await browser.ask(SPOT);
        if (spot === null)
            continue;
        const [x, y] = [box.left + spot.x, box.top + spot.y];
        await browser.mouse('mousePressed', x, y, 1);
        await browser.mouse('mouseReleased', x, y);
    }
    prove('a press on the map chooses, too', (await browser.ask(title)).includes(EVIL), await browser.ask(title));
    await browser.ask('document.querySelector("#members tr.chosen button.choice").click()');
}

async function proveSorting(browser) {
    const press = 'document.querySelector("#members thead button.sort").click()';
    const sort = 'document.querySelector("#members thead th").getAttribute("aria-sort")';
    await browser.ask(press);
    const up = await browser.ask(NAMES);
    await browser.ask(press);
    const down = await browser.ask(NAMES);
    prove('the table sorts up and down', String(up) === String([...up].sort()) && String(down) === String([...up].reverse()) && (await browser.ask(sort)) === 'descending', { up, down });
    await browser.ask(press);
}

async function proveRooms(browser, relay) {
    const others = startBots(relay, 2, OTHERS, '--room', ROOM);
    prove('a room that opens can be chosen', await browser.until(`[...document.getElementById("rooms").options].some(({ value }) => value === ${JSON.stringify(ROOM)})`));
    await browser.ask(CHOOSE_ROOM(ROOM));
    prove('its members are shown', await browser.until(`${ROWS} === 2`) && (await browser.ask(NAMES)).every((name) => name.startsWith(OTHERS)), await browser.ask(NAMES));
    prove('and their ages now, which come ten times a second', await browser.until(HAS_FIGURES('Age now', 2)));
    await stop(others);
    // The places of members who left are kept for a while, unless they said goodbye, as these do.
    prove('when it closes, another one is shown', await browser.until(`${ROWS} === ${BOTS}`), await browser.ask(NAMES));
}

async function proveNames(browser) {
    const names = await browser.ask(NAMES);
    const options = await browser.ask('[...document.getElementById("rooms").options].map(({ textContent }) => textContent)');
    prove('names that would be HTML are texts', names.includes(`${EVIL}-1`) && options.includes(`lobby (${BOTS})`), { names, options });
    const seen = await browser.ask('({ images: document.images.length, bold: document.querySelectorAll("b, i").length, wasRun: window.wasRun ?? null })');
    prove('and nothing of them is run', seen.images === 0 && seen.bold === 0 && seen.wasRun === null, seen);
}

async function proveSchemes(browser, relay) {
    const backs = {};
    for (const [width, scheme] of [[WIDE, 'light'], [WIDE, 'dark'], [PHONE, 'light'], [PHONE, 'dark']]) {
        await browser.open(relay.url, width, scheme, `${ROWS} === ${BOTS}`);
        await sleep(2500);
        const size = await browser.shoot(path.join(shots, `live-${width}-${scheme}.png`));
        const faint = await browser.ask(FAINT);
        backs[scheme] = await browser.ask('getComputedStyle(document.body).backgroundColor');
        prove(`a screenshot of ${width} pixels, ${scheme}, shows something`, size > 50000, size);
        prove(`its texts can be read, ${scheme}, ${width} pixels`, faint.length === 0, faint.slice(0, 5));
        const scroll = await browser.ask('[document.documentElement.scrollWidth, document.getElementById("members").scrollWidth - document.getElementById("members").clientWidth]');
        prove(`nothing scrolls sideways at ${width} pixels, ${scheme}`, scroll[0] <= width && scroll[1] <= 0, scroll);
        const cut = await browser.ask('[...document.querySelectorAll("thead button, td, dt, dd")].filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).map(({ textContent }) => textContent)');
        prove(`nothing is cut off at ${width} pixels, ${scheme}`, cut.length === 0, cut);
    }
    prove('light and dark differ', backs.light !== backs.dark, backs);
}

async function proveReconnect(browser, relay) {
    await stop(relay);
    prove('it says that the relay is gone', await browser.until(`${CONNECTION} === "the relay does not answer; trying again…"`), await browser.ask(CONNECTION));
    prove('and its figures look old', await browser.ask('document.body.classList.contains("lost") && getComputedStyle(document.querySelector(".map")).opacity < 1'));
    await browser.shoot(path.join(shots, 'live-lost.png'));
    const again = await startRelay(relay.port, relay.web);
    prove('once the relay is back, the page is, too', await browser.until(IS_WELL), await browser.ask(CONNECTION));
    const bots = startBots(again, 2, 'back');
    prove('with who has come since', await browser.until(`${ROWS} >= 2 && ${NAMES}.includes("back-1")`), await browser.ask(NAMES));
    prove('whose ages it shows', await browser.until(`${COLUMN('Age now')}.some((text) => /\\d/.test(text))`));
    await stop(bots);
    await stop(again);
}

// So many as one relay has for pages (WEB_FEEDS).
async function proveFeeds(browser) {
    const relay = await startRelay(0, 0);
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': 13, 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Protocol': 'starling' };
    const feeds = await Promise.all(Array.from({ length: 16 }, () => new Promise((resolve, reject) => {
        http.get(`${relay.url}feed`, { headers }).on('upgrade', (answer, socket) => resolve(socket.resume())).on('error', reject);
    })));
    await browser.open(relay.url, WIDE, 'light', `${CONNECTION} !== "connecting…"`);
    prove('one page too many says so', (await browser.ask(CONNECTION)).includes('opens no more feeds'), await browser.ask(CONNECTION));
    feeds[0].destroy();
    prove('and has its place as soon as one is free', await browser.until(IS_WELL), await browser.ask(CONNECTION));
    feeds.forEach((feed) => feed.destroy());
    await stop(relay);
}

// Types a token, and sends the form.
const TYPE = (token) => `(() => {
    document.getElementById("token").value = "${token}";
    document.querySelector("dialog button").click();
})()`;

async function proveToken(browser, folder) {
    const file = path.join(folder, 'token');
    fs.writeFileSync(file, `${TOKEN}\n`, { mode: 0o600 });
    const relay = await startRelay(0, 0, '--http-token-file', file);
    const fault = 'document.querySelector("dialog [role=alert]")?.textContent ?? ""';
    await browser.open(relay.url, WIDE, 'light', 'document.querySelector("dialog[open]") !== null');
    prove('without its token the page asks for it', await browser.ask('document.querySelector("dialog[open]") !== null && document.activeElement.id === "token"'));
    await browser.ask(TYPE('let me in'));
    prove('what is no token is refused', (await browser.ask(fault)).includes('32 to 128'), await browser.ask(fault));
    await browser.ask(TYPE('0'.repeat(64)));
    prove('a wrong one, too', await browser.until(`(${fault}).includes("not the right one")`), await browser.ask(fault));
    await browser.shoot(path.join(shots, 'live-token.png'));
    await browser.ask(TYPE(TOKEN));
    prove('with the right one it connects', await browser.until(`${IS_WELL} && document.querySelector("dialog") === null`), await browser.ask(CONNECTION));
    await browser.send('Page.reload');
    prove('and it is kept in this tab', await browser.until(IS_WELL));
    await browser.ask('sessionStorage.clear()');
    await browser.open(`${relay.url}?token=${TOKEN}`, WIDE, 'light', IS_WELL);
    prove('the token may come in the address', await browser.ask(IS_WELL), await browser.ask(CONNECTION));
    prove('where it does not stay', (await browser.ask('location.href')) === relay.url, await browser.ask('location.href'));
    await stop(relay);
}

async function proveHarmless(browser) {
    await browser.ask('document.body.insertAdjacentHTML("beforeend", \'<img src="data:," onerror="window.wasRun = 1"><p id="styled" style="color: red">\')');
    await sleep(300);
    prove('the page runs no script but its own', (await browser.ask('window.wasRun ?? null')) === null);
    prove('and takes no style but its own', (await browser.ask('getComputedStyle(document.getElementById("styled")).color')) !== 'rgb(255, 0, 0)');
}

async function run(browser, folder) {
    const relay = await startRelay(0, 0);
    const bots = startBots(relay, BOTS, EVIL);
    await browser.open(relay.url, WIDE, 'light', `${ROWS} > 0`);
    await proveThere(browser, relay, bots);
    await proveMoving(browser);
    await proveChoosing(browser);
    await proveSorting(browser);
    await proveRooms(browser, relay);
    await proveNames(browser);
    await proveSchemes(browser, relay);
    const outside = browser.requests().filter((url) => !url.startsWith(relay.url) && !url.startsWith(relay.url.replace('http', 'ws')));
    prove('it needs nothing from elsewhere', outside.length === 0, outside);
    prove('the console has nothing to say', browser.complaints().length === 0, browser.complaints());
    // From here on the console tells of requests that fail, as they should.
    await proveHarmless(browser);
    await stop(bots);
    await proveReconnect(browser, relay);
    await proveFeeds(browser);
    await proveToken(browser, folder);
}

async function takePicture(browser) {
    const relay = await startRelay(0, 0);
    startBots(relay, 5, 'lark');
    startBots(relay, 3, 'swift', '--seed', '2', '--mode', 'reliable', '--impair-out', 'delay=60ms,jitter=20ms,loss=5%');
    startBots(relay, 2, 'wren', '--seed', '3', '--mode', 'sequenced', '--impair-out', 'delay=100ms,loss=15%');
    await browser.open(relay.url, WIDE, 'light', `${ROWS} === 10`);
    await sleep(61000);
    await browser.ask('document.querySelectorAll("#members button.choice")[6].click()');
    await sleep(1000);
    await browser.shoot(picture);
}

fs.mkdirSync(shots, { recursive: true });
runProofs(async (browser, folder) => {
    try {
        await (picture ? takePicture(browser) : run(browser, folder));
    } finally {
        await stopAll();
    }
});
