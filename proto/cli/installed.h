/*
 * installed: where a program finds what was made together with it: beside itself, as `make` leaves
 * it, or else in a folder of the prefix under which both were installed.
 */
#ifndef STARLING_PROTO_CLI_INSTALLED_H
#define STARLING_PROTO_CLI_INSTALLED_H

#include <stdbool.h>

enum {
	INSTALLED_PATH_BYTES = 4096,
};

/*
 * Puts the path of the file `name` into `path`. `folder` is where it is installed, from the prefix
 * on, as "share/starling"; `mode` is what must be possible with it, as access(2) has it. False with
 * errno when it is at neither place; `path` is then the first.
 */
bool installed_find(const char *folder, const char *name, int mode,
		    char path[static INSTALLED_PATH_BYTES]);

#endif
