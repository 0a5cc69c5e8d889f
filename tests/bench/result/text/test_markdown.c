/* A result as a table in Markdown: its columns, its rows' names, and reasons once each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/result/text/markdown.h"

static const struct column delay[] = { { "delay_p99_us", NULL, COLUMN_MEDIAN } };
#define DELAY (&(struct columns){ delay, 1, 1 })

static const double two[] = { 1500, 2500 };

static struct result *create(const char *command)
{
	char *const arguments[] = { "it", "--members", "16" };
	struct result *result = result_create(command, 3, arguments, true);

	assert_non_null(result);
	return result;
}

static struct result_row *add(struct result *result, const char *target, double members)
{
	struct result_row *row = result_add_row(result);

	result_label(row, "contender", target);
	result_label_number(row, "members", members);
	result_figure(row, "delay_p99_us", NULL, two, 2);
	return row;
}

/* `columns` NULL: the main ones. Destroys the result. To be freed. */
static char *markdown_of(struct result *result, const struct columns *columns)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	markdown_write(out, result, columns);
	assert_int_equal(fclose(out), 0);
	result_destroy(result);
	return text;
}

static void expect_table(struct result *result, const struct columns *columns, const char *table)
{
	char *text = markdown_of(result, columns);
	const char *at = strstr(text, "\n| ");

	if (!at || strcmp(at + 1, table) != 0)
		fail_msg("%s", text);
	free(text);
}

static void labels_that_all_rows_share_are_left_out(void **state)
{
	struct result *result = create("compare");

	(void)state;
	add(result, "starling", 16);
	add(result, "naive", 16);
	expect_table(result, NULL,
		     "| contender | delay p99, ms |\n| --- | ---: |\n"
		     "| starling | 2 (1.5 to 2.5) |\n| naive | 2 (1.5 to 2.5) |\n");
}

static void one_row_has_its_first_label(void **state)
{
	struct result *result = create("compare");

	(void)state;
	add(result, "starling", 16);
	expect_table(result, NULL,
		     "| contender | delay p99, ms |\n| --- | ---: |\n"
		     "| starling | 2 (1.5 to 2.5) |\n");
}

static void chosen_figures_are_the_columns_in_their_order(void **state)
{
	static const double lost[] = { 3, 3 };
	struct result *result = create("compare");
	static const struct column list[] = { { "lost", NULL, COLUMN_MEDIAN },
					      { "delay_p99_us", NULL, COLUMN_MEDIAN } };
	const struct columns columns = { list, 2, 2 };

	(void)state;
	result_figure(add(result, "starling", 16), "lost", NULL, lost, 2);
	add(result, "starling", 32);
	expect_table(result, &columns,
		     "| members | lost | delay p99, ms |\n| --- | ---: | ---: |\n"
		     "| 16 | 3 | 2 (1.5 to 2.5) |\n| 32 | - | 2 (1.5 to 2.5) |\n");
}

static void rows_without_any_of_the_columns_are_left_out(void **state)
{
	struct result *result = create("self-test");

	(void)state;
	result_label(result_add_row(result), "check", "clock");
	add(result, "udp", 2);
	expect_table(result, DELAY,
		     "| contender | delay p99, ms |\n| --- | ---: |\n| udp | 2 (1.5 to 2.5) |\n");
}

static void of_a_search_the_table_has_the_load_that_was_found(void **state)
{
	struct result *result = create("load");

	(void)state;
	result_label_number(add(result, "naive", 64), "step", 1);
	result_label(add(result, "naive", 16), "step", "result");
	expect_table(result, DELAY,
		     "| contender | delay p99, ms |\n| --- | ---: |\n| naive | 2 (1.5 to 2.5) |\n");
}

static void a_row_says_its_first_reason_and_how_many_more_there_are(void **state)
{
	struct result *result = create("compare");
	struct result_row *row = add(result, "starling", 16);
	char *text;

	(void)state;
	result_not_valid(result, row, "repetition 1: late");
	result_not_valid(result, row, "repetition 2: late");
	result_not_valid(result, add(result, "naive", 16), "repetition 2: lost");
	result_not_valid(result, NULL, "stopped");
	text = markdown_of(result, NULL);
	if (!strstr(text, "| starling (not valid) |") ||
	    !strstr(text, "\n\nnot valid: starling: repetition 1: late (and 1 more)\n"
			  "not valid: naive: repetition 2: lost\nnot valid: stopped\n"))
		fail_msg("%s", text);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_that_all_rows_share_are_left_out),
		cmocka_unit_test(one_row_has_its_first_label),
		cmocka_unit_test(chosen_figures_are_the_columns_in_their_order),
		cmocka_unit_test(rows_without_any_of_the_columns_are_left_out),
		cmocka_unit_test(of_a_search_the_table_has_the_load_that_was_found),
		cmocka_unit_test(a_row_says_its_first_reason_and_how_many_more_there_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
