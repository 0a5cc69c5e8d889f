/* The Makefile says that this object depends on the files. */
#include "relay/status/page.h"

#include "proto/web/page.h"

PAGE_BYTES(live_page, "relay/status/page/index.html");
PAGE_BYTES(live_script, "relay/status/page/live.js");

static const struct web_file own[] = {
	PAGE_FILE("/", PAGE_HTML, live_page),
	PAGE_FILE("/live.js", PAGE_SCRIPT, live_script),
	{ .path = 0 },
};

const struct web_file *const status_page_files[STATUS_PAGE_LISTS] = { own, web_page_files };
