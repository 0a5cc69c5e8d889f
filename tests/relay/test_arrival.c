/* Messages count from their arrival at the machine, though the relay reads them later. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/sim/cluster.h"
#include "relay/log/log.h"
#include "tests/fixtures/relay/rules_fixture.h"
#include "tests/fixtures/net/link_model_spec.h"

/* The answer to the client's newest question. */
static struct wire_clock ask(struct rules_fixture *fixture)
{
	const size_t answers = rules_fixture_count(fixture, 0, WIRE_CLOCK);
	const struct recording_outbox_item *item;
	struct wire_clock clock = { .sent_us = 12345 };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	rules_fixture_send(fixture, 0, 0, data, wire_clock_encode(data, sizeof(data), &clock));
	item = recording_outbox_find(&fixture->recorder, &fixture->client[0], WIRE_CLOCK, answers);
	assert_non_null(item);
	assert_int_equal(wire_clock_decode(item->data, item->size, &clock), WIRE_OK);
	assert_int_equal(clock.sent_us, 12345);
	return clock;
}

static void a_clock_answer_has_the_times_of_arrival_and_of_answer(void **state)
{
	struct rules_fixture *fixture = *state;
	const int64_t opened_ns = fixture->now_ns;
	const struct {
		int64_t arrived_ns;
		uint64_t received_us;
	} cases[] = {
		{ opened_ns + 12 * MS, 12000 },
		{ opened_ns + 30 * MS, 30000 },
		{ opened_ns + 31 * MS, 30000 }, /* not in the future */
		{ opened_ns - 1 * MS, 0 },      /* not before there was a room */
		{ 0, 30000 },                   /* not known */
	};

	rules_fixture_join(fixture, 0, "a");
	fixture->now_ns += 30 * MS;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct wire_clock clock;

		fixture->arrived_ns[0] = cases[i].arrived_ns;
		clock = ask(fixture);
		assert_int_equal(clock.received_us, cases[i].received_us);
		assert_int_equal(clock.answered_us, 30000);
	}
}

/* Returns when a room of two members ticks first. */
static int64_t join_at_50_hz(struct rules_fixture *fixture)
{
	fixture->config.tick_hz = 50;
	fixture->config.settle_s = 0;
	rules_fixture_join_all(fixture, 2, "a");
	return fixture->now_ns + 20 * MS;
}

static void a_state_waits_since_its_arrival(void **state)
{
	struct rules_fixture *fixture = *state;
	const int64_t tick_ns = join_at_50_hz(fixture);

	/* It arrives before the tick, and is read after it: it is due at once. */
	fixture->now_ns = tick_ns + 1;
	fixture->arrived_ns[0] = tick_ns - 5 * MS;
	rules_fixture_publish(fixture, 0, 0, 1, 1);
	assert_true(schedule_due_ns(&fixture->relay.schedule) == tick_ns);
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_SNAPSHOT), 1);
	/* This one arrives after the tick: it is due at the next. */
	fixture->arrived_ns[0] = tick_ns;
	rules_fixture_publish(fixture, 0, 0, 2, 1);
	assert_true(schedule_due_ns(&fixture->relay.schedule) == tick_ns + 20 * MS);
	relay_turn(&fixture->relay, tick_ns + 20 * MS);
}

/* In an overload, a flush for each state that is read late would make it worse. */
static void a_room_is_flushed_once_a_period_however_late_its_states_are_read(void **state)
{
	struct rules_fixture *fixture = *state;
	const int64_t tick_ns = join_at_50_hz(fixture);

	for (uint16_t seq = 1; seq <= 10; seq++) {
		fixture->now_ns = tick_ns + seq * MS;
		fixture->arrived_ns[0] = tick_ns - 15 * MS + seq;
		rules_fixture_publish(fixture, 0, 0, seq, 1);
		relay_turn(&fixture->relay, fixture->now_ns);
		assert_int_equal(rules_fixture_count(fixture, 1, WIRE_SNAPSHOT), 1);
	}
	assert_true(schedule_due_ns(&fixture->relay.schedule) == tick_ns + 20 * MS);
	relay_turn(&fixture->relay, tick_ns + 20 * MS);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_SNAPSHOT), 2);
}

static void a_state_that_arrives_during_a_flush_waits_for_the_rest_after_it(void **state)
{
	struct rules_fixture *fixture = *state;
	const int64_t tick_ns = join_at_50_hz(fixture);

	rules_fixture_publish(fixture, 0, 0, 1, 1);
	relay_turn(&fixture->relay, tick_ns);
	/* The flush took longer than a period. */
	schedule_spend(&fixture->relay.schedule, tick_ns, tick_ns + 24 * MS, 24 * MS);
	fixture->now_ns = tick_ns + 26 * MS;
	fixture->arrived_ns[0] = tick_ns + 5 * MS;
	rules_fixture_publish(fixture, 0, 0, 2, 1);
	assert_true(schedule_due_ns(&fixture->relay.schedule) == tick_ns + 30 * MS);
	relay_turn(&fixture->relay, tick_ns + 30 * MS);
}

/* Each flush takes two thirds of the time since the flush before it. */
static void after_a_pause_the_relay_returns_to_its_tick(void **state)
{
	struct rules_fixture *fixture = *state;
	int64_t begun_ns = join_at_50_hz(fixture), apart_ns = 0;
	int64_t out_ns = begun_ns + 27 * MS; /* the pause */

	rules_fixture_publish(fixture, 0, 0, 1, 1);
	relay_turn(&fixture->relay, begun_ns);
	for (uint16_t seq = 2; seq <= 12; seq++) {
		int64_t due_ns;

		schedule_spend(&fixture->relay.schedule, begun_ns, out_ns, out_ns - begun_ns);
		fixture->now_ns = out_ns;
		fixture->arrived_ns[0] = begun_ns + 1 * MS;
		rules_fixture_publish(fixture, 0, 0, seq, 1);
		due_ns = schedule_due_ns(&fixture->relay.schedule);
		relay_turn(&fixture->relay, due_ns);
		apart_ns = due_ns - begun_ns;
		begun_ns = due_ns;
		out_ns = begun_ns + apart_ns * 2 / 3;
	}
	assert_true(apart_ns == 20 * MS);
}

/* A newer state may wait behind it in the queue. */
static void an_entity_is_at_rest_from_when_its_state_was_read(void **state)
{
	struct rules_fixture *fixture = *state;

	rules_fixture_join_all(fixture, 2, "a");
	fixture->now_ns += 300 * MS;
	fixture->arrived_ns[0] = fixture->now_ns - 299 * MS;
	rules_fixture_publish(fixture, 0, 0, 1, 1);
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_SNAPSHOT), 1);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_KEYFRAME), 1); /* the new member's */
	rules_fixture_pass(fixture, 249);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_KEYFRAME), 1);
	rules_fixture_pass(fixture, 1);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_KEYFRAME), 2);
}

/* A net on which each datagram waits in the relay's queue for 15 ms. */

static int64_t a_while_ago(struct net *net, int socket)
{
	(void)socket;
	return net->now_ns(net) - 15 * MS;
}

static void time_in_the_queue_is_not_part_of_the_round_trip(void **state)
{
	static struct cluster cluster;
	const struct link_model_spec line = link_model_spec_of("delay=20ms");
	struct starling_config session;
	struct starling_stats stats;
	struct config config;
	struct net late;
	char error[SERVER_ERROR_BYTES];

	(void)state;
	config_default(&config);
	assert_true(cluster_init(&cluster, 1, &config, 1, error));
	late = *sim_net(cluster.sim);
	late.arrived_ns = a_while_ago;
	net_use_thread(&late);
	cluster_set_links(&cluster, 0, &line, &line);
	starling_default_config(&session);
	assert_true(cluster_open(&cluster, 0, &session));
	cluster_run(&cluster, cluster_now_ns(&cluster) + 2000 * MS);
	starling_stats(cluster.clients[0].session, &stats);
	assert_in_range((int64_t)(stats.rtt_s * 1e6), 24990, 25010);
	cluster_fini(&cluster);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULES_TEST(a_clock_answer_has_the_times_of_arrival_and_of_answer),
		RULES_TEST(a_state_waits_since_its_arrival),
		RULES_TEST(a_room_is_flushed_once_a_period_however_late_its_states_are_read),
		RULES_TEST(a_state_that_arrives_during_a_flush_waits_for_the_rest_after_it),
		RULES_TEST(after_a_pause_the_relay_returns_to_its_tick),
		RULES_TEST(an_entity_is_at_rest_from_when_its_state_was_read),
		cmocka_unit_test(time_in_the_queue_is_not_part_of_the_round_trip),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests_name("arrival", tests, NULL, NULL);
}
