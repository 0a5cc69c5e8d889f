#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/room/join_state.h"

static bool is_step(enum join_state from, enum join_state to)
{
	return (from == JOIN_ABSENT && to == JOIN_MEETING) ||
	       (from != JOIN_ABSENT && to == JOIN_ABSENT) ||
	       (from == JOIN_MEETING && to == JOIN_WAITING) ||
	       (from == JOIN_WAITING && (to == JOIN_SYNCING || to == JOIN_JOINED)) ||
	       (from == JOIN_SYNCING && to == JOIN_JOINED);
}

static void only_the_steps_of_joining_are_taken(void **unused)
{
	(void)unused;
	for (enum join_state from = 0; from < JOIN_STATE_COUNT; from++)
		for (enum join_state to = 0; to < JOIN_STATE_COUNT; to++) {
			struct join_counts counts = { 0 };
			enum join_state state = from;

			counts.in[from] = 1;
			assert_int_equal(join_state_move(&counts, &state, to), is_step(from, to));
			assert_int_equal(state, is_step(from, to) ? to : from);
			for (enum join_state in = 0; in < JOIN_STATE_COUNT; in++)
				assert_int_equal(counts.in[in], in == state);
		}
}

static void a_member_counts_from_its_coming_to_its_going(void **unused)
{
	struct join_counts counts = { 0 };
	enum join_state one = JOIN_JOINED, other = JOIN_JOINED;

	(void)unused;
	join_state_begin(&counts, &one);
	join_state_begin(&counts, &other);
	assert_int_equal(one, JOIN_MEETING);
	assert_int_equal(join_counts_newcomers(&counts), 2);
	join_state_move(&counts, &one, JOIN_WAITING);
	assert_int_equal(join_counts_newcomers(&counts), 2);
	join_state_move(&counts, &one, JOIN_SYNCING);
	assert_int_equal(join_counts_newcomers(&counts), 1);
	assert_true(join_state_receives(one) && !join_state_receives(other));
	join_state_end(&counts, other);
	join_state_end(&counts, one);
	for (enum join_state in = 0; in < JOIN_STATE_COUNT; in++)
		assert_int_equal(counts.in[in], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_steps_of_joining_are_taken),
		cmocka_unit_test(a_member_counts_from_its_coming_to_its_going),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
