/* Tables: of chosen figures, and of everything that a result says; as HTML and as Markdown. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/report/page.h"
#include "bench/result/report/report_parts.h"

enum {
	NAME_BYTES = 160, /* far more than any figure's name */
	NUMBER_BYTES = 32,
	VALUE_BYTES = 3 * NUMBER_BYTES + 16,
};

/* A figure as a table shows it: times that are not CPU time in milliseconds. */
struct shown {
	char name[NAME_BYTES];
	double scale;
};

static struct shown shown_as(const char *figure)
{
	const size_t size = strlen(figure);
	const bool is_bytes = size >= 5 && strcmp(figure + size - 5, "bytes") == 0;
	const bool is_us = size > 3 && strncmp(figure, "cpu_", 4) != 0 &&
			   strcmp(figure + size - 3, "_us") == 0;
	char *thousandths;
	struct shown shown = { .scale = is_us ? 1e-3 : is_bytes ? 1.0 / (1 << 20) : 1 };

	snprintf(shown.name, sizeof(shown.name), "%.*s%s", (int)(is_us ? size - 3 : size), figure,
		 is_us      ? ", ms"
		 : is_bytes ? ", MiB"
			    : "");
	for (char *at = shown.name; *at != '\0'; at++)
		if (*at == '_')
			*at = ' ';
	thousandths = strstr(shown.name, "p999");
	if (thousandths) {
		memmove(thousandths + 4, thousandths + 3, strlen(thousandths + 3) + 1);
		thousandths[3] = '.';
	}
	return shown;
}

/*
 * Four digits, or more where they are whole, and none that powers of ten hide: what is further
 * behind is not known better by anyone, and is in the file.
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
static void value_text(struct spread spread, double scale, char text[static VALUE_BYTES])
{
	char median[NUMBER_BYTES], low[NUMBER_BYTES], high[NUMBER_BYTES];

	if (!isfinite(spread.median)) {
		snprintf(text, VALUE_BYTES, "-");
		return;
	}
	number_text(spread.median * scale, median);
	number_text(spread.min * scale, low);
	number_text(spread.max * scale, high);
	if (strcmp(low, high) == 0)
		snprintf(text, VALUE_BYTES, "%s", median);
	else
		snprintf(text, VALUE_BYTES, "%s (%s to %s)", median, low, high);
}

static void cell(FILE *out, struct spread spread, double scale)
{
	char text[VALUE_BYTES];

	value_text(spread, scale, text);
	fprintf(out, "<td>%s</td>", text);
}

/* What the first column says: the labels' names. */
static void label_names(const struct result *result, char names[static NAME_BYTES])
{
	const struct result_row *row = result_row(result, 0);
	size_t used = 0;

	names[0] = '\0';
	for (size_t i = 0; row && result_label_name(row, i) && used < NAME_BYTES; i++)
		used += (size_t)snprintf(names + used, NAME_BYTES - used, "%s%s",
					 used > 0 ? ", " : "", result_label_name(row, i));
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

/* Whether any row has it. */
static bool is_measured(const struct result *result, const char *figure)
{
	for (size_t i = 0; i < result_row_count(result); i++)
		if (isfinite(result_spread(result_row(result, i), figure).median))
			return true;
	return false;
}

/* What must be known of a row wherever it is cited. */
static const char *remark(const struct result_row *row)
{
	if (!report_is_modelled(row))
		return result_row_is_valid(row) ? "" : " (not valid)";
	return result_row_is_valid(row) ? " (modelled)" : " (modelled, not valid)";
}

void report_table(struct report *report, const struct result *result,
		  const struct report_part *part)
{
	char name[NAME_BYTES];
	FILE *out = report->out;

	page_table_begin(out);
	fputs("<tr>", out);
	label_names(result, name);
	page_element(out, "th", "%s", name);
	for (const char *const *figure = part->figures; *figure; figure++)
		if (is_measured(result, *figure))
			page_element(out, "th", "%s", shown_as(*figure).name);
	fputs("</tr>\n", out);
	for (size_t i = 0; i < result_row_count(result); i++) {
		const struct result_row *row = result_row(result, i);

		fputs("<tr>", out);
		page_element(out, result_row_is_valid(row) ? "td" : "td class=\"bad\"", "%s%s",
			     row_name(row, name), remark(row));
		for (const char *const *figure = part->figures; *figure; figure++)
			if (is_measured(result, *figure))
				cell(out, result_spread(row, *figure), shown_as(*figure).scale);
		fputs("</tr>\n", out);
	}
	page_table_end(out);
}

static void pair(FILE *out, const char *name, const char *value)
{
	fputs("<tr>", out);
	page_element(out, "td", "%s", name);
	page_element(out, "td", "%s", value ? value : "-");
	fputs("</tr>\n", out);
}

static void write_parameters(FILE *out, const struct result *result)
{
	static const char *const machine[] = { "processor", "cores", "memory_bytes", "system",
					       "kernel" };

	page_table_begin(out);
	for (size_t i = 0; i < sizeof(machine) / sizeof(machine[0]); i++)
		if (result_machine(result, machine[i]))
			pair(out, machine[i], result_machine(result, machine[i]));
	for (size_t i = 0; i < result_parameter_count(result); i++) {
		const char *name = result_parameter_name(result, i);

		pair(out, name, result_parameter_value(result, name));
	}
	page_table_end(out);
}

static void write_figures(FILE *out, const struct result_row *row)
{
	char name[NAME_BYTES];

	page_element(out, "h3", "%s%s", row_name(row, name), remark(row));
	for (size_t i = 0; i < result_note_count(row); i++)
		page_element(out, "p", "%s", result_note_text(row, i));
	page_table_begin(out);
	for (size_t i = 0; i < result_figure_count(row); i++) {
		const char *figure = result_figure_name(row, i);

		fputs("<tr>", out);
		page_element(out, "td", "%s (%s)", figure, result_figure_unit(row, figure));
		cell(out, result_spread(row, figure), 1);
		fputs("</tr>\n", out);
	}
	page_table_end(out);
}

void report_facts(struct report *report, const struct result *result)
{
	FILE *out = report->out;

	fputs("<p><code>starling-bench ", out);
	page_text(out, result_command(result));
	for (size_t i = 0; i < result_argument_count(result); i++) {
		fputc(' ', out);
		page_text(out, result_argument(result, i));
	}
	fputs("</code></p>\n", out);
	page_details_begin(out, result_machine(result, "kernel")
					? "every parameter, and the machine"
					: "every parameter (simulated: the same on any machine)");
	write_parameters(out, result);
	page_details_end(out);
	page_details_begin(out, "every figure");
	for (size_t i = 0; i < result_row_count(result); i++)
		write_figures(out, result_row(result, i));
	page_details_end(out);
}

/* Markdown. */

static void markdown_table(FILE *out, const struct result *result, const struct report_part *part)
{
	char name[NAME_BYTES], text[VALUE_BYTES];

	label_names(result, name);
	fprintf(out, "\n| %s |", name);
	for (const char *const *figure = part->figures; *figure; figure++)
		if (is_measured(result, *figure))
			fprintf(out, " %s |", shown_as(*figure).name);
	fputs("\n| --- |", out);
	for (const char *const *figure = part->figures; *figure; figure++)
		if (is_measured(result, *figure))
			fputs(" ---: |", out);
	for (size_t i = 0; i < result_row_count(result); i++) {
		const struct result_row *row = result_row(result, i);

		fprintf(out, "\n| %s%s |", row_name(row, name), remark(row));
		for (const char *const *figure = part->figures; *figure; figure++)
			if (is_measured(result, *figure)) {
				value_text(result_spread(row, *figure), shown_as(*figure).scale,
					   text);
				fprintf(out, " %s |", text);
			}
	}
	fputs("\n", out);
}

/* When, by what, and on what; each text is good only until the next is asked for. */
static void markdown_origin(FILE *out, const struct result *result)
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

/* Of a comparison, what its rows say of themselves; others' notes are for each step of a search. */
static void markdown_notes(FILE *out, const struct result *result)
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

void report_markdown(struct report *report, const struct result *result,
		     const struct report_part *part)
{
	FILE *out = report->out;

	fprintf(out, "    starling-bench %s", result_command(result));
	for (size_t i = 0; i < result_argument_count(result); i++)
		fprintf(out, " %s", result_argument(result, i));
	fputs("\n", out);
	markdown_origin(out, result);
	markdown_table(out, result, part);
	markdown_notes(out, result);
	for (size_t i = 0; i < result_reason_count(result); i++)
		fprintf(out, "%snot valid: %s\n", i == 0 ? "\n" : "", result_reason(result, i));
}
