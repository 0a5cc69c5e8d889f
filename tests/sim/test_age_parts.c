/*
 * The parts of an age add up to it, in every mode, on any line: a property over many seeds.
 *
 *	SEEDS=n        how many rooms the test plays (1000), each with a mode and a line of its own
 *	SEED=n         plays this one only
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <math.h>

#include "bench/sim/trial_run.h"
#include "proto/net/random.h"
#include "relay/log/log.h"
#include "tests/fixtures/net/link_model_spec.h"

enum {
	MEMBERS = 3,
	SECONDS = 6,
	ERROR_BYTES = 256,
	NS_PER_US = 1000,
	SAMPLES = 1000,
};

static const char *const lines[] = {
	"none",
	"delay=40ms",
	"delay=30ms,loss=5%,burst=0.4",
	"delay=45ms,jitter=20ms,reorder=3%,dup=2%",
	"delay=20ms,loss=30%,jitter=10ms/exponential",
	"delay=40ms,rate=32kbit/3kB",
	"delay=30ms,loss=2%,at=3s:blackout=2s",
	"delay=30ms,jitter=25ms,loss=10%,burst=0.5,dup=3%,reorder=5%",
	"delay=10ms,at=2500ms:delay=400ms",
	"delay=10ms,at=3s:blackout=9s",
};

static unsigned long number_from(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoul(text, NULL, 10) : otherwise;
}

/* The mean over time, by another way: of the distribution of the ages. */
static double mean_ns_of(const struct age_distribution *ages)
{
	double sum_ns = 0;

	for (int i = 0; i < SAMPLES; i++)
		sum_ns += (double)age_distribution_quantile_ns(ages, (i + 0.5) / SAMPLES);
	return sum_ns / SAMPLES;
}

static void assert_near(const char *what, unsigned long seed, int64_t one_us, int64_t other_us)
{
	if (one_us - other_us > 1 || other_us - one_us > 1)
		fail_msg("SEED=%lu: %s: %lld us in parts, %lld us as measured", seed, what,
			 (long long)one_us, (long long)other_us);
}

static int64_t sum_of(const struct age_why_moment *moment, unsigned long seed)
{
	int64_t sum = 0;

	for (int part = 0; part < AGE_PARTS; part++) {
		if (moment->parts_ns[part] < 0 ||
		    (part == AGE_PART_UNKNOWN && moment->parts_ns[part] != 0))
			fail_msg("SEED=%lu: %s: %lld ns", seed, age_part_text((enum age_part)part),
				 (long long)moment->parts_ns[part]);
		sum += moment->parts_ns[part];
	}
	assert_int_equal(sum, moment->age_ns);
	return sum;
}

/* The room of a seed. */
static struct trial_config config_of(unsigned long seed)
{
	struct random random = random_init(seed);
	struct trial_config config = {
		.seed = seed,
		.carrier = (enum trial_carrier)(seed % TRIAL_SIM_COUNT),
		.members = MEMBERS,
		.rate_hz = 5 + (double)random_below(&random, 40),
		.event_hz = 2,
		.tick_hz = random_below(&random, 2) ? 30 : 0,
		.seconds = SECONDS,
		.redundancy = 3,
		.grain_um = 1000,
		.line = link_model_spec_of(
			lines[seed / TRIAL_SIM_COUNT % (sizeof(lines) / sizeof(lines[0]))]),
		.wants_why = true,
	};

	return config;
}

static struct trial_result played(const struct trial_config *config)
{
	struct trial_result result;
	char error[ERROR_BYTES];

	if (!trial_run(config, &result, error))
		fail_msg("SEED=%lu: %s", (unsigned long)config->seed, error);
	return result;
}

static double sum_of_means(const struct trial_result *result)
{
	double sum_ns = 0;

	for (int part = 0; part < AGE_PARTS; part++)
		sum_ns += result->why.mean_ns[part];
	return sum_ns;
}

/* At the moment of the largest age, and over all time; no part of the means is unknown. */
static void check(unsigned long seed)
{
	struct trial_config config = config_of(seed);
	struct age_distribution ages;
	struct trial_result result;
	double mean_ns;

	assert_int_equal(age_distribution_init(&ages, LOG_BUCKETS_FINE), 0);
	config.ages = &ages;
	result = played(&config);
	mean_ns = mean_ns_of(&ages);
	assert_near("the largest age", seed, sum_of(&result.why.moment, seed) / NS_PER_US,
		    result.age_max_us);
	if (result.why.mean_ns[AGE_PART_UNKNOWN] != 0)
		fail_msg("SEED=%lu: %.0f ns are unknown", seed,
			 result.why.mean_ns[AGE_PART_UNKNOWN]);
	if (fabs(sum_of_means(&result) - mean_ns) > 0.002 * mean_ns)
		fail_msg("SEED=%lu: %.0f ns in parts, %.0f ns as measured", seed,
			 sum_of_means(&result), mean_ns);
	age_distribution_fini(&ages);
}

static void the_parts_of_an_age_add_up_to_it_and_none_is_unknown(void **state)
{
	const unsigned long first = number_from("SEED", 1);
	const unsigned long count = getenv("SEED") ? 1 : number_from("SEEDS", 1000);

	(void)state;
	for (unsigned long seed = first; seed < first + count; seed++)
		check(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_parts_of_an_age_add_up_to_it_and_none_is_unknown),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
