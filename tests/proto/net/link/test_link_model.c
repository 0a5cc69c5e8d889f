/*
 * The link model against its parameters. Every statistical check is asked twice: with the link's
 * own parameter, and with one that is a little off, which must fail. Seeds are fixed, so each
 * answer is always the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/net/link_fixture.h"

/* Statistics. An interval is five standard deviations wide on either side. */

static const double sigmas = 5;

static bool lost_share_is(double share, double burst)
{
	/* Neighbours in Gilbert's model correlate by burst - P(loss after none). */
	const double correlation = burst - share * (1 - burst) / (1 - share);
	double lost = 0;

	for (size_t i = 0; i < outcome_count; i++)
		lost += !outcomes[i].has_passed;
	return link_fixture_fits_share(lost, (double)outcome_count, share,
				       (1 + correlation) / (1 - correlation));
}

enum {
	LENGTHS = 8, /* the last stands for all that are longer */
};

/* Counts the bursts by length; returns how many. */
static double count_bursts(double by_length[LENGTHS + 1], double *mean)
{
	double bursts = 0, lost = 0;
	size_t length = 0;

	memset(by_length, 0, (LENGTHS + 1) * sizeof(by_length[0]));
	for (size_t i = 0; i < outcome_count; i++) {
		if (!outcomes[i].has_passed) {
			length++;
			continue;
		}
		if (length > 0) {
			by_length[length < LENGTHS ? length : LENGTHS]++;
			lost += (double)length;
			bursts++;
		}
		length = 0;
	}
	*mean = lost / bursts;
	return bursts;
}

/* Lengths are geometric: mean 1/(1-burst), variance burst/(1-burst)^2. */
static bool mean_burst_is(double burst)
{
	double by_length[LENGTHS + 1], mean, bursts = count_bursts(by_length, &mean);

	return fabs(mean - 1 / (1 - burst)) < sigmas * sqrt(burst / bursts) / (1 - burst) + 1e-9;
}

static bool burst_lengths_are(double burst)
{
	const double chi_squared_max = 29.9; /* 7 degrees of freedom, 1 in 10,000 */
	double by_length[LENGTHS + 1], mean, bursts = count_bursts(by_length, &mean), sum = 0;

	for (int length = 1; length <= LENGTHS; length++) {
		const double share = pow(burst, length - 1) * (length < LENGTHS ? 1 - burst : 1);
		const double expected = bursts * share;

		sum += pow(by_length[length] - expected, 2) / expected;
	}
	return sum < chi_squared_max;
}

static bool mean_delay_is(double mean_ms, double deviation_ms)
{
	double sum = 0, count = 0;

	for (size_t i = 0; i < outcome_count; i++) {
		if (!outcomes[i].has_passed)
			continue;
		sum += link_fixture_delay_ms(&outcomes[i]);
		count++;
	}
	return fabs(sum / count - mean_ms) < sigmas * deviation_ms / sqrt(count) + 1e-6;
}

static double normal_cdf(double x)
{
	return (1 + erf(x / sqrt(2))) / 2;
}

static double uniform_cdf(double x)
{
	return x < -1 ? 0 : x > 1 ? 1 : (x + 1) / 2;
}

static double exponential_cdf(double x)
{
	return x < 0 ? 0 : 1 - exp(-x);
}

/*
 * Whether the delays, less `base_ms` and over `scale_ms`, follow the distribution at many points.
 * The sum of twelve uniforms is within 0.0021 of a normal distribution.
 */
static bool delays_follow(double (*cdf)(double), double base_ms, double scale_ms)
{
	const double model_error = cdf == normal_cdf ? 0.0022 : 0;

	for (double x = -2.5; x <= 4; x += 0.25) {
		const double share = cdf(x);
		double below = 0;

		for (size_t i = 0; i < outcome_count; i++)
			below += (link_fixture_delay_ms(&outcomes[i]) - base_ms) / scale_ms <= x;
		if (fabs(below / (double)outcome_count - share) >
		    model_error + sigmas * sqrt(share * (1 - share) / (double)outcome_count) + 1e-6)
			return false;
	}
	return true;
}

static bool doubled_share_is(double share)
{
	double doubled = 0;

	for (size_t i = 0; i < outcome_count; i++)
		doubled += outcomes[i].is_doubled;
	return link_fixture_fits_share(doubled, (double)outcome_count, share, 1);
}

/* How many later datagrams overtook this one (RFC 4737's extent, one-way). */
static unsigned extent(size_t n)
{
	unsigned overtaking = 0;

	for (size_t i = n + 1; i < outcome_count && outcomes[i].sent_ns < outcomes[n].arrives_ns;
	     i++)
		overtaking += outcomes[i].arrives_ns < outcomes[n].arrives_ns;
	return overtaking;
}

static bool reordered_share_is(double share)
{
	double late = 0;

	for (size_t i = 0; i < outcome_count; i++)
		late += extent(i) > 0;
	return link_fixture_fits_share(late, (double)outcome_count, share, 1);
}

/*
 * At a steady interval, a datagram that is held back is overtaken by all of the holding time that
 * are not held back too.
 */
static bool mean_extent_is(double hold_ms, double interval_ms, double share)
{
	const double others = floor(hold_ms / interval_ms), expected = others * (1 - share);
	double sum = 0, count = 0;

	for (size_t i = 0; i < outcome_count; i++) {
		const unsigned overtaking = extent(i);

		if (overtaking > others)
			return false;
		sum += overtaking;
		count += overtaking > 0;
	}
	return fabs(sum / count - expected) < sigmas * sqrt(others * share / count);
}

/* How many bits a second come out, from the first arrival to the last. */
static bool rate_out_is(double bits)
{
	const double bits_each = 8 * (LINK_FIXTURE_PAYLOAD_BYTES + LINK_MODEL_HEADER_BYTES);
	int64_t first_ns = 0, last_ns = 0;
	double count = 0;

	for (size_t i = 0; i < outcome_count; i++) {
		if (!outcomes[i].has_passed)
			continue;
		if (first_ns == 0)
			first_ns = outcomes[i].arrives_ns;
		else
			count++;
		last_ns = outcomes[i].arrives_ns;
	}
	return fabs(count * bits_each * 1e9 / (double)(last_ns - first_ns) / bits - 1) < 1e-6;
}

/* The longest wait is that of a full queue, less the rest that is too small for a datagram. */
static bool longest_wait_is(double queue_bytes, double bits)
{
	const double full_ms = queue_bytes * 8 / bits * 1e3;
	const double each_ms =
		(LINK_FIXTURE_PAYLOAD_BYTES + LINK_MODEL_HEADER_BYTES) * 8 / bits * 1e3;
	double longest_ms = 0;

	for (size_t i = 0; i < outcome_count; i++)
		if (outcomes[i].has_passed && link_fixture_delay_ms(&outcomes[i]) > longest_ms)
			longest_ms = link_fixture_delay_ms(&outcomes[i]);
	return longest_ms <= full_ms + 1e-6 && longest_ms > full_ms - each_ms;
}

/* Random arrivals, equal sizes (M/D/1): the mean wait is rho / (2 (1 - rho)) services. */
static bool mean_wait_is_of(double bits, double interval_ms)
{
	const double each_ms =
		(LINK_FIXTURE_PAYLOAD_BYTES + LINK_MODEL_HEADER_BYTES) * 8 / bits * 1e3;
	const double load = each_ms / interval_ms;
	double sum_ms = 0;

	for (size_t i = 0; i < outcome_count; i++)
		sum_ms += link_fixture_delay_ms(&outcomes[i]) - each_ms;
	return fabs(sum_ms / (double)outcome_count / (load * each_ms / (2 * (1 - load))) - 1) <
	       0.05;
}

/* Parameters */

static void losses_come_in_the_stated_share(void **state)
{
	(void)state;
	link_fixture_run("loss=2%", 1, LINK_FIXTURE_RUN_MAX, MS, LINK_FIXTURE_PAYLOAD_BYTES);
	assert_true(lost_share_is(0.02, 0.02));
	assert_false(lost_share_is(0.022, 0.022));
	assert_false(lost_share_is(0.018, 0.018));
	link_fixture_run("loss=30%", 2, LINK_FIXTURE_RUN_MAX, MS, LINK_FIXTURE_PAYLOAD_BYTES);
	assert_true(lost_share_is(0.3, 0.3));
	assert_false(lost_share_is(0.305, 0.305));
}

static void independent_losses_follow_each_other_by_chance_only(void **state)
{
	(void)state;
	link_fixture_run("loss=10%", 3, LINK_FIXTURE_RUN_MAX, MS, LINK_FIXTURE_PAYLOAD_BYTES);
	assert_true(mean_burst_is(0.1));
	assert_true(burst_lengths_are(0.1));
	assert_false(burst_lengths_are(0.12));
}

static void bursts_have_the_stated_lengths_at_the_same_overall_loss(void **state)
{
	static const struct {
		const char *text;
		double loss, burst;
	} lines[] = {
		{ "loss=2%,burst=0.3", 0.02, 0.3 },
		{ "loss=5%,burst=0.7", 0.05, 0.7 },
		{ "loss=40%,burst=0.5", 0.4, 0.5 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const double loss = lines[i].loss, burst = lines[i].burst;

		link_fixture_run(lines[i].text, 4 + i, LINK_FIXTURE_RUN_MAX, MS,
				 LINK_FIXTURE_PAYLOAD_BYTES);
		assert_true(lost_share_is(loss, burst));
		assert_false(lost_share_is(loss * 1.1, burst));
		assert_true(mean_burst_is(burst));
		assert_false(mean_burst_is(burst + 0.04));
		assert_false(mean_burst_is(burst - 0.04));
		assert_true(burst_lengths_are(burst));
		assert_false(burst_lengths_are(burst + 0.04));
	}
	link_fixture_run("loss=10%,burst=0", 9, LINK_FIXTURE_RUN_MAX, MS,
			 LINK_FIXTURE_PAYLOAD_BYTES);
	assert_true(lost_share_is(0.1, 0));
	assert_true(mean_burst_is(0)); /* never two in a row */
}

static void bursts_go_on_across_a_change_of_the_loss(void **state)
{
	(void)state;
	link_fixture_run("loss=1%,burst=0.5,at=1ms:loss=20%", 15, LINK_FIXTURE_RUN_MAX, MS,
			 LINK_FIXTURE_PAYLOAD_BYTES);
	assert_true(lost_share_is(0.2, 0.5));
	assert_true(burst_lengths_are(0.5));
}

static void delays_are_as_stated_without_jitter(void **state)
{
	(void)state;
	link_fixture_run("delay=40ms", 1, 1000, MS, LINK_FIXTURE_PAYLOAD_BYTES);
	assert_true(mean_delay_is(40, 0));
	assert_false(mean_delay_is(40.001, 0));
}

static void normal_jitter_is_normal(void **state)
{
	(void)state;
	link_fixture_run("delay=100ms,jitter=10ms", 5, LINK_FIXTURE_RUN_MAX, MS,
			 LINK_FIXTURE_PAYLOAD_BYTES);
	assert_true(mean_delay_is(100, 10));
	assert_false(mean_delay_is(100.2, 10));
	assert_true(delays_follow(normal_cdf, 100, 10));
	assert_false(delays_follow(normal_cdf, 100, 10.3));
	assert_false(delays_follow(normal_cdf, 100, 9.7));
	assert_false(delays_follow(uniform_cdf, 100, 10 * sqrt(3)));
}

static void uniform_jitter_is_uniform(void **state)
{
	(void)state;
	link_fixture_run("delay=100ms,jitter=10ms/uniform", 6, LINK_FIXTURE_RUN_MAX, MS,
			 LINK_FIXTURE_PAYLOAD_BYTES);
	assert_true(mean_delay_is(100, 10 / sqrt(3)));
	assert_false(mean_delay_is(100.1, 10 / sqrt(3)));
	assert_true(delays_follow(uniform_cdf, 100, 10));
	assert_false(delays_follow(uniform_cdf, 100, 10.2));
	assert_false(delays_follow(normal_cdf, 100, 10 / sqrt(3)));
}

static void exponential_jitter_is_exponential(void **state)
{
	(void)state;
	link_fixture_run("delay=20ms,jitter=10ms/exponential", 7, LINK_FIXTURE_RUN_MAX, MS,
			 LINK_FIXTURE_PAYLOAD_BYTES);
	assert_true(mean_delay_is(30, 10));
	assert_false(mean_delay_is(30.2, 10));
	assert_true(delays_follow(exponential_cdf, 20, 10));
	assert_false(delays_follow(exponential_cdf, 20, 10.2));
	assert_false(delays_follow(uniform_cdf, 30, 10));
}

static void a_delay_below_zero_becomes_zero(void **state)
{
	double zeros = 0;

	(void)state;
	link_fixture_run("jitter=10ms", 8, LINK_FIXTURE_RUN_MAX, MS, LINK_FIXTURE_PAYLOAD_BYTES);
	for (size_t i = 0; i < outcome_count; i++) {
		assert_true(link_fixture_delay_ms(&outcomes[i]) >= 0);
		zeros += outcomes[i].arrives_ns == outcomes[i].sent_ns;
	}
	assert_true(link_fixture_fits_share(zeros, (double)outcome_count, 0.5, 1));
}

static void the_longest_times_there_are_do_not_overflow(void **state)
{
	(void)state;
	link_fixture_run("delay=60s,jitter=60s", 1, LINK_FIXTURE_RUN_MAX, MS,
			 LINK_FIXTURE_PAYLOAD_BYTES);
	assert_true(link_fixture_stats.delay_max_ns < 60 * 7 * UINT64_C(1000000000));
	link_fixture_run("delay=60s,jitter=60s/exponential", 1, LINK_FIXTURE_RUN_MAX, MS,
			 LINK_FIXTURE_PAYLOAD_BYTES);
	assert_true(link_fixture_stats.delay_max_ns < 60 * 46 * UINT64_C(1000000000));
	assert_true(mean_delay_is(120e3, 60e3));
	link_fixture_run("delay=60s,jitter=60s/uniform", 1, LINK_FIXTURE_RUN_MAX, MS,
			 LINK_FIXTURE_PAYLOAD_BYTES);
	assert_true(link_fixture_stats.delay_max_ns <= 120 * UINT64_C(1000000000));
	assert_true(mean_delay_is(60e3, 60e3 / sqrt(3)));
}

static void duplicates_come_in_the_stated_share_with_jitter_of_their_own(void **state)
{
	size_t apart = 0, doubled = 0;

	(void)state;
	link_fixture_run("delay=100ms,jitter=1ms,dup=1%", 10, LINK_FIXTURE_RUN_MAX, MS,
			 LINK_FIXTURE_PAYLOAD_BYTES);
	assert_true(doubled_share_is(0.01));
	assert_false(doubled_share_is(0.011));
	for (size_t i = 0; i < outcome_count; i++) {
		doubled += outcomes[i].is_doubled;
		apart += outcomes[i].is_doubled && outcomes[i].copy_ns != outcomes[i].arrives_ns;
	}
	assert_int_equal(apart, doubled);
	assert_int_equal(doubled, link_fixture_stats.doubled);
}

static void reordered_ones_are_overtaken_by_as_many_as_the_holding_time_has(void **state)
{
	(void)state;
	link_fixture_run("delay=40ms,reorder=2%/10.5ms", 11, LINK_FIXTURE_RUN_MAX, MS,
			 LINK_FIXTURE_PAYLOAD_BYTES);
	assert_true(reordered_share_is(0.02));
	assert_false(reordered_share_is(0.022));
	assert_true(mean_extent_is(10.5, 1, 0.02));
	assert_false(mean_extent_is(11.5, 1, 0.02));
	assert_false(mean_extent_is(9.5, 1, 0.02));
	link_fixture_run("delay=40ms", 11, 1000, MS, LINK_FIXTURE_PAYLOAD_BYTES);
	assert_true(reordered_share_is(0));
}

/* The link gets twice its rate. */
static void a_full_link_passes_its_rate_and_drops_what_finds_no_room(void **state)
{
	(void)state;
	link_fixture_run("rate=4mbit/64kB", 12, 100000, MS, LINK_FIXTURE_PAYLOAD_BYTES);
	assert_true(rate_out_is(4e6));
	assert_false(rate_out_is(4.001e6));
	assert_true(longest_wait_is(64000, 4e6));
	assert_false(longest_wait_is(66000, 4e6));
	assert_false(longest_wait_is(62000, 4e6));
	assert_int_equal(link_fixture_stats.passed + link_fixture_stats.lost_queue, outcome_count);
	assert_in_range(link_fixture_stats.lost_queue, outcome_count / 2 - 64, outcome_count / 2);
	link_fixture_run("rate=4mbit", 12, 100000, MS, LINK_FIXTURE_PAYLOAD_BYTES);
	assert_true(longest_wait_is(64000, 4e6));
}

/* A datagram takes 7 1/3 ns: the fraction must not be forgotten. */
static void a_rate_that_no_nanosecond_divides_is_kept(void **state)
{
	(void)state;
	link_fixture_run("rate=30.000001mbit/1000MB", 12, 100000, 1000, LINK_FIXTURE_PAYLOAD_BYTES);
	assert_true(rate_out_is(30.000001e6));
}

static void waits_before_a_link_with_room_follow_the_theory_of_queues(void **state)
{
	const double each_ms = 0.8, interval_ms = each_ms / 0.7;

	(void)state;
	link_fixture_run("rate=10mbit/100MB", 13, LINK_FIXTURE_RUN_MAX,
			 (int64_t)(-interval_ms * (double)MS), LINK_FIXTURE_PAYLOAD_BYTES);
	assert_int_equal(link_fixture_stats.lost_queue, 0);
	assert_true(mean_wait_is_of(10e6, interval_ms));
	assert_false(mean_wait_is_of(10.5e6, interval_ms));
	assert_false(mean_wait_is_of(9.5e6, interval_ms));
}

static void headers_count_for_the_rate(void **state)
{
	(void)state;
	link_fixture_run("rate=1mbit", 14, 2, 100 * MS, 97); /* 125 bytes, 1,000 bits */
	assert_int_equal(outcomes[0].arrives_ns - outcomes[0].sent_ns, MS);
	assert_int_equal(outcomes[1].arrives_ns - outcomes[1].sent_ns, MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(losses_come_in_the_stated_share),
		cmocka_unit_test(independent_losses_follow_each_other_by_chance_only),
		cmocka_unit_test(bursts_have_the_stated_lengths_at_the_same_overall_loss),
		cmocka_unit_test(bursts_go_on_across_a_change_of_the_loss),
		cmocka_unit_test(delays_are_as_stated_without_jitter),
		cmocka_unit_test(normal_jitter_is_normal),
		cmocka_unit_test(uniform_jitter_is_uniform),
		cmocka_unit_test(exponential_jitter_is_exponential),
		cmocka_unit_test(a_delay_below_zero_becomes_zero),
		cmocka_unit_test(the_longest_times_there_are_do_not_overflow),
		cmocka_unit_test(duplicates_come_in_the_stated_share_with_jitter_of_their_own),
		cmocka_unit_test(reordered_ones_are_overtaken_by_as_many_as_the_holding_time_has),
		cmocka_unit_test(a_full_link_passes_its_rate_and_drops_what_finds_no_room),
		cmocka_unit_test(a_rate_that_no_nanosecond_divides_is_kept),
		cmocka_unit_test(waits_before_a_link_with_room_follow_the_theory_of_queues),
		cmocka_unit_test(headers_count_for_the_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
