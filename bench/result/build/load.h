/*
 * load: what `load` found, as a table with words below it, and as a result document.
 */
#ifndef STARLING_BENCH_RESULT_BUILD_LOAD_H
#define STARLING_BENCH_RESULT_BUILD_LOAD_H

#include <stdio.h>

#include "bench/search/load_search.h"
#include "bench/result/result.h"
#include "bench/measure/spread.h"

enum {
	LOAD_TEXT_BYTES = 96,
};

/* In a few words, the same in the table, in the document and in `report`: "relay's CPU". */
const char *load_cause_word(enum load_cause cause);

/* The room of a full relay: "256 clients", "3 members in a room", "64 rooms". */
const char *load_limit_text(const struct load_config *config, const struct load_limit *limit,
			    char text[static LOAD_TEXT_BYTES]);

/*
 * Rows of each search: "path", the number of each run, and "result". Of several, each has its
 * relay as its first label, and "result" the figure "ratio": what it delivers by what the first one
 * does.
 */
void load_document(const struct load_config *configs, const struct load_result *found,
		   unsigned count, struct result *document);

#endif
