#include "bench/result/text/print.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/figures.h"
#include "bench/result/text/word_wrap.h"
#include "bench/result/text/table.h"
#include "bench/result/text/words.h"
#include "proto/wire/text.h"

enum {
	NAME_BYTES = 256,
	MORE_MAX = 128,
};

/* The grouping of the rows of a command's table, and the words below it. */
struct print_layout {
	const char *command;
	const char *groups[4]; /* NULL behind the last */
	bool says_rows;        /* its words say what its rows note */
	bool has_more;         /* on demand */
	void (*legend)(const struct result *result, FILE *out); /* of its rows; NULL: none */
	void (*words)(const struct result *result, FILE *out);
};

static const struct print_layout layouts[] = {
	{ .command = "contrast",
	  .groups = { "scenario" },
	  .has_more = true,
	  .legend = words_contrast_modes,
	  .words = words_contrast },
	{ .command = "compare",
	  .groups = { "members", "rate_hz", "mode" },
	  .words = words_compare },
	{ .command = "load",
	  .groups = { "contender" },
	  .says_rows = true,
	  .legend = words_load_rows,
	  .words = words_load },
	{ .command = "self-test", .groups = { "check" }, .words = words_self_test },
};

static const struct print_layout *layout_of(const struct result *result)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (strcmp(layouts[i].command, result_command(result)) == 0)
			return &layouts[i];
	return NULL; /* no document has another command */
}

/* Tables. */

static bool are_together(const char *const *groups, const struct result_row *one,
			 const struct result_row *other)
{
	for (; *groups; groups++)
		if (!result_rows_agree(one, other, *groups))
			return false;
	return true;
}

/* A link's text, broken at commas where it would be too wide. */
static void print_link(const char *text, FILE *out)
{
	int column = fprintf(out, "each member's link, each way: ");

	while (*text) {
		const size_t size = strcspn(text, ",") + (strchr(text, ',') != NULL);

		if (column + (int)size > TABLE_COLUMNS) {
			fputs("\n    ", out);
			column = (int)strlen("    ");
		}
		column += fprintf(out, "%.*s", (int)size, text);
		text += size;
	}
	fputc('\n', out);
}

/* A scenario as the parameters tell it; its rows are the n-th group, from 0 on. */
static void print_scenario(const struct result *result, const char *name, size_t n, FILE *out)
{
	char parameter[32];
	const char *text;

	snprintf(parameter, sizeof(parameter), "reason_%zu", n + 1);
	text = result_parameter_value(result, parameter);
	if (text)
		fprintf(out, "%s: %s\n", name, text);
	snprintf(parameter, sizeof(parameter), "line_%zu", n + 1);
	text = result_parameter_value(result, parameter);
	if (text)
		print_link(text, out);
}

static void print_heading(const struct print_layout *layout, const struct result *result,
			  const struct result_row *row, size_t n, FILE *out)
{
	const char *before = "";

	if (strcmp(layout->command, "contrast") == 0) {
		print_scenario(result, result_row_label(row, "scenario"), n, out);
		return;
	}
	for (size_t i = 0; layout->groups[i]; i++) {
		const char *value = result_row_label(row, layout->groups[i]);

		if (!value)
			continue;
		fprintf(out, "%s%s %s", before, layout->groups[i], value);
		before = ", ";
	}
	if (before[0] != '\0')
		fputc('\n', out);
}

/* All figures of the rows that are no column of theirs. */
static void print_rest(const struct print_layout *layout, const struct table_rows *rows, FILE *out)
{
	const struct columns shown = columns_of(layout->command);
	struct column columns[MORE_MAX];
	size_t count = 0;

	for (size_t i = 0; i < figures_count && count < MORE_MAX; i++) {
		bool is_shown = strncmp(figures[i].name, "why_", 4) == 0 ||
				strncmp(figures[i].name, "moment_", 7) == 0;

		for (size_t n = 0; n < shown.main_count; n++)
			is_shown = is_shown || (!shown.list[n].whole &&
						strcmp(shown.list[n].figure, figures[i].name) == 0);
		if (!is_shown)
			columns[count++] = (struct column){ .figure = figures[i].name };
	}
	fputc('\n', out);
	table_print(rows, columns, count, out);
}

/* The mean age in parts; none is ever unknown in the tables' simulated results. */
static const struct column why_columns[] = {
	{ .figure = "why_age_us" },    { .figure = "why_sender_us" }, { .figure = "why_up_us" },
	{ .figure = "why_relay_us" },  { .figure = "why_queue_us" },  { .figure = "why_down_us" },
	{ .figure = "why_repeat_us" }, { .figure = "why_behind_us" }, { .figure = "why_next_us" },
	{ .figure = "why_overdue_us" }
};

enum {
	WHY_COLUMNS = sizeof(why_columns) / sizeof(why_columns[0]),
};

/* In ms, and in % of the age, where it is known. */
static void print_why(const struct table_rows *rows, FILE *out)
{
	struct column shares[WHY_COLUMNS];

	if (!isfinite(result_median(result_row(rows->result, rows->first), "why_age_us")))
		return;
	for (size_t i = 1; i < WHY_COLUMNS; i++)
		shares[i] =
			(struct column){ .figure = why_columns[i].figure, .whole = "why_age_us" };
	fputs("\nwhy it is old, in ms, and in % of the age\n", out);
	table_print(rows, why_columns, WHY_COLUMNS, out);
	fputc('\n', out);
	table_print(rows, shares + 1, WHY_COLUMNS - 1, out);
	words_why(rows->result, rows->first, rows->end, out);
}

static void print_tables(const struct print_layout *layout, const struct result *result,
			 bool wants_more, FILE *out)
{
	const struct columns columns = columns_of(layout->command);
	const size_t count = result_row_count(result);
	size_t n = 0;

	for (size_t first = 0, end; first < count; first = end, n++) {
		const struct result_row *row = result_row(result, first);
		const struct table_rows rows = { .result = result,
						 .first = first,
						 .groups = layout->groups,
						 .shows_notes = layout->says_rows };
		struct table_rows these = rows;

		end = first + 1;
		while (end < count && are_together(layout->groups, row, result_row(result, end)))
			end++;
		these.end = end;
		if (first > 0)
			fputc('\n', out);
		print_heading(layout, result, row, n, out);
		table_print(&these, columns.list, columns.main_count, out);
		print_why(&these, out);
		if (wants_more)
			print_rest(layout, &these, out);
	}
}

/* Remarks. */

/* The labels in which the rows differ; where they all are alike, the whole name. */
static const char *short_name(const struct print_layout *layout, const struct result *result,
			      const struct result_row *row, char name[static NAME_BYTES])
{
	const bool is_one_group = are_together(layout->groups, result_row(result, 0),
					       result_row(result, result_row_count(result) - 1));
	const char *label, *before = "";
	size_t used = 0;

	name[0] = '\0';
	for (size_t i = 0; (label = result_label_name(row, i)) && used < NAME_BYTES; i++) {
		if (is_one_group && table_is_group(layout->groups, label))
			continue;
		used += (size_t)snprintf(name + used, NAME_BYTES - used, "%s%s", before,
					 result_row_label(row, label));
		before = ", ";
	}
	return used > 0 ? name : result_row_name(row, name, NAME_BYTES);
}

static void say_row(const struct print_layout *layout, const struct result *result,
		    const struct result_row *row, FILE *out)
{
	struct word_wrap words = { .out = out };
	char name[NAME_BYTES], fault[RESULT_ERROR_BYTES];

	short_name(layout, result, row, name);
	for (size_t i = 0; i < result_note_count(row); i++) {
		if (strstr(result_note_text(row, i), "digest "))
			continue;
		word_wrap_say(&words, "%s: %s", name, result_note_text(row, i));
		word_wrap_end(&words);
	}
	if (result_row_is_valid(row))
		return;
	word_wrap_say(&words, "! not valid: %s: %s", name, result_row_fault(row, fault));
	word_wrap_end(&words);
}

/* Reasons of the whole that no row has. */
static void say_whole(const struct result *result, FILE *out)
{
	struct word_wrap words = { .out = out };
	size_t of_rows = 0;

	for (size_t i = 0; i < result_row_count(result); i++)
		of_rows += result_row_reason_count(result_row(result, i));
	for (size_t i = of_rows; i < result_reason_count(result); i++) {
		word_wrap_say(&words, "not valid: %s", result_reason(result, i));
		word_wrap_end(&words);
	}
}

/* Where the command has a way to repeat what others on the machine spoiled. */
static void say_again(const struct result *result, FILE *out)
{
	if (!result_is_valid(result) && result_parameter_value(result, "again"))
		fputs("--again N measures repetitions again that other programs spoiled, up to N "
		      "times a row.\n",
		      out);
}

static void say_parameters(const struct result *result, FILE *out)
{
	struct word_wrap words = { .out = out };
	const size_t count = result_parameter_count(result);

	word_wrap_say(&words, "Measured with");
	for (size_t i = 0; i < count; i++) {
		const char *name = result_parameter_name(result, i);

		/* Headings have these. */
		if (strncmp(name, "line_", 5) != 0 && strncmp(name, "reason_", 7) != 0)
			word_wrap_say(&words, "%s~%s%s", name, result_parameter_value(result, name),
				      i + 1 < count ? "," : "");
	}
	word_wrap_end(&words);
}

static void say_repetitions(const struct result *result, FILE *out)
{
	const char *repeat = result_parameter_value(result, "repeat");

	if (repeat && atof(repeat) > 1)
		fputs("Figures are medians of the repetitions; min-max: the smallest and the "
		      "largest.\n",
		      out);
}

void print_result(const struct result *result, bool wants_more, FILE *out)
{
	const struct columns columns = columns_of(result_command(result));
	const struct print_layout *layout = layout_of(result);

	print_tables(layout, result, wants_more, out);
	fputc('\n', out);
	table_explain(result, columns.list, columns.main_count, out);
	table_explain(result, why_columns, WHY_COLUMNS, out);
	say_repetitions(result, out);
	if (layout->legend)
		layout->legend(result, out);
	if (wants_more || !layout->has_more)
		say_parameters(result, out);
	fputc('\n', out);
	words_instrument(result, out);
	for (size_t i = 0; i < result_row_count(result) && !layout->says_rows; i++)
		say_row(layout, result, result_row(result, i), out);
	say_whole(result, out);
	if (!layout->says_rows)
		say_again(result, out);
	layout->words(result, out);
}
