/*
 * Who is told of whom, in how many messages: the news of a crowd that comes and goes, without a
 * network.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "relay/room/membership.h"
#include "tests/fixtures/churn_fixture.h"

#define MS INT64_C(1000000)

enum {
	STEPS = 1500, /* of a life, a millisecond each */
	SEEDS = 12,
};

static void everyone_knows_in_the_end_who_and_what_is_there(void **state)
{
	static const double ticks[] = { CONFIG_TICK_AUTO, 0, 20 };
	static struct life life;
	uint64_t ignored = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		life_begin(&life, seed, ticks[seed % 3]);
		life.config.every = seed % 4 == 0;
		/* Where nothing is repeated, nothing may be ignored. */
		life.config.settle_s = seed % 5 == 0 ? 0 : life.config.settle_s;
		for (unsigned step = 0; step < STEPS; step++) {
			/* Now a few, now a crowd. */
			int64_t acts = life_pick(&life, 0, 30) ? life_pick(&life, 0, 3) : 100;

			for (int64_t i = 0; i < acts; i++)
				life_act(&life,
					 &life.clients[life_pick(&life, 0, LIFE_CLIENTS - 1)]);
			life_pass(&life);
		}
		life_pass_ms(&life, 3000);
		life_check(&life, seed);
		assert_true(life.ignored == 0 || life.config.settle_s > 0);
		ignored += life.ignored;
		life_end(&life);
	}
	print_message("  note: %llu records in SNAPSHOTs were of members not told of yet\n",
		      (unsigned long long)ignored);
}

static void a_crowd_of_newcomers_takes_few_messages_each(void **state)
{
	static struct life life;
	uint64_t joined;

	(void)state;
	life_begin(&life, 1, CONFIG_TICK_AUTO);
	for (size_t i = 0; i < LIFE_CLIENTS; i++) {
		life_join(&life, &life.clients[i], WIRE_ALL);
		life_publish(&life, &life.clients[i], 0);
		/* A second for all. */
		if (i % 2 == 1)
			life_pass_ms(&life, 5);
	}
	life_pass_ms(&life, 1000);
	life_check(&life, 0);
	joined = life.joined_messages;
	print_message("  note: %llu JOINED for %d who came in a second, one for each pair would be "
		      "%d\n",
		      (unsigned long long)joined, LIFE_CLIENTS,
		      LIFE_CLIENTS * (LIFE_CLIENTS - 1) / 2);
	/* 400 names of 9 bytes are 4 messages; a round each 40 ms is 25; settling brings more. */
	assert_true(joined < 40 * LIFE_CLIENTS);
	life_end(&life);
}

static void a_crowd_that_leaves_takes_few_messages_each(void **state)
{
	static struct life life;

	(void)state;
	life_begin(&life, 1, CONFIG_TICK_AUTO);
	for (size_t i = 0; i < LIFE_CLIENTS; i++)
		life_join(&life, &life.clients[i], WIRE_ALL);
	life_pass_ms(&life, 500);
	life.left_messages = 0;
	for (size_t i = 1; i < LIFE_CLIENTS; i++) {
		life_leave(&life, &life.clients[i]);
		if (i % 4 == 0)
			life_pass_ms(&life, 1);
	}
	life_pass_ms(&life, 500);
	life_check(&life, 0);
	print_message("  note: %llu LEFT for %d who went\n", (unsigned long long)life.left_messages,
		      LIFE_CLIENTS - 1);
	assert_true(life.left_messages < 10 * LIFE_CLIENTS);
	life_end(&life);
}

static void in_a_small_room_everyone_is_told_at_once(void **state)
{
	static struct life life;

	(void)state;
	life_begin(&life, 1, 10);
	for (size_t i = 0; i < MEMBERSHIP_AT_ONCE_MEMBERS; i++) {
		life_join(&life, &life.clients[i], WIRE_ALL);
		life_publish(&life, &life.clients[i], 0);
		for (size_t j = 0; j < i; j++)
			assert_true(life.clients[j].views[life.clients[i].member].is_known);
	}
	for (size_t i = 1; i < MEMBERSHIP_AT_ONCE_MEMBERS; i++) {
		life_leave(&life, &life.clients[i]);
		assert_false(life.clients[0].views[life.clients[i].member].is_known);
	}
	life_end(&life);
}

static void one_that_came_and_left_between_two_rounds_is_in_neither(void **state)
{
	static struct life life;

	(void)state;
	life_begin(&life, 1, CONFIG_TICK_AUTO);
	for (size_t i = 0; i < 100; i++)
		life_join(&life, &life.clients[i], WIRE_ALL);
	life_pass_ms(&life, 500);
	life_join(&life, &life.clients[100], WIRE_ALL); /* told at once */
	life.joined_messages = 0;
	life_join(&life, &life.clients[101], WIRE_ALL);
	life_leave(&life, &life.clients[101]);
	life_join(&life, &life.clients[102], WIRE_ALL);
	life_pass_ms(&life, 2 * MEMBERSHIP_REST_MAX_MS);
	assert_int_equal(life.left_messages, 0);
	life_check(&life, 0);
	/* And the next thing that is told says nothing of it. */
	life_leave(&life, &life.clients[102]);
	assert_int_equal(life.left_messages, 101);
	life_end(&life);
}

/* A room that is more than a window, and one who comes and takes nothing of it. */
static struct life_client *begin_slowly(struct life *life)
{
	struct life_client *slow = &life->clients[LIFE_CLIENTS - 1];

	life_begin(life, 1, CONFIG_TICK_AUTO);
	life->config.settle_s = 0;
	life->payload_bytes = 32;
	for (size_t i = 0; i < LIFE_CLIENTS - 1; i++) {
		life_join(life, &life->clients[i], WIRE_ALL);
		for (uint16_t index = 0; index < LIFE_ENTITIES; index++)
			life_publish(life, &life->clients[i], index);
		if (i % 4 == 0)
			life_pass(life);
	}
	life_pass_ms(life, 1000);
	life_join(life, slow, WIRE_ALL);
	for (unsigned ms = 0; ms < 200; ms++) {
		life->now_ns += MS;
		relay_turn(&life->relay, life->now_ns);
	}
	return slow;
}

static void a_newcomer_that_acknowledges_nothing_is_sent_a_window_and_no_more(void **state)
{
	static struct life life;
	struct life_client *slow = begin_slowly(&life);

	(void)state;
	assert_true(slow->backlog > FANOUT_WINDOW_BYTES / 2);
	assert_true(slow->backlog < FANOUT_WINDOW_BYTES + 2 * WIRE_MESSAGE_MAX_BYTES);
	assert_false(slow->is_whole);
	life_pass_ms(&life, 200);
	assert_true(slow->is_whole);
	life_check(&life, 0);
	life_end(&life);
}

static void who_asks_for_less_meanwhile_is_first_told_the_rest(void **state)
{
	static const struct wire_settings settings = { .interest = WIRE_NEAREST, .range = 5 };
	static struct life life;
	struct life_client *slow = begin_slowly(&life);
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	size_t seen = 0;

	(void)state;
	assert_false(slow->is_whole);
	client_receive(&life.relay, &slow->client, WIRE_CHANNEL_CONTROL, data,
		       wire_settings_encode(data, sizeof(data), &settings), life.now_ns);
	assert_true(slow->is_whole);
	life_pass_ms(&life, 200);
	for (size_t id = 0; id < LIFE_IDS; id++)
		for (unsigned index = 0; index < LIFE_ENTITIES; index++)
			seen += slow->views[id].is_known && slow->views[id].is_seen[index];
	assert_in_range(seen, 5, 5 + 5 / 4 + 1);
	life_end(&life);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everyone_knows_in_the_end_who_and_what_is_there),
		cmocka_unit_test(a_crowd_of_newcomers_takes_few_messages_each),
		cmocka_unit_test(a_crowd_that_leaves_takes_few_messages_each),
		cmocka_unit_test(one_that_came_and_left_between_two_rounds_is_in_neither),
		cmocka_unit_test(who_asks_for_less_meanwhile_is_first_told_the_rest),
		cmocka_unit_test(in_a_small_room_everyone_is_told_at_once),
		cmocka_unit_test(a_newcomer_that_acknowledges_nothing_is_sent_a_window_and_no_more),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
