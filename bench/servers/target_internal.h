/*
 * target_internal: where a server's program is, and the command line that starts it.
 */
#ifndef STARLING_BENCH_TARGET_INTERNAL_H
#define STARLING_BENCH_TARGET_INTERNAL_H

#include "bench/servers/target.h"
#include "bench/servers/programs.h"

enum {
	COMMAND_WORDS_MAX = 44,
	COMMAND_TEXTS_MAX = 12,
	COMMAND_TEXT_BYTES = 96,
};

/* A command line whose numbers are kept beside it. */
struct target_command {
	char path[PROGRAMS_PATH_BYTES];
	char texts[COMMAND_TEXTS_MAX][COMMAND_TEXT_BYTES];
	char *words[COMMAND_WORDS_MAX + 1];
	unsigned word_count, text_count;
};

/*
 * Ours and the baselines are where programs_find has them; other people's in $PATH or where servers
 * are installed. False with errno; `path` is then where it should have been.
 */
bool target_find_program(const struct target *server, const char *folder,
			 char path[static PROGRAMS_PATH_BYTES]);

/*
 * Ours and the baselines choose a port themselves and say it; other people's are given `port`.
 * `scratch`: a folder for a configuration file.
 */
void target_command(struct target_command *command, const struct target *server, const char *folder,
		    const struct generator_config *load, unsigned limit_s, uint16_t port,
		    const char *scratch);

/* The configuration that mosquitto needs. 0 or -errno. */
int target_write_config(const char *scratch, uint16_t port);
void target_remove_config(const char *scratch);

#endif
