/* How late the relay has sent lately, as a table of what was noted and what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/schedule/flush_latency.h"

#define MS INT64_C(1000000)

static void nothing_was_late_before_anything_was_sent(void **state)
{
	const struct flush_latency flush_latency = { 0 };

	(void)state;
	assert_int_equal(flush_latency_ns(&flush_latency, 0), 0);
	assert_int_equal(flush_latency_ns(&flush_latency, INT64_C(1) << 60), 0);
}

static void the_longest_of_the_last_seconds_is_said(void **state)
{
	static const struct {
		int64_t at_ms, took_ms, said_ms;
	} rows[] = {
		{ 50000, 3, 3 },   { 50001, 2, 3 },  { 50002, -5, 3 },
		{ 51000, 40, 40 }, { 52001, 1, 40 },                  /* another span */
		{ 53999, 7, 40 },  { 54002, 2, 7 },  { 70000, 5, 5 }, /* long after */
	};
	struct flush_latency flush_latency = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		flush_latency_note(&flush_latency, rows[i].took_ms * MS, rows[i].at_ms * MS);
		assert_int_equal(flush_latency_ns(&flush_latency, rows[i].at_ms * MS),
				 rows[i].said_ms * MS);
	}
}

static void a_late_flush_is_forgotten_though_nothing_more_is_sent(void **state)
{
	struct flush_latency flush_latency = { 0 };

	(void)state;
	flush_latency_note(&flush_latency, 9 * MS, 50000 * MS);
	assert_int_equal(flush_latency_ns(&flush_latency, (50000 + FLUSH_LATENCY_SPAN_MS) * MS),
			 9 * MS);
	assert_int_equal(flush_latency_ns(&flush_latency, (50000 + 2 * FLUSH_LATENCY_SPAN_MS) * MS),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_was_late_before_anything_was_sent),
		cmocka_unit_test(the_longest_of_the_last_seconds_is_said),
		cmocka_unit_test(a_late_flush_is_forgotten_though_nothing_more_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
