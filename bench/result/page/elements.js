/* Elements of the page. Every text of a result comes in as a text, never as HTML. */

function element(tag, attributes = {}, ...children) {
	const made = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes))
		if (typeof value === "function")
			made.addEventListener(name, value);
		else if (value !== false)
			made.setAttribute(name, value === true ? "" : value);
	made.append(...children.filter((child) => child !== null));
	return made;
}

/* One for all: what a figure means. */
const meaningDialog = element("dialog", { "aria-labelledby": "meaning-title" });
const meaningTitle = element("h2", { id: "meaning-title" });
const meaningText = element("p");
const meaningUnit = element("p", { class: "faint" });

meaningDialog.append(
	meaningTitle,
	meaningText,
	meaningUnit,
	element("button", { type: "button", click: () => meaningDialog.close() }, "Close"),
);
meaningDialog.addEventListener("click", (event) => event.target === meaningDialog && meaningDialog.close());

const betterWords = { low: "Less is better.", high: "More is better.", neither: "It only describes." };

function showMeaning(figure) {
	meaningTitle.textContent = figure.title;
	meaningText.textContent = figure.meaning;
	meaningUnit.textContent = `Unit: ${figure.shown || "none, a count or a ratio"}. ${betterWords[figure.better]} Name in the result: ${figure.name}.`;
	meaningDialog.showModal();
}

function meaningButton(figure) {
	return element(
		"button",
		{ type: "button", class: "meaning", "aria-label": `What ${figure.title} means`, title: figure.meaning, click: () => showMeaning(figure) },
		"?",
	);
}

function details(summary, ...children) {
	return element("details", {}, element("summary", {}, summary), ...children);
}

function slug(text) {
	return text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60);
}
