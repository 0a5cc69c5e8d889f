#include "bench/repeat.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result_document.h"

enum {
	NAME_BYTES = 160,
	EXIT_NOT_CONSISTENT = 3,
};

/* One figure. */

static struct spread widened(struct spread span)
{
	const double by = (span.max - span.min) / 4 + 0.05 * fabs(span.median);

	return (struct spread){ .median = span.median, .min = span.min - by, .max = span.max + by };
}

static bool overlap(struct spread one, struct spread other)
{
	const struct spread a = widened(one), b = widened(other);

	/* What could not be measured, before and now. */
	if (!isfinite(one.median) && !isfinite(other.median))
		return true;
	return a.min <= b.max && b.min <= a.max;
}

/* As far as a file keeps a number. */
static bool is_same(double old, double new)
{
	return fabs(old - new) <= 1e-12 * fabs(old) || (isnan(old) && isnan(new));
}

static bool are_equal(const struct result_row *before, const struct result_row *now,
		      const char *name)
{
	double old[SPREAD_MAX], new[SPREAD_MAX];
	const size_t count = result_values(before, name, old, SPREAD_MAX);

	if (result_values(now, name, new, SPREAD_MAX) != count)
		return false;
	for (size_t i = 0; i < count && i < SPREAD_MAX; i++)
		if (!is_same(old[i], new[i]))
			return false;
	return true;
}

static void print_span(FILE *out, struct spread span)
{
	char text[48];

	snprintf(text, sizeof(text), "%.4g (%.4g to %.4g)", span.median, span.min, span.max);
	fprintf(out, " %28s", text);
}

static void print_difference(const char *row, const char *name, struct spread old,
			     struct spread new, FILE *out, bool is_first)
{
	if (is_first)
		fprintf(out, "%-38s %28s %28s\n", "what differs", "before", "now");
	fprintf(out, "%.60s\n  %-36.36s", row, name);
	print_span(out, old);
	print_span(out, new);
	fputc('\n', out);
}

/* Rows. */

static const struct result_row *find(const struct result *result, const char *name)
{
	char other[NAME_BYTES];

	for (size_t i = 0; i < result_row_count(result); i++) {
		const struct result_row *row = result_row(result, i);

		if (strcmp(result_row_name(row, other, sizeof(other)), name) == 0)
			return row;
	}
	return NULL;
}

static void compare_row(const struct result_row *before, const struct result_row *now,
			const char *row, bool is_exact, struct repeat_verdict *verdict, FILE *out)
{
	for (size_t i = 0; i < result_figure_count(before); i++) {
		const char *name = result_figure_name(before, i);
		const struct spread old = result_spread(before, name);
		struct spread new;

		if (!now || !result_figure_unit(now, name)) {
			verdict->missing++;
			continue;
		}
		new = result_spread(now, name);
		if (is_exact ? are_equal(before, now, name) : overlap(old, new)) {
			verdict->consistent++;
			continue;
		}
		print_difference(row, name, old, new, out, verdict->differing == 0);
		verdict->differing++;
	}
}

/* Figures of `now` that `before` does not have. */
static size_t count_new(const struct result_row *before, const struct result_row *now)
{
	size_t count = 0;

	for (size_t i = 0; i < result_figure_count(now); i++)
		count += !before || !result_figure_unit(before, result_figure_name(now, i));
	return count;
}

static bool is_search_step(const struct result_row *row)
{
	const char *step = result_row_label(row, "step");

	return step && step[0] >= '0' && step[0] <= '9';
}

struct repeat_verdict repeat_compare(const struct result *before, const struct result *now,
				     FILE *out)
{
	const bool is_exact =
		cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(before->document, "simulated"));
	struct repeat_verdict verdict = { 0 };
	char name[NAME_BYTES];

	for (size_t i = 0; i < result_row_count(before); i++) {
		const struct result_row *row = result_row(before, i);

		if (is_search_step(row))
			continue;
		result_row_name(row, name, sizeof(name));
		compare_row(row, find(now, name), name, is_exact, &verdict, out);
	}
	for (size_t i = 0; i < result_row_count(now); i++) {
		const struct result_row *row = result_row(now, i);

		if (is_search_step(row))
			continue;
		result_row_name(row, name, sizeof(name));
		verdict.missing += count_new(find(before, name), row);
	}
	fprintf(out, "%zu figures are %s, %zu differ, %zu are only in one of the two: ",
		verdict.consistent, is_exact ? "equal" : "consistent with those before",
		verdict.differing, verdict.missing);
	fputs(verdict.differing + verdict.missing == 0 ? "it repeats\n" : "it does not repeat\n",
	      out);
	return verdict;
}

/* Running again. */

const char *repeat_file(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--repeat-of=", 12) == 0)
			return argv[i] + 12;
		if (strcmp(argv[i], "--repeat-of") == 0 && i + 1 < argc)
			return argv[i + 1];
	}
	return NULL;
}

/* argv as the file has it; its texts stay the result's. NULL: no memory. */
static char **arguments_of(const struct result *result, const char *command, int *argc)
{
	const size_t count = result_argument_count(result);
	char **argv = calloc(count + 2, sizeof(*argv));

	if (!argv)
		return NULL;
	argv[0] = (char *)(uintptr_t)command; /* as main has it */
	for (size_t i = 0; i < count; i++)
		argv[i + 1] = (char *)(uintptr_t)result_argument(result, i);
	*argc = (int)count + 1;
	return argv;
}

static int measure_again(const struct result *before, const char *command, repeat_measure *measure)
{
	struct repeat_verdict verdict;
	struct result *now = NULL;
	int argc = 0, status;
	char **argv = arguments_of(before, command, &argc);

	if (!argv)
		return 1;
	printf("running again: starling-bench %s", command);
	for (int i = 1; i < argc; i++)
		printf(" %s", argv[i]);
	putchar('\n');
	fflush(stdout);
	status = measure(argc, argv, &now);
	if (now) {
		verdict = repeat_compare(before, now, stdout);
		for (size_t i = 0; i < result_reason_count(now); i++)
			printf("not valid: %s\n", result_reason(now, i));
		if (status == 0 && verdict.differing + verdict.missing > 0)
			status = EXIT_NOT_CONSISTENT;
	}
	result_destroy(now);
	free(argv);
	return status;
}

int repeat_run(int argc, char **argv, repeat_measure *measure)
{
	const char *path = repeat_file(argc, argv), *command = argv[0];
	char error[RESULT_ERROR_BYTES] = "--repeat-of: wants a file";
	struct result *before = NULL;
	int status;

	if (path && argc > 2 + (strcmp(argv[1], "--repeat-of") == 0))
		snprintf(error, sizeof(error),
			 "--repeat-of %.200s: takes everything from the file; leave the rest out",
			 path);
	else if (path)
		before = result_read(path, error);
	if (!before) {
		fprintf(stderr, "starling-bench %s: %s\n", command, error);
		return 2;
	}
	if (strcmp(result_command(before), command) != 0) {
		fprintf(stderr,
			"starling-bench %s: %s: command is \"%s\"; expected \"%s\": try "
			"`starling-bench %s --repeat-of %s`\n",
			command, path, result_command(before), command, result_command(before),
			path);
		result_destroy(before);
		return 2;
	}
	status = measure_again(before, command, measure);
	result_destroy(before);
	return status;
}
