/* client/lib/sequence_stats: every seq has exactly one outcome. A row's name is its input. */
#include "client/lib/sequence_stats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

/*
 * The updates that come, in order: a seq, "s" and how many were skipped before it, "r" for a
 * reliable repeat, "a" for one ahead of reliable updates, "f" for the seq of an end that comes
 * late.
 */
struct row {
	const char *arrivals;
	struct sequence_stats_counts counts;
};

static struct row rows[] = {
	{ "1 2 3", { .received = 3 } },
	{ "1 4", { .received = 2, .lost = 2 } },
	{ "1 3 2", { .received = 2, .late = 1 } },
	{ "1 2 2 1", { .received = 2, .duplicate = 2 } },
	{ "1 3 2 2", { .received = 2, .late = 1, .duplicate = 1 } },
	{ "1 5s2", { .received = 2, .lost = 1, .skipped = 2 } },
	{ "1 5s2 2", { .received = 2, .late = 1, .skipped = 2 } },
	{ "1 5s2 4", { .received = 2, .late = 1, .lost = 1, .skipped = 1 } },
	{ "1 2s9", { .received = 2 } },
	{ "65534 1", { .received = 2, .lost = 2 } },
	{ "7r", { .received = 0 } },
	{ "7r 7 7", { .received = 1, .duplicate = 1 } },
	{ "7 7r 7r", { .received = 1 } },
	{ "7 9r", { .received = 1, .lost = 1, .repaired = 1 } },
	{ "7 9r 9", { .received = 2, .lost = 1 } },
	{ "7 9 8r", { .received = 2, .repaired = 1 } },
	{ "7 9 8r 8", { .received = 2, .late = 1 } },
	{ "7 207 100", { .received = 2, .lost = 199 } },
	{ "1 7 5s2", { .received = 2, .late = 1, .lost = 2, .skipped = 2 } },
	{ "1 7r 5s2 7", { .received = 2, .late = 1, .lost = 2, .skipped = 2 } },
	{ "1 7 3 5s3", { .received = 2, .late = 2, .lost = 1, .skipped = 2 } },
	{ "7 71 9s5", { .received = 2, .late = 1, .lost = 61, .skipped = 1 } },
	{ "7 71 8 7", { .received = 2, .late = 1, .lost = 62 } },
	{ "7r 7r", { .received = 0 } },
	{ "7 5r", { .received = 1 } },
	{ "7a 7a", { .received = 0 } },
	{ "7a 8 9", { .received = 2 } },
	{ "7a 12 13", { .received = 2 } },
	{ "7a 12 14", { .received = 2, .lost = 1 } },
	{ "7a 5 7 8", { .received = 3 } },
	{ "7a 9a 8 10", { .received = 2 } },
	{ "1 5a", { .received = 1 } },
	{ "1 5a 2 3 4 5 6", { .received = 6 } },
	{ "1 5a 3 4 5", { .received = 4, .lost = 1 } },
	{ "1 5a 9a 2 3 4 5 6 7 8 9", { .received = 9 } },
	{ "1 5a 6", { .received = 2, .lost = 3, .repaired = 1 } },
	{ "1 5s2a 2 6", { .received = 3, .skipped = 2, .repaired = 1 } },
	{ "1 5a 3a 6", { .received = 2, .lost = 2, .repaired = 2 } },
	{ "1 5a 4s2 5", { .received = 3, .skipped = 2 } },
	{ "1 5a 3 2", { .received = 2, .late = 1 } },
	{ "1 101a 50 102", { .received = 3, .lost = 62, .repaired = 1 } },
	{ "65530 3a 65531 65535 3", { .received = 4, .lost = 6 } },
	{ "5 9 5f", { .received = 2 } },
	{ "5 9 7f", { .received = 2 } },
	{ "5 9 9f", { .received = 2, .lost = 3 } },
	{ "5 9 4f", { .received = 2, .lost = 3 } },
	{ "5 9 7 5f", { .received = 2, .late = 1 } },
	{ "5 305 5f", { .received = 2 } },
	{ "5 305 306 300 5f", { .received = 3, .late = 1 } },
	{ "5 305s150 5f", { .received = 2, .skipped = 150 } },
	{ "5f 5 6", { .received = 2 } },
	{ "5 8f 12 13", { .received = 3 } },
	{ "5 8f 14f 12 18 20", { .received = 4, .lost = 1 } },
	{ "5 9 12 7f 10f", { .received = 3 } },
};

static void each_seq_is_counted_in_its_outcome(void **state)
{
	const struct row *row = *state;
	struct sequence_stats_window window = { 0 };
	struct sequence_stats_counts one = { 0 }, all = { 0 };

	for (char *at = (char *)row->arrivals; *at != '\0';) {
		uint16_t seq = (uint16_t)strtoul(at, &at, 10);
		uint16_t skipped = *at == 's' ? (uint16_t)strtoul(at + 1, &at, 10) : 0;
		enum sequence_stats_kind kind = *at == 'r'   ? SEQUENCE_STATS_REPEAT
						: *at == 'a' ? SEQUENCE_STATS_REPEAT_AHEAD
							     : SEQUENCE_STATS_UPDATE;
		bool is_end = *at == 'f';

		at += kind != SEQUENCE_STATS_UPDATE || is_end;
		if (is_end)
			sequence_stats_end(&window, seq, &one, &all);
		else
			sequence_stats_receive(&window, seq, skipped, kind, &one, &all);
	}
	assert_int_equal(one.received, row->counts.received);
	assert_int_equal(one.duplicate, row->counts.duplicate);
	assert_int_equal(one.late, row->counts.late);
	assert_int_equal(one.lost, row->counts.lost);
	assert_int_equal(one.skipped, row->counts.skipped);
	assert_int_equal(one.repaired, row->counts.repaired);
	assert_memory_equal(&one, &all, sizeof(one));
}

static void the_outcomes_add_up_whatever_comes(void **state)
{
	struct sequence_stats_window window = { 0 };
	struct sequence_stats_counts one = { 0 }, all = { 0 };
	uint64_t random = 1;
	uint16_t base = 65000;
	uint64_t span = 1;

	(void)state;
	sequence_stats_receive(&window, base, 0, SEQUENCE_STATS_UPDATE, &one, &all);
	for (unsigned i = 0; i < 100000; i++) {
		uint16_t before = window.newest, seq;

		random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
		/* From 80 behind to 40 ahead of the newest. */
		seq = (uint16_t)(before + (int)((random >> 33) % 121) - 80);
		/* Seqs before the first do not count. */
		if (span < 100 && (uint16_t)(before - seq) < 100 &&
		    (uint16_t)(before - seq) >= span)
			continue;
		sequence_stats_receive(&window, seq, (uint16_t)((random >> 20) % 4),
				       (random >> 50) % 8 == 0 ? SEQUENCE_STATS_REPEAT
							       : SEQUENCE_STATS_UPDATE,
				       &one, &all);
		span += (uint16_t)(window.newest - before);
		assert_int_equal(one.received + one.late + one.lost + one.skipped + one.repaired,
				 span);
	}
	assert_true(one.late > 0 && one.lost > 0 && one.skipped > 0 && one.repaired > 0);
}

static void a_restart_forgets_the_gap(void **state)
{
	struct sequence_stats_window window = { 0 };
	struct sequence_stats_counts one = { 0 }, all = { 0 };

	(void)state;
	sequence_stats_receive(&window, 1, 0, SEQUENCE_STATS_UPDATE, &one, &all);
	sequence_stats_restart(&window);
	sequence_stats_receive(&window, 500, 0, SEQUENCE_STATS_UPDATE, &one, &all);
	assert_int_equal(one.received, 2);
	assert_int_equal(one.lost, 0);
}

int main(void)
{
	enum {
		ROWS = sizeof(rows) / sizeof(rows[0])
	};
	struct CMUnitTest tests[ROWS + 2] = {
		[ROWS] = cmocka_unit_test(the_outcomes_add_up_whatever_comes),
		[ROWS + 1] = cmocka_unit_test(a_restart_forgets_the_gap),
	};

	for (unsigned i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].arrivals,
						.test_func = each_seq_is_counted_in_its_outcome,
						.initial_state = &rows[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
