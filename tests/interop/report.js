/* Runs in the report itself, in a browser: what one sees of it, as the title of the page, or of that around it. */
const figures = [...document.querySelectorAll("figure")];
/* Of each figure's drawings, a wide and a narrow one, that which the page's width shows. */
const svgs = [...document.querySelectorAll("figure svg")].filter((svg) => svg.getBoundingClientRect().width > 0);
const texts = svgs.map((svg) => {
	const size = parseFloat(svg.querySelector("text").parentNode.getAttribute("font-size"));
	return (size * svg.getBoundingClientRect().width) / svg.viewBox.baseVal.width;
});
const seen = svgs.filter((svg) => {
	const box = svg.getBoundingClientRect();
	const drawn = [...svg.querySelectorAll("path, polygon")].filter((path) => path.getTotalLength() > 20);
	return box.width > 200 && box.height > 100 && drawn.length >= 3;
});
const captions = [...document.querySelectorAll("figcaption")].filter((caption) => caption.textContent.length > 60);
const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
parent.document.title = JSON.stringify({
	plots: figures.length,
	seen: seen.length,
	captions: captions.length,
	shown: svgs.length,
	cut: svgs.filter((svg) => svg.getBoundingClientRect().right > innerWidth).length,
	smallest: Math.round(Math.min(...texts)),
	width: innerWidth,
	twice: ids.length - new Set(ids).size,
	wide: document.documentElement.scrollWidth > innerWidth,
	background: getComputedStyle(document.body).backgroundColor,
	text: getComputedStyle(svgs[0].querySelector("text")).fill,
	outside: performance.getEntriesByType("resource").length,
});
