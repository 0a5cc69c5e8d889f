/* The files that pages share. The Makefile says that this object depends on them. */
#include "proto/web/page.h"

#include "proto/web/web.h"

PAGE_BYTES(page_base, "proto/web/page/base.css");
PAGE_BYTES(page_style, "proto/web/page/style.css");
PAGE_BYTES(page_app, "proto/web/page/app.js");
PAGE_BYTES(page_map, "proto/web/page/map.js");
PAGE_BYTES(page_plot, "proto/web/page/plot.js");
PAGE_BYTES(page_table, "proto/web/page/table.js");
PAGE_BYTES(page_chart, PAGE_CHART);

const struct web_file web_page_files[] = {
	PAGE_FILE("/base.css", PAGE_STYLE, page_base),
	PAGE_FILE("/style.css", PAGE_STYLE, page_style),
	PAGE_FILE("/app.js", PAGE_SCRIPT, page_app),
	PAGE_FILE("/map.js", PAGE_SCRIPT, page_map),
	PAGE_FILE("/plot.js", PAGE_SCRIPT, page_plot),
	PAGE_FILE("/table.js", PAGE_SCRIPT, page_table),
	PAGE_FILE("/chart.js", PAGE_SCRIPT, page_chart),
	{ .path = 0 },
};
