/*
 * command: what the commands that measure have in common: how a signal ends them early, how they
 * say what is wrong, and how a result is given.
 */
#ifndef STARLING_BENCH_COMMAND_H
#define STARLING_BENCH_COMMAND_H

#include <signal.h>

#include "bench/result/result.h"
#include "client/options.h"

enum {
	COMMAND_NOT_VALID = 3, /* exit status: measured, but not valid */
};

/*
 * Set by SIGINT, SIGTERM and, unless the command was started to outlive its terminal (nohup), by
 * SIGHUP, once command_watch_signals has been called.
 */
extern volatile sig_atomic_t command_is_stopped;
void command_watch_signals(void);
bool command_outlives_terminal(void);

/* Says it on stderr, in place of the progress there. Returns `status`. */
int command_fail(const char *command, int status, const char *sentence);

enum command_form {
	COMMAND_TABLES, /* for people */
	COMMAND_MORE,   /* with all other figures */
	COMMAND_CSV,
};

/*
 * Prints the result in this form, or as JSON where the options ask for that, and destroys it; NULL
 * is one that there was no memory for. 0, or 1 with the sentence said.
 */
int command_deliver(const char *command, const struct options *options, enum command_form form,
		    struct result *result);

#endif
