#include "bench/programs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_in(const char *folder, const char *below, const char *name,
		  char path[static PROGRAMS_PATH_BYTES])
{
	const int size = snprintf(path, PROGRAMS_PATH_BYTES, "%s%s/%s", folder, below, name);

	if (size < PROGRAMS_PATH_BYTES)
		return access(path, X_OK) == 0;
	errno = ENAMETOOLONG;
	return false;
}

/* The folder of the program that runs, whatever name it was called by; "" when /proc is not there.
 */
static void find_own(char folder[static PROGRAMS_PATH_BYTES])
{
	const ssize_t size = readlink("/proc/self/exe", folder, PROGRAMS_PATH_BYTES - 1);
	char *slash;

	folder[size > 0 ? size : 0] = '\0';
	slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
}

bool programs_find(const char *folder, const char *name, char path[static PROGRAMS_PATH_BYTES])
{
	char own[PROGRAMS_PATH_BYTES];

	if (folder)
		return is_in(folder, "", name, path);
	find_own(own);
	if (is_in(own, "", name, path) || is_in(own, "/../libexec/starling", name, path))
		return true;
	return is_in(own, "", name, path); /* the path and errno to be told of */
}
