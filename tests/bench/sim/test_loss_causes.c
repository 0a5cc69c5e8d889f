/* The cause of one delivery, by what was seen of it: examples worked by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/sim/loss_causes.h"
#include "tests/fixtures/row_tests.h"

#define MS INT64_C(1000000)

enum {
	MEMBERS = 2,
	NUMBERS = 10,
	STEPS_MAX = 10,
	END_MS = 20000,
};

/* From member 0 to member 1; update n is published at n x 50 ms, after 10 s. */
enum what {
	END = 0,
	PUBLISH,
	UP,        /* value: when it arrives, ms after it was published; -1: dropped */
	HAND,      /* value: skipped */
	DOWN,      /* as UP */
	REPEAT,    /* as DOWN, as a KEYFRAME */
	HEAR,      /* the receiver had something, so long after */
	OUT_OF_0,  /* so long after, the sender's session is lost */
	OUT_OF_1,  /* the receiver's */
	BACK_OF_1, /* it has one again */
	ANCIENT,
	REFUSING,
};

struct step {
	enum what what;
	uint32_t number;
	int value;
};

struct row {
	const char *name;
	enum loss_causes_order order;
	struct step steps[STEPS_MAX];
	bool has_newer;
	enum loss_causes_cause cause; /* of number 3 */
};

#define FREE      LOSS_CAUSES_AS_IT_COMES
#define SEQUENCED LOSS_CAUSES_SEQUENCED
#define SHARED    LOSS_CAUSES_SHARED
#define RELIABLE  LOSS_CAUSES_RELIABLE

static const struct row rows[] = {
	{ "in no datagram, it is unsent", FREE, { { PUBLISH, 3, 0 } }, true, LOSS_CAUSES_UNSENT },
	{ "reliable, it waits to be sent",
	  RELIABLE,
	  { { PUBLISH, 3, 0 } },
	  false,
	  LOSS_CAUSES_UNDER_WAY },
	{ "published without a session, it is the session's",
	  FREE,
	  { { OUT_OF_0, 2, 0 }, { PUBLISH, 3, 0 } },
	  true,
	  LOSS_CAUSES_SESSION },
	{ "dropped on the way up",
	  FREE,
	  { { PUBLISH, 3, 0 }, { UP, 3, -1 } },
	  true,
	  LOSS_CAUSES_LINK_UP },
	{ "reliable, dropped on the way up, and said again until the end",
	  RELIABLE,
	  { { PUBLISH, 3, 0 }, { UP, 3, -1 }, { UP, 3, -1 } },
	  false,
	  LOSS_CAUSES_UNDER_WAY },
	{ "reliable, dropped on the way up until the session was lost",
	  RELIABLE,
	  { { PUBLISH, 3, 0 }, { UP, 3, -1 }, { OUT_OF_0, 3, 5000 } },
	  false,
	  LOSS_CAUSES_SESSION },
	{ "one of two datagrams is dropped on the way up, the other on the way down",
	  FREE,
	  { { PUBLISH, 3, 0 }, { UP, 3, -1 }, { UP, 3, 20 }, { DOWN, 3, -1 } },
	  true,
	  LOSS_CAUSES_LINK_DOWN },
	{ "at the relay after the end",
	  FREE,
	  { { PUBLISH, 3, 0 }, { UP, 3, END_MS } },
	  false,
	  LOSS_CAUSES_UNDER_WAY },
	{ "at the relay after a newer one",
	  FREE,
	  { { PUBLISH, 3, 0 }, { UP, 3, 90 }, { UP, 4, 20 }, { HAND, 4, 0 }, { HAND, 5, 0 } },
	  true,
	  LOSS_CAUSES_OVERTAKEN },
	{ "superseded at the relay, which says so",
	  FREE,
	  { { PUBLISH, 3, 0 }, { UP, 3, 20 }, { UP, 4, 20 }, { HAND, 4, 1 } },
	  true,
	  LOSS_CAUSES_SUPERSEDED },
	{ "superseded is what the relay had, not what it never got",
	  FREE,
	  { { PUBLISH, 3, 0 }, { UP, 2, 20 }, { UP, 3, -1 }, { UP, 4, 20 }, { HAND, 4, 1 } },
	  true,
	  LOSS_CAUSES_LINK_UP },
	{ "superseded and overtaken are told apart by who was there first",
	  FREE,
	  { { PUBLISH, 3, 0 },
	    { UP, 2, 20 },
	    { UP, 3, 120 },
	    { UP, 4, 60 },
	    { UP, 5, 60 },
	    { HAND, 5, 2 } },
	  true,
	  LOSS_CAUSES_OVERTAKEN },
	{ "taken in order after all, as the relay says of three",
	  SHARED,
	  { { PUBLISH, 3, 0 },
	    { UP, 2, 20 },
	    { UP, 3, 120 },
	    { UP, 4, 60 },
	    { UP, 5, 60 },
	    { HAND, 5, 3 } },
	  true,
	  LOSS_CAUSES_SUPERSEDED },
	{ "waiting for the flush at the end",
	  FREE,
	  { { PUBLISH, 3, 0 }, { HAND, 2, 0 }, { UP, 3, 200 } },
	  false,
	  LOSS_CAUSES_UNDER_WAY },
	{ "neither handed on nor superseded nor overtaken is not explained",
	  FREE,
	  { { PUBLISH, 3, 0 }, { UP, 3, 20 }, { HAND, 4, 0 } },
	  true,
	  LOSS_CAUSES_UNKNOWN },
	{ "unless ENet at the relay is at the next window, so that nobody is handed it",
	  LOSS_CAUSES_UNSEQUENCED,
	  { { PUBLISH, 3, 0 }, { UP, 3, 20 }, { HAND, 4, 0 } },
	  true,
	  LOSS_CAUSES_OVERTAKEN },
	{ "unless the relay refuses",
	  FREE,
	  { { PUBLISH, 3, 0 }, { UP, 3, 20 }, { HAND, 4, 0 }, { REFUSING, 0, 0 } },
	  true,
	  LOSS_CAUSES_REFUSED },
	{ "or the receiver was not in the room",
	  FREE,
	  { { PUBLISH, 3, 0 }, { UP, 3, 20 }, { HAND, 4, 0 }, { OUT_OF_1, 4, 0 } },
	  true,
	  LOSS_CAUSES_SESSION },
	{ "handed to ENet, which sent it in no datagram",
	  FREE,
	  { { PUBLISH, 3, 0 }, { UP, 3, 20 }, { HAND, 3, 0 } },
	  true,
	  LOSS_CAUSES_UNSENT },
	{ "dropped on the way down",
	  SEQUENCED,
	  { { PUBLISH, 3, 0 }, { UP, 3, 20 }, { HAND, 3, 0 }, { DOWN, 3, -1 } },
	  true,
	  LOSS_CAUSES_LINK_DOWN },
	{ "at the receiver after the end",
	  FREE,
	  { { PUBLISH, 3, 0 }, { UP, 3, 20 }, { HAND, 3, 0 }, { DOWN, 3, END_MS } },
	  false,
	  LOSS_CAUSES_UNDER_WAY },
	{ "at the receiver, where sequenced drops it",
	  SEQUENCED,
	  { { PUBLISH, 3, 0 }, { UP, 3, 20 }, { HAND, 3, 0 }, { DOWN, 3, 90 } },
	  true,
	  LOSS_CAUSES_OVERTAKEN },
	{ "at the receiver, where ENet is at the next window of unsequenced ones",
	  LOSS_CAUSES_UNSEQUENCED,
	  { { PUBLISH, 3, 0 }, { UP, 3, 20 }, { HAND, 3, 0 }, { DOWN, 3, 90 } },
	  true,
	  LOSS_CAUSES_OVERTAKEN },
	{ "at the receiver, where all is handed over, but not this one",
	  FREE,
	  { { PUBLISH, 3, 0 }, { UP, 3, 20 }, { HAND, 3, 0 }, { DOWN, 3, 90 } },
	  true,
	  LOSS_CAUSES_UNKNOWN },
	{ "at the receiver, where reliable keeps it back",
	  RELIABLE,
	  { { PUBLISH, 3, 0 }, { UP, 3, 20 }, { HAND, 3, 0 }, { DOWN, 3, 90 } },
	  false,
	  LOSS_CAUSES_UNDER_WAY },
	{ "at the receiver, where shared keeps it back",
	  SHARED,
	  { { PUBLISH, 3, 0 }, { UP, 3, 20 }, { HAND, 3, 0 }, { DOWN, 3, 90 }, { HEAR, 3, 80 } },
	  false,
	  LOSS_CAUSES_UNDER_WAY },
	{ "at the receiver, where shared has gone on",
	  SHARED,
	  { { PUBLISH, 3, 0 }, { UP, 3, 20 }, { HAND, 3, 0 }, { DOWN, 3, 90 }, { HEAR, 3, 95 } },
	  false,
	  LOSS_CAUSES_OVERTAKEN },
	{ "at the receiver between two sessions",
	  SEQUENCED,
	  { { PUBLISH, 3, 0 },
	    { UP, 3, 20 },
	    { HAND, 3, 0 },
	    { DOWN, 3, 90 },
	    { OUT_OF_1, 3, 50 },
	    { BACK_OF_1, 3, 900 } },
	  true,
	  LOSS_CAUSES_SESSION },
	{ "a session that was lost long after has nothing to do with it",
	  SEQUENCED,
	  { { PUBLISH, 3, 0 },
	    { UP, 3, 20 },
	    { HAND, 3, 0 },
	    { DOWN, 3, 90 },
	    { OUT_OF_1, 3, 2000 } },
	  true,
	  LOSS_CAUSES_OVERTAKEN },
	{ "its repeat is kept back at the end",
	  FREE,
	  { { PUBLISH, 3, 0 }, { UP, 3, 20 }, { HAND, 3, 0 }, { DOWN, 3, -1 }, { REPEAT, 3, 900 } },
	  false,
	  LOSS_CAUSES_UNDER_WAY },
	{ "too far behind the newest",
	  FREE,
	  { { PUBLISH, 3, 0 }, { UP, 3, 20 }, { HAND, 3, 0 }, { DOWN, 3, 90 }, { ANCIENT, 3, 0 } },
	  true,
	  LOSS_CAUSES_UNDER_WAY },
};

static void play(struct loss_causes *causes, const struct step *step)
{
	const int64_t published_ns = 10000 * MS + step->number * 50 * MS;
	const int64_t at_ns = step->value < 0 ? INT64_MAX : published_ns + step->value * MS;

	switch (step->what) {
	case PUBLISH:
		loss_causes_publish(causes, 0, step->number, published_ns);
		break;
	case UP:
		loss_causes_up(causes, 0, step->number, at_ns);
		break;
	case HAND:
		loss_causes_hand(causes, 1, 0, step->number, (uint32_t)step->value,
				 published_ns + 100 * MS);
		break;
	case DOWN:
		loss_causes_down(causes, 1, 0, step->number, false, at_ns);
		break;
	case REPEAT:
		loss_causes_down(causes, 1, 0, step->number, true, at_ns);
		break;
	case HEAR:
		loss_causes_hear(causes, 1, at_ns);
		break;
	case OUT_OF_0:
	case OUT_OF_1:
		loss_causes_session(causes, step->what == OUT_OF_1, false, at_ns);
		break;
	case BACK_OF_1:
		loss_causes_session(causes, 1, true, at_ns);
		break;
	case ANCIENT:
		loss_causes_ancient(causes, 1, 0, step->number);
		break;
	case REFUSING:
		causes->is_refusing = true;
		break;
	default:
		break;
	}
}

static void the_cause_is_where_the_furthest_copy_ended(void **state)
{
	const struct row *row = *state;
	struct loss_causes causes;
	enum loss_causes_cause cause;

	assert_int_equal(loss_causes_init(&causes, MEMBERS, NUMBERS, row->order), 0);
	loss_causes_start(&causes, 10000 * MS, END_MS * MS);
	for (const struct step *step = row->steps; step->what != END; step++)
		play(&causes, step);
	loss_causes_settle(&causes);
	cause = loss_causes_of(&causes, 1, 0, 3, row->has_newer);
	if (cause != row->cause)
		fail_msg("%s instead of %s", loss_causes_text(cause), loss_causes_text(row->cause));
	loss_causes_fini(&causes);
	loss_causes_fini(&causes);
}

static void what_there_is_not_is_passed_over(void **state)
{
	struct loss_causes causes;

	(void)state;
	assert_int_equal(loss_causes_init(&causes, MEMBERS, NUMBERS, LOSS_CAUSES_AS_IT_COMES), 0);
	loss_causes_publish(&causes, 0, NUMBERS, 0);
	loss_causes_up(&causes, MEMBERS, 0, 0);
	loss_causes_up(&causes, SIZE_MAX, 0, 0);
	loss_causes_down(&causes, 0, SIZE_MAX, 0, false, 0);
	loss_causes_hand(&causes, SIZE_MAX, 0, 0, 5, 0);
	loss_causes_hand(&causes, 1, 0, 0, 65535, 0);
	loss_causes_hear(&causes, MEMBERS, 0);
	loss_causes_ancient(&causes, 0, 0, UINT32_MAX);
	loss_causes_session(&causes, MEMBERS, false, 0);
	loss_causes_settle(&causes);
	assert_int_equal(loss_causes_of(&causes, 0, 1, NUMBERS, false), LOSS_CAUSES_UNKNOWN);
	assert_int_equal(loss_causes_of(&causes, 0, 1, 0, false), LOSS_CAUSES_UNKNOWN);
	loss_causes_fini(&causes);
}

static void more_outages_than_are_told_apart_become_one(void **state)
{
	struct loss_causes causes;

	(void)state;
	assert_int_equal(loss_causes_init(&causes, MEMBERS, NUMBERS, LOSS_CAUSES_RELIABLE), 0);
	loss_causes_start(&causes, 0, END_MS * MS);
	for (int i = 0; i < 2 * LOSS_CAUSES_OUTS_MAX; i++) {
		loss_causes_session(&causes, 1, false, (1000 + i * 100) * MS);
		loss_causes_session(&causes, 1, true, (1050 + i * 100) * MS);
	}
	loss_causes_publish(&causes, 0, 3, 4110 * MS);
	loss_causes_publish(&causes, 0, 4, 4160 * MS);
	loss_causes_settle(&causes);
	assert_int_equal(loss_causes_of(&causes, 1, 0, 3, false), LOSS_CAUSES_SESSION);
	assert_int_equal(loss_causes_of(&causes, 1, 0, 4, false), LOSS_CAUSES_UNDER_WAY);
	loss_causes_fini(&causes);
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows) + 2];
	size_t count = 0;

	ROW_TESTS_ADD(tests, count, rows, the_cause_is_where_the_furthest_copy_ended);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(what_there_is_not_is_passed_over);
	tests[count++] =
		(struct CMUnitTest)cmocka_unit_test(more_outages_than_are_told_apart_become_one);
	return _cmocka_run_group_tests("causes", tests, count, NULL, NULL);
}
