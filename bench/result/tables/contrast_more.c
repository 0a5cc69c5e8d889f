#include <math.h>
#include <stdio.h>

#include "bench/result/table_cell.h"
#include "bench/result/tables/contrast_spread.h"

/* What the main table has no room for, in small ones below it; of several repetitions the medians.
 */

static void print_ms(const struct contrast_row *row, const char *figure, int width)
{
	table_cell_print(contrast_ms(row, figure).median, width, 1);
}

static void print_figure(const struct contrast_row *row, const char *figure, int width,
			 int decimals)
{
	table_cell_print(contrast_median(row, figure), width, decimals);
}

static void print_share(const struct contrast_row *row, const char *part, const char *whole,
			int width, int decimals)
{
	table_cell_print(contrast_share(row, part, whole).median, width, decimals);
}

static void print_times(const struct contrast_row *row)
{
	print_figure(row, "delay_count", 8, 0);
	print_ms(row, "delay_p999_us", 9);
	print_ms(row, "jitter_median_us", 7);
	print_ms(row, "jitter_worst_us", 7);
	print_ms(row, "pdv_p50_us", 7);
	print_ms(row, "pdv_p99_us", 7);
	if (contrast_median(row, "hol_count") > 0)
		print_share(row, "hol_waited", "hol_count", 10, 2);
	else
		table_cell_print(NAN, 10, 2);
	print_ms(row, "hol_p50_us", 7);
	print_ms(row, "hol_p99_us", 7);
	print_ms(row, "hol_max_us", 7);
}

static void print_patterns(const struct contrast_row *row)
{
	print_figure(row, "loss_periods", 9, 0);
	print_figure(row, "loss_period_mean", 7, 2);
	print_figure(row, "loss_period_longest", 7, 0);
	print_share(row, "loss_noticeable", "lost", 8, 2);
	print_share(row, "reordered", "delivered", 9, 3);
	print_figure(row, "reorder_extent_p99", 7, 0);
	print_figure(row, "reorder_extent_max", 7, 0);
	table_cell_print(100 * contrast_median(row, "age_above_50ms"), 8, 1);
	table_cell_print(100 * contrast_median(row, "age_above_100ms"), 7, 1);
	table_cell_print(100 * contrast_median(row, "age_above_250ms"), 7, 1);
}

/* A member's place: no median, but whether it was the same one each time. */
static void print_member(const struct contrast_row *row, const char *figure)
{
	const struct spread place = contrast_spread(row, figure);

	table_cell_print(place.min == place.max ? place.min : NAN, 7, 0);
}

static void print_receivers(const struct contrast_row *row)
{
	print_ms(row, "worst_age_p99_us", 12);
	print_member(row, "worst_age_receiver");
	table_cell_print(100 * contrast_median(row, "worst_loss"), 12, 2);
	print_member(row, "worst_loss_receiver");
	print_figure(row, "bytes_per_useful_byte", 13, 1);
	print_figure(row, "datagrams_per_update", 13, 2);
}

/* What made way for the spreads. */
static void print_displaced(const struct contrast_row *row)
{
	print_share(row, "delivered", "due", 8, 2);
	print_share(row, "duplicates", "due", 8, 2);
	print_ms(row, "age_p95_us", 8);
	print_ms(row, "age_max_us", 8);
	table_cell_print(contrast_spread(row, "age_max_us").max / 1000, 8, 1);
}

static void print_causes(const struct contrast_row *row)
{
	for (int cause = 0; cause < LOSS_CAUSES_COUNT; cause++)
		print_share(row, loss_causes_text((enum loss_causes_cause)cause), "due", 8, 2);
}

static void print_all(const struct contrast *contrast, size_t line,
		      void (*print)(const struct contrast_row *row))
{
	for (size_t i = 0; i < contrast->carrier_count; i++) {
		if (!contrast_is_done(contrast, line, i))
			continue;
		printf("  %-11s", trial_carrier_text(contrast->carriers[i]));
		print(contrast_row(contrast, line, i));
		putchar('\n');
	}
}

void contrast_print_more(const struct contrast *contrast, size_t line)
{
	static const char times[] = "  %-11s %8s %9s %7s %7s %7s %7s %10s %7s %7s %7s\n";
	static const char patterns[] = "  %-11s %9s %7s %7s %8s %9s %7s %7s %8s %7s %7s\n";
	static const char receivers[] = "  %-11s %12s %7s %12s %7s %13s %13s\n";
	static const char displaced[] = "  %-11s %8s %8s %8s %8s %8s\n";
	static const char causes[] = "  %-11s %8s %8s %8s %8s %8s %8s %8s %8s %8s\n";

	if (contrast->repeat > 1) {
		putchar('\n');
		printf(displaced, "mode", "deliv.", "dupl.", "age ms", "max", "max");
		printf(displaced, "", "%", "%", "p95", "", "of all");
		print_all(contrast, line, print_displaced);
	}
	putchar('\n');
	printf(times, "mode", "delays", "delay", "jitter", "ms", "PDV ms", "", "waited %", "head",
	       "of line", "ms");
	printf(times, "", "N", "p99.9 ms", "median", "worst", "p50", "p99", "at all", "p50", "p99",
	       "max");
	print_all(contrast, line, print_times);
	putchar('\n');
	printf(patterns, "mode", "loss", "length", "", "near the", "reordered", "extent", "",
	       "age more", "than", "%");
	printf(patterns, "", "periods", "mean", "max", "last %", "%", "p99", "max", "50 ms",
	       "100 ms", "250 ms");
	print_all(contrast, line, print_patterns);
	putchar('\n');
	printf(receivers, "mode", "worst age", "of", "worst loss", "of", "bytes/useful",
	       "datagrams/");
	printf(receivers, "", "p99 ms", "member", "%", "member", "byte", "update");
	print_all(contrast, line, print_receivers);
	if (contrast->is_live)
		return;
	putchar('\n');
	printf(causes, "why not", "no", "not", "lost on", "super-", "relay", "over-", "lost on",
	       "later,", "not");
	printf(causes, "% of due", "session", "sent", "line up", "seded", "refused", "taken",
	       "l. down", "at end", "known");
	print_all(contrast, line, print_causes);
}
