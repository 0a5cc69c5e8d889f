/* The parts of a bird's age, from what the lab's processes saw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/lab/view.h"
#include "tests/fixtures/row_tests.h"

#define MS INT64_C(1000000)

static struct view view;

/* Times are in ms. 0: it does not happen. */
struct event {
	enum lab_record_kind kind;
	enum lab_way way;
	uint32_t number;
	int64_t at_ms;
	bool is_lost;
};

#define MADE(number, at)                                                                           \
	{                                                                                          \
		LAB_TRUTH, 0, number, at, false                                                    \
	}
#define LOST(way, number, at)                                                                      \
	{                                                                                          \
		LAB_ENTERED, way, number, at, true                                                 \
	}
#define SENT(way, number, at)                                                                      \
	{                                                                                          \
		LAB_ENTERED, way, number, at, false                                                \
	}
#define CAME(way, number, at)                                                                      \
	{                                                                                          \
		LAB_LEFT, way, number, at, false                                                   \
	}
#define HELD(way, number, at)                                                                      \
	{                                                                                          \
		LAB_UPDATE, way, number, at, false                                                 \
	}

enum {
	EVENTS = 16,
	PERIOD_MS = 50,
};

/* Update n is made at 1,000 + 50 n ms, given to the socket 1 ms later, there after 2 ms more. */
static int64_t made_ms(uint32_t number)
{
	return 1000 + PERIOD_MS * (int64_t)number;
}

static void take(const struct event *event)
{
	struct lab_record record = { .kind = event->kind,
				     .way = event->way,
				     .number = event->number,
				     .at_ns = event->at_ms * MS,
				     .origin_ns = made_ms(event->number) * MS,
				     .is_passed = !event->is_lost };

	if (event->kind == LAB_TRUTH) {
		record.left_ns = record.at_ns + 1 * MS;
		record.reached_ns = record.at_ns + 3 * MS;
	} else if (event->kind == LAB_ENTERED || event->kind == LAB_LEFT) {
		record.passage.count = 1;
		record.passage.ids[0] = (struct lab_update_id){ .number = event->number };
	}
	view_take(&view, &record);
}

struct row {
	const char *name;
	enum lab_way way;
	struct event events[EVENTS]; /* the last one's number is 0 */
	int64_t now_ms;
	int64_t parts_ms[AGE_PARTS];
};

#define U LAB_UNSEQUENCED
#define R LAB_RELIABLE
#define T LAB_STREAM

static const struct row rows[] = {
	{ "an update that comes at once waits for the next",
	  U,
	  { MADE(1, 1050), SENT(U, 1, 1060), CAME(U, 1, 1100), HELD(U, 1, 1101) },
	  1130,
	  { [AGE_PART_SENDER] = 1,
	    [AGE_PART_UP] = 2,
	    [AGE_PART_RELAY] = 7,
	    [AGE_PART_DOWN] = 40,
	    [AGE_PART_UNKNOWN] = 1,
	    [AGE_PART_NEXT] = 29 } },
	{ "a way that sends later than another has it in its queue",
	  T,
	  { MADE(1, 1050), SENT(U, 1, 1060), SENT(T, 1, 1075), CAME(T, 1, 1100), HELD(T, 1, 1100) },
	  1100,
	  { [AGE_PART_SENDER] = 1,
	    [AGE_PART_UP] = 2,
	    [AGE_PART_RELAY] = 7,
	    [AGE_PART_QUEUE] = 15,
	    [AGE_PART_DOWN] = 25 } },
	{ "an update that is lost first is sent again",
	  R,
	  { MADE(1, 1050), LOST(R, 1, 1053), SENT(R, 1, 1253), CAME(R, 1, 1293), HELD(R, 1, 1293) },
	  1293,
	  { [AGE_PART_SENDER] = 1,
	    [AGE_PART_UP] = 2,
	    [AGE_PART_REPEAT] = 200,
	    [AGE_PART_DOWN] = 40 } },
	{ "the next is overdue when it is lost",
	  U,
	  { MADE(1, 1050), SENT(U, 1, 1053), CAME(U, 1, 1093), HELD(U, 1, 1093), MADE(2, 1100),
	    LOST(U, 2, 1103) },
	  1163,
	  { [AGE_PART_SENDER] = 1,
	    [AGE_PART_UP] = 2,
	    [AGE_PART_DOWN] = 40,
	    [AGE_PART_NEXT] = 50,
	    [AGE_PART_OVERDUE] = 20 } },
	{ "a newer one is there, behind another that was lost",
	  R,
	  { MADE(1, 1050), SENT(R, 1, 1053), CAME(R, 1, 1093), HELD(R, 1, 1093), MADE(2, 1100),
	    LOST(R, 2, 1103), MADE(3, 1150), SENT(R, 3, 1153), CAME(R, 3, 1193) },
	  1293,
	  { [AGE_PART_SENDER] = 1,
	    [AGE_PART_UP] = 2,
	    [AGE_PART_DOWN] = 40,
	    [AGE_PART_NEXT] = 50,
	    [AGE_PART_OVERDUE] = 50,
	    [AGE_PART_BEHIND] = 100 } },
	{ "an update waits behind another until that has come",
	  R,
	  { MADE(1, 1050), LOST(R, 1, 1053), MADE(2, 1100), SENT(R, 2, 1103), CAME(R, 2, 1143),
	    SENT(R, 1, 1253), CAME(R, 1, 1293), HELD(R, 2, 1293) },
	  1293,
	  { [AGE_PART_SENDER] = 1,
	    [AGE_PART_UP] = 2,
	    [AGE_PART_DOWN] = 40,
	    [AGE_PART_BEHIND] = 150 } },
	{ "a newer one was there before the held one was held",
	  R,
	  { MADE(1, 1050), SENT(R, 1, 1053), CAME(R, 1, 1093), MADE(2, 1100), LOST(R, 2, 1103),
	    MADE(3, 1150), SENT(R, 3, 1153), CAME(R, 3, 1193), HELD(R, 1, 1200) },
	  1300,
	  { [AGE_PART_SENDER] = 1,
	    [AGE_PART_UP] = 2,
	    [AGE_PART_DOWN] = 40,
	    [AGE_PART_BEHIND] = 207 } },
	{ "a way that nobody saw is unknown",
	  U,
	  { MADE(1, 1050), HELD(U, 1, 1093) },
	  1103,
	  { [AGE_PART_SENDER] = 1,
	    [AGE_PART_UP] = 2,
	    [AGE_PART_UNKNOWN] = 40,
	    [AGE_PART_NEXT] = 10 } },
};

static void the_parts_are_those_that_were_seen(void **state)
{
	const struct row *row = *state;
	int64_t parts[AGE_PARTS], sum_ns = 0;
	uint32_t held = 0;

	view = (struct view){ .birds = 0 };
	for (size_t i = 0; row->events[i].number > 0; i++) {
		take(&row->events[i]);
		if (row->events[i].kind == LAB_UPDATE)
			held = row->events[i].number;
	}
	assert_true(view_parts(&view, row->way, 0, row->now_ms * MS, parts));
	for (unsigned i = 0; i < AGE_PARTS; i++) {
		assert_int_equal(parts[i] / MS, row->parts_ms[i]);
		sum_ns += parts[i];
	}
	assert_int_equal(sum_ns / MS, row->now_ms - made_ms(held));
}

static void a_stall_longer_than_what_is_kept_keeps_its_parts(void **state)
{
	const struct row *row = &rows[4];
	int64_t before[AGE_PARTS], after[AGE_PARTS];

	(void)state;
	view = (struct view){ .birds = 0 };
	for (size_t i = 0; row->events[i].number > 0; i++)
		take(&row->events[i]);
	assert_true(view_parts(&view, R, 0, 1293 * MS, before));
	for (uint32_t n = 4; n < 4 + 2 * VIEW_KEPT; n++) {
		take(&(struct event)MADE(n, made_ms(n)));
		take(&(struct event)SENT(R, n, made_ms(n) + 3));
	}
	assert_true(view_parts(&view, R, 0, 1393 * MS, after));
	assert_int_equal(after[AGE_PART_DOWN], before[AGE_PART_DOWN]);
	assert_int_equal(after[AGE_PART_UNKNOWN], 0);
	assert_int_equal(after[AGE_PART_BEHIND], before[AGE_PART_BEHIND] + 100 * MS);
}

static void the_error_is_the_latest_of_the_last_second(void **state)
{
	struct lab_record record = { .kind = LAB_LEFT, .at_ns = 1000 * MS, .late_ns = 3 * MS };

	(void)state;
	view = (struct view){ .birds = 0 };
	view_take(&view, &record);
	record.late_ns = 1 * MS;
	record.at_ns = 1900 * MS;
	view_take(&view, &record);
	assert_int_equal(view_error_ns(&view), 3 * MS);
	for (int i = 0; i < 3; i++) {
		record.at_ns += 1000 * MS;
		view_take(&view, &record);
	}
	assert_int_equal(view_error_ns(&view), 1 * MS);
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows) + 2] = {
		cmocka_unit_test(a_stall_longer_than_what_is_kept_keeps_its_parts),
		cmocka_unit_test(the_error_is_the_latest_of_the_last_second),
	};
	size_t count = 2;

	ROW_TESTS_ADD(tests, count, rows, the_parts_are_those_that_were_seen);
	return _cmocka_run_group_tests("view_parts", tests, count, NULL, NULL);
}
