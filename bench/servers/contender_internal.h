/*
 * contender_internal: where a contender's program is, and the command line that starts it.
 */
#ifndef STARLING_BENCH_CONTENDER_INTERNAL_H
#define STARLING_BENCH_CONTENDER_INTERNAL_H

#include "bench/servers/contender.h"
#include "bench/servers/programs.h"

enum {
	COMMAND_WORDS_MAX = 28,
	COMMAND_TEXTS_MAX = 12,
	COMMAND_TEXT_BYTES = 96,
};

/* A command line whose numbers are kept beside it. */
struct contender_command {
	char path[PROGRAMS_PATH_BYTES];
	char texts[COMMAND_TEXTS_MAX][COMMAND_TEXT_BYTES];
	char *words[COMMAND_WORDS_MAX + 1];
	unsigned word_count, text_count;
};

/*
 * Ours and the baselines are where programs_find has them; other people's in $PATH or where servers
 * are installed. False with errno; `path` is then where it should have been.
 */
bool contender_find_program(const struct contender *contender, const char *folder,
			    char path[static PROGRAMS_PATH_BYTES]);

/*
 * Ours and the baselines choose a port themselves and say it; other people's are given `port`.
 * `scratch`: a folder for a configuration file.
 */
void contender_command(struct contender_command *command, const struct contender *contender,
		       const char *folder, const struct generator_config *load, unsigned limit_s,
		       uint16_t port, const char *scratch);

/* The configuration that mosquitto needs. 0 or -errno. */
int contender_write_config(const char *scratch, uint16_t port);
void contender_remove_config(const char *scratch);

#endif
