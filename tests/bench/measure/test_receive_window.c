/* What a receiver has heard: each update once, and tables that hold what is in sight. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/measure/receive_window.h"
#include "proto/net/random.h"

enum {
	SENDERS = 300,
	STEPS = 20000,
};

static void an_update_is_new_once(void **state)
{
	struct receive_window heard = { 0 };

	(void)state;
	assert_true(receive_window_take(&heard, 5));
	assert_false(receive_window_take(&heard, 5));
	assert_true(receive_window_take(&heard, 3)); /* late */
	assert_false(receive_window_take(&heard, 3));
	assert_true(receive_window_take(&heard, 6));
	assert_int_equal(heard.next, 7);
}

static void what_is_too_far_behind_stays_lost(void **state)
{
	struct receive_window heard = { 0 };

	(void)state;
	assert_true(receive_window_take(&heard, 100));
	assert_true(receive_window_take(&heard, 100 - (RECEIVE_WINDOW_UPDATES - 1)));
	assert_false(receive_window_take(&heard, 100 - RECEIVE_WINDOW_UPDATES));
	assert_true(receive_window_take(&heard, 100 + RECEIVE_WINDOW_UPDATES));
	assert_false(receive_window_take(&heard, 100));
}

static void the_next_is_taken_as_any_is(void **state)
{
	struct receive_window any = { 0 }, next = { 0 };

	(void)state;
	for (uint32_t number = 0; number < 200; number++) {
		assert_true(receive_window_take(&any, number));
		receive_window_take_next(&next);
		assert_memory_equal(&any, &next, sizeof(any));
	}
}

static void a_place_for_each_sender_knows_no_others(void **state)
{
	struct receive_window_table table;

	(void)state;
	assert_int_equal(receive_window_init(&table, 4), 0);
	assert_null(receive_window_of(&table, 4));
	assert_null(receive_window_next(&table, NULL));
	receive_window_take(receive_window_of(&table, 3), 0);
	assert_int_equal(receive_window_sender(&table, receive_window_next(&table, NULL)), 3);
	receive_window_forget(&table, 3);
	assert_null(receive_window_next(&table, NULL));
	receive_window_fini(&table);
}

/* Against a plain array: what is in the table is what came and was not forgotten. */
static void a_hash_table_holds_what_is_in_sight_and_no_more(void **state)
{
	static uint32_t model[SENDERS]; /* next; 0: out of sight */
	struct random random = random_init(7);
	struct receive_window_table table;
	unsigned in_sight = 0, found = 0;

	(void)state;
	assert_int_equal(receive_window_init(&table, 0), 0);
	for (uint32_t step = 0; step < STEPS; step++) {
		const uint32_t sender = (uint32_t)random_below(&random, SENDERS);
		const bool goes = random_below(&random, 3) == 0;

		if (goes) {
			receive_window_forget(&table, sender);
			in_sight -= model[sender] > 0;
			model[sender] = 0;
			continue;
		}
		assert_int_equal(receive_window_of(&table, sender)->next, model[sender]);
		assert_true(receive_window_take(receive_window_of(&table, sender), step));
		in_sight += model[sender] == 0;
		model[sender] = step + 1;
	}
	assert_int_equal(table.used, in_sight);
	for (struct receive_window *heard = receive_window_next(&table, NULL); heard;
	     heard = receive_window_next(&table, heard)) {
		assert_int_equal(heard->next, model[receive_window_sender(&table, heard)]);
		found++;
	}
	assert_int_equal(found, in_sight);
	receive_window_fini(&table);
	receive_window_fini(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_update_is_new_once),
		cmocka_unit_test(what_is_too_far_behind_stays_lost),
		cmocka_unit_test(the_next_is_taken_as_any_is),
		cmocka_unit_test(a_place_for_each_sender_knows_no_others),
		cmocka_unit_test(a_hash_table_holds_what_is_in_sight_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
