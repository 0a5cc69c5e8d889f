#include "bench/contrast_rows.h"

#include <stdio.h>

/* What the main table has no room for, in three small ones below it. */

/* A span in milliseconds; a dash where there was none. */
static void print_ms(int width, int64_t us)
{
	if (us < 0)
		printf(" %*s", width, "-");
	else
		printf(" %*.1f", width, (double)us / 1000);
}

static void print_times(enum trial_carrier carrier, const struct trial_result *result)
{
	printf("  %-11s %8llu", trial_carrier_text(carrier), (unsigned long long)result->delays);
	print_ms(9, result->delay_p999_us);
	print_ms(7, result->jitter_median_us);
	print_ms(7, result->jitter_worst_us);
	print_ms(7, result->pdv_p50_us);
	print_ms(7, result->pdv_p99_us);
	if (result->waits > 0)
		printf(" %10.2f", contrast_percent(result->waited, result->waits));
	else
		printf(" %10s", "-");
	print_ms(7, result->wait_p50_us);
	print_ms(7, result->wait_p99_us);
	print_ms(7, result->wait_max_us);
	putchar('\n');
}

static void print_patterns(enum trial_carrier carrier, const struct trial_result *result)
{
	printf("  %-11s %9llu %7.2f %7llu %8.2f %9.3f %7u %7u %8.1f %7.1f %7.1f\n",
	       trial_carrier_text(carrier), (unsigned long long)result->loss_periods,
	       contrast_burst_mean(result), (unsigned long long)result->loss_longest,
	       contrast_percent(result->loss_noticeable, result->lost),
	       contrast_percent(result->reordered, result->delivered), result->reorder_p99,
	       result->reorder_max, 100 * result->age_above[0], 100 * result->age_above[1],
	       100 * result->age_above[2]);
}

static void print_receivers(enum trial_carrier carrier, const struct trial_result *result)
{
	printf("  %-11s", trial_carrier_text(carrier));
	print_ms(12, result->worst_age_p99_us);
	printf(" %7d %12.2f %7d %13.1f %13.2f\n", result->worst_age_receiver,
	       100 * result->worst_loss, result->worst_loss_receiver,
	       contrast_bytes_a_useful_byte(result), contrast_datagrams_an_update(result));
}

static void print_all(const struct contrast *contrast, size_t line,
		      void (*print)(enum trial_carrier carrier, const struct trial_result *result))
{
	for (size_t i = 0; i < contrast->carrier_count; i++)
		if (contrast_is_done(contrast, line, i))
			print(contrast->carriers[i], contrast_row(contrast, line, i));
}

void contrast_print_more(const struct contrast *contrast, size_t line)
{
	static const char times[] = "  %-11s %8s %9s %7s %7s %7s %7s %10s %7s %7s %7s\n";
	static const char patterns[] = "  %-11s %9s %7s %7s %8s %9s %7s %7s %8s %7s %7s\n";
	static const char receivers[] = "  %-11s %12s %7s %12s %7s %13s %13s\n";

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
}
