/* client/play/seeds: all players see the same seeds, and each seed goes to one of them. */
#include "client/play/seeds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "client/play/arena.h"
#include "client/payload_format.h"

#define LATER_US (100 * SEEDS_INTERVAL_US)

static struct seeds begun(const char *room, int64_t room_us)
{
	struct seed list[SEEDS_MAX];
	struct seeds seeds;

	seeds_begin(&seeds, room);
	assert_int_equal(seeds_lying(&seeds, room_us, list), 0);
	return seeds;
}

static void all_players_of_a_room_see_the_same_seeds(void **state)
{
	struct seeds ada = begun("lobby", LATER_US), bob = begun("lobby", LATER_US + 700000),
		     cyd = begun("hall", LATER_US);
	struct seed one[SEEDS_MAX], two[SEEDS_MAX], other[SEEDS_MAX];
	const int64_t now_us = LATER_US + SEEDS_MAX * SEEDS_INTERVAL_US;

	(void)state;
	assert_int_equal(seeds_lying(&ada, now_us, one), SEEDS_MAX);
	assert_int_equal(seeds_lying(&bob, now_us, two), SEEDS_MAX);
	assert_int_equal(seeds_lying(&cyd, now_us, other), SEEDS_MAX);
	for (size_t i = 0; i < SEEDS_MAX; i++) {
		assert_int_equal(one[i].number, two[i].number);
		assert_true(one[i].x == two[i].x && one[i].y == two[i].y);
		assert_true(one[i].x != other[i].x || one[i].y != other[i].y);
		assert_true(one[i].x > 0 && one[i].x < PAYLOAD_ARENA_WIDTH_M);
		assert_true(one[i].y > 0 && one[i].y < PAYLOAD_ARENA_HEIGHT_M);
	}
}

static void a_seed_comes_lies_for_a_while_and_goes(void **state)
{
	struct seeds seeds = begun("lobby", LATER_US);
	struct seed list[SEEDS_MAX];
	uint32_t number;

	(void)state;
	assert_int_equal(seeds_lying(&seeds, LATER_US + SEEDS_INTERVAL_US - 1, list), 0);
	assert_int_equal(seeds_lying(&seeds, LATER_US + SEEDS_INTERVAL_US, list), 1);
	number = list[0].number;
	for (int i = 1; i <= SEEDS_MAX; i++) {
		assert_int_equal(seeds_lying(&seeds, LATER_US + i * SEEDS_INTERVAL_US, list), i);
		assert_int_equal(list[0].number, number);
	}
	assert_int_equal(seeds_lying(&seeds, LATER_US + (SEEDS_MAX + 1) * SEEDS_INTERVAL_US, list),
			 SEEDS_MAX);
	assert_int_not_equal(list[0].number, number);
}

static void only_a_near_player_reaches_a_seed_and_requests_it_once_a_second(void **state)
{
	const int64_t now_us = LATER_US + SEEDS_INTERVAL_US;
	struct seeds seeds = begun("lobby", LATER_US);
	struct seed list[SEEDS_MAX];
	int64_t number;

	(void)state;
	assert_int_equal(seeds_lying(&seeds, now_us, list), 1);
	assert_int_equal(seeds_within_reach(&seeds, now_us, list[0].x + 3, list[0].y), -1);
	number = seeds_within_reach(&seeds, now_us, list[0].x + 2, list[0].y);
	assert_int_equal(number, list[0].number);
	seeds_note_request(&seeds, number, now_us);
	assert_int_equal(seeds_within_reach(&seeds, now_us + 900000, list[0].x, list[0].y), -1);
	assert_int_equal(seeds_within_reach(&seeds, now_us + 1000000, list[0].x, list[0].y),
			 number);
}

/* Two seeds side by side: a request for one does not repeat the request for the other. */
static void each_seed_within_reach_is_requested_once_a_second(void **state)
{
	(void)state;
	for (int64_t from_us = LATER_US;; from_us += SEEDS_INTERVAL_US) {
		const int64_t now_us = from_us + SEEDS_MAX * SEEDS_INTERVAL_US;
		struct seeds seeds = begun("lobby", from_us);
		struct seed list[SEEDS_MAX];
		int64_t one, two;
		size_t near;

		assert_int_equal(seeds_lying(&seeds, now_us, list), SEEDS_MAX);
		for (near = 1; near < SEEDS_MAX; near++)
			if (arena_distance_m(list[0].x, list[0].y, list[near].x, list[near].y) < 2)
				break;
		if (near == SEEDS_MAX)
			continue;
		one = seeds_within_reach(&seeds, now_us, list[0].x, list[0].y);
		assert_int_equal(one, list[0].number);
		seeds_note_request(&seeds, one, now_us);
		two = seeds_within_reach(&seeds, now_us + 30000, list[0].x, list[0].y);
		assert_in_range(two, one + 1, now_us);
		seeds_note_request(&seeds, two, now_us + 30000);
		assert_int_not_equal(
			seeds_within_reach(&seeds, now_us + 60000, list[0].x, list[0].y), one);
		assert_int_equal(seeds_within_reach(&seeds, now_us + 1000000, list[0].x, list[0].y),
				 one);
		return;
	}
}

/* In the order that the relay gives the requests. */
static void the_first_request_gets_a_seed_and_no_later_one(void **state)
{
	const int64_t now_us = LATER_US + SEEDS_INTERVAL_US;
	struct seeds ada = begun("lobby", LATER_US), bob = begun("lobby", LATER_US);
	struct seed list[SEEDS_MAX];
	uint32_t number;

	(void)state;
	assert_int_equal(seeds_lying(&ada, now_us, list), 1);
	number = list[0].number;
	assert_true(seeds_eat(&ada, number, now_us));
	assert_true(seeds_eat(&bob, number, now_us + 50000));
	assert_false(seeds_eat(&ada, number, now_us + 60000));
	assert_false(seeds_eat(&bob, number, now_us + 60000));
	assert_int_equal(seeds_lying(&ada, now_us, list), 0);
	assert_int_equal(seeds_lying(&bob, now_us, list), 0);
}

static void a_seed_that_does_not_lie_there_is_nobodys(void **state)
{
	const int64_t now_us = LATER_US + 20 * SEEDS_INTERVAL_US;
	static const struct {
		int64_t number;
		bool is_there;
	} rows[] = { { 0, false },   { 99, false },        { 100, false }, { 101, false },
		     { 113, false }, { 114, true },        { 120, true },  { 121, true },
		     { 122, false }, { UINT32_MAX, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct seeds seeds = begun("lobby", LATER_US);

		assert_int_equal(seeds_eat(&seeds, (uint32_t)rows[i].number, now_us),
				 rows[i].is_there);
	}
}

static void a_newcomer_does_not_see_seeds_that_may_be_eaten(void **state)
{
	const int64_t now_us = LATER_US + 20 * SEEDS_INTERVAL_US;
	struct seeds late = begun("lobby", now_us);
	struct seed list[SEEDS_MAX];

	(void)state;
	assert_false(seeds_eat(&late, 120, now_us));
	assert_int_equal(seeds_lying(&late, now_us + SEEDS_INTERVAL_US, list), 1);
	assert_int_equal(list[0].number, 121);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_players_of_a_room_see_the_same_seeds),
		cmocka_unit_test(a_seed_comes_lies_for_a_while_and_goes),
		cmocka_unit_test(only_a_near_player_reaches_a_seed_and_requests_it_once_a_second),
		cmocka_unit_test(each_seed_within_reach_is_requested_once_a_second),
		cmocka_unit_test(the_first_request_gets_a_seed_and_no_later_one),
		cmocka_unit_test(a_seed_that_does_not_lie_there_is_nobodys),
		cmocka_unit_test(a_newcomer_does_not_see_seeds_that_may_be_eaten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
