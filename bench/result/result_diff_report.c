/* Two results side by side, in words and tables. */
#include <string.h>

#include "bench/result/figures.h"
#include "bench/result/text/columns.h"
#include "bench/result/text/word_wrap.h"
#include "bench/result/result_internal.h"
#include "bench/result/result_diff.h"
#include "proto/wire/text.h"

enum {
	NAME_BYTES = 160,
	SPAN_BYTES = 48,
	CELL_COLUMNS = 36, /* 100 columns with two of these */
	ROW_COLUMNS = 100,
	FIGURE_COLUMNS = 24,
};

/* Where they come from. */

/* As a shell takes it. */
static void print_word(const char *word, FILE *out)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-_=+,.:/%@";

	if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
		fprintf(out, " %s", word);
		return;
	}
	fputs(" '", out);
	for (; *word != '\0'; word++)
		if (*word == '\'')
			fputs("'\\''", out);
		else
			fputc(*word, out);
	fputc('\'', out);
}

/* On one line, to be copied. */
static void print_call(const char *which, const struct result *result, FILE *out)
{
	fprintf(out, "%s: starling-bench %s", which, result_command(result));
	for (size_t i = 0; i < result_argument_count(result); i++)
		print_word(result_argument(result, i), out);
	fputc('\n', out);
}

static void print_pair(const char *name, const char *before, const char *now, FILE *out)
{
	fprintf(out, "  %-*.*s %*.*s %*.*s\n", FIGURE_COLUMNS, FIGURE_COLUMNS, name, CELL_COLUMNS,
		CELL_COLUMNS, before ? before : "-", CELL_COLUMNS, CELL_COLUMNS, now ? now : "-");
}

/* Both objects' members that are not the same. */
static void print_members(const cJSON *before, const cJSON *now, FILE *out)
{
	char old[RESULT_NUMBER_BYTES], new[RESULT_NUMBER_BYTES];
	const cJSON *item;

	cJSON_ArrayForEach(item, before)
	{
		const cJSON *other = cJSON_GetObjectItemCaseSensitive(now, item->string);

		if (cJSON_Compare(item, other, true))
			continue;
		print_pair(item->string, result_text_of(item, old), result_text_of(other, new),
			   out);
	}
	cJSON_ArrayForEach(item, now)
	{
		if (!cJSON_GetObjectItemCaseSensitive(before, item->string))
			print_pair(item->string, NULL, result_text_of(item, new), out);
	}
}

static void print_section(const char *title, const cJSON *before, const cJSON *now, FILE *out)
{
	if (cJSON_Compare(before, now, true)) {
		fprintf(out, "%s: the same\n", title);
		return;
	}
	fprintf(out, "%s: not the same\n", title);
	print_members(before, now, out);
}

void result_diff_print_origins(const struct result *before, const struct result *now, FILE *out)
{
	print_call("old", before, out);
	print_call("new", now, out);
	fputc('\n', out);
	print_pair("", "old", "new", out);
	print_pair("version", result_program(before), result_program(now), out);
	if (before->machine || now->machine)
		print_pair("started", result_started(before), result_started(now), out);
	if (before->machine && now->machine)
		print_section("machine", before->machine, now->machine, out);
	print_section("parameters", before->parameters, now->parameters, out);
	fputc('\n', out);
}

/* Figures. */

static const char *span_text(struct spread span, double scale, char text[static SPAN_BYTES])
{
	snprintf(text, SPAN_BYTES, "%.4g (%.4g to %.4g)", scale * span.median, scale * span.min,
		 scale * span.max);
	return text;
}

static void print_figure(const struct result_diff_figure *figure, FILE *out)
{
	const struct figure *known = figures_find(figure->name);
	const double scale = known ? figures_scale(known) : 1;
	char old[SPAN_BYTES], new[SPAN_BYTES], name[NAME_BYTES];

	if (known && strcmp(known->name, figure->name) == 0)
		snprintf(name, sizeof(name), "%s%s%s", known->title,
			 known->shown[0] != '\0' ? ", " : "", known->shown);
	else
		snprintf(name, sizeof(name), "%s", figure->name);
	fprintf(out, "%c %-*.*s %*.*s %*.*s\n", figure->is_outside ? '*' : ' ', FIGURE_COLUMNS,
		FIGURE_COLUMNS, name, CELL_COLUMNS, CELL_COLUMNS,
		span_text(result_spread(figure->before, figure->name), scale, old), CELL_COLUMNS,
		CELL_COLUMNS, span_text(result_spread(figure->now, figure->name), scale, new));
}

/* The figures that differ, and beside them those of the command's own table. */
static bool is_shown(const struct result_diff_figure *figure, bool wants_all)
{
	return wants_all || figure->is_outside ||
	       columns_have(result_command(figure->now->result), figure->name);
}

static void print_figures(const struct result_diff *verdict, bool wants_all, FILE *out)
{
	const struct result_row *last = NULL;
	char row[NAME_BYTES];

	print_pair("median (min to max)", "old", "new", out);
	for (size_t i = 0; i < verdict->count; i++) {
		const struct result_diff_figure *figure = &verdict->figures[i];

		if (!is_shown(figure, wants_all))
			continue;
		if (figure->now != last)
			fprintf(out, "%.*s\n", ROW_COLUMNS,
				result_row_name(figure->now, row, sizeof(row)));
		last = figure->now;
		print_figure(figure, out);
	}
	fputc('\n', out);
}

static void say_rule(const struct result_diff *verdict, struct word_wrap *words)
{
	const size_t tested = verdict->count - verdict->single;

	if (verdict->is_exact)
		return;
	if (tested > 0)
		word_wrap_say(
			words,
			"When nothing has changed, the chance that any of the %zu %s with a "
			"spread differs is at most %g~%%: by Welch's t test of what is beyond "
			"%g~%% of the old median, and Holm's method.",
			tested, text_plural(tested, "figure", "figures"), 100 * RESULT_DIFF_CHANCE,
			100 * RESULT_DIFF_MARGIN);
	if (verdict->single > 0)
		word_wrap_say(words,
			      "%zu %s no spread: a third more or less is let pass, and no chance "
			      "can be stated.",
			      verdict->single,
			      text_plural(verdict->single, "figure has", "figures have"));
	if (verdict->left_out > 0)
		word_wrap_say(words,
			      "%zu %s left out: the bench's own, or measured at another load.",
			      verdict->left_out,
			      text_plural(verdict->left_out, "figure is", "figures are"));
}

static void say_counts(const struct result_diff *verdict, struct word_wrap *words)
{
	word_wrap_say(words, "%zu %s%s, %zu %s, %zu %s only in one of the two.", verdict->inside,
		      text_plural(verdict->inside, "figure is equal", "figures are equal"),
		      verdict->is_exact ? "" : " within the spreads", verdict->outside,
		      text_plural(verdict->outside, "differs (*)", "differ (*)"), verdict->missing,
		      text_plural(verdict->missing, "is", "are"));
}

void result_diff_print(const struct result_diff *verdict, bool wants_all, FILE *out)
{
	struct word_wrap words = { .out = out };

	print_figures(verdict, wants_all, out);
	say_counts(verdict, &words);
	say_rule(verdict, &words);
	word_wrap_end(&words);
	if (verdict->is_valid)
		word_wrap_say(&words, "%s",
			      result_diff_agrees(verdict) ? "the two agree" : "the two differ");
	else
		word_wrap_say(&words, "no verdict: %s", verdict->why_not);
	word_wrap_end(&words);
}
