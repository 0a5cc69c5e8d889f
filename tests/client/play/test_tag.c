#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "client/play/tag.h"

/* Members. Times below are in seconds; the rules know only spans. */
enum {
	ADA = 1,
	BOB = 2,
	CYD = 3,
	DAN = 4
};

#define S(seconds) ((int64_t)((seconds)*1e6))

static struct tag game(uint32_t self)
{
	struct tag tag = { 0 };

	tag_begin(&tag, self, S(0));
	return tag;
}

/* A game in which `it` is known to be IT. */
static struct tag game_with_it(uint32_t self, uint32_t it)
{
	struct tag tag = game(self);

	assert_true(tag_on_claim(&tag, it, 0, S(0)));
	return tag;
}

static void the_first_player_claims_after_a_pause(void **state)
{
	struct tag tag = game(ADA);

	(void)state;
	assert_false(tag_should_claim(&tag, false, true, S(1)));
	assert_true(tag_should_claim(&tag, false, true, S(2)));
	tag_note_try(&tag, S(2));
	assert_false(tag_should_claim(&tag, false, true, S(2.5)));
	assert_true(tag_should_claim(&tag, false, true, S(3.5)));
	assert_true(tag_on_claim(&tag, ADA, 0, S(4)));
	assert_true(tag_is_self(&tag));
	assert_false(tag_should_claim(&tag, true, true, S(9)));
}

static void only_the_lowest_claims_and_only_when_it_is_absent(void **state)
{
	struct tag tag = game_with_it(BOB, CYD);

	(void)state;
	assert_false(tag_should_claim(&tag, true, true, S(5)));
	assert_false(tag_should_claim(&tag, false, false, S(5)));
	assert_true(tag_should_claim(&tag, false, true, S(5)));
}

/* It may not know yet that IT is a player. */
static void a_newcomer_does_not_claim_right_after_its_introduction(void **state)
{
	struct tag tag = game(BOB);

	(void)state;
	assert_true(tag_on_introduction(&tag, ADA, S(5)));
	assert_false(tag_should_claim(&tag, false, true, S(6)));
	assert_true(tag_should_claim(&tag, false, true, S(7)));
}

static void the_first_of_two_claims_counts(void **state)
{
	struct tag tag = game_with_it(CYD, DAN);

	(void)state;
	assert_true(tag_on_claim(&tag, BOB, DAN, S(5)));
	assert_false(tag_on_claim(&tag, ADA, DAN, S(5)));
	assert_int_equal(tag.it, BOB);
}

static void only_it_tags(void **state)
{
	struct tag tag = game_with_it(CYD, ADA);

	(void)state;
	assert_false(tag_on_tag(&tag, BOB, CYD, S(1)));
	assert_int_equal(tag.it, ADA);
	assert_true(tag_on_tag(&tag, ADA, BOB, S(1)));
	assert_int_equal(tag.it, BOB);
}

static void tags_of_oneself_and_of_nobody_do_not_count(void **state)
{
	struct tag tag = game_with_it(BOB, ADA);

	(void)state;
	assert_false(tag_on_tag(&tag, ADA, ADA, S(1)));
	assert_false(tag_on_tag(&tag, ADA, 0, S(1)));
	assert_false(tag_on_tag(&tag, 0, BOB, S(1)));
	assert_false(tag_on_claim(&tag, BOB, BOB, S(1)));
	assert_int_equal(tag.it, ADA);
}

static void the_tagger_is_immune_for_two_seconds_and_others_are_not(void **state)
{
	struct tag tag = game_with_it(BOB, ADA);

	(void)state;
	assert_true(tag_on_tag(&tag, ADA, BOB, S(10)));
	assert_false(tag_may_tag(&tag, ADA, S(11.9)));
	assert_true(tag_may_tag(&tag, CYD, S(11.9)));
	assert_true(tag_immunity_s(&tag, S(11)) > 0.9);
	assert_true(tag_may_tag(&tag, ADA, S(12)));
	assert_true(tag_immunity_s(&tag, S(12)) <= 0);
}

static void a_tag_is_not_tried_again_while_it_is_on_its_way(void **state)
{
	struct tag tag = game_with_it(ADA, ADA);

	(void)state;
	assert_true(tag_may_tag(&tag, BOB, S(1)));
	tag_note_try(&tag, S(1));
	assert_false(tag_may_tag(&tag, BOB, S(1.5)));
	assert_false(tag_may_tag(&tag, CYD, S(1.5)));
	assert_true(tag_may_tag(&tag, BOB, S(2)));
}

static void a_late_joiner_learns_who_is_it(void **state)
{
	struct tag tag = game(DAN);

	(void)state;
	assert_true(tag_on_introduction(&tag, BOB, S(0.1)));
	assert_int_equal(tag.it, BOB);
	/* Later introductions change nothing. */
	assert_false(tag_on_introduction(&tag, ADA, S(0.2)));
	assert_int_equal(tag.it, BOB);
}

static void one_gives_in_to_the_lowest_player_at_the_second_disagreement(void **state)
{
	struct tag tag = game_with_it(CYD, CYD);

	(void)state;
	assert_false(tag_on_status(&tag, BOB, S(1)));
	assert_false(tag_on_status(&tag, CYD, S(2)));
	assert_false(tag_on_status(&tag, BOB, S(3)));
	assert_true(tag_on_status(&tag, BOB, S(4)));
	assert_int_equal(tag.it, BOB);
}

static void not_knowing_is_no_disagreement(void **state)
{
	struct tag tag = game_with_it(CYD, CYD);

	(void)state;
	assert_false(tag_on_status(&tag, 0, S(1)));
	assert_false(tag_on_status(&tag, 0, S(2)));
	assert_int_equal(tag.it, CYD);
}

static void a_tag_gives_ten_points_to_its_tagger_only(void **state)
{
	struct tag ada = game_with_it(ADA, ADA), bob = game_with_it(BOB, ADA);

	(void)state;
	tag_on_tag(&ada, ADA, BOB, S(1));
	tag_on_tag(&bob, ADA, BOB, S(1));
	assert_int_equal(ada.points, TAG_POINTS);
	assert_int_equal(bob.points, 0);
}

static void points_outlast_a_rejoin_and_who_is_it_does_not(void **state)
{
	struct tag tag = game_with_it(ADA, ADA);

	(void)state;
	tag_on_tag(&tag, ADA, BOB, S(1));
	tag_begin(&tag, DAN, S(9));
	assert_int_equal(tag.points, TAG_POINTS);
	assert_int_equal(tag.it, 0);
	assert_int_equal(tag.self, DAN);
}

/*
 * Players who receive the same events in the same order agree, whatever the events are. So does a
 * newcomer who receives only the last of them and is introduced anywhere in between.
 */
static void all_agree_after_any_valid_history(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 200; seed++) {
		struct tag old = game_with_it(ADA, ADA), late = game(9);
		unsigned draw = seed;
		int join = 5 + (int)(seed % 20), introduced = join + (int)(seed % 7);
		uint32_t known_it = 0;

		for (int i = 0; i < 50; i++) {
			uint32_t victim = 1 + (uint32_t)rand_r(&draw) % 8;
			uint32_t sender = old.it;

			if (i == introduced - (int)(seed % 4))
				known_it = old.it;
			tag_on_tag(&old, sender, victim, S(i));
			if (i >= join)
				tag_on_tag(&late, sender, victim, S(i));
			/*
			 * The introduction was sent some events ago, but not before the newcomer
			 * came.
			 */
			if (i == introduced)
				tag_on_introduction(&late,
						    i - (int)(seed % 4) >= join ? known_it : old.it,
						    S(i));
		}
		assert_int_equal(late.it, old.it);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_player_claims_after_a_pause),
		cmocka_unit_test(only_the_lowest_claims_and_only_when_it_is_absent),
		cmocka_unit_test(a_newcomer_does_not_claim_right_after_its_introduction),
		cmocka_unit_test(the_first_of_two_claims_counts),
		cmocka_unit_test(only_it_tags),
		cmocka_unit_test(tags_of_oneself_and_of_nobody_do_not_count),
		cmocka_unit_test(the_tagger_is_immune_for_two_seconds_and_others_are_not),
		cmocka_unit_test(a_tag_is_not_tried_again_while_it_is_on_its_way),
		cmocka_unit_test(a_late_joiner_learns_who_is_it),
		cmocka_unit_test(one_gives_in_to_the_lowest_player_at_the_second_disagreement),
		cmocka_unit_test(not_knowing_is_no_disagreement),
		cmocka_unit_test(a_tag_gives_ten_points_to_its_tagger_only),
		cmocka_unit_test(points_outlast_a_rejoin_and_who_is_it_does_not),
		cmocka_unit_test(all_agree_after_any_valid_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
