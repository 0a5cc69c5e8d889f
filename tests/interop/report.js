// The report's page in Chromium, as a reader uses it: points, switches, zooms, saves, sorts, by mouse and by keys.
//
//	node report.js PAGE SHOTS RESULT.json ...
//
// PAGE is what `starling-bench report RESULT.json ...` wrote; screenshots go below the folder SHOTS. Each label of the
// last result's first row is EVIL, below. Prints "passed: ..." or "FAILED: ..." for each proof, and exits 1 when any
// has failed.
'use strict';
const fs = require('fs');
const path = require('path');
const { FAINT, PATIENCE_MS, PHONE, WIDE, boxOf, prove, runProofs } = require('./browser.js');

const [page, shots, ...files] = process.argv.slice(2);
const documents = files.map((file) => JSON.parse(fs.readFileSync(file, 'utf8')));
const EVIL = '</script><img src=x onerror="window.wasRun = 1"><!--<script>';

const address = `file://${path.resolve(page)}`;

// What must be there, from the results alone.

function different(document, ...labels) {
    return new Set(document.rows.map((row) => labels.map((label) => row.labels[label]).join(', '))).size;
}

function plotsOf(document) {
    switch (document.command) {
    case 'contrast':
        return 3 * different(document, 'scenario');
    case 'compare':
        return 2 * different(document, 'rate_hz', 'mode');
    case 'load':
        return 2;
    default:
        return 1;
    }
}

function comparisonsOf(document) {
    switch (document.command) {
    case 'contrast':
        return different(document, 'scenario');
    case 'compare':
        return different(document, 'members', 'rate_hz', 'mode');
    default:
        return 1;
    }
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

function open(browser, width, scheme) {
    return browser.open(address, width, scheme, 'document.querySelector("table.main") !== null');
}

// In the page.

// Points of the canvas that are drawn on, and how many colours they have.
const CANVASES = `drawings.map(({ canvas }) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Set();
    let drawn = 0;
    for (let i = 0; i < data.length; i += 4)
        if (data[i + 3] > 200) {
            drawn++;
            colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
        }
    return { drawn, colours: colours.size, width: canvas.clientWidth, height: canvas.clientHeight };
})`;

// The first distribution of ages: it has a curve for each mode, and is read along its y axis.
const AGES = 'drawings.find(({ plot }) => plot.read === "y")';
const WIDTH = `(({ chart }) => chart.scales.x.max - chart.scales.x.min)(${AGES})`;

async function proveThere(browser) {
    const plots = sum(documents.map(plotsOf));
    const canvases = await browser.ask(CANVASES);
    prove(`all ${plots} plots are there`, canvases.length === plots, canvases.length);
    prove('each is drawn', canvases.every(({ drawn, colours, width, height }) => drawn > 300 && colours > 2 && width > 200 && height > 100), canvases);
    const captions = await browser.ask('[...document.querySelectorAll("figcaption")].map((caption) => caption.textContent)');
    prove('each has a text', captions.length === plots && captions.every((caption) => caption.length > 40));
    const sentences = await browser.ask('[...document.querySelectorAll(".choices li")].map((item) => item.textContent)');
    prove(`it opens with a sentence for each of ${sum(documents.map(comparisonsOf))} comparisons, with a figure`,
        sentences.length >= sum(documents.map(comparisonsOf)) && sentences.every((sentence) => /nothing can be chosen|\d/.test(sentence)) && sentences.some((sentence) => /choose/.test(sentence)), sentences);
    const faults = await browser.ask('[...document.querySelectorAll(".fault li")].map((item) => item.textContent)');
    const reasons = documents.flatMap((document) => document.reasons);
    prove(`it says each of ${reasons.length} reasons why something is not valid`, reasons.every((reason) => faults.includes(reason)) && faults.length === reasons.length, faults);
    const ids = await browser.ask('[...document.querySelectorAll("[id]")].map(({ id }) => id)');
    prove('no id is there twice', new Set(ids).size === ids.length);
    const names = [...new Set(documents.flatMap((document) => document.rows.flatMap((row) => Object.keys(row.figures))))];
    const unknown = await browser.ask(`${JSON.stringify(names)}.filter((name) => figureOf(name).meaning.startsWith("This version"))`);
    prove(`each of ${names.length} figures has a meaning`, unknown.length === 0, unknown);
}

async function proveSorting(browser) {
    const table = await browser.ask(`(() => {
        const table = document.querySelector("table.main");
        const place = [...table.querySelectorAll("th")].findIndex((cell) => cell.textContent.startsWith("delay p99"));
        const read = () => [...table.querySelectorAll("tbody tr")].map((line) => parseFloat(line.cells[place].firstChild.data.replaceAll(",", "")));
        const press = () => table.querySelectorAll("th")[place].querySelector("button").click();
        const before = read();
        press();
        const up = read();
        press();
        return { before, up, down: read(), sort: table.querySelectorAll("th")[place].getAttribute("aria-sort") };
    })()`);
    const known = [...table.before].sort((a, b) => a - b);
    prove('a table sorts up and down', String(table.up) === String(known) && String(table.down) === String(known.reverse()) && table.sort === 'descending', table);
    await browser.ask('document.querySelector("table.main button.meaning").click()');
    const text = await browser.ask('meaningDialog.open && meaningDialog.textContent');
    prove('a figure says what it means, its unit and which is better', /Unit: .*(Less|More) is better/.test(text), text);
    await browser.key('Escape');
    prove('the escape key closes that', await browser.until('!meaningDialog.open'));
}

async function provePointing(browser) {
    const box = await browser.ask(boxOf(`${AGES}.canvas`));
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    await browser.mouse('mouseMoved', x - 5, y);
    await browser.mouse('mouseMoved', x, y);
    await browser.settle();
    const read = await browser.ask(`(({ chart, plot }) => ({ lines: chart.tooltip.body?.length, curves: plot.series.length, opacity: chart.tooltip.opacity }))(${AGES})`);
    prove('pointing at a plot reads all of its curves', read.curves > 1 && read.lines === read.curves && read.opacity === 1, read);
    const before = await browser.ask(WIDTH);
    await browser.mouse('mousePressed', x - 100, y, 1);
    await browser.mouse('mouseMoved', x, y, 1);
    await browser.mouse('mouseMoved', x + 100, y, 1);
    await browser.mouse('mouseReleased', x + 100, y);
    const zoomed = await browser.ask(WIDTH);
    prove('dragging zooms', zoomed < before / 2 && zoomed > 0, { before, zoomed });
    await browser.ask(`${AGES}.whole.click()`);
    prove('a button shows the whole again', (await browser.ask(WIDTH)) === before);
}

async function proveKeys(browser) {
    await browser.ask(`${AGES}.canvas.focus()`);
    await browser.key('ArrowRight');
    await browser.key('ArrowRight');
    const heard = await browser.ask(`${AGES}.heard.textContent`);
    prove('arrow keys read a plot aloud', /% of the time at most; .*: .*ms/.test(heard), heard);
    const before = await browser.ask(WIDTH);
    await browser.key('+', '+');
    const zoomed = await browser.ask(WIDTH);
    await browser.key('Escape');
    prove('keys zoom and show the whole', zoomed < before && (await browser.ask(WIDTH)) === before, { before, zoomed });
    const unreached = await browser.ask('[...document.querySelectorAll("button, canvas, summary, a, .scroll")].filter(({ tabIndex }) => tabIndex < 0).length');
    prove('all that one can use is reached by keys', unreached === 0, unreached);
}

async function proveSwitching(browser) {
    const seen = 'drawings.slice(0, 2).map(({ chart }) => chart.data.datasets.map(({ label }) => label))';
    const before = await browser.ask(seen);
    const press = 'document.querySelector(".legend button").click()';
    await browser.ask(press);
    const after = await browser.ask(seen);
    const isOff = await browser.ask('document.querySelector(".legend button").getAttribute("aria-pressed")');
    prove('the legend switches a mode off in all plots of its result',
        isOff === 'false' && before.every((labels, i) => labels.length === after[i].length + 1 && !after[i].includes(before[0][0])), after);
    await browser.ask(press);
    prove('and on again', String(await browser.ask(seen)) === String(before));
}

async function proveSaving(browser, folder) {
    await browser.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder });
    await browser.ask('[...document.querySelectorAll("figure button")].find((button) => button.textContent === "Save PNG").click()');
    let saved = [];
    for (let waited = 0; waited < PATIENCE_MS && saved.length === 0; waited += 50) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        saved = fs.readdirSync(folder).filter((name) => name.endsWith('.png'));
    }
    const bytes = saved.length > 0 ? fs.readFileSync(path.join(folder, saved[0])) : Buffer.alloc(0);
    prove('a plot is saved as PNG', bytes.subarray(1, 4).toString() === 'PNG' && bytes.length > 5000, saved);
    if (saved.length > 0)
        fs.copyFileSync(path.join(folder, saved[0]), path.join(shots, 'saved.png'));
}

async function proveSchemes(browser) {
    const backs = {};
    for (const [width, scheme] of [[WIDE, 'light'], [WIDE, 'dark'], [PHONE, 'light'], [PHONE, 'dark']]) {
        await open(browser, width, scheme);
        const size = await browser.shoot(path.join(shots, `report-${width}-${scheme}.png`));
        const faint = await browser.ask(FAINT);
        backs[scheme] = await browser.ask('getComputedStyle(document.body).backgroundColor');
        prove(`a screenshot of ${width} pixels, ${scheme}, shows something`, size > 100000, size);
        prove(`its texts can be read, ${scheme}, ${width} pixels`, faint.length === 0, faint.slice(0, 5));
        const scroll = await browser.ask('document.documentElement.scrollWidth');
        prove(`it does not scroll sideways at ${width} pixels, ${scheme}`, scroll <= width, scroll);
        const canvases = await browser.ask(CANVASES);
        prove(`its plots are drawn at ${width} pixels, ${scheme}`, canvases.every(({ drawn, width: wide }) => drawn > 300 && wide > 200 && wide <= width), canvases);
    }
    prove('light and dark differ', backs.light !== backs.dark, backs);
}

async function provePrinting(browser) {
    await open(browser, WIDE, 'dark');
    await browser.ask('addEventListener("beforeprint", () => { window.printed = getComputedStyle(document.documentElement).getPropertyValue("--text"); })');
    await browser.send('Page.printToPDF', { printBackground: true });
    const printed = await browser.ask('window.printed');
    prove('on paper it is dark on light, whatever the scheme', printed === '#1b1f24', printed);
    prove('and on the screen as before', !(await browser.ask('document.documentElement.classList.contains("print")')));
}

async function proveHarmless(browser) {
    await open(browser, WIDE, 'light');
    const seen = await browser.ask('({ images: document.images.length, wasRun: window.wasRun ?? null, isShown: document.body.innerText.includes("</script><img") })');
    prove('a name that would be a script is a name', seen.images === 0 && seen.wasRun === null && seen.isShown, seen);
    await browser.ask('document.body.insertAdjacentHTML("beforeend", \'<img src="data:," onerror="window.wasRun = 1">\')');
    await new Promise((resolve) => setTimeout(resolve, 300));
    prove('the page runs no script but its own', (await browser.ask('window.wasRun ?? null')) === null);
}

async function run(browser, folder) {
    await open(browser, WIDE, 'light');
    await proveThere(browser);
    await proveSorting(browser);
    await provePointing(browser);
    await proveKeys(browser);
    await proveSwitching(browser);
    await proveSaving(browser, folder);
    await proveSchemes(browser);
    await provePrinting(browser);
    prove('the console has nothing to say', browser.complaints().length === 0, browser.complaints());
    const outside = browser.requests().filter((url) => url !== address);
    prove('it needs nothing from outside', outside.length === 0, outside);
    // Last, as the policy says on the console what it forbids.
    await proveHarmless(browser);
}

if (!documents.at(-1).rows.some((row) => Object.values(row.labels).includes(EVIL)))
    throw new Error(`${files.at(-1)} has no label ${EVIL}`);
fs.mkdirSync(shots, { recursive: true });
runProofs(async (browser, folder) => {
    const saved = path.join(folder, 'saved');
    fs.mkdirSync(saved);
    await run(browser, saved);
});
