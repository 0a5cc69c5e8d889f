/*
 * setting: the table of everything that the relay can be told: as a flag --name, and as a key
 * "name" of the JSON file. Errors, help, and what a running relay takes over come from it too.
 * For config*.c only.
 */
#ifndef STARLING_RELAY_SETTING_H
#define STARLING_RELAY_SETTING_H

#include <stdbool.h>
#include <stddef.h>

#include "relay/config.h"

struct cJSON;

enum setting_kind {
	SETTING_TEXT,
	SETTING_COUNT,  /* unsigned */
	SETTING_PORT,   /* uint16_t */
	SETTING_NUMBER, /* double */
	SETTING_TICK,   /* double, or the word "auto": CONFIG_TICK_AUTO */
	SETTING_SWITCH, /* bool; as a flag it takes no argument */
	SETTING_LEVEL,  /* a switch too: `least` is its value of an int, 0 is that of all others */
	SETTING_SEED,   /* uint64_t */
	SETTING_IMPAIR, /* struct link_model_spec */
};

struct setting {
	const char *name;
	enum setting_kind kind;
	size_t offset; /* in struct config */
	double least, most;
	const char *argument, *help;
	const char *takes; /* in a running relay: for whom a change holds; "": all; NULL: nobody */
};

enum {
	SETTINGS = 32,
	SETTING_TEXT_BYTES = 80, /* of a value */
};

extern const struct setting settings[SETTINGS];

/* NULL: there is none. */
const struct setting *setting_find(const char *name);

/* All names, with commas between. */
void setting_list(char *out, size_t out_bytes);

/* Whether it is given as a flag without an argument. */
bool setting_is_switch(const struct setting *setting);

/* Reads a flag's argument (NULL of a switch), or a value of the file. False: see `error`. */
bool setting_read_flag(struct config *config, const struct setting *setting, const char *argument,
		       char error[CONFIG_ERROR_BYTES]);
bool setting_read_json(struct config *config, const struct setting *setting,
		       const struct cJSON *value, const char *from, char error[CONFIG_ERROR_BYTES]);

/* Whether both hold the same value. */
bool setting_is_same(const struct setting *setting, const struct config *one,
		     const struct config *other);

/* Its value as text, which may be cut. */
void setting_text(const struct setting *setting, const struct config *config,
		  char out[SETTING_TEXT_BYTES]);

/* Takes its value over. */
void setting_copy(const struct setting *setting, struct config *to, const struct config *from);

#endif
