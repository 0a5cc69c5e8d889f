/* A result as CSV. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/text/print.h"

enum {
	REMARKS_BYTES = 2048,
};

/* A field, in quotes where it needs them, those in it doubled. */
static void print_field(const char *text, FILE *out)
{
	if (text[strcspn(text, ",\"\r\n")] == '\0') {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

/* Parameters that say something of one link only: a record has its own as `line`. */
static bool is_of_a_link(const char *name)
{
	return strncmp(name, "line_", 5) == 0 || strncmp(name, "reason_", 7) == 0 ||
	       strncmp(name, "budget_", 7) == 0;
}

static void print_names(const struct result *result, const struct result_row *row, FILE *out)
{
	const char *label;

	fputs("version", out);
	for (size_t i = 0; i < result_parameter_count(result); i++)
		if (!is_of_a_link(result_parameter_name(result, i)))
			fprintf(out, ",%s", result_parameter_name(result, i));
	for (size_t i = 0; (label = result_label_name(row, i)); i++)
		fprintf(out, ",%s", label);
	for (size_t i = 0; i < result_figure_count(row); i++)
		fprintf(out, ",%s", result_figure_name(row, i));
	fputs(",line,valid,notes\n", out);
}

/* The repetitions' seeds follow that of the first. */
static void print_parameter(const struct result *result, size_t i, size_t repetition, FILE *out)
{
	const char *name = result_parameter_name(result, i);
	const char *text = result_parameter_value(result, name);

	if (is_of_a_link(name))
		return;
	fputc(',', out);
	if (strcmp(name, "seed") == 0)
		fprintf(out, "%" PRIu64,
			(uint64_t)strtoull(text ? text : "0", NULL, 10) + repetition);
	else
		print_field(text ? text : "", out);
}

/* Whether a remark on a row is of this repetition: "repetition 2: ...", or of all. */
static bool is_of(const char *remark, size_t repetition)
{
	return strncmp(remark, "repetition ", 11) != 0 ||
	       strtoul(remark + 11, NULL, 10) == repetition + 1;
}

static bool is_valid(const struct result_row *row, size_t repetition)
{
	for (size_t i = 0; i < result_row_reason_count(row); i++)
		if (is_of(result_row_reason(row, i), repetition))
			return false;
	return true;
}

/* The reasons, too, in one field. */
static void print_remarks(const struct result_row *row, size_t repetition, FILE *out)
{
	char text[REMARKS_BYTES] = "";
	size_t used = 0;

	for (size_t i = 0; i < result_note_count(row) + result_row_reason_count(row); i++) {
		const char *remark = i < result_note_count(row)
					     ? result_note_text(row, i)
					     : result_row_reason(row, i - result_note_count(row));

		if (is_of(remark, repetition) && used < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
						 used > 0 ? "; " : "", remark);
	}
	fputc(',', out);
	print_field(text, out);
}

/* The link of a contrast that the row's scenario is, the n-th from 0 on. */
static void print_line(const struct result *result, size_t n, FILE *out)
{
	char name[32];
	const char *text;

	snprintf(name, sizeof(name), "line_%zu", n + 1);
	text = result_parameter_value(result, name);
	fputc(',', out);
	print_field(text ? text : "", out);
}

static void print_record(const struct result *result, const struct result_row *row,
			 const struct result_row *names, size_t repetition, size_t line, FILE *out)
{
	double values[SPREAD_MAX];
	const char *label;

	print_field(result_program(result), out);
	for (size_t i = 0; i < result_parameter_count(result); i++)
		print_parameter(result, i, repetition, out);
	for (size_t i = 0; (label = result_label_name(names, i)); i++) {
		const char *text = result_row_label(row, label);

		fputc(',', out);
		print_field(text ? text : "", out);
	}
	for (size_t i = 0; i < result_figure_count(names); i++) {
		const size_t count =
			result_values(row, result_figure_name(names, i), values, SPREAD_MAX);

		fputc(',', out);
		if (repetition < count && repetition < SPREAD_MAX && !isnan(values[repetition]))
			fprintf(out, "%.17g", values[repetition]);
	}
	print_line(result, line, out);
	fprintf(out, ",%d", is_valid(row, repetition));
	print_remarks(row, repetition, out);
	fputc('\n', out);
}

static size_t repetitions(const struct result_row *row)
{
	double values[SPREAD_MAX];
	size_t most = 0;

	for (size_t i = 0; i < result_figure_count(row); i++) {
		const size_t count =
			result_values(row, result_figure_name(row, i), values, SPREAD_MAX);

		most = count > most ? count : most;
	}
	return most;
}

void print_csv(const struct result *result, FILE *out)
{
	const struct result_row *first =
		result_row_count(result) > 0 ? result_row(result, 0) : NULL;
	size_t line = 0;

	if (!first)
		return;
	print_names(result, first, out);
	for (size_t i = 0; i < result_row_count(result); i++) {
		const struct result_row *row = result_row(result, i);
		const size_t count = repetitions(row);

		line += i > 0 && !result_rows_agree(row, result_row(result, i - 1), "scenario");
		for (size_t n = 0; n < count; n++)
			print_record(result, row, first, n, line, out);
	}
}
