#include "bench/servers/programs.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

bool programs_find(const char *folder, const char *name, char path[static PROGRAMS_PATH_BYTES])
{
	int size;

	if (!folder)
		return installed_find("libexec/starling", name, X_OK, path);
	size = snprintf(path, PROGRAMS_PATH_BYTES, "%s/%s", folder, name);
	if (size < PROGRAMS_PATH_BYTES)
		return access(path, X_OK) == 0;
	errno = ENAMETOOLONG;
	return false;
}
