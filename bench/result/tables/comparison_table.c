/* A comparison in words and tables of 100 columns. */
#include "bench/result/tables/comparison.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/result/table_cell.h"
#include "bench/result/word_wrap.h"
#include "proto/wire/text.h"

static double median(const struct comparison_row *row, enum comparison_figure figure)
{
	return comparison_spread(row, figure).median;
}

static struct spread ratio(const struct comparison_case *kase, const struct comparison_row *row)
{
	double ratios[SPREAD_MAX];
	const unsigned count = comparison_ratios(kase, row, ratios);

	return spread_of(ratios, count);
}

/* One that is longer than its column has a line of its own. */
static void print_label(const struct comparison_row *row)
{
	printf("  %-16s", row->contender->label);
	if (strlen(row->contender->label) > 16)
		printf("\n  %-16s", "");
}

static void print_cost(const struct comparison *c, const struct comparison_case *kase)
{
	printf("\ncost of a delivered update: the relay's user and system time; what reached the "
	       "members; the\nrelay's system calls a datagram, allocations of memory an update, "
	       "peak memory\n");
	printf("  %-16s %6s %13s %6s %11s %6s %6s %6s %6s %6s %6s\n", "", "CPU us", "min-max",
	       "ratio", "min-max", "core %", "dgrams", "bytes", "calls", "allocs", "MiB");
	for (unsigned i = 0; i < c->contender_count; i++) {
		const struct comparison_row *row = &kase->rows[i];
		const struct spread cpu = comparison_spread(row, COMPARISON_CPU),
				    times = ratio(kase, row);

		if (row->count == 0)
			continue;
		print_label(row);
		table_cell_print(cpu.median, 6, 3);
		table_cell_print_range(&cpu, 1, 13, 3);
		table_cell_print(times.median, 6, 2);
		table_cell_print_range(&times, 1, 11, 2);
		table_cell_print(100 * median(row, COMPARISON_CORE), 6, 1);
		table_cell_print(median(row, COMPARISON_DATAGRAMS), 6, 3);
		table_cell_print(median(row, COMPARISON_BYTES), 6, 1);
		table_cell_print(median(row, COMPARISON_CALLS), 6, 2);
		table_cell_print(median(row, COMPARISON_ALLOCATIONS), 6, 3);
		table_cell_print(median(row, COMPARISON_PEAK) / (1 << 20), 6, 1);
		putchar('\n');
	}
}

static void print_latency(const struct comparison *c, const struct comparison_case *kase)
{
	printf("\ndelay from when an update was due to when it arrived, of N; ages over time; ms; "
	       "loss; the\ngenerator's own lateness\n");
	printf("  %-16s %7s %7s %13s %7s %7s %7s %7s %7s %9s\n", "", "p50", "p99", "min-max",
	       "p99.9", "max", "age p99", "loss %", "late", "N");
	for (unsigned i = 0; i < c->contender_count; i++) {
		const struct comparison_row *row = &kase->rows[i];
		const struct spread p99 = comparison_spread(row, COMPARISON_P99);

		if (row->count == 0)
			continue;
		print_label(row);
		table_cell_print(median(row, COMPARISON_P50) / 1e3, 7, 3);
		table_cell_print(p99.median / 1e3, 7, 3);
		table_cell_print_range(&p99, 1e3, 13, 2);
		table_cell_print(median(row, COMPARISON_P999) / 1e3, 7, 2);
		table_cell_print(comparison_spread(row, COMPARISON_MAX).max / 1e3, 7, 2);
		table_cell_print(median(row, COMPARISON_AGE_P99) / 1e3, 7, 2);
		table_cell_print(100 * median(row, COMPARISON_LOSS), 7, 3);
		table_cell_print(median(row, COMPARISON_LATE_P99) / 1e3, 7, 3);
		table_cell_print(median(row, COMPARISON_DELIVERED), 9, 0);
		putchar('\n');
	}
}

static void print_words(const struct comparison *c, const struct comparison_case *kase)
{
	const struct comparison_row *base = comparison_base(kase);

	putchar('\n');
	for (unsigned i = 0; i < c->contender_count; i++) {
		const struct comparison_row *row = &kase->rows[i];
		const struct spread times = ratio(kase, row);

		if (row != base && isfinite(times.median))
			printf("%s takes %.2f (%.2f to %.2f) times the CPU of %s\n",
			       row->contender->label, times.median, times.min, times.max,
			       base->contender->label);
	}
	for (unsigned i = 0; i < c->contender_count; i++) {
		const struct comparison_row *row = &kase->rows[i];
		const double skipped = median(row, COMPARISON_SKIPPED);
		const double p99 = median(row, COMPARISON_P99),
			     naive = median(row, COMPARISON_NAIVE_P99);

		if (naive < 0.9 * p99)
			printf("%s: from the actual sends, p99 would read %.2f ms instead of %.2f\n",
			       row->contender->label, naive / 1e3, p99 / 1e3);
		if (skipped > 0)
			printf("%s left out %.3g %% of the updates, as a newer one was there\n",
			       row->contender->label, 100 * skipped);
	}
}

/* The ratio to the base's, where both were searched. */
static void print_largest(const struct comparison *c, const struct comparison_case *kase)
{
	const struct comparison_row *base = comparison_base(kase);

	for (unsigned i = 0; i < c->contender_count; i++) {
		const struct comparison_row *row = &kase->rows[i];
		const struct comparison_largest *largest = &row->largest;

		if (!largest->is_searched)
			continue;
		printf("%s carries %s%.4g Hz of each, %.3g delivered a second",
		       row->contender->label, largest->is_valid ? "" : "at least ",
		       largest->rate_hz, largest->delivered_per_s);
		if (row != base && base->largest.is_searched)
			printf(", %.2f times %s",
			       largest->delivered_per_s / base->largest.delivered_per_s,
			       base->contender->label);
		printf("\n  bounded by %s\n", largest->cause);
	}
}

static void print_again(const struct comparison_row *row)
{
	struct word_wrap paragraph = { .out = stdout };
	char text[RETRY_TEXT_BYTES];

	if (row->again.count == 0)
		return;
	word_wrap_say(&paragraph, "%s: %s", row->contender->label, retry_text(&row->again, text));
	word_wrap_end(&paragraph);
}

static void print_checks(const struct comparison *c, const struct comparison_row *row)
{
	print_again(row);
	for (int fault = 0; fault < RUN_VALIDITY_FAULT_COUNT; fault++) {
		const unsigned count = comparison_faults(row, (enum run_validity_fault)fault);

		if (count > 0)
			printf("not valid: %s: %s, in %u of %u\n", row->contender->label,
			       run_validity_fault_text((enum run_validity_fault)fault), count,
			       row->count);
	}
	if (row->is_unavailable)
		printf("%s\n", row->note);
	else if (row->note[0] != '\0')
		printf("not valid: %.80s\n", row->note);
	else if (row->count < c->repeat)
		printf("not valid: %s: only %u of %u repetitions were finished\n",
		       row->contender->label, row->count, c->repeat);
}

static void print_case(const struct comparison *c, const struct comparison_case *kase)
{
	const struct generator_config *load = &kase->load;

	printf("\n%u members", load->members);
	if (load->rooms > 1)
		printf(" in %u rooms", load->rooms);
	printf(", %g updates a second of each, %s", load->rate_hz,
	       load->is_reliable ? "reliable" : "unsequenced");
	if (load->interest == WIRE_NEAREST)
		printf(", interest nearest %u", load->interest_range);
	if (load->interest == WIRE_RADIUS)
		printf(", interest radius %.10g m", load->interest_range / 1e3);
	putchar('\n');
	print_cost(c, kase);
	print_latency(c, kase);
	print_words(c, kase);
	print_largest(c, kase);
	for (unsigned i = 0; i < c->contender_count; i++)
		print_checks(c, &kase->rows[i]);
}

void comparison_print(const struct comparison *c)
{
	printf("%g s measured after %g s of warm-up; medians of %u %s, contenders in turn; "
	       "seed %" PRIu64 "\n%s\n",
	       c->seconds, GENERATOR_WARM_UP_S, c->repeat,
	       text_plural(c->repeat, "repetition", "repetitions"), c->seed,
	       bout_processors(c->is_pinned, c->is_awake));
	for (unsigned i = 0; i < c->case_count; i++)
		print_case(c, &c->cases[i]);
}
