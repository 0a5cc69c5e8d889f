/* program: a program of subcommands: help, version, and dispatch to a subcommand. */
#ifndef STARLING_PROTO_CLI_PROGRAM_H
#define STARLING_PROTO_CLI_PROGRAM_H

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
 * Runs argv's subcommand and checks that stdout was written. The exit status: the subcommand's; 2
 * for a misuse, reported in one line; 1 when stdout could not be written.
 */
int program_run(const struct program *program, int argc, char **argv);

#endif
