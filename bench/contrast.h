/*
 * contrast: the same updates in each delivery mode, side by side, on the same links.
 */
#ifndef STARLING_BENCH_CONTRAST_H
#define STARLING_BENCH_CONTRAST_H

/* Runs `starling-bench contrast` (argv[0] is "contrast"); the exit status. */
int contrast_run(int argc, char **argv);

#endif
