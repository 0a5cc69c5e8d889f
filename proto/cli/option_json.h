/*
 * option_json: the form of the file that --config names, told with its place: one JSON object (RFC
 * 8259) of names and single values. Where JSON takes blanks, a comment from // to the end of its
 * line is taken too. The meaning of names and values is the caller's.
 */
#ifndef STARLING_PROTO_CLI_OPTION_JSON_H
#define STARLING_PROTO_CLI_OPTION_JSON_H

#include <stdbool.h>
#include <stddef.h>

enum {
	OPTION_JSON_ERROR_BYTES = 256,
};

struct option_place {
	int line, column; /* from 1; columns in characters */
};

/* The caller's own to read: `error`, and its `place`. */
struct option_json {
	const char *text, *at, *end;
	bool is_begun;
	struct option_place place;
	char error[OPTION_JSON_ERROR_BYTES]; /* what was expected, and what is there instead */
};

/* Zeroed before, and behind the last. */
struct option_entry {
	char *name;
	char *text;    /* a text decoded; anything else as it stands: "7.5", "true", "null" */
	unsigned form; /* enum option_form; 0: null */
	struct option_place name_place, value_place;
};

enum option_json_found {
	OPTION_JSON_ENTRY,
	OPTION_JSON_END, /* and nothing follows */
	OPTION_JSON_BAD, /* see `error` */
};

/* `size` bytes, with a NUL behind them; they must outlive it. A byte order mark is passed over. */
void option_json_init(struct option_json *json, const char *text, size_t size);

/* The next entry, which is the caller's until option_json_forget. */
enum option_json_found option_json_next(struct option_json *json, struct option_entry *entry);

void option_json_forget(struct option_entry *entry);

#endif
