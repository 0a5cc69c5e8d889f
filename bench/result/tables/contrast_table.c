#include "bench/result/tables/contrast_rows.h"

#include <stdio.h>
#include <string.h>

#include "bench/result/table_cell.h"
#include "bench/result/tables/contrast_spread.h"
#include "bench/result/word_wrap.h"
#include "proto/wire/text.h"

enum {
	WIDTH = 100,
	INDENT = 4,
};

/* The mark is explained below the table (contrast_live.c). */
static void print_mode(const struct contrast *contrast, const struct contrast_row *row,
		       enum trial_carrier carrier)
{
	printf("%c %-11s", contrast_is_good(contrast, row) ? ' ' : '!',
	       trial_carrier_text(carrier));
}

static void print_share(const struct contrast_row *row, const char *part)
{
	table_cell_print(contrast_share(row, part, "due").median, 6, 2);
}

static void print_ms(const struct contrast_row *row, const char *figure, int width)
{
	table_cell_print(contrast_ms(row, figure).median, width, 1);
}

/* Of one repetition. */
static void print_single(const struct contrast_row *row)
{
	print_share(row, "delivered");
	print_share(row, "skipped");
	print_share(row, "lost");
	print_share(row, "duplicates");
	print_ms(row, "delay_p50_us", 6);
	print_ms(row, "delay_p99_us", 6);
	print_ms(row, "age_p50_us", 6);
	print_ms(row, "age_p95_us", 6);
	print_ms(row, "age_p99_us", 7);
	print_ms(row, "age_max_us", 7);
	print_ms(row, "longest_stall_us", 7);
	table_cell_print(contrast_median(row, "bytes_per_update"), 6, 1);
}

/* Of several: medians, and how far apart they are in what matters; what had to go is in --more. */
static void print_repeated(const struct contrast_row *row)
{
	const struct spread lost = contrast_share(row, "lost", "due");
	const struct spread age = contrast_ms(row, "age_p99_us");

	table_cell_print(lost.median, 6, 2);
	table_cell_print_range(&lost, 1, 12, 2);
	print_share(row, "skipped");
	print_ms(row, "delay_p50_us", 6);
	print_ms(row, "delay_p99_us", 6);
	print_ms(row, "age_p50_us", 6);
	table_cell_print(age.median, 7, 1);
	table_cell_print_range(&age, 1, 14, 1);
	print_ms(row, "longest_stall_us", 7);
	table_cell_print(contrast_median(row, "bytes_per_update"), 6, 1);
}

static void print_columns(const struct contrast *contrast)
{
	static const char single[] = "  %-11s %6s %6s %6s %6s %6s %6s %6s %6s %7s %7s %7s %6s\n";
	static const char repeated[] = "  %-11s %6s %12s %6s %6s %6s %6s %7s %14s %7s %6s\n";

	if (contrast->repeat > 1) {
		printf(repeated, "mode", "lost", "min-max", "skip.", "delay", "", "age", "",
		       "min-max", "stall", "bytes/");
		printf(repeated, "", "%", "", "%", "p50 ms", "p99", "p50 ms", "p99", "", "ms",
		       "update");
		return;
	}
	printf(single, "mode", "deliv.", "skip.", "lost", "dupl.", "delay", "", "age", "", "", "",
	       "stall", "bytes/");
	printf(single, "", "%", "%", "%", "%", "p50 ms", "p99", "p50 ms", "p95", "p99", "max", "ms",
	       "update");
}

static void print_row(const struct contrast *contrast, size_t line, size_t carrier)
{
	const struct contrast_row *row = contrast_row(contrast, line, carrier);

	print_mode(contrast, row, contrast->carriers[carrier]);
	if (contrast->repeat > 1)
		print_repeated(row);
	else
		print_single(row);
	putchar('\n');
}

static void print_heading(const struct contrast *contrast)
{
	const struct trial_config *trial = &contrast->trial;
	struct word_wrap paragraph = { .out = stdout };

	word_wrap_say(&paragraph, "%zu members, %g updates/s and %g reliable events/s each,",
		      trial->members, trial->rate_hz, trial->event_hz);
	if (trial->tick_hz > 0)
		word_wrap_say(&paragraph, "relay ticks at %g Hz,", trial->tick_hz);
	if (trial->payload_bytes > 0)
		word_wrap_say(&paragraph, "%zu %s of payload,", trial->payload_bytes,
			      text_plural(trial->payload_bytes, "byte", "bytes"));
	if (contrast->repeat > 1)
		word_wrap_say(&paragraph,
			      "medians of %u repetitions of %g s, in turn, seeds %llu "
			      "to %llu,",
			      contrast->repeat, trial->seconds, (unsigned long long)contrast->seed,
			      (unsigned long long)(contrast->seed + contrast->repeat - 1));
	else
		word_wrap_say(&paragraph, "%g s, seed %llu,", trial->seconds,
			      (unsigned long long)contrast->seed);
	word_wrap_say(&paragraph, "%s",
		      contrast->is_live ? "live between network namespaces" : "simulated");
	word_wrap_end(&paragraph);
	if (contrast->trace_path)
		printf("moving as in %s\n", text_shown(contrast->trace_path).text);
}

/* A line's text, of which terms that would stand beyond the edge go below. */
static void print_text(const char *before, const char *text)
{
	int column = printf("%s", before);

	while (*text) {
		size_t size = strcspn(text, ",");

		size += text[size] == ',';
		if (column + (int)size > WIDTH) {
			fputs("\n    ", stdout);
			column = INDENT;
		}
		column += printf("%.*s", (int)size, text);
		text += size;
	}
	putchar('\n');
}

static void print_line(const struct contrast_line *line)
{
	if (line->scenario)
		printf("\n%s: %s\n", line->scenario->name, line->scenario->reason);
	else
		putchar('\n');
	print_text("each member's line, each way: ", line->text);
}

void contrast_print_table(const struct contrast *contrast)
{
	print_heading(contrast);
	for (size_t line = 0; line < contrast->line_count; line++) {
		if (!contrast_is_done(contrast, line, 0))
			continue;
		print_line(&contrast->lines[line]);
		print_columns(contrast);
		for (size_t i = 0; i < contrast->carrier_count; i++)
			if (contrast_is_done(contrast, line, i))
				print_row(contrast, line, i);
		if (contrast->wants_more)
			contrast_print_more(contrast, line);
	}
}
