/*
 * diff: `starling-bench diff`: two results of one command side by side, and which figures differ by
 * more than their spreads allow (result/result_diff.h). Nothing in a file is executed.
 */
#ifndef STARLING_BENCH_DIFF_H
#define STARLING_BENCH_DIFF_H

/* argv[0] is the subcommand's name; the exit status. */
int diff_run(int argc, char **argv);

#endif
