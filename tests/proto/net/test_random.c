#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/net/random.h"

/* The published sequence of xoshiro256** from the state 1, 2, 3, 4. */
static void the_generator_is_xoshiro256_starstar(void **state)
{
	struct random generator = { .words = { 1, 2, 3, 4 } };

	(void)state;
	assert_int_equal(random_u64(&generator), UINT64_C(11520));
	assert_int_equal(random_u64(&generator), UINT64_C(0));
	assert_int_equal(random_u64(&generator), UINT64_C(1509978240));
	assert_int_equal(random_u64(&generator), UINT64_C(1215971899390074240));
}

/* The published sequence of SplitMix64 from 1234567. */
static void a_seed_is_spread_by_splitmix64(void **state)
{
	const struct random generator = random_init(1234567);

	(void)state;
	assert_int_equal(generator.words[0], UINT64_C(6457827717110365317));
	assert_int_equal(generator.words[1], UINT64_C(3203168211198807973));
	assert_int_equal(generator.words[2], UINT64_C(9817491932198370423));
	assert_int_equal(generator.words[3], UINT64_C(4593380528125082431));
}

static void values_stay_below_the_limit_and_reach_all_of_it(void **state)
{
	struct random generator = random_init(0);
	unsigned seen[7] = { 0 };

	(void)state;
	for (int i = 0; i < 7000; i++) {
		const uint64_t value = random_below(&generator, 7);

		assert_true(value < 7);
		seen[value]++;
	}
	for (int i = 0; i < 7; i++)
		assert_in_range(seen[i], 850, 1150); /* 1,000 expected, deviation 29 */
	assert_int_equal(random_below(&generator, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_generator_is_xoshiro256_starstar),
		cmocka_unit_test(a_seed_is_spread_by_splitmix64),
		cmocka_unit_test(values_stay_below_the_limit_and_reach_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
