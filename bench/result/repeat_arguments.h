/*
 * repeat_arguments: with which arguments a result is measured again.
 *
 * A result file may come from anybody. So it says how to measure, and nothing that reaches beyond
 * the measuring: which programs are run, which relay is loaded and which process is watched, that
 * somebody consents to it, and where files are written, is for the one who runs it to say, beside
 * --repeat-of. Where the file has one of these, the command line must have it, too.
 */
#ifndef STARLING_BENCH_REPEAT_ARGUMENTS_H
#define STARLING_BENCH_REPEAT_ARGUMENTS_H

#include <stdbool.h>

#include "bench/result/result.h"

enum {
	REPEAT_OWN_MAX = 16, /* words of the command line that go with the file's */
};

/* What stands beside --repeat-of. Borrows from argv. */
struct repeat_wishes {
	const char *file;
	bool is_json;
	unsigned given; /* bits: which flags, by their place in our table */
	int own_count;
	char *own[REPEAT_OWN_MAX];
};

/*
 * The file that argv's --repeat-of names, written out or shortened as getopt_long(3) lets one; NULL
 * when it has none. `--repeat-of` without a file is left to the command's own parser.
 */
const char *repeat_file(int argc, char **argv);

/* Whether it may all stand beside --repeat-of; else false with a sentence. */
bool repeat_wishes_parse(struct repeat_wishes *wishes, int argc, char **argv,
			 char error[static RESULT_ERROR_BYTES]);

/*
 * A new argv, to be freed, whose words stay those of the wishes and of the result: the command, the
 * wishes, and the file's. NULL with a sentence: the file has what only the command line may have,
 * the other way round, or no memory.
 */
char **repeat_arguments(const struct repeat_wishes *wishes, const struct result *result, int *argc,
			char error[static RESULT_ERROR_BYTES]);

#endif
