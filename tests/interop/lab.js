// The lab's page in Chromium, as a learner uses it, with real processes behind real links.
//
//	node lab.js BUILD SHOTS [PICTURE]
//
// BUILD has the programs; screenshots go below the folder SHOTS. Prints "passed: ..." or "FAILED: ..." for each proof,
// and exits 1 when any has failed. With PICTURE it proves nothing, but writes a picture of the page there.
'use strict';
const fs = require('fs');
const path = require('path');
const { FAINT, PHONE, WIDE, boxOf, prove, runProofs } = require('./browser.js');
const { match, start, stop, stopAll } = require('./programs.js');

const [build, shots, picture] = process.argv.slice(2);
const PICTURE_HEIGHT = 1090; // to the parts of the bird that is asked about
const WAYS = ['unsequenced', 'sequenced', 'reliable', 'TCP'];

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function startLab(...args) {
    const lab = start(build, 'starling', 'lab', '--http', '127.0.0.1:0', ...args);
    lab.url = `${await match(lab, /its page is (http:\S+)/)}/`;
    return lab;
}

// In the page.

const TEXT = (id) => `document.getElementById(${JSON.stringify(id)}).textContent`;
const NUMBER = (id) => `Number(${TEXT(id)}.replace(/,/g, ""))`;
const IS_WELL = `${TEXT('connection')} === "running" && document.body.classList.contains("well")`;
const PRESS = (title) => `[...document.querySelectorAll("button")].find(({ textContent }) => textContent === ${JSON.stringify(title)}).click()`;
const MOVE = (slider, value) => `(() => {
    const input = document.getElementById(${JSON.stringify(slider)});
    input.value = "${value}";
    input.dispatchEvent(new Event("input"));
})()`;
const DRAWN = `[...document.querySelectorAll("canvas.flock")].map((canvas) => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    return copy.getImageData(0, 0, canvas.width, canvas.height).data.filter((part, i) => i % 4 === 3 && part > 200).length;
})`;

async function proveThere(browser) {
    prove('it says that the lab is running', await browser.until(IS_WELL), await browser.ask(TEXT('connection')));
    prove('four flocks are drawn', await browser.until(`${DRAWN}.length === 4 && ${DRAWN}.every((count) => count > 200)`), await browser.ask(DRAWN));
    for (const way of WAYS)
        prove(`${way}: updates come, and their age is told`, await browser.until(`${NUMBER(`delivered-${way}`)} > 100 && ${NUMBER(`age-${way}`)} > 0`),
            await browser.ask(`[${TEXT(`delivered-${way}`)}, ${TEXT(`age-${way}`)}]`));
    const before = await browser.ask(NUMBER('delivered-TCP'));
    prove('the figures move', await browser.until(`${NUMBER('delivered-TCP')} > ${before}`));
}

async function proveSliders(browser) {
    await browser.ask(MOVE('loss', 30));
    prove('a slider changes the line', await browser.until(`${TEXT('link')}.includes("loss=30%")`), await browser.ask(TEXT('link')));
    prove('a loss of 30 % is seen as 25 to 35 %', await browser.until(`${NUMBER('loss-unsequenced')} >= 25 && ${NUMBER('loss-unsequenced')} <= 35`),
        await browser.ask(TEXT('loss-unsequenced')));
    prove('and reliable loses nothing', (await browser.ask(NUMBER('loss-reliable'))) === 0, await browser.ask(TEXT('loss-reliable')));
    prove('it is said what happens', await browser.until(`/lost/.test(${TEXT('happens-TCP')}) || /behind one/.test(${TEXT('happens-reliable')})`),
        await browser.ask(`[${TEXT('happens-reliable')}, ${TEXT('happens-TCP')}]`));
    prove('the change is noted', (await browser.ask(TEXT('notes'))).includes('loss=30%'), await browser.ask(TEXT('notes')));
    await browser.ask(PRESS('A perfect line'));
    prove('a button sets all of it', await browser.until(`${TEXT('link')} === "none" && document.getElementById("loss").value === "0"`), await browser.ask(TEXT('link')));
    await browser.ask(MOVE('delay_ms', 200));
    prove('a delay of 200 ms makes all at least so old', await browser.until(`${JSON.stringify(WAYS)}.every((way) => Number(document.getElementById("age-" + way).textContent) >= 200)`),
        await browser.ask(TEXT('age-unsequenced')));
    await browser.ask(PRESS('A perfect line'));
}

async function proveCut(browser) {
    await browser.ask(PRESS('Cut the line for a second'));
    prove('while the line is cut, the page says so', await browser.until(`${TEXT('connection')} === "the line is cut"`));
    prove('and why nothing comes', await browser.until(`/the line loses what is sent/.test(${TEXT('happens-unsequenced')})`), await browser.ask(TEXT('happens-unsequenced')));
    prove('after that all goes on', await browser.until(`${IS_WELL} && ${NUMBER('age-unsequenced')} < 200`));
}

// It flies on while one aims.
async function chooseBird(browser) {
    for (let tries = 0; tries < 20 && !(await browser.ask('document.getElementById("parts") !== null')); tries++) {
        const box = await browser.ask(boxOf('document.querySelector("canvas.flock")'));
        const spot = await browser.ask(`(() => {
            const canvas = document.querySelector("canvas.flock");
            const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
            copy.drawImage(canvas, 0, 0);
            const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
            for (let i = 0; i < data.length; i += 4)
                if (data[i + 3] > 250 && data[i + 2] > data[i] + 40)
                    return { x: (i / 4) % canvas.width, y: Math.floor(i / 4 / canvas.width) };
            return null;
        })()`);
        if (spot === null)
            continue;
        await browser.mouse('mousePressed', box.left + spot.x, box.top + spot.y, 1);
        await browser.mouse('mouseReleased', box.left + spot.x, box.top + spot.y);
        await sleep(300);
    }
}

async function proveWhy(browser) {
    await browser.ask(MOVE('delay_ms', 100));
    await browser.ask(PRESS('TCP'));
    prove('a packet is shown layer by layer', await browser.until('/^IP,TCP,The stream$/.test([...document.querySelectorAll("#why-packet dt")].map(({ textContent }) => textContent).join())'),
        await browser.ask(TEXT('why-packet')));
    await browser.ask(PRESS('Reliable'));
    prove('of ENet, too', await browser.until('[...document.querySelectorAll("#why-packet dt")].map(({ textContent }) => textContent).join() === "IP,UDP,ENet: the head,ENet: a command,Starling"'),
        await browser.ask(TEXT('why-packet')));
    await chooseBird(browser);
    const sum = `(() => {
        const parts = [...document.querySelectorAll("#parts td.number")].map(({ textContent }) => parseFloat(textContent.replace(",", "")));
        const all = Number(/is ([\\d,]+) ms old/.exec(${TEXT('why-bird')})?.[1].replace(",", ""));
        return [parts.length, all, parts.reduce((total, part) => total + part, 0)];
    })()`;
    const [count, all, total] = await browser.ask(sum);
    await browser.shoot(path.join(shots, 'lab-why.png'));
    prove("a bird's age is the sum of its parts", count >= 3 && all > 0 && Math.abs(all - total) <= 2, [count, all, total]);
    prove('with a delay of 100 ms, that is the way down', await browser.until(`(() => {
        const row = [...document.querySelectorAll("#parts tr")].find(({ textContent }) => textContent.includes("way down"));
        const ms = parseFloat(row?.querySelector("td.number").textContent);
        return ms >= 90 && ms <= 150;
    })()`), await browser.ask(TEXT('why-bird')));
}

async function proveSchemes(browser, lab) {
    for (const [width, scheme] of [[WIDE, 'light'], [WIDE, 'dark'], [PHONE, 'light'], [PHONE, 'dark']]) {
        await browser.open(lab.url, width, scheme, IS_WELL);
        await sleep(2500);
        const size = await browser.shoot(path.join(shots, `lab-${width}-${scheme}.png`));
        const faint = await browser.ask(FAINT);
        prove(`a screenshot of ${width} pixels, ${scheme}, shows something`, size > 50000, size);
        prove(`its texts can be read, ${scheme}, ${width} pixels`, faint.length === 0, faint.slice(0, 5));
        const wide = await browser.ask('document.documentElement.scrollWidth');
        prove(`nothing scrolls sideways at ${width} pixels, ${scheme}`, wide <= width, wide);
    }
}

async function run(browser) {
    const lab = await startLab('--impair', 'delay=20ms,loss=2%');
    await browser.open(lab.url, WIDE, 'light', IS_WELL);
    await proveThere(browser);
    await proveSliders(browser);
    await proveCut(browser);
    await proveWhy(browser);
    await proveSchemes(browser, lab);
    const outside = browser.requests().filter((url) => !url.startsWith(lab.url) && !url.startsWith(lab.url.replace('http', 'ws')));
    prove('it needs nothing from elsewhere', outside.length === 0, outside);
    prove('the console has nothing to say', browser.complaints().length === 0, browser.complaints());
    await stop(lab);
    prove('it says that the lab is gone', await browser.until(`${TEXT('connection')} === "the lab does not answer; trying again…"`), await browser.ask(TEXT('connection')));
}

// One moment in which a datagram that was lost holds up those behind it.
async function takePicture(browser) {
    const lab = await startLab('--impair', 'delay=60ms,jitter=10ms,loss=8%');
    await browser.open(lab.url, WIDE, 'light', IS_WELL);
    await sleep(30000);
    await chooseBird(browser);
    await browser.ask(PRESS('Reliable'));
    await browser.until(`/behind one/.test(${TEXT('happens-reliable')}) && ${NUMBER('age-reliable')} > 250 && ${NUMBER('age-TCP')} < 2000`);
    await browser.ask('scrollTo(0, 0)');
    const { data } = await browser.send('Page.captureScreenshot', { captureBeyondViewport: true, clip: { x: 0, y: 0, width: WIDE, height: PICTURE_HEIGHT, scale: 1 } });
    fs.writeFileSync(picture, Buffer.from(data, 'base64'));
}

fs.mkdirSync(shots, { recursive: true });
runProofs(async (browser) => {
    try {
        await (picture ? takePicture(browser) : run(browser));
    } finally {
        await stopAll();
    }
});
