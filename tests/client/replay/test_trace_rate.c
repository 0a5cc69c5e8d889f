#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/replay/trace_rate.h"
#include "client/replay/trace_reader.h"
#include "tests/fixtures/row_tests.h"

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

static void read_text(struct trace *trace, const char *text)
{
	FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	char why[TRACE_ERROR_BYTES];

	assert_non_null(file);
	if (trace_reader_read(trace, file, "walk.csv", why) < 0)
		fail_msg("%s", why);
	fclose(file);
}

static void the_intervals_are_found(void **state)
{
	const struct row *row = *state;
	struct trace trace;

	read_text(&trace, row->text);
	for (size_t rank = 0; rank < trace.id_count; rank++)
		expect_close(trace.ids[rank].interval_s, row->interval_s[rank]);
	expect_close(trace.period_s, row->period_s);
	trace_fini(&trace);
}

/* Messages that a relay drops. */

struct burst {
	size_t rows;
	double at_s, pause_s;
};

struct rate {
	const char *name;
	size_t ids;
	struct burst bursts[2]; /* of each id, in order; the second one is id 1's alone */
	struct trace_rate_playback play;
	unsigned message_rate;
	struct trace_rate_excess excess;
};

#define GRAIN .grain_um = 1000

static const struct rate rates[] = {
	{ "ships that report every 2 s, each at its own time",
	  20,
	  { { 5, 0, 2 } },
	  { 1, GRAIN },
	  240,
	  { 0 } },
	{ "a steady rate below the relay's", 2, { { 1000, 0, 0.005 } }, { 1, GRAIN }, 240, { 0 } },
	{ "a steady rate above the relay's",
	  2,
	  { { 2000, 0, 0.0025 } },
	  { 1, GRAIN },
	  240,
	  { 2, 0, 410 } },
	{ "the same, slowly", 2, { { 2000, 0, 0.0025 } }, { 0.5, GRAIN }, 240, { 0 } },
	{ "a rate that is too much at speed 20 only",
	  1,
	  { { 600, 0, 0.05 } },
	  { 20, GRAIN },
	  240,
	  { 1, 0, 410 } },
	{ "a burst of one id, which reports every 2 s otherwise",
	  3,
	  { { 5, 0, 2 }, { 600, 11, 0.0001 } },
	  { 1, GRAIN },
	  240,
	  { 1, 0, 610 } },
	{ "a burst that a second's worth holds",
	  3,
	  { { 5, 0, 2 }, { 200, 11, 0.0001 } },
	  { 1, GRAIN },
	  240,
	  { 0 } },
	{ "a short burst, for a relay that takes few",
	  1,
	  { { 5, 0, 2 }, { 30, 11, 0.001 } },
	  { 1, GRAIN },
	  20,
	  { 1, 0, 31 } },
	{ "exactly the relay's rate leaves nothing for reports",
	  1,
	  { { 24000, 0, 1 / 240.0 } },
	  { 1, GRAIN },
	  240,
	  { 1, 0, 250 } },
	{ "a short trace has no time to run over",
	  1,
	  { { 280, 0, 0.0041 } },
	  { 1, GRAIN },
	  240,
	  { 0 } },
	{ "the same round after round",
	  1,
	  { { 280, 0, 0.0041 } },
	  { 1, true, false, 1000 },
	  240,
	  { 1, 0, 254 } },
	{ "one client sends what is of one time in as many messages as it takes",
	  100,
	  { { 400, 0, 0.005 } },
	  { 1, false, true, 1000 },
	  240,
	  { 1, 0, 411 } },
	{ "one client with few of one time sends one message for all",
	  20,
	  { { 1000, 0, 0.005 } },
	  { 1, false, true, 1000 },
	  240,
	  { 0 } },
};

/* All ids have rows at the first burst's times. */
static char *trace_of(const struct rate *rate)
{
	size_t size;
	char *text;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	fputs(HEADER, file);
	for (size_t b = 0; b < 2; b++) {
		const struct burst *burst = &rate->bursts[b];

		for (size_t i = 0; i < burst->rows; i++)
			for (size_t id = 1; id <= (b == 0 ? rate->ids : 1); id++)
				fprintf(file, "%.9f,%zu,%zu,-%zu,0\n",
					burst->at_s + (double)i * burst->pause_s, id,
					id * 7919 % 5000, id * 6007 % 5000);
	}
	fclose(file);
	return text;
}

static void clients_over_the_rate_are_found(void **state)
{
	const struct rate *row = *state;
	char *text = trace_of(row);
	struct trace_rate_excess excess;
	struct trace trace;

	read_text(&trace, text);
	free(text);
	assert_int_equal(trace_rate_check(&trace, &row->play, row->message_rate, &excess), 0);
	trace_fini(&trace);
	assert_int_equal(excess.clients, row->excess.clients);
	assert_int_equal(excess.rank, row->excess.rank);
	assert_in_range(excess.most, row->excess.most, row->excess.most + 1);
}

static void rounds_as_short_as_a_number_can_be_are_no_overflow(void **state)
{
	const struct trace_rate_playback play = { 100, true, false, 1000 };
	struct trace_rate_excess excess;
	struct trace trace;

	(void)state;
	read_text(&trace, HEADER "0,1,0,0,0\n1e-300,1,0,0,0\n");
	assert_int_equal(trace_rate_check(&trace, &play, 240, &excess), 0);
	trace_fini(&trace);
	assert_int_equal(excess.clients, 1);
	assert_true(excess.most >= 1000000000);
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows) + ROW_TESTS_COUNT(rates) + 1];
	size_t count = 0;

	ROW_TESTS_ADD(tests, count, rows, the_intervals_are_found);
	ROW_TESTS_ADD(tests, count, rates, clients_over_the_rate_are_found);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(
		rounds_as_short_as_a_number_can_be_are_no_overflow);
	return _cmocka_run_group_tests("trace_rate", tests, count, NULL, NULL);
}
