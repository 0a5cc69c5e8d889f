/* How much a bucket gives, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/net/token_bucket.h"

enum {
	RATE = 100,
};

static const int64_t ms = 1000000, start_ns = 77000000;

static unsigned take_all(struct token_bucket *bucket, int64_t now_ns)
{
	unsigned taken = 0;

	while (token_bucket_take(bucket, RATE, now_ns))
		taken++;
	return taken;
}

static void a_seconds_worth_may_be_taken_at_once_and_then_the_rate(void **state)
{
	struct token_bucket bucket = { 0 };

	(void)state;
	assert_int_equal(take_all(&bucket, start_ns), RATE);
	assert_int_equal(take_all(&bucket, start_ns + 9 * ms), 0);
	assert_int_equal(take_all(&bucket, start_ns + 10 * ms), 1);
	assert_int_equal(take_all(&bucket, start_ns + 510 * ms), RATE / 2);
}

static void no_more_than_a_seconds_worth_is_saved_up(void **state)
{
	struct token_bucket bucket = { 0 };

	(void)state;
	assert_int_equal(take_all(&bucket, start_ns), RATE);
	assert_int_equal(take_all(&bucket, start_ns + 60000 * ms), RATE);
}

static void a_charge_beyond_the_rest_is_a_debt_that_time_pays(void **state)
{
	struct token_bucket bucket = { 0 };

	(void)state;
	assert_true(token_bucket_has_any(&bucket, start_ns));
	token_bucket_charge(&bucket, RATE, RATE - 1, start_ns);
	assert_true(token_bucket_has_any(&bucket, start_ns));
	token_bucket_charge(&bucket, RATE, 3 * RATE + 1, start_ns);
	assert_false(token_bucket_has_any(&bucket, start_ns));
	assert_false(token_bucket_has_any(&bucket, start_ns + 3000 * ms));
	assert_true(token_bucket_has_any(&bucket, start_ns + 3000 * ms + 1));
}

static void the_largest_charge_does_not_wrap_around(void **state)
{
	struct token_bucket bucket = { 0 };

	(void)state;
	token_bucket_charge(&bucket, 1024, UINT64_C(1) << 32, start_ns);
	assert_false(token_bucket_has_any(&bucket, start_ns + INT64_C(4000000000) * ms));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seconds_worth_may_be_taken_at_once_and_then_the_rate),
		cmocka_unit_test(no_more_than_a_seconds_worth_is_saved_up),
		cmocka_unit_test(a_charge_beyond_the_rest_is_a_debt_that_time_pays),
		cmocka_unit_test(the_largest_charge_does_not_wrap_around),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
