/* Saving: the plot with its title and legend, on the page's ground. */

function legendRows(context, series, width) {
	const rows = [[]];
	let x = 0;
	for (const { name, style } of series) {
		const wide = 34 + context.measureText(name).width;
		if (x > 0 && x + wide > width) {
			rows.push([]);
			x = 0;
		}
		rows.at(-1).push({ name, style, x });
		x += wide + 14;
	}
	return rows;
}

function drawSaved(drawing, picture, ratio) {
	const context = picture.getContext("2d");
	const [width, height] = [drawing.canvas.clientWidth, drawing.canvas.clientHeight];
	const hidden = hiddenIn(drawing.scope, drawing.plot.group);
	context.font = "13px system-ui, sans-serif";
	const rows = legendRows(context, drawing.plot.series.filter(({ name }) => !hidden.has(name)), width - 24);
	const head = 34 + 22 * rows.length;

	picture.width = width * ratio;
	picture.height = (height + head + 12) * ratio;
	context.scale(ratio, ratio);
	context.fillStyle = shade("back");
	context.fillRect(0, 0, width, height + head + 12);
	context.fillStyle = shade("text");
	context.font = "600 16px system-ui, sans-serif";
	context.fillText(drawing.plot.title, 12, 24, width - 24);
	context.font = "13px system-ui, sans-serif";
	rows.forEach((row, i) =>
		row.forEach(({ name, style, x }) => {
			const y = 46 + 22 * i;
			context.strokeStyle = shade(style.hue);
			context.lineWidth = style.stroke === "filled" ? 12 : 3;
			context.setLineDash(dashes[style.stroke]);
			context.beginPath();
			context.moveTo(12 + x, y);
			context.lineTo(36 + x, y);
			context.stroke();
			context.fillStyle = shade("text");
			context.fillText(name, 42 + x, y + 4);
		}),
	);
	context.drawImage(drawing.canvas, 0, head, width, height);
}

function savePng(drawing) {
	const picture = document.createElement("canvas");
	pointAtNothing(drawing);
	drawSaved(drawing, picture, drawing.chart.currentDevicePixelRatio);
	picture.toBlob((blob) => {
		const address = URL.createObjectURL(blob);
		element("a", { href: address, download: drawing.plot.file }).click();
		setTimeout(() => URL.revokeObjectURL(address), 1000);
	}, "image/png");
}
