#include "bench/result/build/compare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/result/build/instrument.h"
#include "bench/result/build/values.h"

int comparison_open(struct comparison *c, unsigned case_count)
{
	c->case_count = case_count;
	c->cases = calloc(case_count, sizeof(*c->cases));
	for (unsigned i = 0; c->cases && i < case_count; i++) {
		for (unsigned n = 0; n < c->target_count; n++) {
			struct comparison_row *row = &c->cases[i].rows[n];

			row->target = &c->targets[n];
			row->runs = calloc(c->repeat, sizeof(*row->runs));
			if (!row->runs)
				return -ENOMEM;
		}
	}
	return c->cases ? 0 : -ENOMEM;
}

void comparison_close(struct comparison *c)
{
	for (unsigned i = 0; c->cases && i < c->case_count; i++)
		for (unsigned n = 0; n < c->target_count; n++)
			free(c->cases[i].rows[n].runs);
	free(c->cases);
	c->cases = NULL;
}

/* The relay's user and system time for a delivered update; NAN: not known. */
static double cpu_us(const struct comparison_row *row, unsigned repetition)
{
	const struct generator_result *load = &row->runs[repetition].load;

	return values_over(values_known(load->relay_cpu_ns) / 1e3, (double)load->delivered);
}

const struct comparison_row *comparison_base(const struct comparison_case *kase)
{
	const struct comparison_row *row = kase->rows;

	while (row->is_unavailable && row + 1 < kase->rows + TARGET_MAX && row[1].target)
		row++;
	return row;
}

unsigned comparison_ratios(const struct comparison_case *kase, const struct comparison_row *row,
			   double ratios[static SPREAD_MAX])
{
	const struct comparison_row *base = comparison_base(kase);
	const unsigned count = row->count < base->count ? row->count : base->count;

	for (unsigned i = 0; i < count; i++)
		ratios[i] = cpu_us(row, i) / cpu_us(base, i);
	return count;
}

/* Checks. */

unsigned comparison_faults(const struct comparison_row *row, enum run_validity_fault fault)
{
	unsigned count = 0;

	for (unsigned i = 0; i < row->count; i++)
		count += run_validity_has(&row->runs[i].load.validity, fault);
	return count;
}

bool comparison_row_is_valid(const struct comparison *c, const struct comparison_row *row)
{
	if (row->is_unavailable)
		return true;
	for (int fault = 0; fault < RUN_VALIDITY_FAULT_COUNT; fault++)
		if (comparison_faults(row, (enum run_validity_fault)fault) > 0)
			return false;
	return row->note[0] == '\0' && row->count == c->repeat;
}

bool comparison_is_valid(const struct comparison *c)
{
	for (unsigned i = 0; i < c->case_count; i++)
		for (unsigned n = 0; n < c->target_count; n++)
			if (!comparison_row_is_valid(c, &c->cases[i].rows[n]))
				return false;
	return true;
}

static void add_labels(struct result_row *out, const struct comparison_row *row,
		       const struct generator_config *load)
{
	result_label(out, "contender", row->target->label);
	result_label_number(out, "members", load->members);
	result_label_number(out, "rate_hz", load->rate_hz);
	result_label(out, "mode", load->is_reliable ? "reliable" : "unsequenced");
}

/* The figures of one repetition. A stream has bytes, and no datagrams of its own. */
static void take(struct values *values, const struct comparison_row *row, unsigned n)
{
	const struct run_result *run = &row->runs[n];
	const struct generator_result *load = &run->load;
	const struct run_validity *validity = &load->validity;
	const double delivered = (double)load->delivered, due = (double)load->due;
	const double window_ns = (double)load->window_ns, cpu_ns = values_known(load->relay_cpu_ns);
	const double datagrams = row->target->kind <= GENERATOR_UDP ? (double)load->datagrams : NAN;
	const struct value all[] = {
		{ "cpu_us_per_update", cpu_us(row, n) },
		{ "core_share", values_over(cpu_ns, window_ns) },
		{ "datagrams_per_update", values_over(datagrams, delivered) },
		{ "bytes_per_update", values_over((double)load->bytes, delivered) },
		{ "syscalls_per_datagram", values_over(run->report.calls, run->report.datagrams) },
		{ "allocations_per_update",
		  values_over(run->report.allocations, run->report.deliveries) },
		{ "peak_bytes", run->peak_bytes > 0 ? (double)run->peak_bytes : NAN },
		{ "delivered", delivered },
		{ "loss", values_over(due - delivered - (double)load->skipped, due) },
		{ "skipped", values_over((double)load->skipped, due) },
		{ "delay_p50_us", values_known(load->p50_us) },
		{ "delay_p99_us", values_known(load->p99_us) },
		{ "delay_p999_us", values_known(load->p999_us) },
		{ "delay_max_us", values_known(load->max_us) },
		{ "naive_delay_p50_us", values_known(load->naive_p50_us) },
		{ "naive_delay_p99_us", values_known(load->naive_p99_us) },
		{ "age_p50_us", values_known(load->age_p50_us) },
		{ "age_p99_us", values_known(load->age_p99_us) },
		{ "age_worst_p99_us", values_known(load->age_worst_p99_us) },
		{ "age_max_us", values_known(load->age_max_us) },
		{ "late_p99_us", values_known(load->late_p99_us) },
		{ "generator_core_share", values_over((double)load->own_cpu_ns, window_ns) },
		{ "wait_share", validity->generator_wait_share },
		{ "relay_wait_share", validity->relay_wait_share },
		{ "steal_share", validity->steal_share },
	};

	VALUES_TAKE(values, all);
}

static void add_figures(struct result_row *out, const struct comparison_case *kase,
			const struct comparison_row *row)
{
	struct values values = { 0 };
	double ratios[SPREAD_MAX];

	for (unsigned n = 0; n < row->count; n++)
		take(&values, row, n);
	values_add(&values, out);
	result_figure(out, "cpu_ratio", NULL, ratios, comparison_ratios(kase, row, ratios));
}

static void add_instrument(struct result_row *out, const struct comparison_row *row,
			   const struct clock_step *clock)
{
	struct instrument_run runs[SPREAD_MAX];

	for (unsigned i = 0; i < row->count; i++)
		runs[i] = instrument_run_of(&row->runs[i].load);
	instrument_add(out, clock, runs, row->count);
}

/* The reason that ended the row first, as a table says the first one. */
static void add_checks(struct result *result, struct result_row *out, const struct comparison *c,
		       const struct comparison_row *row)
{
	char reason[RUN_VALIDITY_REASON_BYTES], again[RETRY_TEXT_BYTES];

	if (row->retries.count > 0)
		result_note(out, retry_text(&row->retries, again));
	if (row->note[0] != '\0')
		result_not_valid(result, out, "%s", row->note);
	else if (row->count < c->repeat)
		result_not_valid(result, out, "only %u of %u repetitions were finished", row->count,
				 c->repeat);
	for (unsigned i = 0; i < row->count; i++) {
		const struct run_validity *validity = &row->runs[i].load.validity;

		for (int fault = 0; fault < RUN_VALIDITY_FAULT_COUNT; fault++)
			if (run_validity_has(validity, (enum run_validity_fault)fault))
				result_not_valid(result, out, "repetition %u: %s", i + 1,
						 run_validity_reason(validity,
								     (enum run_validity_fault)fault,
								     reason));
	}
}

static void add_parameters(struct result *result, const struct comparison *c)
{
	const struct generator_config *load = &c->cases[0].load;

	result_parameter_seed(result, c->seed);
	result_parameter(result, "seconds", c->seconds);
	result_parameter(result, "warm_up_s", GENERATOR_WARM_UP_S);
	result_parameter(result, "repeat", c->repeat);
	result_parameter(result, "again", c->again);
	result_parameter(result, "rooms", load->rooms > 0 ? load->rooms : 1);
	result_parameter_text(result, "interest",
			      load->interest == WIRE_NEAREST  ? "nearest"
			      : load->interest == WIRE_RADIUS ? "radius"
							      : "all");
	if (load->interest == WIRE_NEAREST)
		result_parameter(result, "interest_nearest", load->interest_range);
	if (load->interest == WIRE_RADIUS)
		result_parameter(result, "interest_radius_m", load->interest_range / 1e3);
	result_parameter_text(result, "pinned", c->is_pinned ? "yes" : "no");
	result_parameter_text(result, "awake", c->is_awake ? "yes" : "no");
}

struct result *comparison_result(const struct comparison *c, int argc, char *const *argv)
{
	struct result *result = result_create("compare", argc, argv, false);
	const struct clock_step clock = clock_step_measure();

	if (!result)
		return NULL;
	add_parameters(result, c);
	for (unsigned i = 0; i < c->case_count; i++) {
		for (unsigned n = 0; n < c->target_count; n++) {
			const struct comparison_row *row = &c->cases[i].rows[n];
			struct result_row *out;

			if (row->is_unavailable)
				continue;
			out = result_add_row(result);
			add_labels(out, row, &c->cases[i].load);
			if (row->count > 0) {
				add_figures(out, &c->cases[i], row);
				add_instrument(out, row, &clock);
			}
			add_checks(result, out, c, row);
		}
	}
	return result;
}
