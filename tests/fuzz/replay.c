/*
 * replay: gives a fuzz target inputs that are already known, for compilers without libFuzzer.
 *
 *	replay FILE|FOLDER...         runs the target on each file: a .json of vectors, or raw bytes
 *	replay --seeds OUT FILE...    writes the vectors as files into the folder OUT, to fuzz from
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fixtures/wire/vectors.h"

enum {
	INPUT_MAX_BYTES = 1 << 16,
	PATH_MAX_BYTES = 4096,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
	const char *seeds; /* where to write, or NULL to run */
	unsigned long inputs;
};

static bool complain(const char *what, const char *path)
{
	fprintf(stderr, "replay: cannot %s %s: %s\n", what, path, strerror(errno));
	return false;
}

static bool write_seed(struct run *run, const uint8_t *bytes, size_t size)
{
	char path[PATH_MAX_BYTES];
	FILE *file;
	bool is_written;

	snprintf(path, sizeof(path), "%s/%05lu", run->seeds, run->inputs);
	file = fopen(path, "wb");
	if (!file)
		return complain("write", path);
	is_written = fwrite(bytes, 1, size, file) == size;
	if (fclose(file) != 0 || !is_written)
		return complain("write", path);
	return true;
}

static bool take(struct run *run, const uint8_t *bytes, size_t size)
{
	run->inputs++;
	if (run->seeds)
		return write_seed(run, bytes, size);
	LLVMFuzzerTestOneInput(bytes, size);
	return true;
}

static bool take_vectors(struct run *run, const char *path)
{
	struct vectors vectors;
	char why[PATH_MAX_BYTES + 128];
	bool is_done = vectors_load(&vectors, path, why, sizeof(why));

	if (!is_done)
		fprintf(stderr, "replay: %s\n", why);
	for (size_t i = 0; is_done && i < vectors.count; i++)
		is_done = take(run, vectors.rows[i].bytes, vectors.rows[i].size);
	vectors_fini(&vectors);
	return is_done;
}

static bool take_bytes(struct run *run, const char *path)
{
	static uint8_t input[INPUT_MAX_BYTES];
	FILE *file = fopen(path, "rb");
	uint8_t *exact;
	size_t size;
	bool is_done;

	if (!file)
		return complain("read", path);
	size = fread(input, 1, sizeof(input), file);
	(void)fclose(file);
	exact = malloc(size ? size : 1);
	if (!exact)
		return complain("hold", path);
	memcpy(exact, input, size);
	is_done = take(run, exact, size);
	free(exact);
	return is_done;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), size = strlen(end);

	return length >= size && strcmp(text + length - size, end) == 0;
}

static bool take_path(struct run *run, const char *path);

static bool take_folder(struct run *run, const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	bool is_done = true;

	if (!folder)
		return complain("read", path);
	while (is_done && (entry = readdir(folder))) {
		char inner[PATH_MAX_BYTES];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
		is_done = take_path(run, inner);
	}
	closedir(folder);
	return is_done;
}

static bool take_path(struct run *run, const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return complain("read", path);
	if (S_ISDIR(status.st_mode))
		return take_folder(run, path);
	return ends_with(path, ".json") ? take_vectors(run, path) : take_bytes(run, path);
}

int main(int argc, char **argv)
{
	struct run run = { 0 };
	int at = 1;

	if (argc > 2 && strcmp(argv[1], "--seeds") == 0) {
		run.seeds = argv[2];
		at = 3;
	}
	if (at >= argc) {
		fprintf(stderr, "usage: %s [--seeds OUT] FILE|FOLDER...\n", argv[0]);
		return 2;
	}
	for (; at < argc; at++)
		if (!take_path(&run, argv[at]))
			return 1;
	printf("%lu inputs %s\n", run.inputs, run.seeds ? "written" : "replayed");
	return 0;
}
