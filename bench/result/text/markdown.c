#include "bench/result/text/markdown.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/text/table.h"

enum {
	NAME_BYTES = 160, /* far more than the labels of a row */
	NUMBER_BYTES = 32,
	VALUE_BYTES = 3 * NUMBER_BYTES + 16,
	LABELS_MAX = 8,
};

struct table {
	const struct result *result;
	const char *labels[LABELS_MAX]; /* that name a row */
	size_t label_count;
	struct columns columns;
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
static const char *value_text(struct spread spread, char text[static VALUE_BYTES])
{
	char median[NUMBER_BYTES], low[NUMBER_BYTES], high[NUMBER_BYTES];

	if (!isfinite(spread.median)) {
		snprintf(text, VALUE_BYTES, "-");
		return text;
	}
	number_text(spread.median, median);
	number_text(spread.min, low);
	number_text(spread.max, high);
	if (strcmp(low, high) == 0)
		snprintf(text, VALUE_BYTES, "%s", median);
	else
		snprintf(text, VALUE_BYTES, "%s (%s to %s)", median, low, high);
	return text;
}

/* One label's value, a number as a table shows it; "-" where the row has none. Returns `text`. */
static const char *label_text(const struct result_row *row, const char *label,
			      char text[static NAME_BYTES])
{
	const char *value = result_row_label(row, label);
	char number[NUMBER_BYTES], *end = NULL;
	const double parsed = value ? strtod(value, &end) : NAN;

	if (value && end != value && *end == '\0' && isfinite(parsed))
		value = number_text(parsed, number);
	snprintf(text, NAME_BYTES, "%s", value ? value : "-");
	return text;
}

static const char *row_name(const struct table *table, const struct result_row *row,
			    char name[static NAME_BYTES])
{
	char text[NAME_BYTES];
	size_t used = 0;

	name[0] = '\0';
	for (size_t i = 0; i < table->label_count && used < NAME_BYTES; i++)
		used += (size_t)snprintf(name + used, NAME_BYTES - used, "%s%s", i > 0 ? ", " : "",
					 label_text(row, table->labels[i], text));
	return name;
}

static bool has_figure(const struct result_row *row, const struct column *column)
{
	return isfinite(table_spread(row, column).median);
}

/* A row that has any of the columns; for a search that of the load that was found. */
static bool is_shown(const struct table *table, const struct result_row *row)
{
	const char *step = result_row_label(row, "step");

	if (step && strcmp(step, "result") != 0)
		return false;
	for (size_t i = 0; i < table->columns.main_count; i++)
		if (has_figure(row, &table->columns.list[i]))
			return true;
	return false;
}

/* Whether any row has the column. */
static bool is_measured(const struct table *table, const struct column *column)
{
	for (size_t i = 0; i < result_row_count(table->result); i++)
		if (has_figure(result_row(table->result, i), column))
			return true;
	return false;
}

/* NULL: none is. */
static const struct result_row *first_shown(const struct table *table)
{
	for (size_t n = 0; n < result_row_count(table->result); n++)
		if (is_shown(table, result_row(table->result, n)))
			return result_row(table->result, n);
	return NULL;
}

/* Whether rows that are shown differ in it. */
static bool tells_apart(const struct table *table, const char *label)
{
	const struct result_row *first = first_shown(table);

	for (size_t i = 0; i < result_row_count(table->result); i++)
		if (is_shown(table, result_row(table->result, i)) &&
		    !result_rows_agree(first, result_row(table->result, i), label))
			return true;
	return false;
}

/* Those that tell rows apart; the first where none does. The command says the others. */
static void find_labels(struct table *table)
{
	const struct result_row *row = first_shown(table);
	const char *label;

	for (size_t i = 0; row && (label = result_label_name(row, i)) && i < LABELS_MAX; i++)
		if (tells_apart(table, label))
			table->labels[table->label_count++] = label;
	if (row && table->label_count == 0 && result_label_name(row, 0))
		table->labels[table->label_count++] = result_label_name(row, 0);
}

static void write_heading(FILE *out, const struct table *table)
{
	fputs("\n| ", out);
	for (size_t i = 0; i < table->label_count; i++)
		fprintf(out, "%s%s", i > 0 ? ", " : "", table->labels[i]);
	fputs(" |", out);
	for (size_t i = 0; i < table->columns.main_count; i++) {
		const struct column *column = &table->columns.list[i];
		const char *unit = table_unit(column);

		if (is_measured(table, column))
			fprintf(out, " %s%s%s |", table_title(column), unit[0] != '\0' ? ", " : "",
				unit);
	}
	fputs("\n| --- |", out);
	for (size_t i = 0; i < table->columns.main_count; i++)
		if (is_measured(table, &table->columns.list[i]))
			fputs(" ---: |", out);
}

static void write_row(FILE *out, const struct table *table, const struct result_row *row)
{
	char name[NAME_BYTES], text[VALUE_BYTES];

	fprintf(out, "\n| %s%s |", row_name(table, row, name),
		result_row_is_valid(row) ? "" : " (not valid)");
	for (size_t i = 0; i < table->columns.main_count; i++) {
		const struct column *column = &table->columns.list[i];

		if (is_measured(table, column))
			fprintf(out, " %s |", value_text(table_spread(row, column), text));
	}
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

/* Notes of a comparison's rows; others' notes are for each step of a search. */
static void write_notes(FILE *out, const struct table *table)
{
	const char *before = "\n";
	char name[NAME_BYTES];

	if (strcmp(result_command(table->result), "compare") != 0)
		return;
	for (size_t i = 0; i < result_row_count(table->result); i++) {
		const struct result_row *row = result_row(table->result, i);

		for (size_t n = 0; n < result_note_count(row); n++) {
			fprintf(out, "%s%s: %s\n", before, row_name(table, row, name),
				result_note_text(row, n));
			before = "";
		}
	}
}

static void write_reasons(FILE *out, const struct table *table)
{
	char name[NAME_BYTES], fault[RESULT_ERROR_BYTES];
	const char *before = "\n";
	size_t of_rows = 0;

	for (size_t i = 0; i < result_row_count(table->result); i++) {
		const struct result_row *row = result_row(table->result, i);

		of_rows += result_row_reason_count(row);
		if (result_row_is_valid(row))
			continue;
		fprintf(out, "%snot valid: %s: %s\n", before, row_name(table, row, name),
			result_row_fault(row, fault));
		before = "";
	}
	for (size_t i = of_rows; i < result_reason_count(table->result); i++) {
		fprintf(out, "%snot valid: %s\n", before, result_reason(table->result, i));
		before = "";
	}
}

void markdown_write(FILE *out, const struct result *result, const struct columns *chosen)
{
	struct table table = { .result = result,
			       .columns = chosen ? *chosen : columns_of(result_command(result)) };

	find_labels(&table);
	fprintf(out, "    starling-bench %s", result_command(result));
	for (size_t i = 0; i < result_argument_count(result); i++)
		fprintf(out, " %s", result_argument(result, i));
	fputs("\n", out);
	write_origin(out, result);
	write_heading(out, &table);
	for (size_t i = 0; i < result_row_count(result); i++)
		if (is_shown(&table, result_row(result, i)))
			write_row(out, &table, result_row(result, i));
	fputs("\n", out);
	write_notes(out, &table);
	write_reasons(out, &table);
}
