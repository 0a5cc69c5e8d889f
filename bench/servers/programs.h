/*
 * programs: where the relays are that the bench starts. Unless a folder is given, they are beside
 * the bench's own program, as `make` leaves them, or else in ../libexec/starling from there, where
 * `make install` puts the baselines, which are nothing to find in $PATH.
 */
#ifndef STARLING_BENCH_PROGRAMS_H
#define STARLING_BENCH_PROGRAMS_H

#include <stdbool.h>

#include "proto/cli/installed.h"

enum {
	PROGRAMS_PATH_BYTES = INSTALLED_PATH_BYTES,
};

/*
 * Puts the path of the program `name` into `path`. With a `folder` it is looked for only there.
 * False with errno when it cannot be run; `path` is then where it should have been first.
 */
bool programs_find(const char *folder, const char *name, char path[static PROGRAMS_PATH_BYTES]);

#endif
