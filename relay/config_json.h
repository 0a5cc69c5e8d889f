/*
 * config_json: the form of the configuration file, told with its place: one JSON object (RFC 8259)
 * of names and single values. Where JSON takes blanks, a comment from // to the end of its line is
 * taken too. What a name or a value means is not known here.
 */
#ifndef STARLING_RELAY_CONFIG_JSON_H
#define STARLING_RELAY_CONFIG_JSON_H

#include <stdbool.h>
#include <stddef.h>

struct cJSON;

enum {
	CONFIG_JSON_ERROR_BYTES = 256,
};

struct config_place {
	int line, column; /* from 1; columns in characters */
};

/* The caller's own to read: `error`, and its `place`. */
struct config_json {
	const char *text, *at, *end;
	bool is_begun;
	struct config_place place;
	char error[CONFIG_JSON_ERROR_BYTES]; /* what was expected, and what is there instead */
};

struct config_entry {
	struct cJSON *name, *value; /* a string; a string, a number, true, false or null. Owned */
	struct config_place name_place, value_place;
};

enum config_json_found {
	CONFIG_JSON_ENTRY,
	CONFIG_JSON_END, /* and nothing follows */
	CONFIG_JSON_BAD, /* see `error` */
};

/* `size` bytes, with a NUL behind them; they must outlive it. A byte order mark is passed over. */
void config_json_init(struct config_json *json, const char *text, size_t size);

/* The next entry, whose name and value the caller frees by cJSON_Delete. */
enum config_json_found config_json_next(struct config_json *json, struct config_entry *entry);

#endif
