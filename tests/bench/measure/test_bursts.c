/* Periods of loss, and how near losses are to each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/measure/bursts.h"
#include "tests/fixtures/seeded_random.h"

enum {
	SEEDS = 500,
	UPDATES = 300,
};

/* One stream: x is lost, anything else was received. */
static struct bursts bursts_of(const char *pattern)
{
	struct bursts_stream stream = { 0 };
	struct bursts bursts = { 0 };

	for (; *pattern; pattern++)
		bursts_take(&bursts, &stream, *pattern == 'x');
	return bursts;
}

static void patterns_have_the_figures_that_a_pencil_gives(void **state)
{
	static const struct {
		const char *pattern;
		uint64_t lost, periods, longest, noticeable;
	} cases[] = {
		{ "........", 0, 0, 0, 0 },
		/* 2, then 1: lengths 1 and 2. */
		{ ".x.xx", 3, 2, 2, 2 },
		/* 5 is at the constraint, 6 beyond it. */
		{ "x....x.....x", 3, 3, 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bursts bursts = bursts_of(cases[i].pattern);

		assert_int_equal(bursts.lost, cases[i].lost);
		assert_int_equal(bursts.periods, cases[i].periods);
		assert_int_equal(bursts.longest, cases[i].longest);
		assert_int_equal(bursts.noticeable, cases[i].noticeable);
	}
}

static void a_stream_begins_without_the_losses_of_another(void **state)
{
	struct bursts_stream one = { 0 }, other = { 0 };
	struct bursts bursts = { 0 };

	(void)state;
	bursts_take(&bursts, &one, true);
	bursts_take(&bursts, &other, true);
	bursts_take(&bursts, &one, true);
	assert_int_equal(bursts.lost, 3);
	assert_int_equal(bursts.periods, 2);
	assert_int_equal(bursts.longest, 2);
	assert_int_equal(bursts.noticeable, 1);
}

/* From the definitions, by the numbers of lost updates. */
static struct bursts counted(const bool *is_lost, size_t count)
{
	struct bursts bursts = { 0 };

	for (size_t i = 0; i < count; i++) {
		size_t end = i, before = i;

		if (!is_lost[i])
			continue;
		bursts.lost++;
		while (before > 0 && !is_lost[before - 1])
			before--;
		if (before > 0 && i - (before - 1) <= BURSTS_DELTA)
			bursts.noticeable++;
		if (i > 0 && is_lost[i - 1])
			continue;
		bursts.periods++;
		while (end < count && is_lost[end])
			end++;
		if (end - i > bursts.longest)
			bursts.longest = end - i;
	}
	return bursts;
}

static void figures_agree_with_the_definitions(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();

	(void)state;
	for (int round = 0; round < SEEDS; round++) {
		const uint64_t percent = seeded_random_between(&seed, 0, 100);
		struct bursts_stream stream = { 0 };
		struct bursts bursts = { 0 }, expected;
		bool is_lost[UPDATES];

		for (size_t i = 0; i < UPDATES; i++) {
			is_lost[i] = seeded_random_between(&seed, 1, 100) <= percent;
			bursts_take(&bursts, &stream, is_lost[i]);
		}
		expected = counted(is_lost, UPDATES);
		assert_memory_equal(&bursts, &expected, sizeof(bursts));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_have_the_figures_that_a_pencil_gives),
		cmocka_unit_test(a_stream_begins_without_the_losses_of_another),
		cmocka_unit_test(figures_agree_with_the_definitions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
