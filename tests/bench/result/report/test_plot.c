/* What gnuplot is told, to the byte where a text could be more than a text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "bench/result/report/page.h"
#include "bench/result/report/plot_script.h"

static char *text;
static size_t size;

static FILE *begin(void)
{
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	return out;
}

static void expect(FILE *out, const char *expected)
{
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void a_text_is_quoted_so_that_nothing_in_it_is_run(void **state)
{
	static const struct {
		const char *text, *quoted;
	} cases[] = {
		{ "plain", "'plain'" },
		{ "it's", "'it''s'" },
		{ "`id` $(id) \"x\" \\n", "'`id` $(id) \"x\" \\n'" },
		{ "two\nlines\r\t\x7f", "'twolines'" },
		{ "' ; system('id') ; '", "''' ; system(''id'') ; '''" },
		{ "\xc3\xa4", "'\xc3\xa4'" },
		{ "", "''" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		FILE *out = begin();

		plot_script_text(cases[i].text, out);
		expect(out, cases[i].quoted);
	}
}

static void no_text_ends_a_block_of_data(void **state)
{
	static const double heights[] = { 1, NAN };
	struct plot plot = { .id = "plot1", .bar_count = 2, .curve_count = 1 };
	FILE *out = begin();

	(void)state;
	plot.curves[0] = (struct plot_curve){ .name = "part", .y = heights, .count = 2 };
	snprintf(plot.bars[0], PLOT_TEXT_BYTES, "a\"\nEND\nsystem 'id'\n");
	snprintf(plot.bars[1], PLOT_TEXT_BYTES, "b");
	plot_script_write(&plot, out);
	fclose(out);
	assert_non_null(strstr(text, "$data << END\n\"aENDsystem 'id'\" 1\n\"b\" NaN\nEND\n"));
	free(text);
}

static void a_curve_has_its_points_and_its_range(void **state)
{
	static const double x[] = { 1, 2 }, y[] = { 0.5, INFINITY }, low[] = { 0.25, 1 },
			    high[] = { 0.75, 2 };
	struct plot plot = { .id = "plot1", .is_x_log = true, .y_max = 3, .curve_count = 1 };
	FILE *out = begin();

	(void)state;
	plot.curves[0] = (struct plot_curve){
		.name = "c", .x = x, .y = y, .low = low, .high = high, .count = 2
	};
	plot_script_write(&plot, out);
	fclose(out);
	assert_non_null(strstr(text, "$data0 << END\n 1 0.5 0.25 0.75\n 2 NaN 1 2\nEND\n"));
	assert_non_null(strstr(text, "set logscale x\n"));
	assert_non_null(strstr(text, "set yrange [0:3]\n"));
	assert_non_null(strstr(text, "filledcurves"));
	free(text);
}

static void a_bar_has_its_range_as_a_stroke(void **state)
{
	static const double heights[] = { 2, 3 }, low[] = { 1, 3 }, high[] = { 4, 5 };
	struct plot plot = { .id = "plot1", .bar_count = 2, .curve_count = 1 };
	FILE *out = begin();

	(void)state;
	plot.curves[0] = (struct plot_curve){
		.name = "part", .y = heights, .low = low, .high = high, .count = 2
	};
	snprintf(plot.bars[0], PLOT_TEXT_BYTES, "a");
	snprintf(plot.bars[1], PLOT_TEXT_BYTES, "b");
	plot_script_write(&plot, out);
	fclose(out);
	assert_non_null(strstr(text, "$data << END\n\"a\" 2 1 4\n\"b\" 3 3 5\nEND\n"));
	assert_non_null(strstr(text, "set style histogram errorbars"));
	assert_non_null(strstr(text, "$data using 2:3:4:xtic(1)"));
	free(text);
}

static void a_text_on_the_page_is_no_markup(void **state)
{
	FILE *out = begin();

	(void)state;
	page_element(out, "td class=\"bad\"", "%s", "<script>'\"&");
	expect(out, "<td class=\"bad\">&lt;script&gt;&#39;&quot;&amp;</td>\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_quoted_so_that_nothing_in_it_is_run),
		cmocka_unit_test(no_text_ends_a_block_of_data),
		cmocka_unit_test(a_curve_has_its_points_and_its_range),
		cmocka_unit_test(a_bar_has_its_range_as_a_stroke),
		cmocka_unit_test(a_text_on_the_page_is_no_markup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
