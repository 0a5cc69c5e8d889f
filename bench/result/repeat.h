/*
 * repeat: to run again what a result describes, and to say whether the new figures are consistent
 * with it. verdict.h says when they are, repeat_arguments.h what a file may ask for.
 */
#ifndef STARLING_BENCH_REPEAT_H
#define STARLING_BENCH_REPEAT_H

#include "bench/result/repeat_arguments.h"
#include "bench/result/result.h"

/* The flag, for the help of a command; `text` is a const char * that nobody reads. */
#define REPEAT_FLAG(text)                                                                          \
	{                                                                                          \
		"repeat-of", 0, "RESULT.json", "run again what a result describes, and compare",   \
			&option_only_text, text, 0, 0                                              \
	}

/*
 * Measures what argv (argv[0] is the command's name) asks for, and shows it on the standard output,
 * or with `is_quiet` prints nothing there. *result, NULL until then, may be made, as it must be
 * with `is_quiet` unless nothing was measured; it is the caller's to destroy. Returns the exit
 * status.
 */
typedef int repeat_measure(int argc, char **argv, bool is_quiet, struct result **result);

/*
 * Runs a command. Without --repeat-of in argv it measures, and no more. With it: runs again what
 * the file describes, compares, and prints the verdict, or with --json the new result with the
 * comparison in it. Exit status: that of measuring; with --repeat-of 0 it repeats, 1 failed, which
 * a file is that cannot be read or is broken, 2 misuse, or the file is of another command or asks
 * for what a file may not have, 3 it does not repeat, or there is no verdict, as one of the two
 * results is not valid.
 */
int repeat_run(int argc, char **argv, repeat_measure *measure);

#endif
