/* Runs in the report itself, in a browser: what one sees of it, as the page's title. */
const svgs = [...document.querySelectorAll("figure svg")];
const seen = svgs.filter((svg) => {
	const box = svg.getBoundingClientRect();
	const drawn = [...svg.querySelectorAll("path, polygon")].filter((path) => path.getTotalLength() > 20);
	return box.width > 200 && box.height > 100 && drawn.length >= 3;
});
const captions = [...document.querySelectorAll("figcaption")].filter((caption) => caption.textContent.length > 60);
const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
document.title = JSON.stringify({
	plots: svgs.length,
	seen: seen.length,
	captions: captions.length,
	twice: ids.length - new Set(ids).size,
	wide: document.documentElement.scrollWidth > innerWidth,
	background: getComputedStyle(document.body).backgroundColor,
	text: getComputedStyle(svgs[0].querySelector("text")).fill,
	outside: performance.getEntriesByType("resource").length,
});
