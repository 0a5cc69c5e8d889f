/*
 * compare: what `compare` has measured: cases (members, rate, mode), in each a row for each
 * target, in each row its repetitions; and the figures that are made of them.
 */
#ifndef STARLING_BENCH_RESULT_BUILD_COMPARE_H
#define STARLING_BENCH_RESULT_BUILD_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/result/retry.h"
#include "bench/servers/run.h"
#include "bench/measure/run_validity.h"
#include "bench/servers/target.h"
#include "bench/load/generator.h"
#include "bench/result/result.h"
#include "bench/measure/spread.h"

enum {
	COMPARISON_SIZES_MAX = 16, /* of members, of rates */
	COMPARISON_MODES_MAX = 2,
	COMPARISON_CASES_MAX = COMPARISON_SIZES_MAX * COMPARISON_SIZES_MAX * COMPARISON_MODES_MAX,
	COMPARISON_NOTE_BYTES = TARGET_ERROR_BYTES,
};

/* One target under one load. */
struct comparison_row {
	const struct target *target;
	unsigned count; /* repetitions that are there, the last one cut short if `note` says so */
	char note[COMPARISON_NOTE_BYTES]; /* why it has failed or cannot take part; "": it did */
	bool is_unavailable;              /* cannot carry such a load: no fault */
	struct run_result *runs;          /* `repeat` of them */
	struct retry retries;
};

struct comparison_case {
	struct generator_config load;
	struct comparison_row rows[TARGET_MAX];
};

struct comparison {
	unsigned repeat;
	unsigned again; /* times at most, in each row */
	uint64_t seed;
	double seconds;
	bool is_pinned;  /* relay and generator on a processor each */
	bool is_awake;   /* the processors were kept from sleeping */
	bool is_stopped; /* before it was through */
	unsigned target_count, case_count;
	struct target targets[TARGET_MAX];
	struct comparison_case *cases;
};

/* Allocates the cases and their rows, for `target_count` and `repeat`. 0 or -ENOMEM. */
int comparison_open(struct comparison *comparison, unsigned case_count);
/* Frees them; accepts a comparison that has none. */
void comparison_close(struct comparison *comparison);

/* The row that ratios are to: the first that can carry the case. */
const struct comparison_row *comparison_base(const struct comparison_case *kase);
/* CPU over the base's, in each repetition that both have. Returns how many. */
unsigned comparison_ratios(const struct comparison_case *kase, const struct comparison_row *row,
			   double ratios[static SPREAD_MAX]);

/* Repetitions with this fault. */
unsigned comparison_faults(const struct comparison_row *row, enum run_validity_fault fault);
bool comparison_row_is_valid(const struct comparison *comparison, const struct comparison_row *row);
/* All that was asked for is there, and no check failed. */
bool comparison_is_valid(const struct comparison *comparison);

/* The document that calling `compare` with these arguments made, to be destroyed. NULL: no memory.
 */
struct result *comparison_result(const struct comparison *comparison, int argc, char *const *argv);

#endif
