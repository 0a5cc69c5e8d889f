/*
 * Games that go on: a relay that is killed, an address that changes as behind a NAT, a kernel that
 * refuses to send. Real processes and sockets; the clients are in this process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/lib/starling.h"
#include "tests/fixtures/net/udp_kernel.h"
#include "tests/fixtures/process.h"

#define STEP_S     5e-3
#define PATIENCE_S 15

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	PLAYERS = 4,
	BOTS = 3,
	FLOWS_MAX = 16,
	DATAGRAM_BYTES = 2048,
};

/* A NAT between its inside, where the first player is, and the relay. */
struct nat {
	int inside;
	struct sockaddr_in relay;
	struct flow {
		struct sockaddr_in client;
		int outside;
	} flows[FLOWS_MAX];
	size_t count;
};

struct player {
	struct starling *session;
	uint32_t id;
	unsigned lost, welcomes, left, gone;
};

static struct process relay, bots;
static struct nat nat = { .inside = -1 };
static struct player players[PLAYERS];
static uint32_t number; /* of the step, which everyone publishes */

/* The NAT. */

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int open_udp(void)
{
	const struct sockaddr_in any = loopback(0);
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&any, sizeof(any)), 0);
	return fd;
}

/* The port of its inside. */
static uint16_t nat_open(uint16_t relay_port)
{
	struct sockaddr_in inside;
	socklen_t size = sizeof(inside);

	nat = (struct nat){ .inside = open_udp(), .relay = loopback(relay_port) };
	assert_int_equal(getsockname(nat.inside, (struct sockaddr *)&inside, &size), 0);
	return ntohs(inside.sin_port);
}

static struct flow *flow_of(const struct sockaddr_in *client)
{
	for (size_t i = 0; i < nat.count; i++)
		if (nat.flows[i].client.sin_port == client->sin_port)
			return &nat.flows[i];
	assert_true(nat.count < FLOWS_MAX);
	nat.flows[nat.count] = (struct flow){ .client = *client, .outside = open_udp() };
	return &nat.flows[nat.count++];
}

static void nat_forward(void)
{
	uint8_t bytes[DATAGRAM_BYTES];
	struct sockaddr_in from;
	socklen_t from_size = sizeof(from);
	ssize_t size;

	if (nat.inside < 0)
		return;
	while ((size = recvfrom(nat.inside, bytes, sizeof(bytes), 0, (struct sockaddr *)&from,
				&from_size)) >= 0)
		sendto(flow_of(&from)->outside, bytes, (size_t)size, 0,
		       (struct sockaddr *)&nat.relay, sizeof(nat.relay));
	for (size_t i = 0; i < nat.count; i++)
		while ((size = recv(nat.flows[i].outside, bytes, sizeof(bytes), 0)) >= 0)
			sendto(nat.inside, bytes, (size_t)size, 0,
			       (struct sockaddr *)&nat.flows[i].client, sizeof(from));
}

/* Every flow goes on from another port, and the former one is closed. */
static void nat_rebind(void)
{
	for (size_t i = 0; i < nat.count; i++) {
		const int former = nat.flows[i].outside;

		nat.flows[i].outside = open_udp();
		close(former);
	}
}

static void nat_close(void)
{
	for (size_t i = 0; i < nat.count; i++)
		close(nat.flows[i].outside);
	if (nat.inside >= 0)
		close(nat.inside);
	nat = (struct nat){ .inside = -1 };
}

/* The game. */

static void listen_to(struct player *player)
{
	struct starling_event event;

	starling_update(player->session);
	while (starling_next(player->session, &event)) {
		player->lost += event.type == STARLING_LOST;
		player->welcomes += event.type == STARLING_WELCOME;
		player->left += event.type == STARLING_MEMBER_LEFT;
		player->gone += event.type == STARLING_ENTITY_GONE;
		if (event.type == STARLING_WELCOME)
			player->id = event.member;
		assert_int_not_equal(event.type, STARLING_ENDED);
	}
}

static void step(void)
{
	const struct starling_state state = { .payload = &number, .payload_bytes = sizeof(number) };

	number++;
	for (size_t i = 0; i < PLAYERS; i++) {
		starling_publish(players[i].session, 0, &state);
		listen_to(&players[i]);
	}
	nat_forward();
	starling_wait(players[PLAYERS - 1].session, STEP_S);
}

/* Whether everyone has from everyone else a state of the step `least` or a later one. */
static bool have_all(uint32_t least)
{
	struct starling_entity entity;
	uint32_t seen;

	for (size_t i = 0; i < PLAYERS; i++)
		for (size_t k = 0; k < PLAYERS; k++) {
			if (i == k)
				continue;
			if (!starling_entity(players[i].session, players[k].id, 0, &entity))
				return false;
			memcpy(&seen, entity.payload, sizeof(seen));
			if (seen < least)
				return false;
		}
	return true;
}

/* Seconds until everyone has what everyone else publishes from now on. */
static double seconds_until_all(void)
{
	const double start_s = process_now_s();
	const uint32_t least = number + 1;

	do {
		step();
		if (process_now_s() - start_s > PATIENCE_S)
			fail_msg("not all have the states of all after %d s", PATIENCE_S);
	} while (!have_all(least));
	return process_now_s() - start_s;
}

static void play(double seconds)
{
	const double until_s = process_now_s() + seconds;

	while (process_now_s() < until_s)
		step();
}

static void open_all(uint16_t port, uint16_t first_port)
{
	struct starling_config config;
	struct starling_error error;

	number = 0;
	starling_default_config(&config);
	for (size_t i = 0; i < PLAYERS; i++) {
		config.port = i == 0 ? first_port : port;
		if (starling_open(&players[i].session, &config, &error) != 0)
			fail_msg("%s", error.text);
	}
	seconds_until_all();
	for (size_t i = 0; i < PLAYERS; i++)
		players[i] = (struct player){ .session = players[i].session, .id = players[i].id };
}

static int tear_down(void **state)
{
	(void)state;
	udp_kernel = (struct udp_kernel){ 0 };
	for (size_t i = 0; i < PLAYERS; i++)
		starling_close(players[i].session);
	memset(players, 0, sizeof(players));
	nat_close();
	process_end(&bots);
	process_end(&relay);
	return 0;
}

static void expect_undisturbed(size_t first)
{
	for (size_t i = first; i < PLAYERS; i++) {
		assert_int_equal(players[i].lost, 0);
		assert_int_equal(players[i].welcomes, 0);
		assert_int_equal(players[i].left, 0);
		assert_int_equal(players[i].gone, 0);
	}
}

static void another_port_at_the_nat_disturbs_nobody(void **state)
{
	uint32_t id;
	uint16_t port;

	(void)state;
	port = process_start_relay(&relay, FLAGS("--members", "16"));
	open_all(port, nat_open(port));
	id = players[0].id;
	play(1);
	nat_rebind();
	assert_true(seconds_until_all() <= 3.5);
	play(1);
	assert_int_equal(players[0].id, id);
	assert_int_equal(players[0].welcomes, 1);
	assert_int_equal(players[0].lost, 0);
	assert_int_equal(starling_members(players[1].session, NULL, 0), PLAYERS - 1);
	expect_undisturbed(1);
}

/* Whether all bots are there, with states that are at most so old. */
static bool are_bots_fresh(double age_s)
{
	struct starling_member members[PLAYERS + BOTS];
	const size_t count =
		starling_members(players[0].session, members, sizeof(members) / sizeof(members[0]));

	for (size_t i = 0; i < count; i++)
		if (members[i].age_s < 0 || members[i].age_s > age_s)
			return false;
	return count == PLAYERS - 1 + BOTS;
}

static void another_port_at_the_nat_disturbs_no_bots(void **state)
{
	const double until_s = process_now_s() + PATIENCE_S;
	char port_text[8];
	uint16_t port;

	(void)state;
	port = process_start_relay(&relay, FLAGS("--members", "16"));
	open_all(port, port);
	snprintf(port_text, sizeof(port_text), "%u", (unsigned)nat_open(port));
	process_start(&bots, FLAGS("starling", "bots", "3", "--port", port_text));
	while (!are_bots_fresh(0.3) && process_now_s() < until_s)
		step();
	play(1);
	assert_true(are_bots_fresh(0.3));
	nat_rebind();
	play(3.5);
	assert_true(are_bots_fresh(0.3));
	expect_undisturbed(0);
	process_signal(&bots, SIGTERM);
	play(0.5);
	assert_int_equal(process_finish(&bots, PATIENCE_S), 0);
	assert_null(strstr(bots.err_text, "lost"));
	assert_null(strstr(bots.err_text, "back"));
}

/* As with a rule of a firewall for what goes out. */
static void sends_that_are_refused_for_3_s_end_no_connection(void **state)
{
	uint16_t port;

	(void)state;
	port = process_start_relay(&relay, FLAGS("--members", "16"));
	open_all(port, port);
	udp_kernel = (struct udp_kernel){ .failures = UINT_MAX, .error = EPERM };
	play(3);
	assert_true(udp_kernel.failures < UINT_MAX);
	udp_kernel = (struct udp_kernel){ 0 };
	assert_true(seconds_until_all() <= 2);
	expect_undisturbed(0);
}

#define E2E(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		E2E(another_port_at_the_nat_disturbs_nobody),
		E2E(another_port_at_the_nat_disturbs_no_bots),
		E2E(sends_that_are_refused_for_3_s_end_no_connection),
	};

	return cmocka_run_group_tests_name("games that go on", tests, NULL, NULL);
}
