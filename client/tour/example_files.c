#include "client/tour/example_files.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/cli/installed.h"

const char *example_files_folder(void)
{
	static const char one[] = "/datagram/server.c";
	static char folder[PATH_MAX];
	char path[INSTALLED_PATH_BYTES];

	if (folder[0] != '\0')
		return folder;
	strcpy(folder, "client/tour/examples");
	if (!installed_find("share/starling", "examples/datagram/server.c", R_OK, path))
		return folder;
	path[strlen(path) - (sizeof(one) - 1)] = '\0';
	if (!realpath(path, folder))
		strcpy(folder, "client/tour/examples");
	return folder;
}
