#include "bench/result/text/markdown.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/figures.h"

enum {
	NAME_BYTES = 160, /* far more than the labels of a row */
	NUMBER_BYTES = 32,
	VALUE_BYTES = 3 * NUMBER_BYTES + 16,
};

/*
 * Four digits, or more where they are whole, and none that powers of ten hide: the file has every
 * digit.
 */
static const char *number_text(double value, char text[static NUMBER_BYTES])
{
	const double size = fabs(value);
	char *end;

	if (size >= 1e15) {
		snprintf(text, NUMBER_BYTES, "%.3g", value);
		return text;
	}
	if (size >= 1000 || value == floor(value)) {
		snprintf(text, NUMBER_BYTES, "%.0f", value);
		return text;
	}
	if (size >= 1e-3) {
		snprintf(text, NUMBER_BYTES, "%.4g", value);
		return text;
	}
	snprintf(text, NUMBER_BYTES, "%.7f", value);
	end = text + strlen(text);
	while (end[-1] == '0')
		*--end = '\0';
	if (end[-1] == '.')
		end[-1] = '\0';
	return text;
}

/* "-", a value, or a median with its spread, where that shows at all. */
static const char *value_text(struct spread spread, double scale, char text[static VALUE_BYTES])
{
	char median[NUMBER_BYTES], low[NUMBER_BYTES], high[NUMBER_BYTES];

	if (!isfinite(spread.median)) {
		snprintf(text, VALUE_BYTES, "-");
		return text;
	}
	number_text(spread.median * scale, median);
	number_text(spread.min * scale, low);
	number_text(spread.max * scale, high);
	if (strcmp(low, high) == 0)
		snprintf(text, VALUE_BYTES, "%s", median);
	else
		snprintf(text, VALUE_BYTES, "%s (%s to %s)", median, low, high);
	return text;
}

/* The labels' names, as the first column's heading. */
static const char *label_names(const struct result *result, char names[static NAME_BYTES])
{
	const struct result_row *row = result_row(result, 0);
	size_t used = 0;

	names[0] = '\0';
	for (size_t i = 0; row && result_label_name(row, i) && used < NAME_BYTES; i++)
		used += (size_t)snprintf(names + used, NAME_BYTES - used, "%s%s",
					 used > 0 ? ", " : "", result_label_name(row, i));
	return names;
}

/* The labels' values, numbers as a table shows them. */
static const char *row_name(const struct result_row *row, char name[static NAME_BYTES])
{
	const char *label;
	size_t used = 0;

	name[0] = '\0';
	for (size_t i = 0; (label = result_label_name(row, i)) && used < NAME_BYTES; i++) {
		const char *value = result_row_label(row, label);
		char number[NUMBER_BYTES], *end = NULL;
		const double parsed = value ? strtod(value, &end) : NAN;

		if (value && end != value && *end == '\0' && isfinite(parsed))
			value = number_text(parsed, number);
		used += (size_t)snprintf(name + used, NAME_BYTES - used, "%s%s",
					 used > 0 ? ", " : "", value ? value : "-");
	}
	return name;
}

/* Said of a row wherever it is cited. */
static const char *remark(const struct result_row *row)
{
	return result_row_is_valid(row) ? "" : " (not valid)";
}

static bool is_measured(const struct result *result, const char *figure)
{
	for (size_t i = 0; i < result_row_count(result); i++)
		if (isfinite(result_spread(result_row(result, i), figure).median))
			return true;
	return false;
}

/* Whether the command's table has the figure: one of its own that any row has. */
static bool is_column(const struct result *result, const struct figure *figure)
{
	return figures_in_table(figure, result_command(result)) &&
	       is_measured(result, figure->name);
}

static void write_heading(FILE *out, const struct result *result)
{
	char names[NAME_BYTES];

	fprintf(out, "\n| %s |", label_names(result, names));
	for (size_t i = 0; i < figures_count; i++)
		if (is_column(result, &figures[i]))
			fprintf(out, " %s%s%s |", figures[i].title,
				figures[i].shown[0] != '\0' ? ", " : "", figures[i].shown);
	fputs("\n| --- |", out);
	for (size_t i = 0; i < figures_count; i++)
		if (is_column(result, &figures[i]))
			fputs(" ---: |", out);
}

static void write_row(FILE *out, const struct result *result, const struct result_row *row)
{
	char name[NAME_BYTES], text[VALUE_BYTES];

	fprintf(out, "\n| %s%s |", row_name(row, name), remark(row));
	for (size_t i = 0; i < figures_count; i++)
		if (is_column(result, &figures[i]))
			fprintf(out, " %s |",
				value_text(result_spread(row, figures[i].name),
					   figures_scale(&figures[i]), text));
}

/* When, by what, and on what; each text is good only until the next is asked for. */
static void write_origin(FILE *out, const struct result *result)
{
	const char *program = result_program(result), *started = result_started(result);

	if (!result_machine(result, "kernel")) {
		fprintf(out, "\nSimulated, by version %s.\n", program ? program : "unknown");
		return;
	}
	if (started && strlen(started) >= 16)
		fprintf(out, "\nMeasured on %.10s at %.5s UTC,", started, started + 11);
	else
		fputs("\nMeasured", out);
	fprintf(out, " by version %s, on ", program ? program : "unknown");
	fprintf(out, "%s, ", result_machine(result, "processor"));
	fprintf(out, "%s cores, ", result_machine(result, "cores"));
	fprintf(out, "%s, ", result_machine(result, "system"));
	fprintf(out, "%s.\n", result_machine(result, "kernel"));
}

/* What the rows of a comparison say of themselves; others' notes are for each step of a search. */
static void write_notes(FILE *out, const struct result *result)
{
	const char *before = "\n";
	char name[NAME_BYTES];

	if (strcmp(result_command(result), "compare") != 0)
		return;
	for (size_t i = 0; i < result_row_count(result); i++) {
		const struct result_row *row = result_row(result, i);

		for (size_t n = 0; n < result_note_count(row); n++) {
			fprintf(out, "%s%s: %s\n", before, row_name(row, name),
				result_note_text(row, n));
			before = "";
		}
	}
}

void markdown_write(FILE *out, const struct result *result)
{
	fprintf(out, "    starling-bench %s", result_command(result));
	for (size_t i = 0; i < result_argument_count(result); i++)
		fprintf(out, " %s", result_argument(result, i));
	fputs("\n", out);
	write_origin(out, result);
	write_heading(out, result);
	for (size_t i = 0; i < result_row_count(result); i++)
		write_row(out, result, result_row(result, i));
	fputs("\n", out);
	write_notes(out, result);
	for (size_t i = 0; i < result_reason_count(result); i++)
		fprintf(out, "%snot valid: %s\n", i == 0 ? "\n" : "", result_reason(result, i));
}
