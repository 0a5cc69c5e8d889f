#include "proto/cli/installed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The folder of the program that runs, whatever name it was called by; "" when /proc is not there.
 */
static void find_own(char folder[static INSTALLED_PATH_BYTES])
{
	const ssize_t size = readlink("/proc/self/exe", folder, INSTALLED_PATH_BYTES - 1);
	char *slash;

	folder[size > 0 ? size : 0] = '\0';
	slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
}

static bool is_in(const char *own, const char *below, const char *name, int mode,
		  char path[static INSTALLED_PATH_BYTES])
{
	const int size = snprintf(path, INSTALLED_PATH_BYTES, "%s/%s%s", own, below, name);

	if (size < INSTALLED_PATH_BYTES)
		return access(path, mode) == 0;
	errno = ENAMETOOLONG;
	return false;
}

bool installed_find(const char *folder, const char *name, int mode,
		    char path[static INSTALLED_PATH_BYTES])
{
	char own[INSTALLED_PATH_BYTES], below[INSTALLED_PATH_BYTES];

	find_own(own);
	snprintf(below, sizeof(below), "../%s/", folder);
	return is_in(own, "", name, mode, path) || is_in(own, below, name, mode, path) ||
	       is_in(own, "", name, mode, path); /* the path and errno to be told of */
}
