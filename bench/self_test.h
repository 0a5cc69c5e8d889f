/*
 * self_test: `starling-bench self-test`: the bench's own error.
 */
#ifndef STARLING_BENCH_SELF_TEST_H
#define STARLING_BENCH_SELF_TEST_H

/* argv[0] is the subcommand's name; the exit status. */
int self_test_run(int argc, char **argv);

#endif
