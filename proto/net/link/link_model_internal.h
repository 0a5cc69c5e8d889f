/*
 * link_model_internal: the words, numbers and quantities of an impairment's text, and its errors;
 * for link_model_text.c, which reads it, and link_model_describe.c, which writes it.
 */
#ifndef STARLING_PROTO_NET_LINK_LINK_MODEL_INTERNAL_H
#define STARLING_PROTO_NET_LINK_LINK_MODEL_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/link/link_model.h"

enum {
	LINK_MODEL_TERMS = LINK_MODEL_BLACKOUT + 1,
	LINK_MODEL_SHAPES = LINK_MODEL_EXPONENTIAL + 1,
	LINK_MODEL_FRACTION_DIGITS = 9,
	LINK_MODEL_HOLD_DEFAULT_NS = 10000000,
	LINK_MODEL_QUEUE_DEFAULT_BYTES = 64000,
};

/* Units, the largest first; the last has size 1 and is followed by a NULL name. */
struct link_model_unit {
	const char *name;
	uint64_t size;
};

extern const struct link_model_unit link_model_time_units[], link_model_rate_units[],
	link_model_size_units[];
extern const char *const link_model_term_names[LINK_MODEL_TERMS];
extern const char *const link_model_shape_names[LINK_MODEL_SHAPES];

struct link_model_reader {
	const char *text, *at;
	char *error; /* LINK_MODEL_ERROR_BYTES */
};

/*
 * Puts the three lines of an error into reader->error: what is wrong and what is accepted, the
 * text, the caret under `place`. Always false, for the caller to return.
 */
__attribute__((format(printf, 4, 5))) bool link_model_fail(struct link_model_reader *reader,
							   const char *place, const char *wanted,
							   const char *format, ...);

/* The length of what may be a word at `at`: a name, a unit, a shape. */
size_t link_model_word_size(const char *at);

/* Whether exactly this word stands at `at`. */
bool link_model_is_word(const char *at, const char *word);

/* Go past a word or a byte, if it stands there. */
bool link_model_skip_word(struct link_model_reader *reader, const char *word);
bool link_model_skip(struct link_model_reader *reader, char byte);

/* A number with one of the units, from `least` to `most`; false: the error says what is wanted. */
bool link_model_read_quantity(struct link_model_reader *reader, const struct link_model_unit *units,
			      uint64_t least, uint64_t most, const char *wanted, uint64_t *value);

/* A share, rounded to the nearest that there is; false likewise. */
bool link_model_read_share(struct link_model_reader *reader, const char *wanted,
			   link_model_share *share);

/* The share of so many billionths of a per cent, at most 10^11. */
link_model_share link_model_share_of_percent(uint64_t billionths);

#endif
