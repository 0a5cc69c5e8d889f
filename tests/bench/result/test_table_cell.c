/* A figure as a column of a table has it. */
#include "bench/result/table_cell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	TEXT_BYTES = 64,
};

static int own_stdout;
static FILE *file;
static char text[TEXT_BYTES];

/* What is printed to stdout from now on comes back from `printed`. */
static void begin(void)
{
	fflush(stdout);
	file = tmpfile();
	assert_non_null(file);
	own_stdout = dup(STDOUT_FILENO);
	dup2(fileno(file), STDOUT_FILENO);
}

static const char *printed(void)
{
	size_t size;

	fflush(stdout);
	dup2(own_stdout, STDOUT_FILENO);
	close(own_stdout);
	rewind(file);
	size = fread(text, 1, sizeof(text) - 1, file);
	text[size] = '\0';
	fclose(file);
	return text;
}

static void a_figure_gives_up_decimals_rather_than_its_column(void **state)
{
	const struct {
		double value;
		int width, decimals;
		const char *text;
	} rows[] = {
		{ 0.1234, 6, 3, "  0.123" },     { 99.9994, 6, 3, " 99.999" },
		{ 102.023, 6, 3, " 102.02" },    { 99.9999, 6, 3, " 100.00" },
		{ 12345.67, 6, 3, "  12346" },   { -10.5, 4, 1, "  -10" },
		{ 1234567.8, 6, 1, " 1234568" }, /* no digit before the point is given up */
		{ INFINITY, 6, 3, "      -" },   { NAN, 6, 3, "      -" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin();
		table_cell_print(rows[i].value, rows[i].width, rows[i].decimals);
		assert_string_equal(printed(), rows[i].text);
	}
}

static void a_range_gives_up_decimals_rather_than_its_column(void **state)
{
	const struct {
		double min, max, unit;
		const char *text;
	} rows[] = {
		{ 1, 2, 1, "     1.000-2.000" },
		{ 90.12, 101.7, 1, "  90.120-101.700" },
		{ 1e6, 2e6, 1e3, " 1000.00-2000.00" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct spread spread = { .median = rows[i].min,
					       .min = rows[i].min,
					       .max = rows[i].max };

		begin();
		table_cell_print_range(&spread, rows[i].unit, 15, 3);
		assert_string_equal(printed(), rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_figure_gives_up_decimals_rather_than_its_column),
		cmocka_unit_test(a_range_gives_up_decimals_rather_than_its_column),
	};

	return cmocka_run_group_tests_name("cell", tests, NULL, NULL);
}
