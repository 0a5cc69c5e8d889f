// Programs of the build folder, as a proof in a browser starts them: each ends by itself after a while.
'use strict';
const { spawn } = require('child_process');
const path = require('path');

const LIMIT_S = 240;
const PATIENCE_MS = 20000;

const running = new Set();

function start(build, program, ...args) {
    const child = spawn('timeout', ['-k', '5', String(LIMIT_S), path.join(build, program), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.said = '';
    for (const stream of [child.stdout, child.stderr])
        stream.on('data', (data) => (child.said += data));
    child.ended = new Promise((resolve) => child.on('exit', resolve));
    child.ended.then(() => running.delete(child));
    running.add(child);
    return child;
}

function stop(child) {
    child.kill('SIGTERM');
    return child.ended;
}

function stopAll() {
    return Promise.all([...running].map(stop));
}

// What the pattern's first group is in what the program says.
async function match(child, pattern) {
    for (let waited = 0; waited < PATIENCE_MS; waited += 50) {
        const found = pattern.exec(child.said);
        if (found)
            return found[1];
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`a program does not say ${pattern}: ${child.said}`);
}

module.exports = { match, start, stop, stopAll };
