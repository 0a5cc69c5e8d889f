/* An age is split into parts that add up to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/age/age_parts.h"

/* In any unit. Its milestones are 1, 2, 4, 8 and so on apart, so that each part has its own. */
static const struct age_path path = {
	.at_ns = { 0, 1, 3, 7, 15, 31, 63, 127, 255, 511 },
	.period_ns = 1000,
	.behind_ns = INT64_MAX,
};

static const struct age_span blocks[] = { { 100, 200 }, { 1611, 1711 }, { 1811, INT64_MAX } };

struct row {
	const char *name;
	int64_t now_ns, behind_ns;
	size_t block_count;
	int64_t parts[AGE_PARTS];
};

static const struct row rows[] = {
	{ "the_way_of_a_state_cuts_its_age_as_it_is_handed_over",
	  511,
	  INT64_MAX,
	  0,
	  { [AGE_PART_SENDER] = 1,
	    [AGE_PART_REPEAT] = 2 + 64,
	    [AGE_PART_UP] = 4,
	    [AGE_PART_BEHIND] = 8 + 256,
	    [AGE_PART_RELAY] = 16,
	    [AGE_PART_QUEUE] = 32,
	    [AGE_PART_DOWN] = 128 } },
	{ "what_is_held_waits_for_the_next_and_then_is_overdue",
	  1600,
	  INT64_MAX,
	  0,
	  { [AGE_PART_SENDER] = 1,
	    [AGE_PART_REPEAT] = 66,
	    [AGE_PART_UP] = 4,
	    [AGE_PART_BEHIND] = 264,
	    [AGE_PART_RELAY] = 16,
	    [AGE_PART_QUEUE] = 32,
	    [AGE_PART_DOWN] = 128,
	    [AGE_PART_NEXT] = 1000,
	    [AGE_PART_OVERDUE] = 89 } },
	{ "newer_ones_kept_back_at_the_receiver_are_behind_another_at_once",
	  711,
	  611,
	  3,
	  { [AGE_PART_SENDER] = 1,
	    [AGE_PART_REPEAT] = 66,
	    [AGE_PART_UP] = 4,
	    [AGE_PART_BEHIND] = 264 + 100,
	    [AGE_PART_RELAY] = 16,
	    [AGE_PART_QUEUE] = 32,
	    [AGE_PART_DOWN] = 128,
	    [AGE_PART_NEXT] = 100 } },
	{ "newer_ones_kept_back_at_the_relay_are_when_it_is_overdue",
	  1911,
	  INT64_MAX,
	  3,
	  { [AGE_PART_SENDER] = 1,
	    [AGE_PART_REPEAT] = 66,
	    [AGE_PART_UP] = 4,
	    [AGE_PART_BEHIND] = 264 + 200,
	    [AGE_PART_RELAY] = 16,
	    [AGE_PART_QUEUE] = 32,
	    [AGE_PART_DOWN] = 128,
	    [AGE_PART_NEXT] = 1000,
	    [AGE_PART_OVERDUE] = 200 } },
};

static struct age_path path_of(const struct row *row)
{
	struct age_path one = path;

	one.behind_ns = row->behind_ns;
	one.blocks = blocks;
	one.block_count = row->block_count;
	return one;
}

static void check_row(void **state)
{
	const struct row *row = *state;
	const struct age_path one = path_of(row);
	int64_t parts[AGE_PARTS], sum = 0;

	age_parts_at(&one, row->now_ns, parts);
	for (int part = 0; part < AGE_PARTS; part++) {
		if (parts[part] != row->parts[part])
			fail_msg("%s: %d, not %d", age_part_text((enum age_part)part),
				 (int)parts[part], (int)row->parts[part]);
		sum += parts[part];
	}
	assert_int_equal(sum, row->now_ns);
}

static void what_was_not_seen_or_not_in_its_order_is_unknown(void **state)
{
	struct age_path one = path;
	int64_t parts[AGE_PARTS];

	(void)state;
	one.at_ns[AGE_TAKEN] = AGE_NEVER;
	one.at_ns[AGE_SENT_ON] = 40;
	age_parts_at(&one, 511, parts);
	assert_int_equal(parts[AGE_PART_UNKNOWN], (31 - 7) + (255 - 63));
	assert_int_equal(parts[AGE_PART_RELAY], 0);
	assert_int_equal(parts[AGE_PART_BEHIND], 256);
}

/* By the middle of each unit of time, as all is linear within one. */
static void the_integral_is_the_sum_over_the_moments(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct age_path one = path_of(&rows[i]);
		double sums[AGE_PARTS] = { 0 }, expected[AGE_PARTS] = { 0 };

		age_parts_integrate(&one, 520, 2000, sums);
		for (int64_t now = 520; now < 2000; now++)
			for (int part = 0; part < AGE_PARTS; part++) {
				int64_t at[AGE_PARTS], after[AGE_PARTS];

				age_parts_at(&one, now, at);
				age_parts_at(&one, now + 1, after);
				expected[part] += (double)(at[part] + after[part]) / 2;
			}
		for (int part = 0; part < AGE_PARTS; part++)
			assert_true(sums[part] == expected[part]);
	}
}

static void until_a_state_comes_the_first_counts_as_held_when_it_was_made(void **state)
{
	const struct age_path first = age_path_of_first(100, 50);
	int64_t parts[AGE_PARTS];

	(void)state;
	age_parts_at(&first, 170, parts);
	assert_int_equal(parts[AGE_PART_NEXT], 50);
	assert_int_equal(parts[AGE_PART_OVERDUE], 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ rows[0].name, check_row, NULL, NULL, (void *)&rows[0] },
		{ rows[1].name, check_row, NULL, NULL, (void *)&rows[1] },
		{ rows[2].name, check_row, NULL, NULL, (void *)&rows[2] },
		{ rows[3].name, check_row, NULL, NULL, (void *)&rows[3] },
		cmocka_unit_test(what_was_not_seen_or_not_in_its_order_is_unknown),
		cmocka_unit_test(the_integral_is_the_sum_over_the_moments),
		cmocka_unit_test(until_a_state_comes_the_first_counts_as_held_when_it_was_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
