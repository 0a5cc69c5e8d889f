/*
 * The age at the start of the measured span: examples worked by hand, which contrast's ages
 * (age.h) and compare's (generator_heard.c) must both give.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/measure/age.h"
#include "bench/load/generator_internal.h"

#define MS INT64_C(1000000)

enum {
	FROM_MS = 1000,
	UNTIL_MS = 2000,
	HEARD_MAX = 4,
	RATE_HZ = 10,
};

/* One pair, whose n-th update is due at n x 100 ms; measured from 1,000 to 2,000 ms. */
struct row {
	const char *name;
	size_t count;
	struct {
		uint32_t number;
		int64_t at_ms;
	} heard[HEARD_MAX];
	/* Teeth in the span; p50 and max, ms; the longest stall above 250 ms, and how many. */
	int64_t p50_ms, max_ms, stall_ms;
	uint64_t stalls;
};

static const struct row rows[] = {
	/* From 100 to 150, and from 50 to 1,000: 50 ms and 450 are spent up to 500. */
	{ "what was heard before goes on", 2, { { 9, 920 }, { 10, 1050 } }, 500, 1000, 750, 1 },
	/* From 400 to 700, and from 100 to 800: 500 ms are spent up to 500. */
	{ "an old one goes on as old", 2, { { 6, 630 }, { 12, 1300 } }, 500, 800, 550, 2 },
	/* From 1,000 to 1,400, and from 100 to 700. */
	{ "what is first heard within counts from the first that was due",
	  1,
	  { { 13, 1400 } },
	  600,
	  1400,
	  450,
	  2 },
	{ "what is never heard counts all the time", 0, { { 0, 0 } }, 1500, 2000, 1000, 1 },
	/* From 300 to 1,300, as nothing newer came. */
	{ "what was heard before and never again", 1, { { 7, 720 } }, 800, 1300, 1000, 1 },
	/* An update that came and was replaced before the span leaves nothing: as the first. */
	{ "nothing before the span is measured",
	  4,
	  { { 0, 400 }, { 1, 800 }, { 9, 920 }, { 10, 1050 } },
	  500,
	  1000,
	  750,
	  1 },
	/* At the very start: from 100 to 1,100. */
	{ "what comes as the span begins", 1, { { 9, 1000 } }, 600, 1100, 850, 1 },
};

static void contrast_measures_it_so(void **state)
{
	const struct row *row = *state;
	struct age_watch watch;
	struct age age;

	assert_int_equal(age_init(&age, 250000), 0);
	age.from_us = FROM_MS * 1000;
	age_begin(&watch, 0);
	for (size_t i = 0; i < row->count; i++)
		age_take(&age, &watch, row->heard[i].number * 100000, row->heard[i].at_ms * 1000);
	age_end(&age, &watch, UNTIL_MS * 1000);
	assert_int_equal(age_quantile_us(&age, 0.5), row->p50_ms * 1000);
	assert_int_equal(age_max_us(&age), row->max_ms * 1000);
	assert_int_equal(age.longest_stall_us, row->stall_ms * 1000);
	assert_int_equal(age.stalls, row->stalls);
	age_fini(&age);
}

/* Member 0 sends to member 1, and member 1 to nobody; compare's figures are of both pairs. */
static struct generator *open_generator(struct generator_config *config,
					struct generator_result *result)
{
	struct generator *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	g->config = config;
	g->result = result;
	pace_init(&g->pace, config->members, RATE_HZ, 1);
	g->pace.phase_ns[0] = g->pace.phase_ns[1] = 0;
	g->first = 10;
	g->end = 20;
	g->from_ns = FROM_MS * MS;
	g->until_ns = UNTIL_MS * MS;
	assert_int_equal(generator_load.open(g), 0);
	return g;
}

static void hear(struct generator *g, unsigned receiver, unsigned sender, uint32_t number,
		 int64_t at_ms)
{
	const struct update update = { .sender = sender, .number = number };
	uint8_t bytes[UPDATE_BYTES];

	update_encode(bytes, &update);
	g->time_ns = at_ms * MS;
	generator_heard(g, receiver, bytes, 0, sender + 1);
}

static void assert_near(int64_t us, int64_t ms)
{
	if (llabs(us - ms * 1000) > ms)
		fail_msg("%lld us instead of %lld ms", (long long)us, (long long)ms);
}

static void compare_measures_it_so(void **state)
{
	const struct row *row = *state;
	struct generator_config config = { .members = 2 };
	struct generator_result result = { 0 };
	struct generator *g = open_generator(&config, &result);

	/* Equal both ways, so that the figures are those of one. */
	for (unsigned receiver = 0; receiver < 2; receiver++)
		for (size_t i = 0; i < row->count; i++)
			hear(g, receiver, 1 - receiver, row->heard[i].number, row->heard[i].at_ms);
	generator_load.sum_up(g);
	assert_near(result.age_p50_us, row->p50_ms);
	assert_int_equal(result.age_max_us, row->max_ms * 1000);
	generator_load.close(g);
	free(g);
}

/* In rooms of two, what others say is nobody's; each member waits for one alone. */
static void who_is_in_another_room_has_no_age(void **state)
{
	struct generator_config config = { .kind = GENERATOR_STARLING, .members = 4, .rooms = 2 };
	struct generator_result result = { 0 };
	struct generator *g = open_generator(&config, &result);

	(void)state;
	hear(g, 2, 0, 9, 1000);
	generator_load.sum_up(g);
	/* Four pairs: one from 100 to 1,100, three from about 1,000 to 2,000. */
	assert_int_equal(g->ages.count, 4);
	assert_true(result.age_max_us <= 2000000);
	assert_true(result.age_p50_us > 1000000);
	generator_load.close(g);
	free(g);
}

/* The naive relay's rooms are of who happened to connect one after another. */
static void of_the_naive_relay_s_rooms_only_who_was_heard_has_an_age(void **state)
{
	struct generator_config config = { .kind = GENERATOR_NAIVE_ENET, .members = 4, .rooms = 2 };
	struct generator_result result = { 0 };
	struct generator *g = open_generator(&config, &result);

	(void)state;
	hear(g, 2, 1, 9, 1000);
	generator_load.sum_up(g);
	assert_int_equal(g->ages.count, 1);
	generator_load.close(g);
	free(g);
}

/* With an interest only what has been seen has an age: who knows what is to be in sight? */
static void of_what_was_never_in_sight_there_is_no_age(void **state)
{
	struct generator_config config = { .members = 3,
					   .interest = WIRE_NEAREST,
					   .interest_range = 1 };
	struct generator_result result = { 0 };
	struct generator *g = open_generator(&config, &result);

	(void)state;
	g->is_granted = true;
	hear(g, 0, 1, 13, 1400);
	generator_load.sum_up(g);
	assert_int_equal(g->ages.count, 1);
	assert_int_equal(result.age_max_us / 1000,
			 (UNTIL_MS * MS - pace_due_ns(&g->pace, 1, 13)) / MS);
	generator_load.close(g);
	free(g);
}

enum {
	ROWS = sizeof(rows) / sizeof(rows[0]),
};

static void put_names(struct CMUnitTest tests[2 * ROWS], char names[2 * ROWS][128])
{
	for (size_t i = 0; i < ROWS; i++) {
		snprintf(names[2 * i], 128, "%s (contrast)", rows[i].name);
		snprintf(names[2 * i + 1], 128, "%s (compare)", rows[i].name);
		for (size_t k = 0; k < 2; k++)
			tests[2 * i + k] = (struct CMUnitTest){
				.name = names[2 * i + k],
				.test_func =
					k == 0 ? contrast_measures_it_so : compare_measures_it_so,
				.initial_state = (void *)(uintptr_t)&rows[i],
			};
	}
}

int main(void)
{
	static char names[2 * ROWS][128];
	struct CMUnitTest tests[2 * ROWS + 3] = {
		[2 * ROWS] = cmocka_unit_test(who_is_in_another_room_has_no_age),
		[2 * ROWS + 1] =
			cmocka_unit_test(of_the_naive_relay_s_rooms_only_who_was_heard_has_an_age),
		[2 * ROWS + 2] = cmocka_unit_test(of_what_was_never_in_sight_there_is_no_age),
	};

	put_names(tests, names);
	return cmocka_run_group_tests_name("ages at the start of the span", tests, NULL, NULL);
}
