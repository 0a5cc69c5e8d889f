#include "bench/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/options/list.h"
#include "bench/result/figures.h"
#include "bench/result/text/markdown.h"
#include "bench/result/page.h"
#include "client/options.h"
#include "proto/wire/text.h"

enum {
	RESULTS_MAX = 64,
	COLUMNS_MAX = 160, /* all figures and more */
	PATH_BYTES = 4096,
};

struct form {
	bool is_markdown;
	struct column chosen[COLUMNS_MAX];
	size_t chosen_count; /* 0: those that each command has */
};

/* False with a sentence in `error`. */
static bool write_form(const struct page *page, const struct form *form, FILE *out,
		       char error[static PAGE_ERROR_BYTES])
{
	const struct columns chosen = { form->chosen, form->chosen_count, form->chosen_count };

	if (!form->is_markdown)
		return page_write(page, out, error) == 0;
	for (size_t i = 0; i < page->count; i++)
		markdown_write(out, page->results[i], form->chosen_count > 0 ? &chosen : NULL);
	return true;
}

/* The whole in memory, to be freed, so that nothing of a report that failed is written. */
static char *compose(const struct page *page, const struct form *form, size_t *size,
		     char error[static PAGE_ERROR_BYTES])
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);
	bool is_whole = out && write_form(page, form, out, error);

	if (out && fclose(out) == 0 && is_whole)
		return text;
	if (error[0] == '\0')
		snprintf(error, PAGE_ERROR_BYTES, "not enough memory");
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

static int write_report(const struct page *page, const struct form *form, const char *path)
{
	char error[PAGE_ERROR_BYTES] = "";
	size_t size = 0;
	char *text = compose(page, form, &size, error);
	bool is_written;

	if (!text) {
		fprintf(stderr, "starling-bench report: %s\n", error);
		return 1;
	}
	is_written = write_out(path, text, size);
	if (!is_written && !path)
		clearerr(stdout); /* said here */
	if (!is_written)
		fprintf(stderr, "starling-bench report: %s: %s\n",
			path ? text_shown(path).text : "standard output", strerror(errno));
	else if (path)
		printf("%s: %zu %s\n", text_shown(path).text, page->count,
		       text_plural(page->count, "result", "results"));
	free(text);
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

/* A slip such as `-o *.json` would lose what took long to measure. */
static bool is_a_result(const char *path)
{
	char error[RESULT_ERROR_BYTES];
	struct result *result = NULL;
	bool is_one;
	struct stat is;

	if (path && stat(path, &is) == 0 && S_ISREG(is.st_mode))
		result = result_read(path, error);
	is_one = result;
	if (is_one)
		fprintf(stderr,
			"starling-bench report: --out %s: this is a result, which would be lost; "
			"give another name\n",
			text_shown(path).text);
	result_destroy(result);
	return is_one;
}

static int run(struct page *page, const struct options *options, const struct form *form,
	       const char *out)
{
	struct result *results[RESULTS_MAX] = { NULL };
	int status;

	page->results = results;
	page->paths = options->reading.operands;
	page->count = (size_t)options->reading.operand_count;
	status = read_results(page->paths, page->count, results);
	if (status == 0)
		status = write_report(page, form, out);
	for (size_t i = 0; i < page->count; i++)
		result_destroy(results[i]);
	return status;
}

static bool read_figures(const struct option_row *row, const char *text, char *must,
			 size_t must_bytes)
{
	const size_t count = figures_count < COLUMNS_MAX ? figures_count : COLUMNS_MAX;
	struct form *form = row->value;
	const char *names[COLUMNS_MAX];
	size_t places[COLUMNS_MAX];

	for (size_t i = 0; i < count; i++)
		names[i] = figures[i].name;
	form->chosen_count = list_words(text, names, count, places);
	for (size_t i = 0; i < form->chosen_count; i++)
		form->chosen[i] = (struct column){ .figure = names[places[i]] };
	snprintf(must, must_bytes,
		 "must be names of figures, as a result file has them, each once, with commas "
		 "between");
	return form->chosen_count > 0;
}

static const struct option_kind figures_kind = { .forms = OPTION_AS_TEXT, .read = read_figures };

int report_run(int argc, char **argv)
{
	struct page page = { .chart_path = PAGE_CHART_PATH };
	struct options options;
	struct form form = { .is_markdown = false };
	const char *out = NULL;
	const struct option_row rows[] = {
		{ "out", 'o', "FILE",
		  "what to write, - for standard output (default report.html, or - with --markdown)",
		  &option_text, &out, 0, 0 },
		{ "chart", 0, "FILE", "Chart.js 3 (default " PAGE_CHART_PATH ")", &option_text,
		  &page.chart_path, 0, 0 },
		{ "markdown", 0, NULL, "write the tables alone, in Markdown", &option_switch,
		  &form.is_markdown, 0, 0 },
		{ "figures", 0, "NAME,...",
		  "the columns of the tables in Markdown (default: the main ones of each)",
		  &figures_kind, &form, 0, 0 },
	};
	const struct options_spec spec = {
		.name = "report",
		.program = "starling-bench",
		.operands = "RESULT.json ...",
		.operand_min = 1,
		.operand_max = RESULTS_MAX,
		.summary = "One HTML page, with plots, of what the other commands measured",
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
	if (form.chosen_count > 0 && !form.is_markdown) {
		fputs("starling-bench report: --figures is for --markdown\n", stderr);
		return 2;
	}
	if (out ? strcmp(out, "-") == 0 : form.is_markdown)
		out = NULL;
	else if (!out)
		out = "report.html";
	return is_a_result(out) ? 2 : run(&page, &options, &form, out);
}
