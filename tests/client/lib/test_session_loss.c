/* libstarling: lost connections, and rejoining. */
#include "client/lib/starling.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/client/session_fixture.h"

static void a_lost_connection_is_reported_and_the_session_rejoins(void **state)
{
	struct session_fixture *fixture = *state;
	struct states_record record = {
		.member = 2, .index = 0, .seq = 9, .position = { 1, 2, 3 }
	};
	struct starling_entity entity;
	const struct fake_relay_message *received;
	struct states_message message;
	int64_t now_us, published_ns, age_us;

	session_fixture_join(fixture);
	fake_relay_send_joined(&fixture->relay, 2, "bob");
	fake_relay_send_snapshot(&fixture->relay, &record, 1);
	assert_true(starling_clock(fixture->session, &now_us, NULL));
	starling_publish(fixture->session, 3,
			 &(struct starling_state){ .x = 1.5, .origin_us = now_us - 500000 });
	published_ns = sim_now_ns(fixture->sim);
	session_fixture_run(fixture, 50);
	session_fixture_expect(fixture, STARLING_MEMBER_JOINED);
	assert_true(starling_entity(fixture->session, 2, 0, &entity));
	fixture->is_cut = true;
	session_fixture_run(fixture, 7900);
	session_fixture_expect_nothing(fixture);
	session_fixture_run(fixture, 600);
	session_fixture_expect(fixture, STARLING_LOST);
	assert_string_equal(fixture->event.text, "no datagram any more from 127.0.0.1, port 7777");
	assert_false(starling_entity(fixture->session, 2, 0, &entity));
	assert_int_equal(starling_members(fixture->session, NULL, 0), 0);
	assert_int_equal(starling_publish(fixture->session, 0, &(struct starling_state){ .x = 1 }),
			 -ENOTCONN);
	fixture->is_cut = false;
	session_fixture_run(fixture, 3000);
	assert_int_equal(fixture->relay.connect_count, 2);
	session_fixture_welcome(fixture);
	session_fixture_expect(fixture, STARLING_WELCOME);
	session_fixture_expect(fixture, STARLING_READY);
	/* The own entity is published again by itself, as old as it is. */
	received = fake_relay_next(&fixture->relay, WIRE_STATE);
	assert_non_null(received);
	assert_int_equal(states_decode(received->bytes, received->size, &message), WIRE_OK);
	assert_true(states_next(&message, &record));
	assert_int_equal(record.index, 3);
	assert_int_equal(record.position[0], 1500);
	age_us = 500000 + (sim_now_ns(fixture->sim) - published_ns) / 1000;
	assert_in_range(record.age_us, age_us - 20000, age_us);
	assert_int_equal(session_fixture_stats(fixture).rejoins, 1);
}

static void no_answer_is_reported_at_each_try(void **state)
{
	struct session_fixture *fixture = *state;
	int64_t pauses_ms[6];

	fake_relay_close(&fixture->relay);
	session_fixture_open(fixture);
	for (int i = 0; i < 6; i++) {
		int64_t before_ns = sim_now_ns(fixture->sim);

		while (!starling_next(fixture->session, &fixture->event)) {
			session_fixture_run(fixture, 5);
			assert_true(sim_now_ns(fixture->sim) - before_ns < INT64_C(20000000000));
		}
		assert_int_equal(fixture->event.type, STARLING_LOST);
		assert_string_equal(fixture->event.text, "no answer from 127.0.0.1, port 7777");
		pauses_ms[i] = (sim_now_ns(fixture->sim) - before_ns) / 1000000 - 3000;
	}
	/* Pauses of 0.5, 1, 1, 1 and 1 s, each up to a quarter longer. */
	for (int i = 1, least_ms = 500; i < 6; i++, least_ms = 1000) {
		assert_true(pauses_ms[i] >= least_ms);
		assert_true(pauses_ms[i] <= least_ms * 5 / 4 + 50);
	}
	assert_int_equal(starling_status(fixture->session), STARLING_CONNECTING);
	assert_true(starling_fd(fixture->session) >= 0);
}

static void without_rejoining_the_first_failure_ends_the_session(void **state)
{
	struct session_fixture *fixture = *state;

	fake_relay_close(&fixture->relay);
	fixture->config.rejoin_s = 0;
	session_fixture_open(fixture);
	session_fixture_run(fixture, 3100);
	session_fixture_expect(fixture, STARLING_ENDED);
	assert_int_equal(fixture->event.reason, STARLING_REASON_LOST);
}

static void a_relay_that_does_not_answer_hello_is_lost(void **state)
{
	struct session_fixture *fixture = *state;

	fixture->config.timeout_s = 2;
	session_fixture_open(fixture);
	session_fixture_run(fixture, 2200);
	session_fixture_expect(fixture, STARLING_LOST);
	assert_non_null(strstr(fixture->event.text, "HELLO"));
}

static void a_disconnect_without_a_message_is_a_loss(void **state)
{
	struct session_fixture *fixture = *state;

	session_fixture_join(fixture);
	enet_peer_disconnect(fixture->relay.peer, 0);
	session_fixture_run(fixture, 50);
	session_fixture_expect(fixture, STARLING_LOST);
	session_fixture_run(fixture, 1000);
	assert_int_equal(fixture->relay.connect_count, 2);
}

static void a_quiet_connection_lives(void **state)
{
	struct session_fixture *fixture = *state;

	fixture->config.timeout_s = 1;
	session_fixture_join(fixture);
	session_fixture_run(fixture, 60000);
	session_fixture_expect_nothing(fixture);
	assert_int_equal(starling_status(fixture->session), STARLING_PLAYING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SESSION_TEST(a_lost_connection_is_reported_and_the_session_rejoins),
		SESSION_TEST(no_answer_is_reported_at_each_try),
		SESSION_TEST(without_rejoining_the_first_failure_ends_the_session),
		SESSION_TEST(a_relay_that_does_not_answer_hello_is_lost),
		SESSION_TEST(a_disconnect_without_a_message_is_a_loss),
		SESSION_TEST(a_quiet_connection_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
