/*
 * page: one file of HTML that shows results, and needs no network to be read. The page itself is
 * hand-written (bench/result/page/) and in the program; put in are the results as they are, the
 * list of figures, and Chart.js, which is a file of the system's. The page's own script draws.
 */
#ifndef STARLING_BENCH_PAGE_H
#define STARLING_BENCH_PAGE_H

#include <stddef.h>
#include <stdio.h>

#include "bench/result/result.h"

enum {
	PAGE_ERROR_BYTES = 320,
};

/* Chart.js where Debian's libjs-chart.js has it. */
#define PAGE_CHART_PATH "/usr/share/javascript/chart.js/chart.min.js"

struct page {
	struct result *const *results;
	char *const *paths; /* where each was read; its heading */
	size_t count;
	const char *chart_path; /* Chart.js, version 3 */
};

/*
 * 0, or -1 with a sentence in `error`: no Chart.js there, no randomness, or no memory. What is
 * written meanwhile is then no page. Whether `out` took it all is the caller's to see.
 */
int page_write(const struct page *page, FILE *out, char error[static PAGE_ERROR_BYTES]);

#endif
