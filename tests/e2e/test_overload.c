/*
 * A relay that gets more than it can take, on real sockets. The load does not depend on the
 * machine's speed: the relay is stopped while its members go on, again and again, so that its queue
 * is full whenever it continues. The test counts rounds, in each of which every member publishes a
 * new state; it looks at a clock only to give up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>

#include "client/lib/starling.h"
#include "tests/fixtures/process.h"

/* How long a round is, at least. */
#define ROUND_S 2e-3

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	CLIENTS = 24,
	STOPS = 3,
	STOP_ROUNDS = 600,  /* as fast as they go: 14,400 datagrams, more than the queue holds */
	FRESH_ROUNDS = 100, /* nobody's newest state is older, once the load has ended */
	ROUND_MS = 2,       /* at least */
	LOOK_ROUNDS = 10,   /* between two looks at all that is known */
	PATIENCE_S = 20,
};

/* A member in this process. */
struct client {
	struct starling *session;
	uint32_t id;
	bool is_ready;
	unsigned partings; /* of any member, as far as it knows */
};

static struct process relay;
static struct client clients[CLIENTS];
static size_t room_clients; /* in each room */
static uint64_t round_number;

static void listen(struct client *client)
{
	struct starling_event event;

	starling_update(client->session);
	while (starling_next(client->session, &event)) {
		if (event.type == STARLING_WELCOME)
			client->id = event.member;
		client->is_ready |= event.type == STARLING_READY;
		client->partings += event.type == STARLING_LOST || event.type == STARLING_ENDED ||
				    event.type == STARLING_MEMBER_LEFT;
	}
}

static void listen_all(double seconds)
{
	starling_wait(clients[0].session, seconds);
	for (size_t i = 0; i < CLIENTS; i++)
		listen(&clients[i]);
}

static void open_all(uint16_t port)
{
	const double until_s = process_now_s() + PATIENCE_S;
	struct starling_config config;
	struct starling_error error;
	size_t ready = 0;
	char room[32];

	starling_default_config(&config);
	config.port = port;
	config.room = room;
	config.rejoin_s = 0;
	config.settle_s = 0; /* no round is published twice */
	for (size_t i = 0; i < CLIENTS; i++) {
		snprintf(room, sizeof(room), "room-%zu", i / room_clients);
		if (starling_open(&clients[i].session, &config, &error) != 0)
			fail_msg("%s", error.text);
	}
	while (ready < CLIENTS) {
		assert_true(process_now_s() < until_s);
		listen_all(ROUND_S);
		ready = 0;
		for (size_t i = 0; i < CLIENTS; i++)
			ready += clients[i].is_ready;
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
static void play(unsigned rounds, double each_s)
{
	while (rounds-- > 0) {
		round_number++;
		for (size_t i = 0; i < CLIENTS; i++) {
			const struct starling_state state = { .payload = &round_number,
							      .payload_bytes =
								      sizeof(round_number) };

			assert_int_equal(starling_publish(clients[i].session, 0, &state), 0);
			starling_flush(clients[i].session);
		}
		listen_all(each_s);
	}
}

/* The round of the newest state that one member has of another; 0: none. */
static uint64_t known(const struct client *one, const struct client *other)
{
	struct starling_entity entity;
	uint64_t number = 0;

	if (!starling_entity(one->session, other->id, 0, &entity))
		return 0;
	assert_int_equal(entity.payload_bytes, sizeof(number));
	memcpy(&number, entity.payload, sizeof(number));
	assert_in_range(number, 1, round_number);
	return number;
}

/* The oldest newest state that any member has of another in its room, and whose it is. */
static uint64_t oldest_known(size_t *at, size_t *of)
{
	uint64_t oldest = UINT64_MAX;

	for (size_t i = 0; i < CLIENTS; i++) {
		const size_t room = i / room_clients * room_clients;

		for (size_t j = room; j < room + room_clients; j++) {
			const uint64_t number =
				i == j ? UINT64_MAX : known(&clients[i], &clients[j]);

			if (number >= oldest)
				continue;
			oldest = number;
			*at = i;
			*of = j;
		}
	}
	return oldest;
}

/*
 * Waits until each member has a state of this round or later of every other; `goes_on`: while all
 * publish more.
 */
static void await_round(uint64_t round, bool goes_on)
{
	const double until_s = process_now_s() + PATIENCE_S;
	size_t at = 0, of = 0;

	for (;;) {
		const uint64_t oldest = oldest_known(&at, &of);

		if (oldest >= round && oldest + FRESH_ROUNDS >= round_number)
			return;
		if (process_now_s() > until_s)
			fail_msg("in round %llu client %zu knows of %zu no more than round %llu",
				 (unsigned long long)round_number, at, of,
				 (unsigned long long)oldest);
		if (goes_on)
			play(LOOK_ROUNDS, ROUND_S);
		else
			listen_all(ROUND_S);
	}
}

static uint64_t published(void)
{
	struct starling_stats stats;
	uint64_t sum = 0;

	for (size_t i = 0; i < CLIENTS; i++) {
		starling_stats(clients[i].session, &stats);
		sum += stats.published;
	}
	return sum;
}

static uint64_t figure(const char *group, const char *name)
{
	return (uint64_t)process_figure(&relay, group, name);
}

/* The relay's report at its end. Datagrams that never reached it were dropped by its full queue. */
static void check_sums(uint64_t said)
{
	static const char *const causes[] = { "superseded",      "stale",       "over_limit",
					      "out_of_interest", "over_budget", "queue_full",
					      "not_taken" };
	const uint64_t came = figure("updates", "in");
	uint64_t ended = figure("deliveries", "delivered");

	assert_in_range(came, 1, said);
	assert_in_range(said - came, 0, figure("network", "dropped_kernel"));
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		ended += figure("deliveries", causes[i]);
	assert_int_equal(figure("deliveries", "due"), came * (room_clients - 1));
	assert_int_equal(figure("deliveries", "due"), ended);
	assert_int_equal(figure("deliveries", "pending"), 0);
	assert_int_equal(figure("messages", "rate_limited"), 0);
	assert_int_equal(figure("total", "members"), CLIENTS);
}

static void overload(size_t rooms, const char *tick)
{
	uint64_t said;

	room_clients = CLIENTS / rooms;
	round_number = 0;
	open_all(process_start_relay(&relay, FLAGS("--tick", tick, "--message-rate", "100000")));
	await_round(1, true);
	for (int i = 0; i < STOPS; i++) {
		process_signal(&relay, SIGSTOP);
		play(STOP_ROUNDS, 0);
		process_signal(&relay, SIGCONT);
		await_round(round_number + 1, true);
	}
	said = published();
	await_round(round_number, false);
	for (size_t i = 0; i < CLIENTS; i++)
		assert_int_equal(clients[i].partings, 0);
	process_signal(&relay, SIGINT);
	for (size_t i = 0; i < CLIENTS; i++)
		starling_leave(clients[i].session);
	for (const double until_s = process_now_s() + PATIENCE_S;
	     clients[0].partings == 0 && process_now_s() < until_s;)
		listen_all(ROUND_S);
	assert_int_equal(process_finish(&relay, PATIENCE_S), 0);
	check_sums(said);
}

static void many_rooms_are_as_fresh_as_before_when_a_stopped_relay_goes_on(void **state)
{
	(void)state;
	overload(6, "auto");
}

static void a_room_at_a_rhythm_is_as_fresh_as_before_when_a_stopped_relay_goes_on(void **state)
{
	(void)state;
	overload(1, "60");
}

#define E2E(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		E2E(many_rooms_are_as_fresh_as_before_when_a_stopped_relay_goes_on),
		E2E(a_room_at_a_rhythm_is_as_fresh_as_before_when_a_stopped_relay_goes_on),
	};

	return cmocka_run_group_tests_name("overload on real sockets", tests, NULL, NULL);
}
