/*
 * self_test: what `starling-bench self-test` measured: the bench's own error. A delay that is
 * known, because the impairment proxy makes it, is measured as every other delay is; the measured
 * delay beyond the known one is the error. Without a delay the same path shows its own time (two
 * processes and six wakes of them); the growth beyond that with the delay is the error of the
 * bench's timing.
 *
 * A process that waits for a processor makes the p99 larger, and that is no error of the bench. So
 * its processes run before others where that is permitted (SCHED_RR), and the verdict says for how
 * long the machine kept them waiting all the same.
 */
#ifndef STARLING_BENCH_RESULT_BUILD_SELF_TEST_H
#define STARLING_BENCH_RESULT_BUILD_SELF_TEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/servers/run.h"
#include "bench/measure/clock_step.h"
#include "bench/result/result.h"
#include "bench/measure/spread.h"

enum {
	SELF_TEST_DELAYS = 3,
	SELF_TEST_MEMBERS = 8,
	SELF_TEST_RATE_HZ = 30,
	SELF_TEST_P99_MAX_US = GENERATOR_LATE_MAX_US, /* of the error, and of both latenesses */
	SELF_TEST_REASON_BYTES = 320,
};

/* Delays of each way: there and back, a delivery meets it twice. The first is 0. */
extern const double self_test_delays_ms[SELF_TEST_DELAYS];

/* The proxy's part in a repetition. */
struct self_test_proxy {
	int64_t late_p99_us; /* after its due times it handed on */
	double wait_share;   /* of the time; ready to run, and not running; NAN: not known */
};

struct self_test {
	unsigned repeat;
	double seconds;
	uint64_t seed;
	bool is_pinned, is_awake, is_first; /* is_first: its processes run before others */
	unsigned finished;                  /* whole repetitions, of all delays */
	unsigned begun; /* the first delays of the next one, which it was stopped in */
	struct run_result runs[SELF_TEST_DELAYS][SPREAD_MAX];
	struct self_test_proxy proxies[SELF_TEST_DELAYS][SPREAD_MAX];
	struct clock_step clock;
};

/* How often this delay was measured. */
unsigned self_test_count(const struct self_test *test, unsigned delay);

/* A delay's repetition measured so much beyond the known delay, in us, at a percentile. */
double self_test_error_us(const struct self_test *test, unsigned delay, unsigned repetition,
			  bool is_p99);
/*
 * The same beyond the least that the path took without a delay in any repetition. Of one repetition
 * alone the path's time is that of another moment, and may be longer than the delayed one's.
 */
double self_test_own_error_us(const struct self_test *test, unsigned delay, unsigned repetition,
			      bool is_p99);
/* The share of the time that the machine kept the generator, the relay or the proxy waiting for a
 * processor, or gave to others: the sum. */
double self_test_wait_share(const struct self_test *test, unsigned delay, unsigned repetition);

/*
 * NULL, or why it is not valid, in `reason`: a p99 beyond SELF_TEST_P99_MAX_US in over half of a
 * delay's repetitions is one.
 */
const char *self_test_why_not_valid(const struct self_test *test,
				    char reason[static SELF_TEST_REASON_BYTES]);

/* The parameters, rows and checks of a document. */
void self_test_document(const struct self_test *test, struct result *document);

#endif
