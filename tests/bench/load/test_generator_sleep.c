/* generator_sleep on a clock of its own: when it sleeps, for how long, and when it looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "bench/load/generator.h"
#include "bench/load/generator_internal.h"

enum {
	US = 1000,
	NOW_NS = 1000000 * US,
	EARLY_US = GENERATOR_WAKE_EARLY_NS / US,
	MIN_US = GENERATOR_SLEEP_MIN_NS / US,
	COALESCING_US = GENERATOR_NAP_NS / US,
};

static struct generator *generator_of(const struct generator_config *config)
{
	struct generator *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	g->config = config;
	g->pace.members = config->members;
	g->pace.rate_hz = config->rate_hz;
	g->is_sending = true;
	return g;
}

static void expect_us(const struct generator *g, int64_t left_us, int64_t sleep_us)
{
	const int64_t ns = generator_sleep_ns(g, NOW_NS, NOW_NS + left_us * US);

	if (ns != sleep_us * US)
		fail_msg("%u members at %g Hz, due in %lld us: sleeps %g us instead of %lld",
			 g->pace.members, g->pace.rate_hz, (long long)left_us, (double)ns / US,
			 (long long)sleep_us);
}

static void it_wakes_early_where_sends_are_seldom_and_the_processor_is_its_own(void **state)
{
	static const struct {
		struct generator_config config;
		bool is_early;
	} rows[] = {
		{ { .members = 16, .rate_hz = 30, .has_processor = true }, true },
		{ { .members = 16, .rate_hz = 30, .has_processor = false }, false },
		{ { .members = 2, .rate_hz = 1, .has_processor = true }, true },
		/* At most a tenth of the time: 666 a second. */
		{ { .members = 66, .rate_hz = 10, .has_processor = true }, true },
		{ { .members = 67, .rate_hz = 10, .has_processor = true }, false },
		{ { .members = 64, .rate_hz = 30, .has_processor = true }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct generator *g = generator_of(&rows[i].config);

		expect_us(g, 2000, rows[i].is_early ? 2000 - EARLY_US : 2000);
		expect_us(g, EARLY_US, rows[i].is_early ? 0 : EARLY_US);
		expect_us(g, 1, rows[i].is_early ? 0 : MIN_US);
		g->is_sending = false; /* nothing is to be on time */
		expect_us(g, 2000, 2000);
		free(g);
	}
}

static void it_does_not_sleep_when_something_is_due(void **state)
{
	const struct generator_config config = { .members = 256, .rate_hz = 60 };
	struct generator *g = generator_of(&config);

	(void)state;
	expect_us(g, 0, 0);
	expect_us(g, -1000, 0);
	expect_us(g, 1, MIN_US);
	expect_us(g, MIN_US + 1, MIN_US + 1);
	free(g);
}

static void it_naps_for_so_long_at_most(void **state)
{
	struct generator_config config = { .members = 256, .rate_hz = 60, .has_processor = true };
	struct generator *g = generator_of(&config);

	(void)state;
	g->is_napping = true;
	expect_us(g, 2000, COALESCING_US);
	expect_us(g, COALESCING_US, COALESCING_US);
	expect_us(g, COALESCING_US - 1, COALESCING_US - 1);
	expect_us(g, 1, MIN_US);
	expect_us(g, 0, 0);
	free(g);
	config = (struct generator_config){ .members = 16, .rate_hz = 30, .has_processor = true };
	g = generator_of(&config);
	g->is_napping = true;
	expect_us(g, EARLY_US + COALESCING_US + 1, COALESCING_US);
	expect_us(g, EARLY_US + 100, 100);
	expect_us(g, EARLY_US - 1, 0);
	free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			it_wakes_early_where_sends_are_seldom_and_the_processor_is_its_own),
		cmocka_unit_test(it_does_not_sleep_when_something_is_due),
		cmocka_unit_test(it_naps_for_so_long_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
