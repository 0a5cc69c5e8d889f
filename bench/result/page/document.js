"use strict";

/* The results and the list of figures, as `report` put them into the page, and what is asked of them. */

const figureList = JSON.parse(document.getElementById("figures").textContent);
const results = JSON.parse(document.getElementById("results").textContent);

/* A figure of another version has its name alone. */
function figureOf(name) {
	return (
		figureList.find((figure) => figure.name === name) ?? {
			name,
			title: name.replaceAll("_", " "),
			shown: "",
			scale: 1,
			better: "neither",
			meaning: "This version's list of figures does not have it.",
		}
	);
}

function numberOf(value) {
	return typeof value === "number" ? value : NaN;
}

/* Median, least and greatest in the result's own unit; NaN where it was not measured. */
function spreadOf(row, name) {
	const figure = Object.hasOwn(row.figures, name) ? row.figures[name] : {};
	return { median: numberOf(figure.median), min: numberOf(figure.min), max: numberOf(figure.max) };
}

/* The same in the unit that the page shows. */
function shownSpread(row, name) {
	const { scale } = figureOf(name);
	const { median, min, max } = spreadOf(row, name);
	return { median: median * scale, min: min * scale, max: max * scale };
}

function medianOf(row, name) {
	return shownSpread(row, name).median;
}

/* Over all repetitions together; NaN where it was not measured. */
function sumOf(row, name) {
	const values = Object.hasOwn(row.figures, name) ? row.figures[name].values : [null];
	return values.reduce((sum, value) => sum + numberOf(value), 0);
}

function labelOf(row, name) {
	return Object.hasOwn(row.labels, name) ? String(row.labels[name]) : "";
}

/* The different values of a label, in the rows' order. */
function valuesOf(rows, label) {
	return [...new Set(rows.map((row) => labelOf(row, label)))].filter((value) => value !== "");
}

/* What tells rows of one comparison apart, and names a curve. */
function nameOf(row) {
	return labelOf(row, "contender") || labelOf(row, "mode") || Object.values(row.labels).join(", ");
}

function pointsOf(row, name) {
	const series = Object.hasOwn(row.series, name) ? row.series[name] : { x: [], y: [] };
	return series.x.map((x, i) => ({ x: numberOf(x), y: numberOf(series.y[i]) }));
}

function repetitionsOf(rows) {
	return Math.max(1, ...rows.flatMap((row) => Object.values(row.figures).map((figure) => figure.values.length)));
}

/* Numbers as people read them. */

function trimmed(text) {
	return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/* So many digits of what is not whole, and never a power of ten. */
function numberText(value, digits = 4) {
	if (!Number.isFinite(value))
		return "\u2013";
	const size = Math.abs(value);
	if (size >= 10 ** (digits - 1) || value === Math.round(value))
		return Math.round(value).toLocaleString("en-US");
	if (size < 1e-7)
		return "0";
	const places = Math.min(9, Math.max(0, digits - 1 - Math.floor(Math.log10(size))));
	return trimmed(value.toFixed(places));
}

function withUnit(text, unit) {
	return unit === "" ? text : `${text}\u00a0${unit}`;
}

/* "12.3 ms", to three digits, for a sentence. */
function said(row, name) {
	return withUnit(numberText(medianOf(row, name), 3), figureOf(name).shown);
}

/* "a, b and c". */
function listed(names) {
	return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
