/* The one list of figures: whole, without doubles, and with scales that keep a value what it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/result/figures.h"
#include "bench/result/text/columns.h"

enum {
	METRICS_BYTES = 1 << 17,
	LINE_BYTES = 100,
};

static void each_figure_is_there_once_and_says_in_a_line_what_it_means(void **state)
{
	(void)state;
	for (size_t i = 0; i < figures_count; i++) {
		const size_t line = strlen(figures[i].title) + strlen(": ") +
				    figures_first_sentence(&figures[i]);

		assert_ptr_equal(figures_find(figures[i].name), &figures[i]);
		assert_true(strlen(figures[i].title) > 0);
		assert_true(strlen(figures[i].meaning) > 20);
		assert_int_equal(figures[i].meaning[strlen(figures[i].meaning) - 1], '.');
		if (line > LINE_BYTES)
			fail_msg("%s: %zu columns", figures[i].name, line);
	}
}

/* Whether METRICS.md names it in backticks, itself or its first word as `cause_*`. */
static bool is_defined(const char *metrics, const char *name)
{
	char whole[64], group[64];

	snprintf(whole, sizeof(whole), "`%s`", name);
	snprintf(group, sizeof(group), "`%.*s_*`", (int)strcspn(name, "_"), name);
	return strstr(metrics, whole) || strstr(metrics, group);
}

static const char *read_metrics(void)
{
	static char metrics[METRICS_BYTES];
	FILE *file = fopen("bench/METRICS.md", "r");

	assert_non_null(file);
	metrics[fread(metrics, 1, sizeof(metrics) - 1, file)] = '\0';
	assert_true(feof(file));
	fclose(file);
	return metrics;
}

static void metrics_md_defines_each_figure(void **state)
{
	const char *metrics = read_metrics();

	(void)state;
	for (size_t i = 0; i < figures_count; i++)
		if (!is_defined(metrics, figures[i].name))
			fail_msg("%s", figures[i].name);
}

static void the_sources_that_metrics_md_names_are_there(void **state)
{
	const char *at = read_metrics();

	(void)state;
	while ((at = strchr(at, '`'))) {
		const size_t size = strcspn(++at, "`");
		char path[128];

		snprintf(path, sizeof(path), "%.*s", (int)size, at);
		at += size + (at[size] == '`');
		if (strchr(path, '/') && strchr("ch", path[strlen(path) - 1]) &&
		    path[strlen(path) - 2] == '.' && access(path, R_OK) != 0)
			fail_msg("%s", path);
	}
}

static void each_column_of_a_table_is_a_figure_of_the_list(void **state)
{
	static const char *const commands[] = { "contrast", "compare", "load", "self-test" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct columns columns = columns_of(commands[i]);

		assert_true(columns.main_count > 0);
		for (size_t n = 0; n < columns.count; n++) {
			assert_non_null(figures_find(columns.list[n].figure));
			assert_int_equal(columns.list[n].form == COLUMN_WIDE,
					 n >= columns.main_count);
		}
	}
	assert_int_equal(columns_of("proxy").count, 0);
}

static void a_shown_unit_is_the_same_value(void **state)
{
	(void)state;
	assert_int_equal(figures_scale(figures_find("age_p99_us")) * 2000, 2);
	assert_int_equal(figures_scale(figures_find("cpu_us_per_update")), 1);
	assert_int_equal(figures_scale(figures_find("peak_bytes")) * (3 << 20), 3);
	assert_int_equal(figures_scale(figures_find("loss")), 100);
	assert_int_equal(figures_scale(figures_find("delivered")), 1);
}

static void a_name_is_found_and_one_in_no_list_is_not(void **state)
{
	(void)state;
	assert_string_equal(figures_find("age_p99_us")->name, "age_p99_us");
	assert_null(figures_find("age_p99"));
	assert_null(figures_find("of tomorrow"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_figure_is_there_once_and_says_in_a_line_what_it_means),
		cmocka_unit_test(metrics_md_defines_each_figure),
		cmocka_unit_test(the_sources_that_metrics_md_names_are_there),
		cmocka_unit_test(each_column_of_a_table_is_a_figure_of_the_list),
		cmocka_unit_test(a_shown_unit_is_the_same_value),
		cmocka_unit_test(a_name_is_found_and_one_in_no_list_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
