/*
 * contrast_stage: a contrast on one line whose repetitions a test makes up, and what is printed of
 * it. For cmocka tests: what cannot be had fails the test.
 */
#ifndef STARLING_TESTS_CONTRAST_STAGE_H
#define STARLING_TESTS_CONTRAST_STAGE_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "bench/contrast_rows.h"

enum {
	CONTRAST_STAGE_REPEAT = 3,
	CONTRAST_STAGE_DUE = 1000, /* updates of a repetition, where nothing else is said */
};

/*
 * A live contrast of the first so many carriers, with room for CONTRAST_STAGE_REPEAT repetitions
 * from seed 40 on and nothing measured. To be closed.
 */
struct contrast *contrast_stage_open(size_t carriers, bool wants_curves);
void contrast_stage_close(struct contrast *contrast);

/* The carrier's next repetition is done, and this came of it. */
void contrast_stage_take(struct contrast *contrast, size_t carrier, struct trial_result result);

/*
 * Table, notes and words, to be freed; a line of more than 100 columns fails the test. Said: the
 * same as one line, so that sentences can be found.
 */
char *contrast_stage_printed(const struct contrast *contrast);
char *contrast_stage_said(const struct contrast *contrast);

/* The result document, read back from its text; to be deleted. */
cJSON *contrast_stage_document(const struct contrast *contrast);

#endif
