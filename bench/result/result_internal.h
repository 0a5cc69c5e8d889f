/*
 * result_internal: how a result is kept: as its JSON. For result*.c and verdict*.c only.
 */
#ifndef STARLING_BENCH_RESULT_INTERNAL_H
#define STARLING_BENCH_RESULT_INTERNAL_H

#include <cjson/cJSON.h>

#include "bench/result/result.h"

#define RESULT_FORMAT "starling-bench result"

enum {
	RESULT_NUMBER_BYTES = 32,
};

struct result_row {
	struct result *result;
	struct result_row *next;
	cJSON *object; /* in the document, as are those below */
	cJSON *labels, *figures, *series, *reasons, *notes;
	char text[RESULT_NUMBER_BYTES];
};

struct result {
	cJSON *document;
	cJSON *arguments, *parameters, *machine, *reasons, *rows;
	struct result_row *first, *last;
	size_t row_count;
	bool has_no_memory;
	char text[RESULT_NUMBER_BYTES];
};

/* A row for an object that is in the document. NULL: no memory. */
struct result_row *result_adopt_row(struct result *result, cJSON *object);

/*
 * Adds a child that was made, which is the parent's from then on: to an object under a name, or
 * (NULL) to the end of an array. Returns it; NULL where there was no memory for it (`child` NULL)
 * or for its place, which the result notes, or where `parent` is NULL for the same reason.
 */
cJSON *result_put(struct result *result, cJSON *parent, const char *name, cJSON *child);
void result_put_text(struct result *result, cJSON *parent, const char *name, const char *text);

/* null in the file for what is not finite. */
void result_put_number(struct result *result, cJSON *parent, const char *name, double value);

/* A file that is being read. */
struct result_reading {
	const char *path;
	char *error; /* RESULT_ERROR_BYTES */
};

/* Writes `path: ` and the sentence into the error, as a terminal may show it. Always false. */
bool result_refuse(const struct result_reading *reading, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Whether all that is read of the document is there; else false with the error written. */
bool result_check(const struct result_reading *reading, const cJSON *document);

/* A number's text, or a text itself; NULL for anything else. */
const char *result_text_of(const cJSON *item, char text[static RESULT_NUMBER_BYTES]);

#endif
