/* The updates that each receiver got of each sender, by number. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/measure/delivery_log.h"
#include "tests/fixtures/seeded_random.h"

enum {
	NUMBERS = 200,
	SEEDS = 200,
	MS = 1000000,
};

static struct delivery_log delivery_log;

static int open_two(void **state)
{
	(void)state;
	return delivery_log_init(&delivery_log, 2, NUMBERS);
}

static int close_two(void **state)
{
	(void)state;
	delivery_log_fini(&delivery_log);
	return 0;
}

/* Member 1 hears an update of member 0, due at number x 50 ms. */
static enum receive_news hear(uint32_t number, int64_t delay_ms, int64_t wait_ms)
{
	const int64_t due_ns = number * INT64_C(50) * MS;
	const struct delivery_log_arrival arrival = {
		.receiver = 1,
		.sender = 0,
		.number = number,
		.is_measured = true,
		.due_ns = due_ns,
		.arrived_ns = wait_ms < 0 ? -1 : due_ns + (delay_ms - wait_ms) * MS,
		.now_ns = due_ns + delay_ms * MS,
	};
	enum receive_news news;

	assert_int_equal(delivery_log_take(&delivery_log, &arrival, &news), 0);
	return news;
}

static enum receive_news hear_repeat(uint32_t number)
{
	const struct delivery_log_arrival arrival = {
		.receiver = 1, .number = number, .is_measured = true, .is_repeat = true
	};
	enum receive_news news;

	assert_int_equal(delivery_log_take(&delivery_log, &arrival, &news), 0);
	return news;
}

static struct delivery_log_sums sums_of(uint32_t from, uint32_t to)
{
	struct delivery_log_sums sums = { 0 };

	delivery_log_count(&delivery_log, 1, 0, from, to, &sums);
	return sums;
}

static void each_number_ends_in_one_class(void **state)
{
	struct delivery_log_sums sums;

	(void)state;
	assert_int_equal(hear(0, 40, 0), RECEIVE_NEWEST);
	assert_int_equal(hear(2, 40, 0), RECEIVE_NEWEST);
	assert_int_equal(hear(1, 140, 0), RECEIVE_LATE);
	assert_int_equal(hear(1, 150, 0), RECEIVE_DUPLICATE);
	assert_int_equal(hear(7, 40, 0), RECEIVE_NEWEST);
	delivery_log_skip(&delivery_log, 1, 0, 7, 2);
	delivery_log_skip(&delivery_log, 1, 0, 11, 1);
	assert_int_equal(hear(6, 140, 0), RECEIVE_LATE);
	assert_int_equal(hear_repeat(8), RECEIVE_REPAIRED);
	assert_int_equal(hear_repeat(7), RECEIVE_DUPLICATE);
	sums = sums_of(0, 12);
	/* 0, 1, 2, 6, 7 and 8 came; 5 and 10 were skipped; 3, 4, 9 and 11 are lost. */
	assert_int_equal(sums.due, 12);
	assert_int_equal(sums.delivered, 6);
	assert_int_equal(sums.late, 2);
	assert_int_equal(sums.skipped, 2);
	assert_int_equal(sums.lost, 4);
	assert_int_equal(delivery_log.duplicates, 1);
	/* A skipped update does not part losses, a received one does. */
	assert_int_equal(delivery_log.bursts.periods, 2);
	assert_int_equal(delivery_log.bursts.longest, 2);
	assert_int_equal(delivery_log.reorder.reordered, 2);
}

static void delays_are_of_what_was_the_newest_and_waits_of_all(void **state)
{
	(void)state;
	hear(0, 40, 0);
	hear(2, 90, 30);
	hear(1, 200, 10);
	hear(3, 60, -1); /* when it arrived is not known */
	assert_int_equal(delivery_log.delays->count, 3);
	assert_int_equal(hist_max_ns(delivery_log.delays), 90 * MS);
	assert_int_equal(delivery_log.waits->count, 3);
	assert_int_equal(delivery_log.waited, 2);
	assert_int_equal(hist_max_ns(delivery_log.waits), 30 * MS);
	assert_int_equal(delivery_log_finish(&delivery_log), 0);
	assert_int_equal(hist_max_ns(delivery_log.pdvs), 50 * MS);
}

static void what_is_a_window_behind_stays_lost_or_is_a_duplicate(void **state)
{
	(void)state;
	hear(0, 40, 0);
	hear(RECEIVE_WINDOW_UPDATES + 1, 40, 0);
	assert_int_equal(hear(0, 9000, 0), RECEIVE_DUPLICATE);
	assert_int_equal(hear(1, 9000, 0), RECEIVE_ANCIENT);
	assert_int_equal(hear(2, 9000, 0), RECEIVE_LATE);
	assert_int_equal(sums_of(0, 3).lost, 1);
}

static void what_is_no_stream_or_number_is_refused(void **state)
{
	struct delivery_log_arrival arrival = { .receiver = 2 };
	enum receive_news news;

	(void)state;
	assert_int_equal(delivery_log_take(&delivery_log, &arrival, &news), -EINVAL);
	arrival = (struct delivery_log_arrival){ .sender = 2 };
	assert_int_equal(delivery_log_take(&delivery_log, &arrival, &news), -EINVAL);
	arrival = (struct delivery_log_arrival){ .number = NUMBERS };
	assert_int_equal(delivery_log_take(&delivery_log, &arrival, &news), -EINVAL);
	delivery_log_skip(&delivery_log, 2, 0, 1, 1);
	delivery_log_skip(&delivery_log, 0, 0, NUMBERS, 1);
}

static void jitter_is_the_median_and_the_worst_of_the_streams(void **state)
{
	int64_t median_ns, worst_ns;

	(void)state;
	assert_int_equal(delivery_log_jitter(&delivery_log, &median_ns, &worst_ns), 0);
	assert_int_equal(median_ns, -1);
	assert_int_equal(worst_ns, -1);
	hear(0, 40, 0);
	hear(1, 56, 0);
	assert_int_equal(delivery_log_jitter(&delivery_log, &median_ns, &worst_ns), 0);
	assert_int_equal(median_ns, MS);
	assert_int_equal(worst_ns, MS);
}

/* Whatever comes, in whatever order: the classes add up, and the periods to what was lost. */
static void sums_and_bursts_agree(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();

	(void)state;
	for (int round = 0; round < SEEDS; round++) {
		struct delivery_log_sums sums;
		uint64_t newest = 0, late = 0, at = 0;

		delivery_log_fini(&delivery_log);
		assert_int_equal(delivery_log_init(&delivery_log, 2, NUMBERS), 0);
		for (int i = 0; i < NUMBERS; i++) {
			uint64_t back = seeded_random_between(&seed, 0, 70);
			uint32_t number;
			enum receive_news news;

			at += seeded_random_between(&seed, 0, 1);
			number = (uint32_t)(at > back ? at - back : 0);
			news = hear(number, 40, 0);
			newest += news == RECEIVE_NEWEST;
			late += news == RECEIVE_LATE;
			if (seeded_random_between(&seed, 0, 4) == 0)
				delivery_log_skip(&delivery_log, 1, 0, number, 2);
		}
		sums = sums_of(0, NUMBERS);
		assert_int_equal(sums.due, NUMBERS);
		assert_int_equal(sums.delivered + sums.skipped + sums.lost, NUMBERS);
		assert_int_equal(sums.late, late);
		assert_int_equal(sums.delivered, newest + late);
		assert_int_equal(delivery_log.reorder.reordered, late);
		assert_int_equal(delivery_log.bursts.lost, sums.lost);
		assert_int_equal(delivery_log.delays->count, newest);
		assert_int_equal(delivery_log.waits->count, newest + late);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_number_ends_in_one_class, open_two, close_two),
		cmocka_unit_test_setup_teardown(delays_are_of_what_was_the_newest_and_waits_of_all,
						open_two, close_two),
		cmocka_unit_test_setup_teardown(
			what_is_a_window_behind_stays_lost_or_is_a_duplicate, open_two, close_two),
		cmocka_unit_test_setup_teardown(what_is_no_stream_or_number_is_refused, open_two,
						close_two),
		cmocka_unit_test_setup_teardown(jitter_is_the_median_and_the_worst_of_the_streams,
						open_two, close_two),
		cmocka_unit_test_setup_teardown(sums_and_bursts_agree, open_two, close_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
