/* Tables: of chosen figures, and of everything that a result says. */
#include <math.h>
#include <string.h>

#include "bench/page.h"
#include "bench/report_parts.h"

enum {
	NAME_BYTES = 160,
};

static void cell(FILE *out, struct spread spread)
{
	if (!isfinite(spread.median))
		fputs("<td>-</td>", out);
	else if (spread.min == spread.max)
		fprintf(out, "<td>%.5g</td>", spread.median);
	else
		fprintf(out, "<td>%.4g (%.4g to %.4g)</td>", spread.median, spread.min, spread.max);
}

void report_table(struct report *report, const struct result *result, const char *const *names)
{
	char name[NAME_BYTES];
	FILE *out = report->out;

	page_table_begin(out);
	fputs("<tr>", out);
	page_element(out, "th", "of");
	for (size_t n = 0; names[n]; n++)
		page_element(out, "th", "%s", names[n]);
	fputs("</tr>\n", out);
	for (size_t i = 0; i < result_row_count(result); i++) {
		const struct result_row *row = result_row(result, i);

		fputs("<tr>", out);
		page_element(out, result_row_is_valid(row) ? "td" : "td class=\"bad\"", "%s%s",
			     result_row_name(row, name, sizeof(name)),
			     result_row_is_valid(row) ? "" : " (not valid)");
		for (size_t n = 0; names[n]; n++)
			cell(out, result_spread(row, names[n]));
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

	page_element(out, "h3", "%s", result_row_name(row, name, sizeof(name)));
	page_table_begin(out);
	for (size_t i = 0; i < result_figure_count(row); i++) {
		const char *figure = result_figure_name(row, i);

		fputs("<tr>", out);
		page_element(out, "td", "%s (%s)", figure, result_figure_unit(row, figure));
		cell(out, result_spread(row, figure));
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
