#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "client/play/players.h"

static struct players *with_three(void)
{
	struct players *players = calloc(1, sizeof(*players));

	assert_non_null(players);
	players_add(players, 4, "ada");
	players_add(players, 7, "bob");
	players_add(players, 9, "cyd");
	return players;
}

static void a_member_that_left_is_gone_and_the_others_stay(void **state)
{
	struct players *players = with_three();

	(void)state;
	players_remove(players, 7);
	players_remove(players, 1234);
	assert_int_equal(players->count, 2);
	assert_null(players_find(players, 7));
	assert_string_equal(players_find(players, 9)->name, "cyd");
	free(players);
}

static void a_member_that_is_not_listed_has_a_name_too(void **state)
{
	char text[STARLING_NAME_MAX_BYTES + 1];
	struct players *players = with_three();

	(void)state;
	assert_string_equal(players_name(players, 4, text), "ada");
	assert_string_equal(players_name(players, 17, text), "member 17");
	free(players);
}

static void a_full_list_takes_no_more(void **state)
{
	struct players *players = calloc(1, sizeof(*players));

	(void)state;
	assert_non_null(players);
	for (uint32_t id = 1; id <= PLAYERS_MAX + 10; id++)
		players_add(players, id, "x");
	assert_int_equal(players->count, PLAYERS_MAX);
	assert_null(players_find(players, PLAYERS_MAX + 1));
	free(players);
}

static void only_people_count_for_who_is_lowest(void **state)
{
	struct players *players = with_three();

	(void)state;
	assert_false(players_has_lower(players, 8));
	players_find(players, 4)->kind = PAYLOAD_BOT;
	assert_false(players_has_lower(players, 8));
	players_on_status(players, 7,
			  &(struct game_message){ .type = GAME_MESSAGE_STATUS, .points = 5 });
	assert_true(players_has_lower(players, 8));
	assert_false(players_has_lower(players, 7));
	assert_int_equal(players_count_of(players, PAYLOAD_PLAYER), 1);
	free(players);
}

static void loss_is_of_the_last_seconds(void **state)
{
	struct player player = { .loss = -1 };

	(void)state;
	players_measure_loss(&player, 100, 50);
	assert_true(player.loss < 0);
	players_measure_loss(&player, 130, 60);
	assert_true(fabs(player.loss - 0.25) < 1e-9);
	players_measure_loss(&player, 160, 60);
	assert_true(fabs(player.loss - 0.125) < 1e-9);
	/* No new updates give no new share. */
	players_measure_loss(&player, 160, 60);
	assert_true(fabs(player.loss - 0.125) < 1e-9);
	/* Counters that fell start over. */
	players_measure_loss(&player, 10, 0);
	assert_true(fabs(player.loss - 0.125) < 1e-9);
	players_measure_loss(&player, 20, 10);
	assert_true(fabs(player.loss - (0.125 + 0.5) / 2) < 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_that_left_is_gone_and_the_others_stay),
		cmocka_unit_test(a_member_that_is_not_listed_has_a_name_too),
		cmocka_unit_test(a_full_list_takes_no_more),
		cmocka_unit_test(only_people_count_for_who_is_lowest),
		cmocka_unit_test(loss_is_of_the_last_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
