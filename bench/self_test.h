/*
 * self_test: `starling-bench self-test`: the bench's own error. A delay that is known, because the
 * impairment proxy makes it, is measured as every other delay is; what is measured beyond it is the
 * error. Without a delay the same path shows what it takes by itself (two processes and six wakes
 * of them); what grows beyond that with the delay is the error of the bench's timing.
 */
#ifndef STARLING_BENCH_SELF_TEST_H
#define STARLING_BENCH_SELF_TEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/servers/bout.h"
#include "bench/measure/clock_step.h"
#include "bench/result/result.h"
#include "bench/measure/spread.h"

enum {
	SELF_TEST_DELAYS = 3,
	SELF_TEST_MEMBERS = 8,
	SELF_TEST_RATE_HZ = 30,
};

/* Of each way: there and back, a delivery meets it twice. The first is 0. */
extern const double self_test_delays_ms[SELF_TEST_DELAYS];

struct self_test {
	unsigned repeat;
	double seconds;
	uint64_t seed;
	bool is_pinned, is_awake;
	unsigned finished; /* whole repetitions, of all delays */
	unsigned begun;    /* the first delays of the next one, which it was stopped in */
	struct bout_result bouts[SELF_TEST_DELAYS][SPREAD_MAX];
	struct clock_step clock;
};

/* How often this delay was measured. */
unsigned self_test_count(const struct self_test *test, unsigned delay);

/* What a delay's repetition measured beyond what is known, in us, at a percentile. */
double self_test_error_us(const struct self_test *test, unsigned delay, unsigned repetition,
			  bool is_p99);
/* The same beyond what the path takes without a delay, in the same repetition. */
double self_test_own_error_us(const struct self_test *test, unsigned delay, unsigned repetition,
			      bool is_p99);

/* NULL, or why it is not valid. */
const char *self_test_why_not_valid(const struct self_test *test);

/* The parameters, rows and checks of a document. */
void self_test_document(const struct self_test *test, struct result *document);

/* argv[0] is the subcommand's name; the exit status. */
int self_test_run(int argc, char **argv);

#endif
