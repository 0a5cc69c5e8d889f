/* Every bucket of both sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/measure/log_buckets.h"

static void every_bucket_follows_the_one_before_and_keeps_the_error_bound(void **state)
{
	static const unsigned sizes[] = { LOG_BUCKETS_FINE, LOG_BUCKETS_COARSE };

	(void)state;
	for (size_t size = 0; size < 2; size++) {
		const unsigned bits = sizes[size];
		int64_t next_ns = 0;

		for (size_t i = 0; i < LOG_BUCKETS_COUNT(bits); i++) {
			const int64_t low_ns = log_buckets_low_ns(bits, i);
			const int64_t width_ns = log_buckets_width_ns(bits, i);

			assert_int_equal(low_ns, next_ns);
			assert_int_equal(log_buckets_of(bits, low_ns), i);
			assert_int_equal(log_buckets_of(bits, low_ns + width_ns - 1), i);
			assert_true(width_ns == 1 || width_ns << bits <= low_ns);
			next_ns = low_ns + width_ns;
		}
		assert_true(next_ns == INT64_C(1) << LOG_BUCKETS_VALUE_BITS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bucket_follows_the_one_before_and_keeps_the_error_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
