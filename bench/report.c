#include "bench/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/result/report/page.h"
#include "bench/result/report/report_parts.h"
#include "client/options.h"
#include "proto/wire/text.h"

enum {
	RESULTS_MAX = 64,
	PATH_BYTES = 4096,
};

static const struct report_part *const parts[] = { &report_contrast, &report_compare, &report_load,
						   &report_self_test };

static const struct report_part *part_of(const struct result *result)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(parts[i]->command, result_command(result)) == 0)
			return parts[i];
	return NULL;
}

/* Markdown has none of its own. */
static bool has_plots(const struct report *report)
{
	return !report->is_markdown || report->png_folder || report->svg_folder;
}

static bool save_plot(struct report *report, const struct plot *plot)
{
	return (!report->png_folder ||
		plot_save(plot, PLOT_PNG, report->png_folder, report->error) == 0) &&
	       (!report->svg_folder ||
		plot_save(plot, PLOT_SVG, report->svg_folder, report->error) == 0);
}

bool report_plot(struct report *report, struct plot *plot, const char *caption)
{
	char *svg, *narrow;

	if (plot->curve_count == 0)
		return true;
	snprintf(plot->id, sizeof(plot->id), "plot%zu", ++report->plots);
	if (report->is_markdown)
		return save_plot(report, plot);
	svg = plot_svg(plot, false, report->error);
	narrow = svg ? plot_svg(plot, true, report->error) : NULL;
	if (narrow)
		page_figure(report->out, plot->id, svg, narrow, caption);
	free(svg);
	free(narrow);
	return narrow && save_plot(report, plot);
}

bool report_row_is(const struct result_row *row, const char *label, const char *value)
{
	const char *is = result_row_label(row, label);

	return !value || (is && strncmp(is, value, REPORT_VALUE_BYTES - 1) == 0);
}

bool report_is_modelled(const struct result_row *row)
{
	return result_spread(row, "modelled").median > 0; /* NAN is not */
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

static void write_reasons(struct report *report, const struct result *result)
{
	if (result_is_valid(result))
		return;
	page_element(report->out, "p class=\"bad\"",
		     "Not valid: a check of the bench's own failed. The figures stand here all the "
		     "same; do not cite them.");
	for (size_t i = 0; i < result_reason_count(result); i++)
		page_element(report->out, "p class=\"bad\"", "%s", result_reason(result, i));
}

static bool write_result(struct report *report, const struct result *result, const char *path)
{
	const struct report_part *part = part_of(result);

	if (!part) {
		snprintf(report->error, sizeof(report->error),
			 "%s: command is \"%.30s\"; expected contrast, compare, load or self-test",
			 text_shown(path).text, result_command(result));
		return false;
	}
	if (report->is_markdown) {
		report_markdown(report, result, part);
		return !has_plots(report) || !part->draw || part->draw(report, result);
	}
	page_element(report->out, "h2", "%s: %s", result_command(result), text_shown(path).text);
	write_reasons(report, result);
	if (part->draw && !part->draw(report, result))
		return false;
	report_table(report, result, part);
	report_facts(report, result);
	return true;
}

static bool write_page(struct report *report, struct result *const *results, char *const *paths,
		       size_t count)
{
	if (!report->is_markdown) {
		page_begin(report->out, "Starling: what was measured");
		page_element(report->out, "p",
			     "Each figure is a median over repetitions where there are several, "
			     "with the smallest and largest beside it. METRICS.md defines "
			     "them.");
	}
	for (size_t i = 0; i < count; i++)
		if (!write_result(report, results[i], paths[i]))
			return false;
	if (!report->is_markdown)
		page_end(report->out);
	return true;
}

/* The whole in memory, to be freed, so that nothing of a report that failed is written. */
static char *compose(struct report *report, struct result *const *results, char *const *paths,
		     size_t count, size_t *size)
{
	char *text = NULL;
	bool is_whole;

	report->out = open_memstream(&text, size);
	is_whole = report->out && write_page(report, results, paths, count);
	if (report->out && fclose(report->out) == 0 && is_whole)
		return text;
	if (report->error[0] == '\0')
		snprintf(report->error, sizeof(report->error), "not enough memory");
	free(text);
	return NULL;
}

/* `file` may be NULL: it could not be opened. Closes it. False, with errno. */
static bool write_all(FILE *file, const char *text, size_t size)
{
	bool is_written;

	if (!file)
		return false;
	errno = 0;
	is_written = fwrite(text, 1, size, file) == size;
	if (fclose(file) != 0)
		is_written = false;
	if (!is_written && errno == 0)
		errno = EIO;
	return is_written;
}

/* Beside the wanted file, whose place it then takes: what was there stays until this is whole. */
static bool replace_file(const char *path, const char *text, size_t size)
{
	char beside[PATH_BYTES];
	int error;

	if ((size_t)snprintf(beside, sizeof(beside), "%s.new", path) >= sizeof(beside)) {
		errno = ENAMETOOLONG;
		return false;
	}
	if (write_all(fopen(beside, "we"), text, size) && rename(beside, path) == 0)
		return true;
	error = errno;
	unlink(beside);
	errno = error;
	return false;
}

/*
 * Only a regular file, or none, is replaced. Anything else, such as a device or a link, is what its
 * owner made of it, and is written to. NULL: standard output.
 */
static bool write_out(const char *path, const char *text, size_t size)
{
	struct stat is;

	if (!path)
		return fwrite(text, 1, size, stdout) == size && fflush(stdout) == 0;
	if (lstat(path, &is) == 0 && !S_ISREG(is.st_mode))
		return write_all(fopen(path, "we"), text, size);
	return replace_file(path, text, size);
}

static int write_report(struct report *report, const char *path, struct result *const *results,
			char *const *paths, size_t count)
{
	size_t size = 0;
	char *text = compose(report, results, paths, count, &size);
	bool is_written;

	if (!text) {
		fprintf(stderr, "starling-bench report: %s\n", report->error);
		return 1;
	}
	is_written = write_out(path, text, size);
	if (!is_written)
		fprintf(stderr, "starling-bench report: %s: %s\n",
			path ? text_shown(path).text : "standard output", strerror(errno));
	free(text);
	if (is_written && path && report->is_markdown)
		printf("%s: %zu %s\n", text_shown(path).text, count,
		       text_plural(count, "result", "results"));
	else if (is_written && path)
		printf("%s: %zu %s of %zu %s\n", text_shown(path).text, report->plots,
		       text_plural(report->plots, "plot", "plots"), count,
		       text_plural(count, "result", "results"));
	return is_written ? 0 : 1;
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

static int make_folder(const char *flag, const char *folder)
{
	if (!folder || mkdir(folder, 0777) == 0 || errno == EEXIST)
		return 0;
	fprintf(stderr, "starling-bench report: %s %s: %s\n", flag, text_shown(folder).text,
		strerror(errno));
	return 1;
}

static int run(struct report *report, const struct options *options, const char *out)
{
	struct result *results[RESULTS_MAX] = { NULL };
	const size_t count = (size_t)options->reading.operand_count;
	int status = 0;

	if (has_plots(report) && !plot_is_possible(report->error)) {
		fprintf(stderr, "starling-bench report: %s\n", report->error);
		return 1;
	}
	status = make_folder("--png", report->png_folder);
	if (status == 0)
		status = make_folder("--svg", report->svg_folder);
	if (status == 0)
		status = read_results(options->reading.operands, count, results);
	if (status == 0)
		status = write_report(report, out, results, options->reading.operands, count);
	for (size_t i = 0; i < count; i++)
		result_destroy(results[i]);
	return status;
}

int report_run(int argc, char **argv)
{
	struct report report = { 0 };
	struct options options;
	const char *out = NULL;
	const struct option_row rows[] = {
		{ "out", 'o', "FILE",
		  "what to write (default report.html, or standard output with --markdown)",
		  &option_text, &out, 0, 0 },
		{ "png", 0, "FOLDER", "write each plot there as a PNG file, too", &option_text,
		  &report.png_folder, 0, 0 },
		{ "svg", 0, "FOLDER", "the same as SVG files", &option_text, &report.svg_folder, 0,
		  0 },
		{ "markdown", 0, NULL, "write the tables alone, in Markdown", &option_switch,
		  &report.is_markdown, 0, 0 },
	};
	const struct options_spec spec = {
		.name = "report",
		.program = "starling-bench",
		.operands = "RESULT.json ...",
		.operand_min = 1,
		.operand_max = RESULTS_MAX,
		.summary = "one HTML page, with plots, of what the other commands measured",
		.rows = rows,
		.row_count = sizeof(rows) / sizeof(rows[0]),
		.lacks = OPTIONS_HOST | OPTIONS_PORT | OPTIONS_ROOM | OPTIONS_NAME | OPTIONS_MODE |
			 OPTIONS_PATIENCE | OPTIONS_VERBOSE | OPTIONS_IMPAIR | OPTIONS_SEED |
			 OPTIONS_JSON,
		.epilogue = "RESULT.json is what contrast, compare, load or self-test print with "
			    "--json.",
	};

	if (options_parse(&options, &spec, argc, argv) < 0)
		return options.exit_status;
	if (!out && !report.is_markdown)
		out = "report.html";
	return run(&report, &options, out);
}
