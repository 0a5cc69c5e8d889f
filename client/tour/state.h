/* state: a running tour: how it is shown, the step that is being told, and who is there. */
#ifndef STARLING_CLIENT_TOUR_STATE_H
#define STARLING_CLIENT_TOUR_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "client/tour/actor.h"
#include "client/tour/fields.h"
#include "client/tour/page/picture.h"

enum {
	STEP_CALLS_MAX = 10,
	STEP_WORDS_MAX = 16,
	STEP_BYTES_MAX = 2048,
	STEP_DRAWN_BYTES = 2048,
	STEPS_MAX = 24, /* of a chapter */
};

/* The wait behind a step. */
enum step_wait {
	STEP_GO_ON = 0, /* nothing */
	STEP_KEYS,      /* the reader's key */
	STEP_PAUSE,     /* `pause_s` seconds */
};

struct step_call {
	enum picture_party party;
	pid_t pid;
	struct call call;
};

/* The step that is being told. */
struct step {
	const char *name, *variant; /* borrowed; "" or NULL: no variant */
	struct step_call calls[STEP_CALLS_MAX];
	size_t call_count;
	struct {
		char name[24], value[PICTURE_WORD_BYTES];
	} words[STEP_WORDS_MAX];
	size_t word_count;
	const char *bytes_name; /* NULL: no bytes with fields */
	uint8_t bytes[STEP_BYTES_MAX];
	size_t bytes_size;
	struct fields fields;
	char drawn[STEP_DRAWN_BYTES]; /* a picture in place of the processes'; or empty */
};

/* A step as it was shown, for the way back. Both texts are owned. */
struct step_shown {
	char *page, *bytes;
};

/* A running tour. Zeroed but for `out`, `language` and `key_fd` it is ready for use. */
struct tour {
	FILE *out;
	const struct language *language;
	bool is_json, has_colour;
	bool has_places; /* the terminal can be cleared */
	enum step_wait wait;
	int key_fd; /* for STEP_KEYS: the terminal */
	double pause_s;
	bool is_over; /* the reader has left */

	int chapter, number; /* of the step, from 1 */
	int skip_to;         /* steps of this chapter before it are not waited for */
	struct step step;
	struct picture picture;
	struct actor actors[PICTURE_PARTIES];
	struct step_shown shown[STEPS_MAX];
};

#endif
