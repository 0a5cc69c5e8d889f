/* Tables: of a command's main figures, which sort, and of everything that a result says. */

function spreadCell(row, name, isBest) {
	const { median, min, max } = shownSpread(row, name);
	const texts = [median, min, max].map((value) => numberText(value));
	return element(
		"td",
		{ class: isBest ? "best" : false, title: isBest ? "the best of its comparison" : false },
		texts[0],
		texts[1] === texts[2] ? null : element("span", { class: "range" }, `${texts[1]} to ${texts[2]}`),
	);
}

/* All labels but the one that tells rows of a comparison apart. */
function comparisonOf(row) {
	return JSON.stringify(Object.entries(row.labels).filter(([name]) => name !== "contender" && !(name === "mode" && !("contender" in row.labels))));
}

function isBest(rows, row, figure) {
	const value = medianOf(row, figure.name);
	const values = rows.filter((other) => other.valid && comparisonOf(other) === comparisonOf(row)).map((other) => medianOf(other, figure.name));
	const finite = values.filter(Number.isFinite);
	const isStep = !["", "result"].includes(labelOf(row, "step"));
	if (!row.valid || isStep || figure.better === "neither" || finite.length < 2 || Math.min(...finite) === Math.max(...finite))
		return false;
	return value === (figure.better === "low" ? Math.min(...finite) : Math.max(...finite));
}

function compared(a, b) {
	if (typeof a === "string" || typeof b === "string")
		return String(a).localeCompare(String(b), "en", { numeric: true });
	return a - b;
}

/* What is not known stays at the end, whichever way it is sorted. */
function sortRows(lines, valueOf, isDown) {
	const isKnown = ({ row }) => !Number.isNaN(valueOf(row));
	return [
		...lines.filter(isKnown).sort((a, b) => compared(valueOf(a.row), valueOf(b.row)) * (isDown ? -1 : 1)),
		...lines.filter((line) => !isKnown(line)),
	];
}

function heading(column, sort) {
	const cell = element(
		"th",
		{ scope: "col", class: column.isText ? "text" : false },
		element(
			"button",
			{ type: "button", class: "sort", title: "Sort by it", click: () => sort(column, cell) },
			column.title,
			column.figure?.shown ? element("span", { class: "unit" }, `, ${column.figure.shown}`) : null,
		),
		column.figure ? meaningButton(column.figure) : null,
	);
	return cell;
}

function columnsOf(document) {
	const { rows, command } = document;
	const labels = [...new Set(rows.flatMap((row) => Object.keys(row.labels)))];
	const isColumn = ({ name, tables }) => tables.includes(`${command} `) && rows.some((row) => Number.isFinite(medianOf(row, name)));
	return [
		...labels.map((name) => ({
			title: name.replaceAll("_", " "),
			isText: true,
			valueOf: (row) => (typeof row.labels[name] === "number" ? row.labels[name] : labelOf(row, name)),
			cell: (row) => element("td", { class: "text" }, labelOf(row, name)),
		})),
		...figureList.filter(isColumn).map((figure) => ({
			title: figure.title,
			figure,
			valueOf: (row) => medianOf(row, figure.name),
			cell: (row) => spreadCell(row, figure.name, isBest(rows, row, figure)),
		})),
	];
}

/* What must be known of a row wherever it is cited. */
function remark(row) {
	return row.valid ? "" : " (not valid)";
}

function line(row, columns) {
	const cells = columns.map((column) => column.cell(row));
	if (remark(row))
		cells[0].append(element("span", { class: "bad" }, remark(row)));
	return element("tr", {}, ...cells);
}

function scrolled(table, label) {
	return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, table);
}

function mainTable(document) {
	const columns = columnsOf(document);
	const body = element("tbody");
	const lines = document.rows.map((row) => ({ row, line: line(row, columns) }));
	const headings = columns.map((column) => heading(column, sort));

	/* First the better end, or the lesser. */
	function sort(column, cell) {
		const first = column.figure?.better === "high" ? "descending" : "ascending";
		const other = first === "ascending" ? "descending" : "ascending";
		const way = cell.getAttribute("aria-sort") === first ? other : first;
		headings.forEach((each) => each.removeAttribute("aria-sort"));
		cell.setAttribute("aria-sort", way);
		body.append(...sortRows(lines, column.valueOf, way === "descending").map((each) => each.line));
	}

	body.append(...lines.map((each) => each.line));
	return scrolled(element("table", { class: "main" }, element("thead", {}, element("tr", {}, ...headings)), body), "The main figures");
}

/* Everything. */

function rowTitle(row) {
	return Object.values(row.labels).join(", ") + remark(row);
}

function allFigures(row) {
	const lines = Object.keys(row.figures).map((name) => {
		const figure = figureOf(name);
		return element(
			"tr",
			{},
			element("td", { class: "text" }, figure.title, figure.shown ? element("span", { class: "faint" }, `, ${figure.shown}`) : null, " ", meaningButton(figure)),
			spreadCell(row, name, false),
		);
	});
	const notes = row.notes.map((note) => element("p", { class: "faint" }, note));
	return details(rowTitle(row), ...notes, scrolled(element("table", {}, element("tbody", {}, ...lines)), rowTitle(row)));
}

function pairs(object) {
	const lines = Object.entries(object).map(([name, value]) =>
		element("tr", {}, element("td", { class: "text" }, name), element("td", { class: "text" }, value === null ? "\u2013" : String(value))),
	);
	return scrolled(element("table", {}, element("tbody", {}, ...lines)), "Parameters");
}
