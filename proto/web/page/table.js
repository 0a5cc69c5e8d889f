/* A table whose rows stay where they are while their figures change, of which one can be chosen. */
import { element, setChildren, setText } from "/app.js";

export class LiveTable {
	/*
	 * Columns: { title, unit, text(row), value(row), isText, isExtra }; one that is extra is not for narrow screens.
	 * The first has a button that chooses its row, with what `mark(row)` makes before the text. `key(row)` tells rows
	 * apart.
	 */
	constructor(place, { caption, columns, key, mark, choose }) {
		Object.assign(this, { columns, key, mark, choose, rows: [], lines: new Map(), order: [], chosen: null });
		this.heads = columns.map((column) => this.head(column));
		this.body = element("tbody");
		place.append(
			element(
				"table",
				{},
				element("caption", { class: "unheard" }, caption),
				element("thead", {}, element("tr", {}, ...this.heads)),
				this.body,
			),
		);
	}

	static classOf({ isText, isExtra }) {
		return `${isText ? "text" : "number"}${isExtra ? " extra" : ""}`;
	}

	head(column) {
		const parts = column.unit ? [column.title, " ", element("span", { class: "unit" }, column.unit)] : [column.title];
		const button = element("button", { type: "button", class: "sort", click: () => this.sort(column) }, ...parts);
		return element("th", { scope: "col", class: LiveTable.classOf(column) }, button);
	}

	/* Sorts once: rows that moved by themselves could not be pressed. Who comes later comes last. */
	sort(column) {
		const head = this.heads[this.columns.indexOf(column)];
		const isDown = head.getAttribute("aria-sort") === "ascending";
		const rank = (row) => column.value(row) ?? -Infinity;
		const compare = (a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0);
		this.heads.forEach((other) => other.removeAttribute("aria-sort"));
		head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
		this.order = [...this.rows].sort((a, b) => (isDown ? compare(b, a) : compare(a, b))).map(this.key);
		this.show(this.rows);
	}

	line(key, row) {
		const name = element("span");
		const button = element("button", { type: "button", class: "choice", click: () => this.choose(key) }, this.mark(row), name);
		const cells = this.columns.slice(1).map((column) => element("td", { class: LiveTable.classOf(column) }));
		const first = element("th", { scope: "row", class: "text" }, button);
		return { tr: element("tr", {}, first, ...cells), button, places: [name, ...cells] };
	}

	show(rows) {
		const byKey = new Map(rows.map((row) => [this.key(row), row]));
		this.rows = rows;
		this.order = [...this.order.filter((key) => byKey.has(key)), ...[...byKey.keys()].filter((key) => !this.order.includes(key))];
		for (const key of this.lines.keys())
			if (!byKey.has(key))
				this.lines.delete(key);
		for (const [key, row] of byKey) {
			if (!this.lines.has(key))
				this.lines.set(key, this.line(key, row));
			this.lines.get(key).places.forEach((place, i) => setText(place, this.columns[i].text(row)));
		}
		setChildren(this.body, this.order.map((key) => this.lines.get(key).tr));
		this.choice(this.chosen);
	}

	choice(key) {
		this.chosen = key;
		for (const [other, { tr, button }] of this.lines) {
			tr.classList.toggle("chosen", other === key);
			button.setAttribute("aria-pressed", String(other === key));
		}
	}
}
