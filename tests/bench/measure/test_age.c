/* The age of what a receiver knows, against examples worked by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/measure/age.h"

#define MS INT64_C(1000)

/*
 * Updates every 50 ms with a delay of 20 ms, one of which is lost: ages grow from 20 to 70 three
 * times and from 20 to 120 once. In 250 ms, the age is above 70 for 50: p80 is 70, p90 is 95.
 */
static void a_lost_update_makes_one_longer_span(void **state)
{
	static const struct {
		double share;
		int64_t ms;
	} rows[] = { { 0, 20 }, { 0.4, 45 }, { 0.8, 70 }, { 0.9, 95 }, { 1, 120 } };
	static const int64_t origins_ms[] = { 0, 50, 100, 200 };
	struct age_watch watch = { 0 };
	struct age age;

	(void)state;
	assert_int_equal(age_init(&age, 100 * MS), 0);
	for (size_t i = 0; i < 4; i++)
		age_take(&age, &watch, origins_ms[i] * MS, (origins_ms[i] + 20) * MS);
	age_end(&age, &watch, 270 * MS);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(age_quantile_us(&age, rows[i].share), rows[i].ms * MS);
	assert_int_equal(age_max_us(&age), 120 * MS);
	assert_true(age_distribution_share_above(&age.distribution, 70000000) == 0.2);
	assert_int_equal(age.stalls, 1);
	assert_int_equal(age.longest_stall_us, 20 * MS);
	age_fini(&age);
}

/* Updates that arrive late and in a row, as after a retransmission. */
static void a_stall_goes_on_while_what_comes_is_old_already(void **state)
{
	struct age_watch watch = { 0 };
	struct age age;

	(void)state;
	assert_int_equal(age_init(&age, 100 * MS), 0);
	age_take(&age, &watch, 0, 10 * MS);
	age_take(&age, &watch, 50 * MS, 300 * MS);  /* above since 100; is 250 old */
	age_take(&age, &watch, 100 * MS, 310 * MS); /* is 210 old */
	age_take(&age, &watch, 300 * MS, 320 * MS); /* is 20 old */
	age_end(&age, &watch, 330 * MS);
	assert_int_equal(age.stalls, 1);
	assert_int_equal(age.longest_stall_us, 220 * MS);
	age_fini(&age);
}

static void who_knows_nothing_has_no_age(void **state)
{
	struct age_watch watch = { 0 };
	struct age age;

	(void)state;
	assert_int_equal(age_init(&age, 1), 0);
	age_end(&age, &watch, 10 * MS);
	assert_int_equal(age_quantile_us(&age, 0.5), -1);
	assert_int_equal(age_max_us(&age), -1);
	age_fini(&age);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lost_update_makes_one_longer_span),
		cmocka_unit_test(a_stall_goes_on_while_what_comes_is_old_already),
		cmocka_unit_test(who_knows_nothing_has_no_age),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
