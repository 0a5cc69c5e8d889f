/*
 * impair_reader: the words, numbers and quantities of an impairment's text, and its errors; for
 * impair_text.c, which reads it, and impair_describe.c, which writes it.
 */
#ifndef STARLING_PROTO_NET_IMPAIR_READER_H
#define STARLING_PROTO_NET_IMPAIR_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/impair.h"

enum {
	IMPAIR_TERMS = IMPAIR_BLACKOUT + 1,
	IMPAIR_SHAPES = IMPAIR_EXPONENTIAL + 1,
	IMPAIR_FRACTION_DIGITS = 9,
	IMPAIR_HOLD_DEFAULT_NS = 10000000,
	IMPAIR_QUEUE_DEFAULT_BYTES = 64000,
};

/* Units, the largest first; the last has size 1 and is followed by a NULL name. */
struct impair_unit {
	const char *name;
	uint64_t size;
};

extern const struct impair_unit impair_time_units[], impair_rate_units[], impair_size_units[];
extern const char *const impair_term_names[IMPAIR_TERMS];
extern const char *const impair_shape_names[IMPAIR_SHAPES];

struct impair_reader {
	const char *text, *at;
	char *error; /* IMPAIR_ERROR_BYTES */
};

/*
 * Puts the three lines of an error into reader->error: what is wrong and what is accepted, the
 * text, the caret under `place`. Always false, for the caller to return.
 */
__attribute__((format(printf, 4, 5))) bool impair_fail(struct impair_reader *reader,
						       const char *place, const char *wanted,
						       const char *format, ...);

/* The length of what may be a word at `at`: a name, a unit, a shape. */
size_t impair_word_size(const char *at);

/* Whether exactly this word stands at `at`. */
bool impair_is_word(const char *at, const char *word);

/* Go past a word or a byte, if it stands there. */
bool impair_skip_word(struct impair_reader *reader, const char *word);
bool impair_skip(struct impair_reader *reader, char byte);

/* A number with one of the units, from `least` to `most`; false: the error says what is wanted. */
bool impair_read_quantity(struct impair_reader *reader, const struct impair_unit *units,
			  uint64_t least, uint64_t most, const char *wanted, uint64_t *value);

/* A share, rounded to the nearest that there is; false likewise. */
bool impair_read_share(struct impair_reader *reader, const char *wanted, impair_share *share);

/* The share of so many billionths of a per cent, at most 10^11. */
impair_share impair_share_of_percent(uint64_t billionths);

#endif
