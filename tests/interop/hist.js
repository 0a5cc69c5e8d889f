// Our histogram beside npm's hdr-histogram-js: the same values through both, and our text beside theirs.
//
//	node hist.js PROGRAM PACKAGE
//
// PROGRAM is tests/interop/hist.c, built; PACKAGE is the folder of hdr-histogram-js. Prints
// "passed: ..." or "FAILED: ..." for each proof, and exits 1 when any has failed.
'use strict';
const { execFileSync } = require('child_process');
const path = require('path');

const [program, folder] = process.argv.slice(2);
const hdr = require(path.resolve(folder));

const MAX_NS = 1e12;
const COUNT = 20000;
const US = 1e3;
const SHARES = [0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999, 0.99999];
// Ours by its buckets; theirs by three significant digits.
const ERROR_OURS = 1 / 1024;
const ERROR_THEIRS = 1 / 1000;

let failed = 0;

function prove(sentence, check) {
    try {
        check();
        console.log(`passed: ${sentence}`);
    } catch (error) {
        failed++;
        console.log(`FAILED: ${sentence}: ${error.message}`);
    }
}

function expect(isSo, message) {
    if (!isSo)
        throw new Error(message);
}

function run(args, input) {
    return execFileSync(program, args, { input, encoding: 'utf8', maxBuffer: 1 << 26 });
}

// mulberry32: the same values on every run.
function random(seed) {
    return () => {
        seed = (seed + 0x6d2b79f5) | 0;
        let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

const laws = {
    'log-uniform values, 1 us to 1,000 s': (draw) => 1e3 * Math.pow(1e9, draw()),
    'exponential values around 20 ms': (draw) => -Math.log(1 - draw()) * 20e6,
    'uniform values, 0 to 1,000 s': (draw) => draw() * MAX_NS,
    'two peaks, 40 ms and 2 s': (draw) => (draw() < 0.99 ? 40e6 + draw() * 5e6 : 2e9 + draw() * 1e9),
    'one value': () => 12345678901,
};

function isAbove(got, wanted, error) {
    return got >= wanted && got <= wanted * (1 + error);
}

// What both may be off from the true value, and so from each other.
function agree(ours, theirs) {
    return Math.abs(ours - theirs) <= Math.max(ours, theirs) * (ERROR_OURS + ERROR_THEIRS);
}

function exactQuantile(sorted, share) {
    return sorted[Math.max(1, Math.ceil(share * sorted.length - 1e-9)) - 1];
}

function ask(input) {
    const answers = {};
    for (const line of run(['ask', ...SHARES.map(String)], input).trim().split('\n')) {
        const [name, value] = line.split(' ');
        answers[name] = Number(value);
    }
    return answers;
}

function rowsOf(text) {
    const rows = [];
    for (const line of text.split('\n').slice(2)) {
        if (line.startsWith('#'))
            break;
        const [value, share, count] = line.trim().split(/ +/).map(Number);
        rows.push({ value, share, count });
    }
    return rows;
}

function footerOf(text) {
    return text.split('\n').filter((line) => line.startsWith('#'));
}

function numbersOf(line) {
    return line.match(/[0-9.]+/g).map(Number);
}

function compare(name, draw) {
    const next = random(1);
    const values = Array.from({ length: COUNT }, () => Math.min(MAX_NS, Math.floor(draw(next))));
    const sorted = Float64Array.from(values).sort();
    const theirs = hdr.build({ lowestDiscernibleValue: 1, highestTrackableValue: MAX_NS,
                               numberOfSignificantValueDigits: 3, bitBucketSize: 64,
                               useWebAssembly: false });
    values.forEach((value) => theirs.recordValue(value));
    const input = values.join('\n') + '\n';
    const text = run(['text'], input);

    prove(`${name}: percentiles agree within both errors, and with exact ones`, () => {
        const ours = ask(input);
        for (const share of SHARES) {
            const they = theirs.getValueAtPercentile(share * 100);
            const exact = exactQuantile(sorted, share);
            expect(agree(ours[share], they), `${share}: ${ours[share]} ns, theirs ${they} ns`);
            expect(isAbove(ours[share], exact, ERROR_OURS),
                   `${share}: ${ours[share]} ns, exactly ${exact} ns`);
        }
        expect(ours.count === COUNT, `${ours.count} of ${COUNT} values`);
        expect(ours.max === sorted[COUNT - 1], `maximum ${ours.max}, exactly ${sorted[COUNT - 1]}`);
    });

    prove(`${name}: every row of our text is what they counted`, () => {
        const rows = rowsOf(text);
        expect(rows.length > 0 && rows[rows.length - 1].count === COUNT, 'the last row is not of all');
        let below = 0;
        for (const row of rows) {
            const ns = Math.round(row.value * 1000);
            while (below < COUNT && sorted[below] <= ns)
                below++;
            expect(row.count === below, `${row.count} values up to ${ns} ns, exactly ${below}`);
            expect(Math.abs(row.share - row.count / COUNT) < 1e-11, `percentile ${row.share}`);
            expect(theirs.highestEquivalentValue(ns) === ns, `${ns} ns does not end a bucket of theirs`);
        }
    });

    prove(`${name}: heading and footer are theirs`, () => {
        const they = theirs.outputPercentileDistribution(5, US);
        expect(text.split('\n')[0] === they.split('\n')[0], `heading "${text.split('\n')[0]}"`);
        footerOf(they).forEach((line, i) => {
            const mine = footerOf(text)[i];
            expect(mine.replace(/[0-9.]+/g, 'N') === line.replace(/[0-9.]+/g, 'N'), `"${mine}", theirs "${line}"`);
            numbersOf(line).forEach((number, n) => {
                const got = numbersOf(mine)[n];
                expect(Math.abs(got - number) <= 0.001 + number * 1e-9, `"${mine}", theirs "${line}"`);
            });
        });
    });
}

for (const [name, draw] of Object.entries(laws))
    compare(name, draw);
process.exit(failed > 0 ? 1 : 0);
