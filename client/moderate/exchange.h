/*
 * exchange: one request to a relay's control socket, and its answer.
 */
#ifndef STARLING_CLIENT_MODERATE_EXCHANGE_H
#define STARLING_CLIENT_MODERATE_EXCHANGE_H

enum {
	EXCHANGE_PATIENCE_S = 10,
	EXCHANGE_ERROR_BYTES = 512,
};

/*
 * Sends a line, which has no end, to the socket at `path`, and waits for the answer: a line without
 * its end, which the caller frees. NULL: a sentence in `error`.
 */
char *exchange(const char *path, const char *line, char error[EXCHANGE_ERROR_BYTES]);

#endif
