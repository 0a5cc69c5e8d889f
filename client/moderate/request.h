/*
 * request: a command line as a request to the relay, and which commands there are.
 */
#ifndef STARLING_CLIENT_MODERATE_REQUEST_H
#define STARLING_CLIENT_MODERATE_REQUEST_H

#include <stdbool.h>

#include <cjson/cJSON.h>

enum {
	REQUEST_ERROR_BYTES = 256,
	REQUEST_WHY_MAX_BYTES = 100, /* that the relay takes */
};

/* A command line. Texts are borrowed. */
struct request_words {
	const char *command;
	const char *argument; /* NULL: none */
	const char *room;     /* NULL: none, as for the others */
	const char *why;
	double seconds; /* 0: none */
};

/*
 * The request as JSON, which is the caller's, for cJSON_Delete. NULL: a misuse, of which `error`
 * has a sentence.
 */
cJSON *request_make(const struct request_words *words, char error[REQUEST_ERROR_BYTES]);

#endif
