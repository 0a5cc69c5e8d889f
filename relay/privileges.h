/*
 * privileges: what the process may do to its machine. Started by root, to bind a low port or to get
 * larger socket buffers, the relay goes on as a user that may do neither.
 */
#ifndef STARLING_RELAY_PRIVILEGES_H
#define STARLING_RELAY_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

enum {
	PRIVILEGES_ERROR_BYTES = 256,
};

/* `name` is the caller's. */
struct privileges_user {
	const char *name;
	uid_t id;
	gid_t group;
};

/*
 * Finds the user of that name in the system's files. False: there is none, or root cannot change to
 * it; a sentence in `error`.
 */
bool privileges_find(struct privileges_user *user, const char *name,
		     char error[PRIVILEGES_ERROR_BYTES]);

/*
 * Makes the whole process that user's, with the user's own group and no other, for good: call it
 * once all is open. False: a sentence in `error`, and the process must end, as it may be neither
 * the one nor the other.
 */
bool privileges_drop(const struct privileges_user *user, char error[PRIVILEGES_ERROR_BYTES]);

#endif
