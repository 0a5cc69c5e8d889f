/* page: a step in words: as a page for people, as a page of its bytes, and as a JSON object. */
#ifndef STARLING_CLIENT_TOUR_PAGE_H
#define STARLING_CLIENT_TOUR_PAGE_H

#include "client/tour/state.h"

enum {
	PAGE_COLUMNS = 80,
	PAGE_LINES = 24, /* the last one is for the keys */
};

/*
 * The step's text of the key "CHAPTER.NAME" and `suffix`, with its words put in. Returns `out`,
 * which is empty when there is no such text.
 */
const char *page_text(const struct tour *tour, const char *suffix,
		      char out[static LANGUAGE_TEXT_BYTES]);

/* The sentences of the step, or of its variant. */
const char *page_says(const struct tour *tour, char out[static LANGUAGE_TEXT_BYTES]);

/* The page, with styles (fold.h), in less than PAGE_LINES lines. Freed by the caller; NULL: no
 * memory. */
char *page_step(const struct tour *tour);

/* The page of the bytes likewise. */
char *page_bytes(const struct tour *tour);

/* Prints the step as one JSON object on a line. */
void page_json(const struct tour *tour);

#endif
