/*
 * compare: our relay beside what one would write instead and beside the floor: the same updates,
 * turn by turn in one run, with ratios.
 */
#ifndef STARLING_BENCH_COMPARE_H
#define STARLING_BENCH_COMPARE_H

/* Runs `starling-bench compare` (argv[0] is "compare"); the exit status. */
int compare_run(int argc, char **argv);

#endif
