// A page in Chromium, as a reader uses it, and proofs of what is seen there: for report.js and page.js.
'use strict';
const { spawn } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const PATIENCE_MS = 20000;
const READABLE = 4.5; // contrast of texts, WCAG 2 AA
const WIDE = 1280;
const PHONE = 390;
const HEIGHT = 900;

let failed = 0;

function prove(sentence, isSo, seen = '') {
    failed += isSo ? 0 : 1;
    console.log(`${isSo ? 'passed' : 'FAILED'}: ${sentence}${isSo || seen === '' ? '' : `: ${JSON.stringify(seen)}`}`);
}

// Chromium, spoken to over two pipes with JSON that ends in a byte of 0.
class Browser {
    constructor(folder) {
        const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--hide-scrollbars',
            '--disable-background-networking', '--disable-component-update', '--disable-sync', '--remote-debugging-pipe'];
        this.process = spawn('chromium', [...flags, `--user-data-dir=${folder}`, 'about:blank'],
            { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
        this.answers = new Map();
        this.events = [];
        this.count = 0;
        let rest = '';
        this.process.stdio[4].on('data', (data) => {
            const messages = (rest + data).split('\0');
            rest = messages.pop();
            messages.forEach((message) => this.take(JSON.parse(message)));
        });
        this.process.stdio[3].on('error', () => {});
    }

    take(message) {
        if (message.id === undefined) {
            this.events.push(message);
            return;
        }
        const { resolve, reject } = this.answers.get(message.id);
        this.answers.delete(message.id);
        if (message.error)
            reject(new Error(message.error.message));
        else
            resolve(message.result);
    }

    send(method, params = {}) {
        const id = ++this.count;
        this.process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId: this.session })}\0`);
        return new Promise((resolve, reject) => this.answers.set(id, { resolve, reject }));
    }

    async attach() {
        const { targetInfos } = await this.send('Target.getTargets');
        const { targetId } = targetInfos.find(({ type }) => type === 'page');
        const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
        this.session = sessionId;
        for (const domain of ['Page', 'Runtime', 'Log', 'Network'])
            await this.send(`${domain}.enable`);
    }

    // What the page's own words are, as a value of JSON.
    async ask(expression) {
        const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
        if (exceptionDetails)
            throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
        return result.value;
    }

    async until(expression) {
        for (let waited = 0; waited < PATIENCE_MS; waited += 50) {
            if (await this.ask(expression))
                return true;
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        return false;
    }

    // Opens a page, and waits until what is asked for is so.
    async open(url, width, scheme, isThere) {
        await this.send('Emulation.setDeviceMetricsOverride', { width, height: HEIGHT, deviceScaleFactor: 1, mobile: width < 500 });
        await this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
        await this.send('Page.navigate', { url: 'about:blank' });
        await this.send('Page.navigate', { url });
        await this.until(`document.readyState === "complete" && ${isThere}`);
        await this.settle();
    }

    // Sizes and drawings follow a frame or two later.
    settle() {
        return this.ask('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true))))');
    }

    async shoot(file) {
        const size = await this.send('Page.getLayoutMetrics');
        const { data } = await this.send('Page.captureScreenshot', {
            captureBeyondViewport: true,
            clip: { x: 0, y: 0, width: size.cssContentSize.width, height: size.cssContentSize.height, scale: 1 },
        });
        fs.writeFileSync(file, Buffer.from(data, 'base64'));
        return data.length;
    }

    async mouse(type, x, y, buttons = 0) {
        await this.send('Input.dispatchMouseEvent', { type, x, y, button: type === 'mouseMoved' ? 'none' : 'left', buttons, clickCount: 1 });
    }

    async key(key, text) {
        const windowsVirtualKeyCode = { Escape: 27, ArrowRight: 39 }[key];
        await this.send('Input.dispatchKeyEvent', { type: 'keyDown', key, text, windowsVirtualKeyCode });
        await this.send('Input.dispatchKeyEvent', { type: 'keyUp', key, windowsVirtualKeyCode });
    }

    // What the console said and what was thrown; below, what was fetched.
    complaints() {
        return this.events.flatMap(({ method, params }) => {
            if (method === 'Runtime.exceptionThrown')
                return [params.exceptionDetails.exception?.description ?? params.exceptionDetails.text];
            if (method === 'Runtime.consoleAPICalled')
                return [params.args.map(({ value }) => value).join(' ')];
            if (method === 'Log.entryAdded')
                return [params.entry.text];
            return [];
        });
    }

    requests() {
        return this.events
            .filter(({ method }) => method === 'Network.requestWillBeSent')
            .map(({ params }) => params.request.url)
            .filter((url) => !/^(data|blob|about):/.test(url));
    }
}

// In the page.

// Texts whose contrast with what is behind them is too low.
const FAINT = `(() => {
    const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = (colour) => {
        const [r, g, b] = parts(colour).map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        for (; element; element = element.parentElement) {
            const colour = getComputedStyle(element).backgroundColor;
            if (parts(colour)[3] !== 0)
                return colour;
        }
        return getComputedStyle(document.body).backgroundColor;
    };
    return [...document.querySelectorAll("body *")]
        .filter((element) => element.tagName !== "SCRIPT" && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ""))
        .filter((element) => element.checkVisibility() && !element.disabled)
        .map((element) => {
            const ends = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
            return { text: element.textContent.slice(0, 30), ratio: (ends[0] + 0.05) / (ends[1] + 0.05) };
        })
        .filter(({ ratio }) => ratio < ${READABLE});
})()`;

const boxOf = (selector) => `(() => {
    const element = ${selector};
    element.scrollIntoView({ block: "center" });
    const { left, top, width, height } = element.getBoundingClientRect();
    return { left, top, width, height };
})()`;

// Runs `proofs(browser, folder)` with a browser and a folder for files, and exits 1 when any proof has failed.
async function runProofs(proofs) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'starling-page-'));
    const browser = new Browser(path.join(folder, 'profile'));
    try {
        await browser.attach();
        await proofs(browser, folder);
    } catch (error) {
        prove('Chromium shows the page', false, error.stack);
    }
    const ended = new Promise((resolve) => browser.process.on('exit', resolve));
    browser.send('Browser.close').catch(() => {});
    setTimeout(() => browser.process.kill('SIGKILL'), 5000).unref();
    await ended;
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    process.exit(failed > 0 ? 1 : 0);
}

module.exports = { FAINT, HEIGHT, PATIENCE_MS, PHONE, WIDE, boxOf, prove, runProofs };
