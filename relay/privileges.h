/*
 * privileges: what the process may do to its machine. Started by root, to bind a low port or to get
 * larger socket buffers, the relay goes on as a user that may do neither.
 */
#ifndef STARLING_RELAY_PRIVILEGES_H
#define STARLING_RELAY_PRIVILEGES_H

#include <stdbool.h>

enum {
	PRIVILEGES_ERROR_BYTES = 256,
};

/* Whether there is such a user, to whom root can change. False: a sentence in `error`. */
bool privileges_check(const char *user, char error[PRIVILEGES_ERROR_BYTES]);

/*
 * Makes the whole process that user's, with the user's own group and no other, for good: call it
 * once all is open. False: a sentence in `error`, and the process must end, as it may be neither
 * the one nor the other.
 */
bool privileges_drop(const char *user, char error[PRIVILEGES_ERROR_BYTES]);

#endif
