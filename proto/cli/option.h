/*
 * option: one row of a program's table of options. The row is a flag --name of the command line, a
 * key "name" of the file that --config names, and a line of the help.
 */
#ifndef STARLING_PROTO_CLI_OPTION_H
#define STARLING_PROTO_CLI_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/link/link_model.h"

enum {
	OPTION_MUST_BYTES = LINK_MODEL_ERROR_BYTES,
	OPTION_TEXT_BYTES = LINK_MODEL_TEXT_MAX_BYTES + 3, /* of a value that is printed */
};

/* How a file gives a value; bits of option_kind.forms. */
enum option_form {
	OPTION_AS_TEXT = 1 << 0,
	OPTION_AS_NUMBER = 1 << 1,
	OPTION_AS_SWITCH = 1 << 2, /* true or false */
};

struct option_row;

struct option_kind {
	unsigned forms; /* 0: only the command line may give it */
	/*
	 * Reads `text` into row->value. A switch gets NULL from a flag, and "true" or "false" from
	 * a file. False with what is accepted in `must`, as "must be 1 to 65535"; an empty text is
	 * never accepted.
	 */
	bool (*read)(const struct option_row *row, const char *text, char *must, size_t must_bytes);
	bool shows_text;          /* `must` shows the text itself, in lines of its own */
	const char *const *words; /* of option_read_word, with NULL behind the last */

	/* For a value that a running program takes over; else 0 and NULL. */
	size_t bytes;                                                             /* of the value */
	void (*print)(const struct option_row *row, char out[OPTION_TEXT_BYTES]); /* as JSON */
};

struct option_row {
	const char *name;     /* without the dashes: "rate" for --rate */
	char letter;          /* the one-letter form, or 0 */
	const char *argument; /* its argument's name in the help: "HZ"; NULL: it takes none */
	const char *help;     /* what it does, with the default in words */
	const struct option_kind *kind;
	void *value;
	double min, max; /* of a number, both included; see the kinds */
};

/* Kinds, each with the type that row->value points to. */
extern const struct option_kind option_text;       /* const char *, not empty; borrowed */
extern const struct option_kind option_only_text;  /* the same, but no key of a file */
extern const struct option_kind option_list;       /* the same, and a file may give a number */
extern const struct option_kind option_address;    /* char[max + 1], not empty; copied */
extern const struct option_kind option_count;      /* unsigned */
extern const struct option_kind option_port;       /* uint16_t */
extern const struct option_kind option_seed;       /* uint64_t; max 0: all there are */
extern const struct option_kind option_number;     /* double */
extern const struct option_kind option_switch;     /* bool */
extern const struct option_kind option_only_flag;  /* the same, but no key of a file */
extern const struct option_kind option_level;      /* int: min when it is on, 0 when it is off */
extern const struct option_kind option_impairment; /* struct link_model_spec */

/* For kinds of a program's own. */

bool option_read_number(const struct option_row *row, const char *text, char *must,
			size_t must_bytes);
bool option_read_count(const struct option_row *row, const char *text, char *must,
		       size_t must_bytes);

/* Into an enum: the place in kind->words. */
bool option_read_word(const struct option_row *row, const char *text, char *must,
		      size_t must_bytes);

void option_print_number(const struct option_row *row, char out[OPTION_TEXT_BYTES]);

#endif
