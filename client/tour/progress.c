#include "client/tour/progress.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The file's path. False: no folder is known. */
static bool find_path(char path[static PATH_MAX])
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int length;

	/* A relative path is to be ignored, as the XDG specification says. */
	if (state && state[0] == '/')
		length = snprintf(path, PATH_MAX, "%s/starling/tour", state);
	else if (home && home[0] == '/')
		length = snprintf(path, PATH_MAX, "%s/.local/state/starling/tour", home);
	else
		return false;
	return length < PATH_MAX;
}

struct progress progress_read(void)
{
	const struct progress beginning = { 1, 1 };
	struct progress progress;
	char path[PATH_MAX];
	FILE *file = find_path(path) ? fopen(path, "re") : NULL;
	bool is_good;

	if (!file)
		return beginning;
	is_good = fscanf(file, "%9d %9d", &progress.chapter, &progress.step) == 2 &&
		  progress.step >= 1;
	fclose(file);
	return is_good ? progress : beginning;
}

/* Makes the folders of the path. A failure shows when the file is opened. */
static void make_folders(char path[static PATH_MAX])
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0700);
		*slash = '/';
	}
}

void progress_write(struct progress progress)
{
	char path[PATH_MAX];
	FILE *file;

	if (!find_path(path))
		return;
	make_folders(path);
	file = fopen(path, "we");
	if (!file)
		return;
	fprintf(file, "%d %d\n", progress.chapter, progress.step);
	fclose(file);
}
