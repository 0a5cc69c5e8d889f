/* For how long a member's newest state was how old, and how many of its states never came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/room/uplink.h"

#define MS INT64_C(1000)

static uint64_t in_bucket(const struct age_time *time, int64_t bound_us)
{
	for (unsigned i = 0; i < AGE_TIME_BUCKETS - 1; i++)
		if (age_time_bounds_us[i] == bound_us)
			return time->us[i];
	return time->us[AGE_TIME_BUCKETS - 1];
}

static void an_age_is_counted_in_each_bucket_that_it_grew_through(void **state)
{
	struct age_time time = { .area = 0 };

	(void)state;
	age_time_add(&time, 4 * MS, 35 * MS);
	assert_int_equal(in_bucket(&time, 5 * MS), 1 * MS);
	assert_int_equal(in_bucket(&time, 10 * MS), 5 * MS);
	assert_int_equal(in_bucket(&time, 20 * MS), 10 * MS);
	assert_int_equal(in_bucket(&time, 30 * MS), 10 * MS);
	assert_int_equal(in_bucket(&time, 50 * MS), 5 * MS);
	assert_int_equal(age_time_total_us(&time), 31 * MS);
	/* The mean age, 19.5 ms, for 31 ms. */
	assert_true(time.area > 0.0195 * 0.031 - 1e-12 && time.area < 0.0195 * 0.031 + 1e-12);
}

static void an_age_at_a_bound_belongs_below_it(void **state)
{
	struct age_time time = { .area = 0 };

	(void)state;
	age_time_add(&time, 5 * MS, 10 * MS);
	assert_int_equal(in_bucket(&time, 10 * MS), 5 * MS);
	assert_int_equal(age_time_total_us(&time), 5 * MS);
	age_time_add(&time, 10 * MS, 10 * MS);
	age_time_add(&time, 10 * MS, 9 * MS);
	assert_int_equal(age_time_total_us(&time), 5 * MS);
}

static void a_stall_counts_for_as_long_as_it_lasts(void **state)
{
	struct age_time total = { .area = 0 };
	struct uplink uplink = { .has_any = false };

	(void)state;
	uplink_renew(&uplink, &total, 0, 1 * MS);
	/* Nothing for 25 s. Who looks meanwhile changes nothing. */
	uplink_settle(&uplink, &total, 7000 * MS);
	uplink_settle(&uplink, &total, 7000 * MS);
	uplink_renew(&uplink, &total, 25000 * MS, 25001 * MS);
	assert_int_equal(age_time_total_us(&total), 25000 * MS);
	assert_int_equal(in_bucket(&total, INT64_MAX), 15001 * MS);
	assert_int_equal(in_bucket(&total, 10000 * MS), 5000 * MS);
}

static void an_older_state_that_comes_late_makes_nothing_younger(void **state)
{
	struct age_time total = { .area = 0 };
	struct uplink uplink = { .has_any = false };

	(void)state;
	uplink_renew(&uplink, &total, 100 * MS, 101 * MS);
	uplink_renew(&uplink, &total, 50 * MS, 102 * MS);
	assert_int_equal(uplink.origin_us, 100 * MS);
}

static void quantiles_are_of_the_time_and_not_of_the_updates(void **state)
{
	struct age_time total = { .area = 0 };
	struct uplink uplink = { .has_any = false };
	struct uplink_minute minute;

	(void)state;
	assert_int_equal(age_time_quantile_us(&total, 0.5), -1);
	/* A hundred updates within a second, and then a second without one. */
	for (int64_t i = 0; i <= 100; i++)
		uplink_renew(&uplink, &total, i * 10 * MS, i * 10 * MS);
	uplink_settle(&uplink, &total, 2000 * MS);
	minute = uplink_last_minute(&uplink);
	/* Half of two seconds: 505 ms below 5 ms, and 495 of the next 505. */
	assert_int_equal(age_time_quantile_us(&minute.ages, 0.5), 9900);
	assert_int_equal(age_time_quantile_us(&minute.ages, 1), 1000 * MS);
}

static void what_is_older_than_a_minute_is_forgotten(void **state)
{
	struct age_time total = { .area = 0 };
	struct uplink uplink = { .has_any = false };
	struct uplink_minute minute;

	(void)state;
	uplink_renew(&uplink, &total, 0, 0);
	uplink_settle(&uplink, &total, 1000 * MS);
	uplink_renew(&uplink, &total, UPLINK_SPAN_US, UPLINK_SPAN_US);
	minute = uplink_last_minute(&uplink);
	assert_true(age_time_total_us(&minute.ages) > 0);
	uplink_renew(&uplink, &total, 4 * UPLINK_SPAN_US, 4 * UPLINK_SPAN_US);
	minute = uplink_last_minute(&uplink);
	assert_int_equal(age_time_total_us(&minute.ages), 3 * UPLINK_SPAN_US);
}

static void loss_is_what_never_came(void **state)
{
	struct uplink uplink = { .has_any = false };
	struct uplink_minute minute = uplink_last_minute(&uplink);

	(void)state;
	assert_true(uplink_loss(&minute) < 0);
	uplink_count(&uplink, 1);
	uplink_count(&uplink, 3); /* two are missing, */
	uplink_count(&uplink, 0); /* of which one comes late */
	minute = uplink_last_minute(&uplink);
	assert_true(uplink_loss(&minute) == 0.25);
	uplink_count(&uplink, 0);
	uplink_count(&uplink, 0);
	minute = uplink_last_minute(&uplink);
	assert_true(uplink_loss(&minute) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_age_is_counted_in_each_bucket_that_it_grew_through),
		cmocka_unit_test(an_age_at_a_bound_belongs_below_it),
		cmocka_unit_test(a_stall_counts_for_as_long_as_it_lasts),
		cmocka_unit_test(an_older_state_that_comes_late_makes_nothing_younger),
		cmocka_unit_test(quantiles_are_of_the_time_and_not_of_the_updates),
		cmocka_unit_test(what_is_older_than_a_minute_is_forgotten),
		cmocka_unit_test(loss_is_what_never_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
