#include "bench/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/page.h"
#include "bench/report_parts.h"
#include "client/options.h"

enum {
	RESULTS_MAX = 64,
	PATH_BYTES = 4096,
};

struct part {
	const char *command;
	bool (*write)(struct report *report, const struct result *result);
};

static bool no_part(struct report *report, const struct result *result)
{
	(void)report;
	(void)result;
	return true;
}

static const struct part parts[] = {
	{ "contrast", report_contrast },
	{ "compare", report_compare },
	{ "load", report_load },
	{ "self-test", no_part },
};

bool report_plot(struct report *report, struct plot *plot, const char *caption)
{
	char *svg;

	if (plot->curve_count == 0)
		return true;
	snprintf(plot->id, sizeof(plot->id), "plot%zu", ++report->plots);
	svg = plot_svg(plot, report->error);
	if (!svg)
		return false;
	page_figure(report->out, plot->id, svg, caption);
	free(svg);
	return !report->png_folder || plot_png(plot, report->png_folder, report->error) == 0;
}

bool report_row_is(const struct result_row *row, const char *label, const char *value)
{
	const char *is = result_row_label(row, label);

	return !value || (is && strncmp(is, value, REPORT_VALUE_BYTES - 1) == 0);
}

size_t report_values(const struct result *result, const char *label,
		     char values[][REPORT_VALUE_BYTES], size_t capacity)
{
	size_t count = 0;

	for (size_t i = 0; i < result_row_count(result); i++) {
		const char *value = result_row_label(result_row(result, i), label);
		size_t at = 0;

		while (value && at < count && strncmp(values[at], value, REPORT_VALUE_BYTES - 1))
			at++;
		if (value && at == count && count < capacity)
			snprintf(values[count++], REPORT_VALUE_BYTES, "%s", value);
	}
	return count;
}

/* The page. */

static bool write_result(struct report *report, const struct result *result, const char *path)
{
	const struct part *part = parts;

	while (part < parts + sizeof(parts) / sizeof(parts[0]) &&
	       strcmp(part->command, result_command(result)) != 0)
		part++;
	page_element(report->out, "h2", "%s: %s", result_command(result), path);
	if (!result_is_valid(result)) {
		page_element(report->out, "p class=\"bad\"",
			     "Not valid: a check of the bench's own failed. The figures stand here "
			     "all the same; do not cite them.");
		for (size_t i = 0; i < result_reason_count(result); i++)
			page_element(report->out, "p class=\"bad\"", "%s",
				     result_reason(result, i));
	}
	if (part == parts + sizeof(parts) / sizeof(parts[0]))
		page_element(report->out, "p", "No plots are made of this command's results.");
	else if (!part->write(report, result))
		return false;
	report_facts(report, result);
	return true;
}

static bool write_page(struct report *report, struct result *const *results, char *const *paths,
		       size_t count)
{
	page_begin(report->out, "Starling: what was measured");
	page_element(report->out, "p",
		     "Each figure is a median over repetitions where there are several, with the "
		     "smallest and largest beside it. bench/METRICS.md defines them.");
	for (size_t i = 0; i < count; i++)
		if (!write_result(report, results[i], paths[i]))
			return false;
	page_end(report->out);
	return true;
}

/*
 * Into a file beside the wanted one, which then takes its place: a report that could not be
 * finished leaves the old one as it was.
 */
static int write_file(struct report *report, const char *path, struct result *const *results,
		      char *const *paths, size_t count)
{
	char beside[PATH_BYTES];
	bool is_whole;

	if ((size_t)snprintf(beside, sizeof(beside), "%s.new", path) >= sizeof(beside)) {
		fprintf(stderr, "starling-bench report: --out %.60s...: too long a name\n", path);
		return 2;
	}
	report->out = fopen(beside, "we");
	if (!report->out) {
		fprintf(stderr, "starling-bench report: %s: %s\n", beside, strerror(errno));
		return 1;
	}
	is_whole = write_page(report, results, paths, count);
	errno = 0;
	if ((fclose(report->out) != 0 || (is_whole && rename(beside, path) != 0)) && is_whole) {
		snprintf(report->error, sizeof(report->error), "%.180s: %s", path,
			 strerror(errno ? errno : EIO));
		is_whole = false;
	}
	if (is_whole) {
		printf("%s: %zu plots of %zu results\n", path, report->plots, count);
		return 0;
	}
	unlink(beside);
	fprintf(stderr, "starling-bench report: %s\n", report->error);
	return 1;
}

/* The command line. */

static int read_results(char *const *paths, size_t count, struct result **results)
{
	char error[RESULT_ERROR_BYTES];

	for (size_t i = 0; i < count; i++) {
		results[i] = result_read(paths[i], error);
		if (results[i])
			continue;
		fprintf(stderr, "starling-bench report: %s\n", error);
		return 1;
	}
	return 0;
}

static int make_folder(const char *folder)
{
	if (!folder || mkdir(folder, 0777) == 0 || errno == EEXIST)
		return 0;
	fprintf(stderr, "starling-bench report: --png %s: %s\n", folder, strerror(errno));
	return 1;
}

static int run(struct report *report, const struct options *options, const char *out)
{
	struct result *results[RESULTS_MAX] = { NULL };
	const size_t count = (size_t)options->operand_count;
	int status = 0;

	if (!plot_is_possible(report->error)) {
		fprintf(stderr, "starling-bench report: %s\n", report->error);
		return 1;
	}
	status = make_folder(report->png_folder);
	if (status == 0)
		status = read_results(options->operands, count, results);
	if (status == 0)
		status = write_file(report, out, results, options->operands, count);
	for (size_t i = 0; i < count; i++)
		result_destroy(results[i]);
	return status;
}

int report_run(int argc, char **argv)
{
	struct report report = { 0 };
	struct options options;
	const char *out = "report.html";
	const struct options_flag flags[] = {
		{ "out", 'o', "FILE.html", "the page to write (default report.html)", options_text,
		  &out, 0, 0 },
		{ "png", 0, "FOLDER", "write each plot there as a PNG file, too", options_text,
		  &report.png_folder, 0, 0 },
	};
	const struct options_spec spec = {
		.name = "report",
		.program = "starling-bench",
		.operands = "RESULT.json ...",
		.operand_min = 1,
		.operand_max = RESULTS_MAX,
		.summary = "one HTML page, with plots, of what the other commands measured",
		.flags = flags,
		.flag_count = sizeof(flags) / sizeof(flags[0]),
		.lacks = OPTIONS_HOST | OPTIONS_PORT | OPTIONS_ROOM | OPTIONS_NAME | OPTIONS_MODE |
			 OPTIONS_PATIENCE | OPTIONS_VERBOSE | OPTIONS_IMPAIR | OPTIONS_SEED |
			 OPTIONS_JSON,
		.epilogue = "RESULT.json is what contrast, compare, load or self-test print with "
			    "--json.",
	};

	if (options_parse(&options, &spec, argc, argv) < 0)
		return options.exit_status;
	return run(&report, &options, out);
}
