/* Which repetitions are measured again, how often, and what is said of it. */
#include "bench/result/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void what_the_machine_spoiled_is_measured_again_as_often_as_it_may(void **state)
{
	struct retry again = { 0 };
	struct run_validity validity = { 0 };
	char text[RETRY_TEXT_BYTES];

	(void)state;
	assert_false(retry_takes(&again, 2, &validity));
	assert_string_equal(retry_text(&again, text), "");
	validity.steal_share = 2 * RUN_VALIDITY_STEAL_MAX_SHARE;
	assert_false(retry_takes(&again, 0, &validity));
	assert_true(retry_takes(&again, 2, &validity));
	validity.late_p99_us = RUN_VALIDITY_LATE_MAX_US + 1;
	assert_true(retry_takes(&again, 2, &validity));
	assert_false(retry_takes(&again, 2, &validity));
	assert_string_equal(retry_text(&again, text),
			    "2 repetitions were measured again; "
			    "the generator sent over 1 ms late (p99) (1); "
			    "the hypervisor took over 1 % of the processors' time (2)");
}

static void what_is_the_benchs_own_is_not_but_is_said_where_it_comes_along(void **state)
{
	struct retry again = { 0 };
	struct run_validity validity = { .own_drops = 1 };
	char text[RETRY_TEXT_BYTES];

	(void)state;
	assert_false(retry_takes(&again, 2, &validity));
	validity.relay_wait_share = 1;
	assert_true(retry_takes(&again, 2, &validity));
	assert_string_equal(retry_text(&again, text),
			    "1 repetition was measured again; the generator's own sockets "
			    "overflowed (1); the relay waited for a processor over 5 % of the "
			    "time (1)");
}

static void all_faults_together_have_room(void **state)
{
	const struct retry again = { .count = RETRY_MAX,
				     .faults = { RETRY_MAX, RETRY_MAX, RETRY_MAX, RETRY_MAX,
						 RETRY_MAX, RETRY_MAX, RETRY_MAX, RETRY_MAX } };
	char text[RETRY_TEXT_BYTES];

	(void)state;
	assert_int_equal(sizeof(again.faults) / sizeof(again.faults[0]), 8);
	retry_text(&again, text);
	assert_int_equal(text[strlen(text) - 1], ')');
	assert_in_range(strlen(text), 1, RETRY_TEXT_BYTES - 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_machine_spoiled_is_measured_again_as_often_as_it_may),
		cmocka_unit_test(what_is_the_benchs_own_is_not_but_is_said_where_it_comes_along),
		cmocka_unit_test(all_faults_together_have_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
