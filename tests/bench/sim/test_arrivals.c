/* When SNAPSHOTs first reached a host, read from ENet's datagrams by their bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/sim/arrivals.h"

static struct arrivals *arrivals;

static int make(void **state)
{
	(void)state;
	arrivals = calloc(1, sizeof(*arrivals));
	return arrivals ? 0 : -1;
}

static int unmake(void **state)
{
	(void)state;
	free(arrivals);
	return 0;
}

/* SNAPSHOT 0x0102 of time 5, unsequenced, after an acknowledgement and a sent time. */
static const uint8_t unsequenced[] = {
	0x80, 0x03, 0x12, 0x34,             /* peer 3, a sent time */
	1,    0xff, 0x00, 0x07, 0, 7, 0, 9, /* ACKNOWLEDGE */
	0x49, 1,    0x00, 0x00, 0, 5, 0, 5, /* SEND_UNSEQUENCED, group 5, 5 bytes */
	8,    0x02, 0x01, 5,    0,
};

/* Two reliable ones, numbers 1 and 2; then an EVENT. */
static const uint8_t reliable[] = {
	0x80, 0x03, 0x12, 0x34,                                /* peer 3, a sent time */
	0x86, 1,    0,    1,    0, 4, 8,  1, 0, 6,             /* SEND_RELIABLE, 4 bytes */
	0x86, 1,    0,    2,    0, 4, 8,  2, 0, 7,             /* the next */
	0x86, 2,    0,    3,    0, 5, 11, 3, 0, 8, 0,          /* type 11 is no SNAPSHOT */
	0x07, 1,    0,    3,    0, 1, 0,  5, 8, 3, 0, 0x88, 1, /* SEND_UNRELIABLE, time 136 */
};

static void snapshots_are_found_among_other_commands(void **state)
{
	(void)state;
	arrivals_note(arrivals, unsequenced, sizeof(unsequenced), 1000);
	arrivals_note(arrivals, reliable, sizeof(reliable), 2000);
	assert_int_equal(arrivals_first_ns(arrivals, 0x0102, 5), 1000);
	assert_int_equal(arrivals_first_ns(arrivals, 1, 6), 2000);
	assert_int_equal(arrivals_first_ns(arrivals, 2, 7), 2000);
	assert_int_equal(arrivals_first_ns(arrivals, 3, 136), 2000);
	assert_int_equal(arrivals_first_ns(arrivals, 3, 8), -1);
}

static void of_repeats_the_first_to_arrive_counts(void **state)
{
	(void)state;
	arrivals_note(arrivals, reliable, sizeof(reliable), 2000);
	arrivals_note(arrivals, reliable, sizeof(reliable), 3000);
	assert_int_equal(arrivals_first_ns(arrivals, 1, 6), 2000);
	arrivals_note(arrivals, reliable, sizeof(reliable), 1500);
	assert_int_equal(arrivals_first_ns(arrivals, 1, 6), 1500);
}

/* Numbers go round; the time tells one round from the next. */
static void another_of_the_same_number_replaces_the_old_one(void **state)
{
	uint8_t later[sizeof(unsequenced)];

	(void)state;
	memcpy(later, unsequenced, sizeof(later));
	later[sizeof(later) - 2] = 6;
	arrivals_note(arrivals, unsequenced, sizeof(unsequenced), 1000);
	arrivals_note(arrivals, later, sizeof(later), 9000);
	assert_int_equal(arrivals_first_ns(arrivals, 0x0102, 5), -1);
	assert_int_equal(arrivals_first_ns(arrivals, 0x0102, 6), 9000);
}

static void a_datagram_cut_short_says_what_is_whole_in_it(void **state)
{
	(void)state;
	for (size_t size = 0; size < sizeof(reliable); size++) {
		/* In memory of its own, so that a read past the end is seen. */
		uint8_t *cut = malloc(size + 1);

		assert_non_null(cut);
		memcpy(cut, reliable, size);
		memset(arrivals, 0, sizeof(*arrivals));
		arrivals_note(arrivals, cut, size, 2000);
		assert_int_equal(arrivals_first_ns(arrivals, 1, 6), size < 14 ? -1 : 2000);
		assert_int_equal(arrivals_first_ns(arrivals, 2, 7), size < 24 ? -1 : 2000);
		assert_int_equal(arrivals_first_ns(arrivals, 3, 136), -1);
		free(cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(snapshots_are_found_among_other_commands, make,
						unmake),
		cmocka_unit_test_setup_teardown(of_repeats_the_first_to_arrive_counts, make,
						unmake),
		cmocka_unit_test_setup_teardown(another_of_the_same_number_replaces_the_old_one,
						make, unmake),
		cmocka_unit_test_setup_teardown(a_datagram_cut_short_says_what_is_whole_in_it, make,
						unmake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
