#include "bench/result/build/compare.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int comparison_open(struct comparison *c, unsigned case_count)
{
	c->case_count = case_count;
	c->cases = calloc(case_count, sizeof(*c->cases));
	for (unsigned i = 0; c->cases && i < case_count; i++) {
		for (unsigned n = 0; n < c->contender_count; n++) {
			struct comparison_row *row = &c->cases[i].rows[n];

			row->contender = &c->contenders[n];
			row->bouts = calloc(c->repeat, sizeof(*row->bouts));
			if (!row->bouts)
				return -ENOMEM;
		}
	}
	return c->cases ? 0 : -ENOMEM;
}

void comparison_close(struct comparison *c)
{
	for (unsigned i = 0; c->cases && i < c->case_count; i++)
		for (unsigned n = 0; n < c->contender_count; n++)
			free(c->cases[i].rows[n].bouts);
	free(c->cases);
	c->cases = NULL;
}

/* Figures. */

static double known(int64_t value)
{
	return value < 0 ? NAN : (double)value;
}

/* A stream has bytes, and no datagrams of its own. */
static bool has_datagrams(const struct contender *contender)
{
	return contender->kind <= GENERATOR_UDP;
}

static double over(double value, double base)
{
	return base > 0 ? value / base : NAN;
}

static double cost(const struct comparison_row *row, const struct bout_result *bout,
		   enum comparison_figure figure)
{
	const struct generator_result *load = &bout->load;
	const double delivered = (double)load->delivered;

	switch (figure) {
	case COMPARISON_CPU:
		return over(known(load->relay_cpu_ns) / 1e3, delivered);
	case COMPARISON_CPU_DATAGRAM:
		return has_datagrams(row->contender)
			       ? over(known(load->relay_cpu_ns) / 1e3,
				      (double)(load->datagrams + load->datagrams_sent))
			       : NAN;
	case COMPARISON_CORE:
		return over(known(load->relay_cpu_ns), (double)load->window_ns);
	case COMPARISON_DATAGRAMS:
		return has_datagrams(row->contender) ? over((double)load->datagrams, delivered)
						     : NAN;
	case COMPARISON_BYTES:
		return over((double)load->bytes, delivered);
	case COMPARISON_CALLS:
		return over(bout->report.calls, bout->report.datagrams);
	case COMPARISON_ALLOCATIONS:
		return over(bout->report.allocations, bout->report.deliveries);
	default:
		return bout->peak_bytes > 0 ? (double)bout->peak_bytes : NAN;
	}
}

double comparison_value(const struct comparison_row *row, unsigned repetition,
			enum comparison_figure figure)
{
	const struct bout_result *bout = &row->bouts[repetition];
	const struct generator_result *load = &bout->load;
	const double due = (double)load->due;

	switch (figure) {
	case COMPARISON_DELIVERED:
		return (double)load->delivered;
	case COMPARISON_LOSS:
		return over(due - (double)load->delivered - (double)load->skipped, due);
	case COMPARISON_SKIPPED:
		return over((double)load->skipped, due);
	case COMPARISON_P50:
		return known(load->p50_us);
	case COMPARISON_P99:
		return known(load->p99_us);
	case COMPARISON_P999:
		return known(load->p999_us);
	case COMPARISON_MAX:
		return known(load->max_us);
	case COMPARISON_NAIVE_P50:
		return known(load->naive_p50_us);
	case COMPARISON_NAIVE_P99:
		return known(load->naive_p99_us);
	case COMPARISON_AGE_P50:
		return known(load->age_p50_us);
	case COMPARISON_AGE_P99:
		return known(load->age_p99_us);
	case COMPARISON_AGE_WORST_P99:
		return known(load->age_worst_p99_us);
	case COMPARISON_AGE_MAX:
		return known(load->age_max_us);
	case COMPARISON_LATE_P99:
		return known(load->late_p99_us);
	case COMPARISON_GENERATOR_CORE:
		return over((double)load->own_cpu_ns, (double)load->window_ns);
	case COMPARISON_WAIT:
		return load->conduct.generator_wait_share;
	case COMPARISON_RELAY_WAIT:
		return load->conduct.relay_wait_share;
	case COMPARISON_STEAL:
		return load->conduct.steal_share;
	default:
		return cost(row, bout, figure);
	}
}

struct spread comparison_spread(const struct comparison_row *row, enum comparison_figure figure)
{
	double values[SPREAD_MAX];

	for (unsigned i = 0; i < row->count; i++)
		values[i] = comparison_value(row, i, figure);
	return spread_of(values, row->count);
}

static const char *const names[COMPARISON_FIGURE_COUNT] = {
	[COMPARISON_CPU] = "cpu_us_per_update",
	[COMPARISON_CPU_DATAGRAM] = "cpu_us_per_datagram",
	[COMPARISON_CORE] = "core_share",
	[COMPARISON_DATAGRAMS] = "datagrams_per_update",
	[COMPARISON_BYTES] = "bytes_per_update",
	[COMPARISON_CALLS] = "syscalls_per_datagram",
	[COMPARISON_ALLOCATIONS] = "allocations_per_update",
	[COMPARISON_PEAK] = "peak_bytes",
	[COMPARISON_DELIVERED] = "delivered",
	[COMPARISON_LOSS] = "loss",
	[COMPARISON_SKIPPED] = "skipped",
	[COMPARISON_P50] = "delay_p50_us",
	[COMPARISON_P99] = "delay_p99_us",
	[COMPARISON_P999] = "delay_p999_us",
	[COMPARISON_MAX] = "delay_max_us",
	[COMPARISON_NAIVE_P50] = "naive_delay_p50_us",
	[COMPARISON_NAIVE_P99] = "naive_delay_p99_us",
	[COMPARISON_AGE_P50] = "age_p50_us",
	[COMPARISON_AGE_P99] = "age_p99_us",
	[COMPARISON_AGE_WORST_P99] = "age_worst_p99_us",
	[COMPARISON_AGE_MAX] = "age_max_us",
	[COMPARISON_LATE_P99] = "late_p99_us",
	[COMPARISON_GENERATOR_CORE] = "generator_core_share",
	[COMPARISON_WAIT] = "wait_share",
	[COMPARISON_RELAY_WAIT] = "relay_wait_share",
	[COMPARISON_STEAL] = "steal_share",
};

const char *comparison_name(enum comparison_figure figure)
{
	return names[figure];
}

const struct comparison_row *comparison_base(const struct comparison_case *kase)
{
	const struct comparison_row *row = kase->rows;

	while (row->is_unavailable && row + 1 < kase->rows + CONTENDER_MAX && row[1].contender)
		row++;
	return row;
}

unsigned comparison_ratios(const struct comparison_case *kase, const struct comparison_row *row,
			   double ratios[static SPREAD_MAX])
{
	const struct comparison_row *base = comparison_base(kase);
	const unsigned count = row->count < base->count ? row->count : base->count;

	for (unsigned i = 0; i < count; i++)
		ratios[i] = comparison_value(row, i, COMPARISON_CPU) /
			    comparison_value(base, i, COMPARISON_CPU);
	return count;
}

/* Checks. */

unsigned comparison_faults(const struct comparison_row *row, enum run_validity_fault fault)
{
	unsigned count = 0;

	for (unsigned i = 0; i < row->count; i++)
		count += run_validity_has(&row->bouts[i].load.conduct, fault);
	return count;
}

bool comparison_row_is_valid(const struct comparison *c, const struct comparison_row *row)
{
	if (row->is_unavailable)
		return true;
	for (int fault = 0; fault < RUN_VALIDITY_FAULT_COUNT; fault++)
		if (comparison_faults(row, (enum run_validity_fault)fault) > 0)
			return false;
	if (row->largest.is_searched && !row->largest.is_valid)
		return false;
	return row->note[0] == '\0' && row->count == c->repeat;
}

bool comparison_is_valid(const struct comparison *c)
{
	for (unsigned i = 0; i < c->case_count; i++)
		for (unsigned n = 0; n < c->contender_count; n++)
			if (!comparison_row_is_valid(c, &c->cases[i].rows[n]))
				return false;
	return true;
}
