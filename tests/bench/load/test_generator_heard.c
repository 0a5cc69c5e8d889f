/* Deliveries are counted as the definitions say, by whichever way they are heard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "bench/load/generator_internal.h"
#include "proto/net/random.h"
#include "proto/wire/states.h"

enum {
	MEMBERS = 6,
	NUMBERS = 400,
	FIRST = 30,
	END = NUMBERS - 20,
	BATCH_MAX = 12,
	BATCHES = 4000,
};

static const double rate_hz = 333;

/* The counts of one receiver and sender each; plain and slow. */
struct pair {
	bool has_come[NUMBERS];
	uint32_t next;
	int64_t since_ns, origin_ns;
};

struct model {
	struct pair pairs[MEMBERS][MEMBERS];
	uint64_t delivered, seen_due, skipped;
	struct hist delays, naive_delays;
	struct age_distribution ages, receiver_ages[MEMBERS];
};

struct fixture {
	struct generator_config config;
	struct generator_result result;
	struct generator *g;
	struct model *model;
};

static void open_fixture(struct fixture *fixture, uint64_t seed, unsigned rooms)
{
	struct generator *g = calloc(1, sizeof(*g));

	*fixture = (struct fixture){ .config = { .kind = GENERATOR_STARLING,
						 .members = MEMBERS,
						 .rooms = rooms,
						 .rate_hz = rate_hz },
				     .g = g,
				     .model = calloc(1, sizeof(*fixture->model)) };
	assert_non_null(g);
	assert_non_null(fixture->model);
	g->config = &fixture->config;
	g->result = &fixture->result;
	pace_init(&g->pace, MEMBERS, rate_hz, seed);
	g->pace.start_ns = 1000000000;
	g->first = FIRST;
	g->end = END;
	g->from_ns = g->pace.start_ns + (int64_t)(FIRST * 1e9 / rate_hz);
	g->until_ns = g->pace.start_ns + (int64_t)(END * 1e9 / rate_hz);
	assert_int_equal(generator_load.open(g), 0);
	assert_int_equal(age_distribution_init(&fixture->model->ages, LOG_BUCKETS_FINE), 0);
	for (int i = 0; i < MEMBERS; i++)
		assert_int_equal(
			age_distribution_init(&fixture->model->receiver_ages[i], LOG_BUCKETS_FINE),
			0);
}

static void close_fixture(struct fixture *fixture)
{
	generator_load.close(fixture->g);
	age_distribution_fini(&fixture->model->ages);
	for (int i = 0; i < MEMBERS; i++)
		age_distribution_fini(&fixture->model->receiver_ages[i]);
	free(fixture->model);
	free(fixture->g);
}

static int64_t due_of_ns(const struct generator *g, unsigned sender, uint32_t number)
{
	return g->pace.start_ns + g->pace.phase_ns[sender] +
	       (int64_t)llround(number * 1e9 / rate_hz);
}

static void add_tooth(struct fixture *fixture, unsigned member, int64_t origin_ns, int64_t since_ns)
{
	const struct generator *g = fixture->g;
	const int64_t from_ns = since_ns > g->from_ns ? since_ns : g->from_ns;
	const int64_t to_ns = g->time_ns < g->until_ns ? g->time_ns : g->until_ns;

	age_distribution_add(&fixture->model->ages, from_ns - origin_ns, to_ns - origin_ns);
	age_distribution_add(&fixture->model->receiver_ages[member], from_ns - origin_ns,
			     to_ns - origin_ns);
}

/* Measured updates from `next` up to the one before `number`. */
static uint32_t missing_of(uint32_t next, uint32_t number)
{
	uint32_t count = 0;

	for (uint32_t i = next; i < number; i++)
		count += i >= FIRST;
	return count;
}

static void model_newest(struct fixture *fixture, unsigned member, unsigned sender, uint32_t number,
			 unsigned skipped)
{
	struct model *model = fixture->model;
	struct pair *pair = &model->pairs[member][sender];
	const uint32_t missing = pair->next > 0 ? missing_of(pair->next, number) : 0;
	const int64_t first_ns = due_of_ns(fixture->g, sender, 0);

	model->seen_due += missing + (number >= FIRST);
	model->skipped += skipped < missing ? skipped : missing;
	if (pair->next > 0)
		add_tooth(fixture, member, pair->origin_ns, pair->since_ns);
	else
		add_tooth(fixture, member, first_ns, first_ns);
	pair->next = number + 1;
	pair->since_ns = fixture->g->time_ns;
	pair->origin_ns = due_of_ns(fixture->g, sender, number);
}

static void model_heard(struct fixture *fixture, unsigned member, unsigned sender, uint32_t number,
			unsigned skipped)
{
	const struct generator *g = fixture->g;
	struct model *model = fixture->model;
	struct pair *pair = &model->pairs[member][sender];
	const struct generator_sent *sent = generator_sent_of(g, sender % MEMBERS, number);

	if (sender >= MEMBERS || sender == member || number >= END || pair->has_come[number] ||
	    number + RECEIVE_WINDOW_UPDATES < pair->next)
		return;
	pair->has_come[number] = true;
	if (number >= FIRST) {
		model->delivered++;
		hist_record(&model->delays, g->time_ns - due_of_ns(g, sender, number));
		if (model->delivered % g->naive_each == 0 && sent->number == number)
			hist_record(&model->naive_delays, g->time_ns - sent->at_ns);
	}
	if (number >= pair->next)
		model_newest(fixture, member, sender, number, skipped);
}

/* Nearly always the next; else one behind, again, or far ahead. */
static uint32_t next_number(struct random *random, const struct pair *pair)
{
	const uint64_t luck = random_below(random, 40);
	const uint32_t back = (uint32_t)random_below(random, 80);

	if (luck == 0)
		return pair->next > back ? pair->next - back : 0;
	if (luck < 3)
		return pair->next + (uint32_t)random_below(random, luck == 1 ? 3 : 10);
	return pair->next;
}

/* One datagram to one member, soon after what is newest in it is due; sometimes too soon. */
static void hear_some(struct fixture *fixture, struct random *random)
{
	struct generator *g = fixture->g;
	const unsigned member = (unsigned)random_below(random, MEMBERS);
	uint8_t bytes[BATCH_MAX][UPDATE_BYTES];
	struct states_record records[BATCH_MAX] = { 0 };
	struct update updates[BATCH_MAX];
	const size_t count = 1 + random_below(random, BATCH_MAX);

	for (size_t i = 0; i < count; i++) {
		const unsigned sender = (unsigned)random_below(random, MEMBERS + (i % 4 == 0));
		const unsigned known = sender < MEMBERS ? sender : 0;
		uint32_t number = next_number(random, &fixture->model->pairs[member][known]);
		int64_t time_ns;

		number = number < NUMBERS ? number : NUMBERS - 1;
		time_ns = due_of_ns(g, known, number) - 500 + (int64_t)random_below(random, 4000);
		if (random_below(random, 3) > 0)
			time_ns += (int64_t)random_below(random, 20000000);
		g->time_ns = i == 0 || time_ns > g->time_ns ? time_ns : g->time_ns;
		updates[i] = (struct update){ .sender = sender, .number = number };
		update_encode(bytes[i], &updates[i]);
		records[i] = (struct states_record){
			.member = 100 + sender,
			.skipped = (uint16_t)random_below(random, 3),
			.payload = { bytes[i], i % 5 == 4 ? 3 : UPDATE_PAYLOAD_BYTES }
		};
		*generator_sent_of(g, known, number) =
			(struct generator_sent){ number, due_of_ns(g, known, number) + 700 };
	}
	generator_heard_records(g, member, records, count);
	for (size_t i = 0; i < count; i++)
		if (records[i].payload.size == UPDATE_PAYLOAD_BYTES)
			model_heard(fixture, member, updates[i].sender, updates[i].number,
				    records[i].skipped);
}

/* Quantiles are as near as the buckets of either allow, the largest is exact. */
static void assert_same_ages(const struct age_distribution *a, const struct age_distribution *b,
			     double error)
{
	for (double share = 0.005; share < 1; share += 0.005) {
		const double got = (double)age_distribution_quantile_ns(a, share);
		const double expected = (double)age_distribution_quantile_ns(b, share);

		if (fabs(got - expected) > error * expected)
			fail_msg("share %g: %g ns instead of %g (%g)", share, got, expected, error);
	}
}

/* Likewise for those in sight to the end, and for those who never were. */
static void end_model(struct fixture *fixture)
{
	struct generator *g = fixture->g;

	g->time_ns = g->until_ns;
	for (unsigned member = 0; member < MEMBERS; member++)
		for (unsigned sender = 0; sender < MEMBERS; sender++)
			if (fixture->model->pairs[member][sender].next > 0)
				add_tooth(fixture, member,
					  fixture->model->pairs[member][sender].origin_ns,
					  fixture->model->pairs[member][sender].since_ns);
}

static void assert_same(struct fixture *fixture)
{
	struct generator *g = fixture->g;
	const struct model *model = fixture->model;

	assert_int_equal(g->delivered, model->delivered);
	assert_int_equal(g->seen_due, model->seen_due);
	assert_int_equal(g->skipped, model->skipped);
	assert_memory_equal(&g->delays, &model->delays, sizeof(g->delays));
	assert_memory_equal(&g->naive_delays, &model->naive_delays, sizeof(g->naive_delays));
	end_model(fixture);
	generator_load.sum_up(g);
	assert_int_equal(g->ages.max_ns, model->ages.max_ns);
	assert_same_ages(&g->ages, &model->ages, 0.001);
	for (int i = 0; i < MEMBERS; i++)
		assert_same_ages(&g->receiver_ages[i], &model->receiver_ages[i], 0.032);
}

static void what_is_heard_is_counted_as_the_definitions_say(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct random random = random_init(seed);
		struct fixture fixture;

		open_fixture(&fixture, seed, seed % 2 == 0 ? 2 : 0);
		for (int i = 0; i < BATCHES; i++)
			hear_some(&fixture, &random);
		assert_same(&fixture);
		assert_true(fixture.model->delivered > (END - FIRST) * MEMBERS * 4);
		assert_true(fixture.model->skipped > 0 && fixture.model->delays.below > 0);
		close_fixture(&fixture);
	}
}

/* It may have lain in the socket: to read it later makes nothing older. */
static void what_is_gone_was_in_sight_until_the_word_of_it_came(void **state)
{
	const struct update update = { .sender = 1, .number = FIRST + 5 };
	uint8_t bytes[UPDATE_BYTES];
	struct fixture fixture;
	struct generator *g;

	(void)state;
	open_fixture(&fixture, 1, 0);
	g = fixture.g;
	g->is_granted = true;
	update_encode(bytes, &update);
	g->time_ns = due_of_ns(g, update.sender, update.number) + 3000000;
	fixture.model->pairs[0][1] =
		(struct pair){ .since_ns = g->time_ns, .origin_ns = g->time_ns - 3000000 };
	generator_heard(g, 0, bytes, 0, 101);
	g->time_ns += 40000000;
	generator_gone(g, 0, 101, (uint16_t)(update.number - 1)); /* an older one, overtaken */
	assert_int_equal(g->ages.count, 0);
	generator_gone(g, 0, 101, (uint16_t)update.number);
	add_tooth(&fixture, 0, fixture.model->pairs[0][1].origin_ns,
		  fixture.model->pairs[0][1].since_ns);
	assert_int_equal(g->ages.max_ns, 43000000);
	assert_memory_equal(g->ages.buckets, fixture.model->ages.buckets,
			    LOG_BUCKETS_COUNT(LOG_BUCKETS_FINE) * sizeof(*g->ages.buckets));
	close_fixture(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_heard_is_counted_as_the_definitions_say),
		cmocka_unit_test(what_is_gone_was_in_sight_until_the_word_of_it_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
