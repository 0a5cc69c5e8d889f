#include "bench/contrast_rows.h"

#include <stdio.h>
#include <string.h>

#include "bench/live.h"
#include "bench/paragraph.h"

enum {
	WIDTH = 100,
	INDENT = 4,
};

static double ms(int64_t us)
{
	return (double)us / 1000;
}

/* An age or a delay; a dash where there was none. */
static void print_ms(int width, int64_t us)
{
	if (us < 0)
		printf(" %*s", width, "-");
	else
		printf(" %*.1f", width, ms(us));
}

static void print_row(enum trial_carrier carrier, const struct trial_result *result)
{
	/* The marks are explained below the table (contrast_live.c). */
	printf("%c%c%-11s %6.2f %6.2f %6.2f %6.2f", live_is_valid(&result->check) ? ' ' : '!',
	       result->check.is_modelled ? '*' : ' ', trial_carrier_text(carrier),
	       contrast_percent(result->delivered, result->due),
	       contrast_percent(result->skipped, result->due),
	       contrast_percent(result->lost, result->due),
	       contrast_percent(result->duplicates, result->due));
	print_ms(6, result->delay_p50_us);
	print_ms(6, result->delay_p99_us);
	print_ms(6, result->age_p50_us);
	print_ms(6, result->age_p95_us);
	print_ms(7, result->age_p99_us);
	print_ms(7, result->age_max_us);
	print_ms(7, result->longest_stall_us);
	printf(" %6.1f\n", contrast_bytes_an_update(result));
}

static void print_heading(const struct contrast *contrast)
{
	const struct trial_config *trial = &contrast->trial;
	struct paragraph paragraph = { .out = stdout };

	paragraph_say(&paragraph, "%zu members, %g updates/s and %g reliable events/s each,",
		      trial->members, trial->rate_hz, trial->event_hz);
	if (trial->tick_hz > 0)
		paragraph_say(&paragraph, "relay ticks at %g Hz,", trial->tick_hz);
	if (trial->payload_bytes > 0)
		paragraph_say(&paragraph, "%zu bytes of payload,", trial->payload_bytes);
	paragraph_say(&paragraph, "%g s, seed %llu, %s", trial->seconds,
		      (unsigned long long)trial->seed,
		      !contrast->is_live         ? "simulated"
		      : contrast->has_namespaces ? "live between network namespaces"
						 : "live through proxies");
	paragraph_end(&paragraph);
	if (contrast->trace_path)
		printf("moving as in %s\n", contrast->trace_path);
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
	static const char heading[] = "  %-11s %6s %6s %6s %6s %6s %6s %6s %6s %7s %7s %7s %6s\n";

	print_heading(contrast);
	for (size_t line = 0; line < contrast->line_count; line++) {
		print_line(&contrast->lines[line]);
		printf(heading, "mode", "deliv.", "skip.", "lost", "dupl.", "delay", "", "age", "",
		       "", "", "stall", "bytes/");
		printf(heading, "", "%", "%", "%", "%", "p50 ms", "p99", "p50 ms", "p95", "p99",
		       "max", "ms", "update");
		for (size_t i = 0; i < contrast->carrier_count; i++)
			if (contrast_is_done(contrast, line, i))
				print_row(contrast->carriers[i], contrast_row(contrast, line, i));
		if (contrast->wants_more)
			contrast_print_more(contrast, line);
	}
}
