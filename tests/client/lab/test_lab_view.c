/* The states that a receiver of the lab holds, and the sentence about it, from records alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/lab/explain.h"
#include "client/lab/view.h"

#define MS INT64_C(1000000)

#define INTERVAL_NS (50 * MS)

static struct view view;

static int set_up(void **state)
{
	(void)state;
	view = (struct view){ .birds = 0 };
	return 0;
}

static void publish(unsigned bird, uint32_t number, int64_t at_ms, double x)
{
	view_take(&view, &(struct lab_record){ .kind = LAB_TRUTH,
					       .bird = bird,
					       .number = number,
					       .x = x,
					       .at_ns = at_ms * MS,
					       .origin_ns = at_ms * MS });
}

static void update(enum lab_way way, unsigned bird, uint32_t number, int64_t origin_ms,
		   int64_t at_ms, double x)
{
	view_take(&view, &(struct lab_record){ .kind = LAB_UPDATE,
					       .way = way,
					       .bird = bird,
					       .number = number,
					       .x = x,
					       .at_ns = at_ms * MS,
					       .origin_ns = origin_ms * MS });
}

static void packet(enum lab_way way, bool is_passed, int64_t at_ms)
{
	view_take(&view, &(struct lab_record){ .kind = LAB_PACKET,
					       .way = way,
					       .is_passed = is_passed,
					       .at_ns = at_ms * MS });
}

static int64_t age_ms(enum lab_way way, int64_t now_ms)
{
	int64_t age_ns;

	return view_age(&view, way, now_ms * MS, &age_ns) ? age_ns / MS : -1;
}

static void an_age_counts_from_the_newest_states_origin(void **state)
{
	(void)state;
	publish(0, 1, 1000, 0);
	publish(1, 1, 1000, 0);
	assert_int_equal(age_ms(LAB_RELIABLE, 1100), -1);
	update(LAB_RELIABLE, 0, 1, 1000, 1040, 0);
	assert_int_equal(age_ms(LAB_RELIABLE, 1100), 100);
	update(LAB_RELIABLE, 1, 1, 1080, 1100, 0);
	assert_int_equal(age_ms(LAB_RELIABLE, 1100), 60);
	assert_int_equal(age_ms(LAB_STREAM, 1100), -1);
}

static void an_update_that_comes_late_changes_nothing(void **state)
{
	(void)state;
	publish(0, 2, 1050, 2);
	update(LAB_UNSEQUENCED, 0, 2, 1050, 1090, 2);
	update(LAB_UNSEQUENCED, 0, 1, 1000, 1095, 1);
	assert_int_equal(age_ms(LAB_UNSEQUENCED, 1100), 50);
	assert_true(view_error_m(&view, LAB_UNSEQUENCED) == 0);
}

static void the_longest_age_stays_until_it_is_forgotten(void **state)
{
	(void)state;
	publish(0, 1, 1000, 0);
	update(LAB_STREAM, 0, 1, 1000, 1040, 0);
	(void)age_ms(LAB_STREAM, 1400);
	update(LAB_STREAM, 0, 2, 1390, 1400, 0);
	assert_int_equal(age_ms(LAB_STREAM, 1400), 10);
	assert_int_equal(view.receivers[LAB_STREAM].longest_age_ns / MS, 400);
	view_forget_longest(&view);
	(void)age_ms(LAB_STREAM, 1410);
	assert_int_equal(view.receivers[LAB_STREAM].longest_age_ns / MS, 20);
}

static void the_error_is_the_distance_to_where_they_are(void **state)
{
	(void)state;
	publish(0, 1, 1000, 3);
	publish(1, 1, 1000, 5);
	update(LAB_SEQUENCED, 0, 1, 1000, 1040, 3);
	update(LAB_SEQUENCED, 1, 1, 1000, 1040, 5);
	publish(1, 2, 1050, 9);
	assert_true(view_error_m(&view, LAB_SEQUENCED) == 2);
}

static void records_out_of_range_are_left_out(void **state)
{
	(void)state;
	publish(LAB_BIRDS_MAX, 1, 1000, 0);
	update(LAB_WAYS, 0, 1, 1000, 1040, 0);
	assert_int_equal(view.birds, 0);
}

static void expect_said(enum lab_way way, int64_t now_ms, const char *expected)
{
	char text[LAB_TEXT_BYTES];

	explain(&view, way, INTERVAL_NS, now_ms * MS, text);
	assert_string_equal(text, expected);
}

static void ready(enum lab_way way)
{
	view_take(&view, &(struct lab_record){ .kind = LAB_READY, .way = way });
	publish(0, 1, 1000, 0);
	update(way, 0, 1, 1000, 1040, 0);
}

static void who_is_not_there_yet_is_said_not_to_be(void **state)
{
	(void)state;
	expect_said(LAB_RELIABLE, 1000, "not in the room yet");
}

static void on_a_good_line_each_update_comes(void **state)
{
	(void)state;
	ready(LAB_RELIABLE);
	packet(LAB_RELIABLE, true, 1050);
	expect_said(LAB_RELIABLE, 1060, "each update comes as soon as the line lets it");
}

static void in_order_the_others_are_behind_the_one_that_was_lost(void **state)
{
	(void)state;
	ready(LAB_RELIABLE);
	ready(LAB_STREAM);
	packet(LAB_RELIABLE, false, 1050);
	packet(LAB_RELIABLE, true, 1100);
	packet(LAB_RELIABLE, true, 1150);
	packet(LAB_STREAM, false, 1050);
	packet(LAB_STREAM, true, 1100);
	expect_said(LAB_RELIABLE, 1230, "2 datagrams are behind one that was lost 180 ms ago");
	expect_said(LAB_STREAM, 1230, "1 datagram is behind one that was lost 180 ms ago");
}

static void without_order_the_next_one_replaces_it(void **state)
{
	(void)state;
	ready(LAB_UNSEQUENCED);
	packet(LAB_UNSEQUENCED, false, 1050);
	packet(LAB_UNSEQUENCED, true, 1060);
	update(LAB_UNSEQUENCED, 0, 2, 1060, 1100, 0);
	expect_said(LAB_UNSEQUENCED, 1110, "one was lost 60 ms ago; the next one has replaced it");
	update(LAB_UNSEQUENCED, 0, 3, 1560, 1600, 0);
	expect_said(LAB_UNSEQUENCED, 1610, "each update comes as soon as the line lets it");
}

static void a_line_that_loses_all_is_said_to(void **state)
{
	(void)state;
	ready(LAB_UNSEQUENCED);
	packet(LAB_UNSEQUENCED, false, 1050);
	packet(LAB_UNSEQUENCED, false, 1100);
	expect_said(LAB_UNSEQUENCED, 1240, "nothing for 200 ms: the line loses what is sent");
}

static void a_slow_line_is_not_said_to_lose(void **state)
{
	(void)state;
	ready(LAB_STREAM);
	packet(LAB_STREAM, true, 1050);
	expect_said(LAB_STREAM, 1240, "nothing for 200 ms: what was sent is under way");
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_age_counts_from_the_newest_states_origin),
		TEST(an_update_that_comes_late_changes_nothing),
		TEST(the_longest_age_stays_until_it_is_forgotten),
		TEST(the_error_is_the_distance_to_where_they_are),
		TEST(records_out_of_range_are_left_out),
		TEST(who_is_not_there_yet_is_said_not_to_be),
		TEST(on_a_good_line_each_update_comes),
		TEST(in_order_the_others_are_behind_the_one_that_was_lost),
		TEST(without_order_the_next_one_replaces_it),
		TEST(a_line_that_loses_all_is_said_to),
		TEST(a_slow_line_is_not_said_to_lose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
