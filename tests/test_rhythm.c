#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/trace.h"

enum {
	IDS_MAX = 4,
};

#define HEADER "t,id,x,y,z\n"

struct row {
	const char *name;
	const char *text;
	double interval_s[IDS_MAX]; /* by rank; 0: no more */
	double period_s;
};

static const struct row rows[] = {
	{ "one time for all",
	  HEADER "0,1,0,0,0\n0,2,0,0,0\n1,1,0,0,0\n1,2,0,0,0\n3,1,0,0,0\n",
	  { 1, 1 },
	  4 },
	{ "the last rows of two ids lie close together",
	  HEADER "0,1,0,0,0\n0.5,2,0,0,0\n2,1,0,0,0\n2.5,2,0,0,0\n4,1,0,0,0\n4.001,2,0,0,0\n",
	  { 2, 1.501 },
	  6 },
	{ "rates that differ a hundredfold",
	  HEADER "0,1,0,0,0\n0,2,0,0,0\n0.1,2,0,0,0\n0.2,2,0,0,0\n0.3,2,0,0,0\n10,1,0,0,0\n",
	  { 10, 0.1 },
	  20 },
	{ "a break and a burst are not an id's interval",
	  HEADER "5,1,0,0,0\n6,1,0,0,0\n7,1,0,0,0\n7.001,1,0,0,0\n8,1,0,0,0\n60,1,0,0,0\n",
	  { 1 },
	  56 },
	{ "an id of one row has the others' usual interval",
	  HEADER "0,1,0,0,0\n0,2,0,0,0\n1,9,0,0,0\n2,1,0,0,0\n3,2,0,0,0\n4,1,0,0,0\n",
	  { 2, 3, 2 },
	  6 },
	{ "nobody has a second row", HEADER "0,1,0,0,0\n30,2,0,0,0\n", { 1, 1 }, 31 },
	{ "a single row", HEADER "7,1,0,0,0\n", { 1 }, 1 },
};

static void expect_close(double is, double expected)
{
	if (is < expected - 1e-9 || is > expected + 1e-9)
		fail_msg("%.9f is not %.9f", is, expected);
}

static void the_rhythm_is_found(void **state)
{
	const struct row *row = *state;
	FILE *file = fmemopen((void *)(uintptr_t)row->text, strlen(row->text), "r");
	char why[TRACE_ERROR_BYTES];
	struct trace trace;

	assert_non_null(file);
	assert_int_equal(trace_read(&trace, file, "walk.csv", why), 0);
	fclose(file);
	for (size_t rank = 0; rank < trace.id_count; rank++)
		expect_close(trace.ids[rank].interval_s, row->interval_s[rank]);
	expect_close(trace.period_s, row->period_s);
	trace_fini(&trace);
}

int main(void)
{
	enum {
		ROWS = sizeof(rows) / sizeof(rows[0])
	};
	struct CMUnitTest tests[ROWS];

	for (size_t i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){
			.name = rows[i].name,
			.test_func = the_rhythm_is_found,
			.initial_state = (void *)(uintptr_t)&rows[i],
		};
	return cmocka_run_group_tests_name("rhythm", tests, NULL, NULL);
}
