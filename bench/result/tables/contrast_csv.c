#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "bench/result/tables/contrast_rows.h"
#include "proto/wire/text.h"
#include "proto/cli/version.h"

static void format_digest(char text[17], const struct trial_result *result)
{
	snprintf(text, 17, "%016" PRIx64, result->digest);
}

static const char *scenario_name(const struct contrast_line *line)
{
	return line->scenario ? line->scenario->name : "";
}

/* CSV, as RFC 4180 has it, but for the line ends. */

/* In quotes, those in it doubled. */
static void print_quoted(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	printf("\",");
}

static void print_names(void)
{
	const struct trial_result nothing = { 0 };
	struct contrast_figure figures[CONTRAST_FIGURES], checks[CONTRAST_CHECKS];

	contrast_collect(&nothing, figures);
	contrast_collect_checks(&nothing, checks);
	printf("version,seed,members,rate_hz,event_hz,tick_hz,seconds,redundancy,payload_bytes,"
	       "grain_um,motion,scenario,line,mode,");
	for (size_t i = 0; i < CONTRAST_FIGURES; i++)
		printf("%s,", figures[i].name);
	printf("live,");
	for (size_t i = 0; i < CONTRAST_CHECKS; i++)
		printf("%s,", checks[i].name);
	printf("valid,short,digest\n");
}

/* What could not be measured is an empty field. */
static void print_figures(const struct contrast_figure *figures, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!isnan(figures[i].value))
			printf("%.17g", figures[i].value);
		putchar(',');
	}
}

/* With the seed that the repetition had, which tells it from the row's others. */
static void print_record(const struct contrast *contrast, size_t line, size_t carrier, unsigned n)
{
	const struct trial_config *trial = &contrast->trial;
	const struct trial_result *result = &contrast_row(contrast, line, carrier)->results[n];
	struct contrast_figure figures[CONTRAST_FIGURES], checks[CONTRAST_CHECKS];
	char digest[17];

	format_digest(digest, result);
	contrast_collect(result, figures);
	contrast_collect_checks(result, checks);
	printf("%s,%" PRIu64 ",%zu,%g,%g,%g,%g,%zu,%zu,%u,", VERSION_TEXT, contrast->seed + n,
	       trial->members, trial->rate_hz, trial->event_hz, trial->tick_hz, trial->seconds,
	       trial->redundancy, trial->payload_bytes, trial->grain_um);
	print_quoted(contrast->trace_path ? text_shown(contrast->trace_path).text : "flock");
	print_quoted(scenario_name(&contrast->lines[line]));
	print_quoted(contrast->lines[line].text);
	printf("%s,", trial_carrier_text(contrast->carriers[carrier]));
	print_figures(figures, CONTRAST_FIGURES);
	printf("%d,", result->check.is_live);
	print_figures(checks, CONTRAST_CHECKS);
	printf("%d,%d,%s\n", contrast_is_valid(result), contrast_is_short(result), digest);
}

void contrast_print_csv(const struct contrast *contrast)
{
	print_names();
	for (size_t line = 0; line < contrast->line_count; line++)
		for (size_t i = 0; i < contrast->carrier_count; i++)
			for (unsigned n = 0; n < contrast_row(contrast, line, i)->count; n++)
				print_record(contrast, line, i, n);
}
