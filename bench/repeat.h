/*
 * repeat: to run again what a result describes, and to say whether the new figures are consistent
 * with it.
 *
 * Of a measured result, a figure is consistent when the spans of its values before and now, from
 * the smallest to the largest of the repetitions, overlap after each was widened to both sides: by
 * a quarter of its length, as few repetitions do not show the whole spread, and by 5 % of its
 * median, as one repetition shows none of it. That is a rule of thumb and no test of significance:
 * it tells "about as before" from "look at this". Of a simulated result, all values have to be
 * equal. Rows with a number as their label "step" are not compared: they are the way of a search,
 * which is another each time; what it found is.
 */
#ifndef STARLING_BENCH_REPEAT_H
#define STARLING_BENCH_REPEAT_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/result.h"

/* Figures, of all rows. */
struct repeat_verdict {
	size_t consistent, differing;
	size_t missing; /* only one of the two has them */
};

/* Writes a table of the figures that differ, with both spans, and a sentence. */
struct repeat_verdict repeat_compare(const struct result *before, const struct result *now,
				     FILE *out);

/* The flag, for the help of a command; `text` is a const char * that nobody reads. */
#define REPEAT_FLAG(text)                                                                          \
	{                                                                                          \
		"repeat-of", 0, "RESULT.json",                                                     \
			"run again what a result describes, and compare (alone)", options_text,    \
			text, 0, 0                                                                 \
	}

/*
 * Measures what argv (argv[0] is the command's name) asks for. *result is the caller's; NULL when
 * there is nothing, as after a misuse. Prints nothing to the standard output. Returns the exit
 * status.
 */
typedef int repeat_measure(int argc, char **argv, struct result **result);

/*
 * The file that argv's --repeat-of names; NULL when it has none. The command's name stands in
 * argv[0]. `--repeat-of` without a file is left to the command's own parser.
 */
const char *repeat_file(int argc, char **argv);

/*
 * Runs again what the file of argv's --repeat-of describes, compares, prints the verdict. Exit
 * status: 0 consistent, 1 failed, 2 the file is of another command or broken, or argv has more than
 * the file, 3 measured, but not consistent or not valid.
 */
int repeat_run(int argc, char **argv, repeat_measure *measure);

#endif
