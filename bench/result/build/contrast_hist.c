#include "bench/result/build/contrast.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/result/text/hist_text.h"
#include "proto/wire/text.h"

enum {
	PATH_BYTES = 4096,
};

static bool refuse(const char *path, const char *why)
{
	fprintf(stderr, "starling-bench contrast: --hist: cannot write %s: %s\n",
		text_shown(path).text, why);
	return false;
}

static void name_link(char name[static 32], const struct contrast *contrast, size_t link)
{
	const struct scenario *scenario = contrast->links[link].scenario;

	if (scenario)
		snprintf(name, 32, "%s", scenario->name);
	else
		snprintf(name, 32, "line%zu", link + 1);
}

bool contrast_can_save_delays(const struct contrast *contrast)
{
	if (!contrast->hist_folder)
		return true;
	if (mkdir(contrast->hist_folder, 0777) != 0 && errno != EEXIST)
		return refuse(contrast->hist_folder, strerror(errno));
	return access(contrast->hist_folder, W_OK | X_OK) == 0 ||
	       refuse(contrast->hist_folder, strerror(errno));
}

bool contrast_save_delays(const struct contrast *contrast, size_t link, size_t carrier)
{
	char path[PATH_BYTES], name[32];
	int size, result;
	FILE *file;

	if (!contrast->hist_folder)
		return true;
	name_link(name, contrast, link);
	size = snprintf(path, sizeof(path), "%s/%s-%s.hgrm", contrast->hist_folder, name,
			trial_carrier_text(contrast->carriers[carrier]));
	if (size < 0 || (size_t)size >= sizeof(path))
		return refuse(contrast->hist_folder, "its path is too long");
	file = fopen(path, "w");
	if (!file)
		return refuse(path, strerror(errno));
	result = hist_save(contrast_row(contrast, link, carrier)->delays, file);
	if (fclose(file) != 0 || result != 0)
		return refuse(path, "the disk did not take it all");
	return true;
}
