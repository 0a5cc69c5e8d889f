/* A verdict in words, and as a part of a result document. */
#include "bench/result/paragraph.h"
#include "bench/result/result_document.h"
#include "bench/result/verdict.h"
#include "proto/wire/text.h"

enum {
	NAME_BYTES = 160,
	SPAN_BYTES = 48,
	ROW_COLUMNS = 60,
	FIGURE_COLUMNS = 24,
};

static const char rule[] =
	"Welch's t test of each figure beyond 5 % of its median before, and Holm's method over all "
	"of them; a figure without spread: a ratio of at most 4/3";
static const char exact_rule[] = "all values are equal";

static void print_span(FILE *out, struct spread span)
{
	char text[SPAN_BYTES];

	snprintf(text, sizeof(text), "%.4g (%.4g to %.4g)", span.median, span.min, span.max);
	fprintf(out, " %28.36s", text); /* 100 columns with two of these */
}

static void print_outside(const struct verdict *verdict, FILE *out)
{
	const struct result_row *last = NULL;
	char row[NAME_BYTES];

	if (verdict->outside > 0)
		fprintf(out, "%-26s %28s %28s\n", "what differs", "before", "now");
	for (size_t i = 0; i < verdict->count; i++) {
		const struct verdict_figure *figure = &verdict->figures[i];

		if (!figure->is_outside)
			continue;
		if (figure->now != last)
			fprintf(out, "%.*s\n", ROW_COLUMNS,
				result_row_name(figure->now, row, sizeof(row)));
		last = figure->now;
		fprintf(out, "  %-*.*s", FIGURE_COLUMNS, FIGURE_COLUMNS, figure->name);
		print_span(out, result_spread(figure->before, figure->name));
		print_span(out, result_spread(figure->now, figure->name));
		fputc('\n', out);
	}
}

static void say_rule(const struct verdict *verdict, struct paragraph *words)
{
	const size_t tested = verdict->count - verdict->single;

	if (verdict->is_exact)
		return;
	if (tested > 0)
		paragraph_say(
			words,
			"When nothing has changed, the chance that any of the %zu %s with a "
			"spread differs is at most %g~%%: by Welch's t test of what is beyond "
			"%g~%% of the median before, and Holm's method.",
			tested, text_plural(tested, "figure", "figures"), 100 * VERDICT_CHANCE,
			100 * VERDICT_MARGIN);
	if (verdict->single > 0)
		paragraph_say(words,
			      "%zu %s no spread: a third more or less is let pass, and no chance "
			      "can be stated.",
			      verdict->single,
			      text_plural(verdict->single, "figure has", "figures have"));
	if (verdict->left_out > 0)
		paragraph_say(words,
			      "%zu %s left out: the bench's own, or measured at another load.",
			      verdict->left_out,
			      text_plural(verdict->left_out, "figure is", "figures are"));
}

void verdict_print(const struct verdict *verdict, FILE *out)
{
	struct paragraph words = { .out = out };

	print_outside(verdict, out);
	fprintf(out, "%zu %s %s, %zu %s, %zu %s only in one of the two\n", verdict->inside,
		text_plural(verdict->inside, "figure is", "figures are"),
		verdict->is_exact ? "equal" : "consistent with those before", verdict->outside,
		text_plural(verdict->outside, "differs", "differ"), verdict->missing,
		text_plural(verdict->missing, "is", "are"));
	say_rule(verdict, &words);
	paragraph_end(&words);
	if (verdict->is_valid)
		paragraph_say(&words, "%s",
			      verdict_repeats(verdict) ? "it repeats" : "it does not repeat");
	else
		paragraph_say(&words, "no verdict: %s", verdict->why_not);
	paragraph_end(&words);
}

/* The document. */

static void put_span(struct result *result, cJSON *parent, const char *name, struct spread span)
{
	cJSON *object = result_put(result, parent, name, cJSON_CreateObject());

	result_put_number(result, object, "median", span.median);
	result_put_number(result, object, "min", span.min);
	result_put_number(result, object, "max", span.max);
}

static void put_difference(struct result *result, cJSON *list, const struct verdict_figure *figure)
{
	cJSON *object = result_put(result, list, NULL, cJSON_CreateObject());
	char row[NAME_BYTES];

	result_put_text(result, object, "row", result_row_name(figure->now, row, sizeof(row)));
	result_put_text(result, object, "figure", figure->name);
	put_span(result, object, "before", result_spread(figure->before, figure->name));
	put_span(result, object, "now", result_spread(figure->now, figure->name));
}

void verdict_document(const struct verdict *verdict, const char *of, struct result *now)
{
	cJSON *repeat = result_put(now, now->document, "repeat", cJSON_CreateObject()), *list;

	result_put_text(now, repeat, "of", of);
	result_put_text(now, repeat, "verdict",
			!verdict->is_valid         ? "not valid"
			: verdict_repeats(verdict) ? "repeats"
						   : "does not repeat");
	result_put_text(now, repeat, "rule", verdict->is_exact ? exact_rule : rule);
	result_put_number(now, repeat, "inside", (double)verdict->inside);
	result_put_number(now, repeat, "outside", (double)verdict->outside);
	result_put_number(now, repeat, "single", (double)verdict->single);
	result_put_number(now, repeat, "left_out", (double)verdict->left_out);
	result_put_number(now, repeat, "missing", (double)verdict->missing);
	list = result_put(now, repeat, "differences", cJSON_CreateArray());
	for (size_t i = 0; i < verdict->count; i++)
		if (verdict->figures[i].is_outside)
			put_difference(now, list, &verdict->figures[i]);
}
