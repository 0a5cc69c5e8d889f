#include "bench/comparison.h"

#include <math.h>
#include <stdio.h>

double comparison_cpu_us(const struct generator_result *result)
{
	return result->delivered > 0
		       ? (double)result->relay_cpu_ns / 1e3 / (double)result->delivered
		       : NAN;
}

double comparison_loss(const struct generator_result *result)
{
	return result->due > 0 ? 1 - (double)result->delivered / (double)result->due : NAN;
}

/* Checks. */

unsigned comparison_late(const struct comparison *comparison, const struct comparison_row *row)
{
	unsigned count = 0;

	for (unsigned i = 0; i < comparison->finished; i++)
		count += row->bouts[i].load.late_p99_us > GENERATOR_LATE_MAX_US;
	return count;
}

unsigned comparison_dropped(const struct comparison *comparison, const struct comparison_row *row)
{
	unsigned count = 0;

	for (unsigned i = 0; i < comparison->finished; i++)
		count += row->bouts[i].load.own_drops > 0;
	return count;
}

bool comparison_is_valid(const struct comparison *comparison)
{
	for (unsigned i = 0; i < comparison->row_count; i++)
		if (comparison_late(comparison, &comparison->rows[i]) > 0 ||
		    comparison_dropped(comparison, &comparison->rows[i]) > 0)
			return false;
	return comparison->finished == comparison->repeat;
}

/* Figures of a row, each over its repetitions. */

static double cpu_us(const struct comparison_row *row, unsigned i)
{
	return comparison_cpu_us(&row->bouts[i].load);
}

static double core_percent(const struct comparison_row *row, unsigned i)
{
	return 100.0 * (double)row->bouts[i].load.relay_cpu_ns /
	       (double)row->bouts[i].load.window_ns;
}

/* A stream has bytes, and no datagrams of its own. */
static double datagrams(const struct comparison_row *row, unsigned i)
{
	return row->contender.kind == GENERATOR_TCP ? NAN
						    : (double)row->bouts[i].load.datagrams /
							      (double)row->bouts[i].load.delivered;
}

static double bytes(const struct comparison_row *row, unsigned i)
{
	return (double)row->bouts[i].load.bytes / (double)row->bouts[i].load.delivered;
}

static double peak_mib(const struct comparison_row *row, unsigned i)
{
	return (double)row->bouts[i].peak_bytes / (1 << 20);
}

static double p50_ms(const struct comparison_row *row, unsigned i)
{
	return (double)row->bouts[i].load.p50_us / 1e3;
}

static double p99_ms(const struct comparison_row *row, unsigned i)
{
	return (double)row->bouts[i].load.p99_us / 1e3;
}

static double p999_ms(const struct comparison_row *row, unsigned i)
{
	return (double)row->bouts[i].load.p999_us / 1e3;
}

static double max_ms(const struct comparison_row *row, unsigned i)
{
	return (double)row->bouts[i].load.max_us / 1e3;
}

static double loss_percent(const struct comparison_row *row, unsigned i)
{
	return 100 * comparison_loss(&row->bouts[i].load);
}

static double late_ms(const struct comparison_row *row, unsigned i)
{
	return (double)row->bouts[i].load.late_p99_us / 1e3;
}

static void gather(const struct comparison *c, const struct comparison_row *row,
		   double (*figure)(const struct comparison_row *row, unsigned i), double *values)
{
	for (unsigned i = 0; i < c->finished; i++)
		values[i] = figure(row, i);
}

static struct spread spread(const struct comparison *c, const struct comparison_row *row,
			    double (*figure)(const struct comparison_row *row, unsigned i))
{
	double values[SPREAD_MAX];

	gather(c, row, figure, values);
	return spread_of(values, c->finished);
}

static struct spread ratio(const struct comparison *c, const struct comparison_row *row)
{
	double values[SPREAD_MAX], bases[SPREAD_MAX];

	gather(c, row, cpu_us, values);
	gather(c, &c->rows[0], cpu_us, bases);
	return spread_of_ratio(values, bases, c->finished);
}

/* The table. */

static void print_range(const struct spread *spread, int decimals)
{
	char text[40] = "-";

	if (isfinite(spread->median))
		snprintf(text, sizeof(text), "%.*f-%.*f", decimals, spread->min, decimals,
			 spread->max);
	printf(" %13s", text);
}

static void print_figure(double value, int width, int decimals)
{
	if (isfinite(value))
		printf(" %*.*f", width, decimals, value);
	else
		printf(" %*s", width, "-");
}

static void print_cost(const struct comparison *c)
{
	printf("\ncost of a delivered update: the relay's user and system time, what reached the "
	       "members\n");
	printf("  %-16s %7s %13s %7s %13s %7s %7s %7s %7s\n", "", "CPU us", "min-max", "ratio",
	       "min-max", "core %", "dgrams", "bytes", "MiB");
	for (unsigned i = 0; i < c->row_count; i++) {
		const struct comparison_row *row = &c->rows[i];
		const struct spread cpu = spread(c, row, cpu_us), times = ratio(c, row);

		printf("  %-16s", row->contender.label);
		print_figure(cpu.median, 7, 3);
		print_range(&cpu, 3);
		print_figure(times.median, 7, 2);
		print_range(&times, 2);
		print_figure(spread(c, row, core_percent).median, 7, 1);
		print_figure(spread(c, row, datagrams).median, 7, 3);
		print_figure(spread(c, row, bytes).median, 7, 1);
		print_figure(spread(c, row, peak_mib).median, 7, 1);
		putchar('\n');
	}
}

static void print_latency(const struct comparison *c)
{
	printf("\ndelay from when an update was due to when it was read, ms; loss; the "
	       "generator's own lateness\n");
	printf("  %-16s %8s %8s %13s %8s %8s %8s %9s\n", "", "p50", "p99", "min-max", "p99.9",
	       "max", "loss %", "late p99");
	for (unsigned i = 0; i < c->row_count; i++) {
		const struct comparison_row *row = &c->rows[i];
		const struct spread p99 = spread(c, row, p99_ms);

		printf("  %-16s", row->contender.label);
		print_figure(spread(c, row, p50_ms).median, 8, 3);
		print_figure(p99.median, 8, 3);
		print_range(&p99, 2);
		print_figure(spread(c, row, p999_ms).median, 8, 2);
		print_figure(spread(c, row, max_ms).max, 8, 2);
		print_figure(spread(c, row, loss_percent).median, 8, 3);
		print_figure(spread(c, row, late_ms).median, 9, 3);
		putchar('\n');
	}
}

static void print_checks(const struct comparison *c)
{
	for (unsigned i = 0; i < c->row_count; i++) {
		const struct comparison_row *row = &c->rows[i];

		if (comparison_late(c, row) > 0)
			printf("not valid: %s: the generator sent over %d ms late (p99) in %u of %u "
			       "repetitions\n",
			       row->contender.label, GENERATOR_LATE_MAX_US / 1000,
			       comparison_late(c, row), c->finished);
		if (comparison_dropped(c, row) > 0)
			printf("not valid: %s: the generator's own sockets overflowed in %u of %u "
			       "repetitions\n",
			       row->contender.label, comparison_dropped(c, row), c->finished);
	}
	if (c->finished < c->repeat)
		printf("not valid: only %u of %u repetitions were finished\n", c->finished,
		       c->repeat);
}

void comparison_print(const struct comparison *c)
{
	printf("%u members, %g updates a second of each, %g s after %g s of warm-up; seed %llu\n"
	       "medians of %u repetitions, contenders in turn; %s\n",
	       c->members, c->rate_hz, c->seconds, GENERATOR_WARM_UP_S, (unsigned long long)c->seed,
	       c->finished,
	       c->is_pinned ? "relay and generator on a processor each"
			    : "relay and generator share processors");
	print_cost(c);
	print_latency(c);
	putchar('\n');
	for (unsigned i = 1; i < c->row_count; i++) {
		const struct spread times = ratio(c, &c->rows[i]);

		if (isfinite(times.median))
			printf("%s takes %.2f (%.2f to %.2f) times the CPU of %s\n",
			       c->rows[i].contender.label, times.median, times.min, times.max,
			       c->rows[0].contender.label);
	}
	print_checks(c);
}
