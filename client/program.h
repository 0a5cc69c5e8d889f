/*
 * program: a program of subcommands: its help, its version, and the way from argv to the
 * subcommand.
 */
#ifndef STARLING_CLIENT_PROGRAM_H
#define STARLING_CLIENT_PROGRAM_H

#include <stddef.h>

struct program_subcommand {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the name; returns the exit status */
	const char *description;
};

struct program {
	const char *name, *summary; /* "starling"; one sentence */
	const struct program_subcommand *subcommands;
	size_t count;
};

/*
 * Runs what argv asks for, and sees that what was printed has been written. The exit status: that
 * of the subcommand; 2 for a misuse, told in one line; 1 when the standard output could not be
 * written.
 */
int program_run(const struct program *program, int argc, char **argv);

#endif
