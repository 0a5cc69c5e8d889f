/* A receiver tells each update for what it is, and its table holds those in sight. */
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

static void each_update_is_told_for_what_it_is(void **state)
{
	static const struct {
		uint32_t number;
		enum receive_news news;
	} rows[] = {
		{ 5, RECEIVE_NEWEST },
		{ 5, RECEIVE_DUPLICATE },
		{ 3, RECEIVE_LATE },
		{ 3, RECEIVE_DUPLICATE },
		{ 6, RECEIVE_NEWEST },
		{ 100, RECEIVE_NEWEST },
		{ 100 - RECEIVE_WINDOW_UPDATES, RECEIVE_ANCIENT },
		{ 101 - RECEIVE_WINDOW_UPDATES, RECEIVE_LATE },
		{ 100 + RECEIVE_WINDOW_UPDATES, RECEIVE_NEWEST },
		{ 100, RECEIVE_ANCIENT },
	};
	struct receive_window heard = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (receive_window_take(&heard, rows[i].number) != rows[i].news)
			fail_msg("row %zu: %u is not %d", i, rows[i].number, (int)rows[i].news);
}

/*
 * Against a plain array: what is in the table is what came and was not forgotten. Each table has a
 * place for each sender, or is a list.
 */
static void a_table_holds_what_is_in_sight_and_no_more(void **state)
{
	const uint32_t places = (uint32_t) * (const uintptr_t *)*state;
	uint32_t model[SENDERS] = { 0 }; /* next; 0: out of sight */
	struct random random = random_init(7);
	struct receive_window_table table;
	unsigned in_sight = 0, found = 0;

	assert_int_equal(receive_window_init(&table, places), 0);
	for (uint32_t step = 0; step < STEPS; step++) {
		const uint32_t sender = (uint32_t)random_below(&random, SENDERS);

		in_sight -= model[sender] > 0;
		if (random_below(&random, 3) == 0) {
			receive_window_forget(&table, sender);
			model[sender] = 0;
			continue;
		}
		assert_int_equal(receive_window_of(&table, sender)->next, model[sender]);
		receive_window_take(receive_window_of(&table, sender), step);
		model[sender] = step + 1;
		in_sight++;
	}
	for (struct receive_window *heard = receive_window_next(&table, NULL); heard;
	     heard = receive_window_next(&table, heard)) {
		assert_int_equal(heard->next, model[receive_window_sender(&table, heard)]);
		found++;
	}
	assert_int_equal(found, in_sight);
	assert_true(places == 0 || !receive_window_of(&table, SENDERS));
	receive_window_fini(&table);
	receive_window_fini(&table);
}

int main(void)
{
	static const uintptr_t list = 0, dense = SENDERS;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_update_is_told_for_what_it_is),
		cmocka_unit_test_prestate(a_table_holds_what_is_in_sight_and_no_more,
					  (void *)&list),
		cmocka_unit_test_prestate(a_table_holds_what_is_in_sight_and_no_more,
					  (void *)&dense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
