/*
 * A relay whose process rests for a while, as a stopped or a suspended one: its members go on, and
 * their states wait in the kernel's queue. Real processes and sockets; the members publish as many
 * states as the queue holds, however fast the machine is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>

#include "client/lib/starling.h"
#include "tests/fixtures/process.h"

#define ROUND_S 1e-3
#define REST_S  0.5

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	CLIENTS = 8,
	PAUSES = 2,
	WAITING_BYTES = 1280, /* of the kernel's memory, at most, for a datagram that waits */
	PATIENCE_S = 10,
};

struct client {
	struct starling *session;
	uint32_t id;
	bool is_ready;
};

static struct process relay;
static struct client clients[CLIENTS];
static uint64_t round_number;

static void listen_all(double seconds)
{
	struct starling_event event;

	starling_wait(clients[0].session, seconds);
	for (size_t i = 0; i < CLIENTS; i++) {
		starling_update(clients[i].session);
		while (starling_next(clients[i].session, &event)) {
			if (event.type == STARLING_WELCOME)
				clients[i].id = event.member;
			clients[i].is_ready |= event.type == STARLING_READY;
		}
	}
}

static bool are_ready(void)
{
	size_t ready = 0;

	for (size_t i = 0; i < CLIENTS; i++)
		ready += clients[i].is_ready;
	return ready == CLIENTS;
}

static void open_all(uint16_t port)
{
	const double until_s = process_now_s() + PATIENCE_S;
	struct starling_config config;
	struct starling_error error;

	starling_default_config(&config);
	config.port = port;
	config.rejoin_s = 0;
	config.settle_s = 0; /* no round is published twice */
	for (size_t i = 0; i < CLIENTS; i++)
		if (starling_open(&clients[i].session, &config, &error) != 0)
			fail_msg("%s", error.text);
	while (!are_ready()) {
		assert_true(process_now_s() < until_s);
		listen_all(ROUND_S);
	}
}

static int tear_down(void **state)
{
	(void)state;
	process_signal(&relay, SIGCONT);
	for (size_t i = 0; i < CLIENTS; i++)
		starling_close(clients[i].session);
	memset(clients, 0, sizeof(clients));
	process_end(&relay);
	return 0;
}

/* Every member publishes the round's number, in a datagram of its own. */
static void play_round(void)
{
	const struct starling_state state = { .payload = &round_number,
					      .payload_bytes = sizeof(round_number) };

	round_number++;
	for (size_t i = 0; i < CLIENTS; i++) {
		assert_int_equal(starling_publish(clients[i].session, 0, &state), 0);
		starling_flush(clients[i].session);
	}
	listen_all(0);
}

/* Whether every member has the newest round's state of every other. */
static bool are_up_to_date(void)
{
	struct starling_entity entity;
	uint64_t number;

	for (size_t i = 0; i < CLIENTS; i++) {
		for (size_t j = 0; j < CLIENTS; j++) {
			if (i == j)
				continue;
			if (!starling_entity(clients[i].session, clients[j].id, 0, &entity))
				return false;
			memcpy(&number, entity.payload, sizeof(number));
			if (number != round_number)
				return false;
		}
	}
	return true;
}

static void await_newest(void)
{
	const double until_s = process_now_s() + PATIENCE_S;

	while (!are_up_to_date()) {
		if (process_now_s() > until_s)
			fail_msg("round %llu did not come to all",
				 (unsigned long long)round_number);
		listen_all(ROUND_S);
	}
}

/* The states of others that the members got in all. */
static uint64_t received(void)
{
	struct starling_member member;
	uint64_t sum = 0;

	for (size_t i = 0; i < CLIENTS; i++) {
		for (size_t j = 0; j < CLIENTS; j++) {
			if (i == j)
				continue;
			assert_true(starling_member(clients[i].session, clients[j].id, &member));
			sum += member.received + member.late;
		}
	}
	return sum;
}

static void stop_relay(void)
{
	int status;

	process_signal(&relay, SIGSTOP);
	assert_int_equal(waitpid(relay.pid, &status, WUNTRACED), relay.pid);
	assert_true(WIFSTOPPED(status));
}

/* Half of the rounds that fill the relay's queue. */
static unsigned rounds_that_fit(void)
{
	process_signal(&relay, SIGUSR1);
	assert_true(process_await_out(&relay, "\"receive_buffer_bytes\"", PATIENCE_S));
	return (unsigned)process_figure(&relay, "network", "receive_buffer_bytes") / WAITING_BYTES /
	       CLIENTS;
}

static void rest(unsigned rounds)
{
	const double until_s = process_now_s() + REST_S;

	stop_relay();
	while (rounds-- > 0)
		play_round();
	while (process_now_s() < until_s)
		listen_all(ROUND_S);
	process_signal(&relay, SIGCONT);
}

/* After a pause each member gets the newest state of each other, and no older one. */
static void pause_at(const char *tick)
{
	unsigned rounds;

	round_number = 0;
	open_all(process_start_relay(
		&relay, FLAGS("--tick", tick, "--settle", "0", "--message-rate", "100000")));
	rounds = rounds_that_fit();
	play_round();
	await_newest();
	for (int i = 0; i < PAUSES; i++) {
		const uint64_t before = received();

		rest(rounds);
		await_newest();
		assert_int_equal(received() - before, CLIENTS * (CLIENTS - 1));
	}
}

static void a_self_clocked_relay_sends_the_newest_states_only(void **state)
{
	(void)state;
	pause_at("auto");
}

static void a_relay_at_a_rhythm_sends_the_newest_states_only(void **state)
{
	(void)state;
	pause_at("60");
}

static void a_relay_that_sends_at_once_sends_the_newest_states_only(void **state)
{
	(void)state;
	pause_at("0");
}

#define E2E(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		E2E(a_self_clocked_relay_sends_the_newest_states_only),
		E2E(a_relay_at_a_rhythm_sends_the_newest_states_only),
		E2E(a_relay_that_sends_at_once_sends_the_newest_states_only),
	};

	return cmocka_run_group_tests_name("a relay that rested", tests, NULL, NULL);
}
