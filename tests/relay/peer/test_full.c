/*
 * A relay without a place: it answers a client at once with the reason, in fewer bytes than the
 * request, and lets it in as soon as somebody leaves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "bench/sim/cluster.h"
#include "proto/enet/connect.h"
#include "proto/enet/guard/cookie.h"
#include "relay/log/log.h"
#include "tests/fixtures/enet/cookie_echo.h"
#include "tests/fixtures/row_tests.h"

#define MS INT64_C(1000000)

enum {
	CLIENTS_MAX = 4,
	CONNECT_BYTES = 52, /* ENet's datagram */
	PEER = 5,           /* of a request without a session */
	FLOOD = 1000,
};

struct row {
	const char *name;
	unsigned clients, per_address;
	size_t places; /* for clients */
	bool is_one_host;
	enum starling_reason reason;
};

static const struct row rows[] = {
	{ "all places are taken", 2, 8, 2, false, STARLING_REASON_RELAY_FULL },
	{ "the only place is taken", 1, 8, 1, false, STARLING_REASON_RELAY_FULL },
	{ "all places of an address are taken", 9, 2, 2, true, STARLING_REASON_ADDRESS_FULL },
	{ "both are taken", 2, 2, 2, true, STARLING_REASON_ADDRESS_FULL },
};

static struct {
	struct cluster cluster;
	unsigned lost;
	enum starling_reason reason;
	uint64_t asked_bytes, told_bytes; /* of the last client's connection, until it is let in */
	size_t told_most;
	size_t last;
} full;

static void take_turn(void *context, size_t client)
{
	struct starling_event event;

	(void)context;
	while (starling_next(full.cluster.clients[client].session, &event)) {
		if (client != full.last || event.type != STARLING_LOST)
			continue;
		full.lost++;
		full.reason = event.reason;
	}
}

/* Only the last client sends anything meanwhile. */
static void tap(void *context, const struct sim_datagram *datagram, const struct sim_fate *fate)
{
	(void)context;
	(void)fate;
	if (datagram->from.port != CLUSTER_PORT) {
		full.asked_bytes += datagram->size;
		return;
	}
	full.told_bytes += datagram->size;
	if (datagram->size > full.told_most)
		full.told_most = datagram->size;
}

static void run_ms(int64_t ms)
{
	cluster_run(&full.cluster, cluster_now_ns(&full.cluster) + ms * MS);
}

static void open_cluster(const struct row *row)
{
	struct starling_config session;
	char error[SERVER_ERROR_BYTES];
	struct config config;

	config_default(&config);
	config.clients = row->clients;
	config.per_address = row->per_address;
	config.address_joins = 0; /* what a flood brings is to be counted as declined */
	full.lost = 0;
	full.asked_bytes = full.told_bytes = full.told_most = 0;
	full.last = row->places;
	if (!cluster_init(&full.cluster, 1, &config, CLIENTS_MAX, error))
		fail_msg("%s", error);
	full.cluster.after_turn = take_turn;
	starling_default_config(&session);
	for (size_t i = 0; i < row->places; i++) {
		if (row->is_one_host)
			full.cluster.clients[i].host = full.cluster.clients[0].host;
		assert_true(cluster_open(&full.cluster, i, &session));
	}
	run_ms(500);
}

static void ask(const struct row *row)
{
	struct starling_config session;

	starling_default_config(&session);
	if (row->is_one_host)
		full.cluster.clients[full.last].host = full.cluster.clients[0].host;
	assert_true(cluster_open(&full.cluster, full.last, &session));
}

static void a_client_without_a_place_is_told_so_and_joins_later(void **state)
{
	const struct row *row = *state;
	const struct accounting *accounting = &full.cluster.relay.relay.accounting;

	open_cluster(row);
	for (size_t i = 0; i < row->places; i++)
		assert_int_equal(starling_status(full.cluster.clients[i].session),
				 STARLING_PLAYING);
	ask(row);
	run_ms(3000);
	assert_true(full.lost > 1);
	assert_int_equal(full.reason, row->reason);
	assert_int_equal(accounting->declined[row->reason], full.lost);
	assert_int_equal(accounting->clients, row->places);
	assert_int_equal(starling_status(full.cluster.clients[full.last].session),
			 STARLING_CONNECTING);
	cluster_close(&full.cluster, 0, false);
	run_ms(5000);
	assert_int_equal(starling_status(full.cluster.clients[full.last].session),
			 STARLING_PLAYING);
	cluster_fini(&full.cluster);
}

/* After a crash of a game, where each address has one place. */
static void a_client_that_starts_again_after_a_crash_has_its_place_soon(void **state)
{
	static const struct row own = { "", 9, 1, 1, true, STARLING_REASON_ADDRESS_FULL };
	int64_t timeout_ms;

	(void)state;
	open_cluster(&own);
	timeout_ms = (int64_t)(full.cluster.relay_config.timeout_s * 1000);
	cluster_close(&full.cluster, 0, true);
	ask(&own);
	run_ms(timeout_ms - 1000);
	assert_int_equal(starling_status(full.cluster.clients[full.last].session),
			 STARLING_CONNECTING);
	assert_int_equal(full.reason, STARLING_REASON_ADDRESS_FULL);
	run_ms(1000 + 3000);
	assert_int_equal(starling_status(full.cluster.clients[full.last].session),
			 STARLING_PLAYING);
	cluster_fini(&full.cluster);
}

/* The others have lost their lines, so what the relay sends them does not count. */
static void an_answer_is_smaller_than_its_request(void **state)
{
	static const struct row none = { "", 1, 1, 1, false, STARLING_REASON_RELAY_FULL };

	(void)state;
	open_cluster(&none);
	cluster_pause(&full.cluster, 0, true);
	full.cluster.tap = tap;
	ask(&none);
	for (int i = 0; i < 100 && full.lost == 0; i++)
		run_ms(1);
	assert_int_equal(full.lost, 1);
	assert_int_equal(full.told_most, COOKIE_CHALLENGE_BYTES);
	assert_int_equal(full.told_bytes, COOKIE_CHALLENGE_BYTES + CONNECT_DECLINE_BYTES);
	assert_int_equal(full.asked_bytes, CONNECT_BYTES + COOKIE_ECHO_BYTES);
	cluster_fini(&full.cluster);
}

/* Sends from one socket ENet's CONNECT, each of another connection with this many channels. */
static void knock(int socket, unsigned times, uint8_t channels)
{
	static uint32_t connection;
	const struct net_address relay = { .host = htonl(CLUSTER_RELAY_HOST),
					   .port = CLUSTER_PORT };
	struct net *net = net_current();
	uint8_t connect[CONNECT_BYTES] = {
		[0] = 0x8f, [1] = 0xff,      /* to no peer yet */
		[4] = 0x82, [5] = 0xff,      /* CONNECT */
		[9] = PEER, [23] = channels, /* the asker's peer */
		[48] = 'S', [49] = 'T',      /* data */
		[50] = 'L', [51] = WIRE_VERSION,
	};
	const struct net_buffer buffer = { .data = connect, .size = sizeof(connect) };

	for (unsigned i = 0; i < times; i++) {
		connection++;
		memcpy(&connect[44], &connection, sizeof(connection));
		net->send(net, socket, &relay, &buffer, 1);
	}
	net->flush(net, socket);
	run_ms(5);
}

/* Has the socket's address prove that it is its own, which brings the relay one request. */
static void prove(int socket)
{
	const struct net_address relay = { .host = htonl(CLUSTER_RELAY_HOST),
					   .port = CLUSTER_PORT };
	struct net *net = net_current();
	struct net_address from;
	uint8_t challenge[COOKIE_CHALLENGE_BYTES], echo[COOKIE_ECHO_BYTES];
	const struct net_buffer buffer = { .data = echo, .size = sizeof(echo) };

	knock(socket, 1, WIRE_CHANNEL_COUNT);
	assert_int_equal(net->receive(net, socket, &from, challenge, sizeof(challenge)),
			 sizeof(challenge));
	cookie_echo(echo, challenge);
	net->send(net, socket, &relay, &buffer, 1);
	net->flush(net, socket);
	run_ms(5);
}

/* The number of answers, all of which must be alike. */
static unsigned count_answers(int socket, enum wire_reason reason)
{
	const uint8_t expected[CONNECT_DECLINE_BYTES] = { 0, PEER, 4,   0xff, 0,
							  0, 'S',  'T', 'R',  (uint8_t)reason };
	struct net *net = net_current();
	uint8_t answer[CONNECT_BYTES];
	struct net_address from;
	unsigned count = 0;
	size_t size;

	while ((size = net->receive(net, socket, &from, answer, sizeof(answer))) > 0) {
		assert_int_equal(size, sizeof(expected));
		assert_memory_equal(answer, expected, sizeof(expected));
		count++;
	}
	return count;
}

/* On the host of a client that is not open. */
static int open_socket(void)
{
	const struct net_address any = { .host = full.cluster.clients[CLIENTS_MAX - 1].host };
	struct net *net = net_current();
	const int socket = net->open(net);

	assert_int_equal(net->bind(net, socket, &any), 0);
	return socket;
}

static void a_flood_is_answered_so_often_a_second_and_counted(void **state)
{
	static const struct row none = { "", 1, 1, 1, false, STARLING_REASON_RELAY_FULL };
	const struct accounting *accounting = &full.cluster.relay.relay.accounting;
	unsigned told;
	int socket;

	(void)state;
	open_cluster(&none);
	socket = open_socket();
	prove(socket);
	knock(socket, FLOOD - 1, WIRE_CHANNEL_COUNT);
	told = count_answers(socket, WIRE_REASON_RELAY_FULL);
	assert_in_range(told, SERVER_DECLINES_A_SECOND, SERVER_DECLINES_A_SECOND + 2);
	assert_int_equal(accounting->declined[WIRE_REASON_RELAY_FULL], FLOOD);
	assert_int_equal(accounting->untold, FLOOD - told);
	run_ms(1000);
	knock(socket, 1, WIRE_CHANNEL_COUNT);
	assert_int_equal(count_answers(socket, WIRE_REASON_RELAY_FULL), 1);
	assert_int_equal(accounting->untold, FLOOD - told);
	cluster_fini(&full.cluster);
}

static void a_request_that_enet_would_refuse_is_not_answered(void **state)
{
	static const struct row none = { "", 1, 1, 1, false, STARLING_REASON_RELAY_FULL };
	const struct accounting *accounting = &full.cluster.relay.relay.accounting;
	int socket;

	(void)state;
	open_cluster(&none);
	socket = open_socket();
	knock(socket, 3, 0);
	assert_int_equal(count_answers(socket, WIRE_REASON_RELAY_FULL), 0);
	assert_int_equal(accounting->declined[WIRE_REASON_RELAY_FULL], 0);
	cluster_fini(&full.cluster);
}

static void a_relay_with_places_declines_nobody(void **state)
{
	static const struct row two = { "", 9, 2, 1, false, STARLING_REASON_RELAY_FULL };
	const struct accounting *accounting = &full.cluster.relay.relay.accounting;
	struct net *net;
	uint8_t answer[64];
	struct net_address from;
	int socket;

	(void)state;
	open_cluster(&two);
	socket = open_socket();
	net = net_current();
	prove(socket);
	knock(socket, 1,
	      WIRE_CHANNEL_COUNT); /* the second, and the last that an address may have */
	assert_true(net->receive(net, socket, &from, answer, sizeof(answer)) >
		    CONNECT_DECLINE_BYTES);
	knock(socket, 1, WIRE_CHANNEL_COUNT);
	assert_int_equal(accounting->declined[WIRE_REASON_RELAY_FULL], 0);
	assert_int_equal(accounting->declined[WIRE_REASON_ADDRESS_FULL], 1);
	cluster_fini(&full.cluster);
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows) + 5];
	size_t count = 0;

	log_open(LOG_WARNING);
	ROW_TESTS_ADD(tests, count, rows, a_client_without_a_place_is_told_so_and_joins_later);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(
		a_client_that_starts_again_after_a_crash_has_its_place_soon);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(an_answer_is_smaller_than_its_request);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(
		a_flood_is_answered_so_often_a_second_and_counted);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(
		a_request_that_enet_would_refuse_is_not_answered);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_relay_with_places_declines_nobody);
	return _cmocka_run_group_tests("full", tests, count, NULL, NULL);
}
