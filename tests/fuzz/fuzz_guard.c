/*
 * The guard and ENet's receive path behind it: a server's host with one connected client, on a
 * simulated network. The input is a script of records: what happens (a byte), how many bytes
 * follow, and these. Datagrams come from the client's address, or from a stranger's.
 *
 * A stranger never gets more bytes than it sent until it has echoed its cookie, no message is
 * longer than the host takes, and the client is still heard at the end.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/enet/host.h"
#include "proto/enet/platform.h"
#include "proto/net/sim/sim.h"
#include "tests/fixtures/enet/cookie_echo.h"

#define MS INT64_C(1000000)

enum {
	PORT = 7000,
	MESSAGE_MAX = 4096,
	WAITING_MAX = 64 << 10,
	PEERS = 4,
	CHANNELS = 2,
	MTU = 1200,
	RECORDS_MAX = 64,
	CONNECT_MS = 10,
	PASS_MAX_MS = 300,
	LAST_MS = 3000,
};

enum what {
	FROM_CLIENT, /* a datagram; with the client's session in its head */
	FROM_STRANGER,
	ECHO, /* of the last cookie that the stranger got */
	PASS, /* time */
	WHATS,
};

static struct run {
	struct sim *sim;
	struct net net; /* the sim's, which sends the client's raw datagrams, too */
	struct host *server, *client;
	int client_socket, stranger;
	bool has_challenge, has_echoed, is_heard;
	uint8_t challenge[COOKIE_CHALLENGE_BYTES];
	uint64_t asked_bytes, told_bytes; /* of the stranger */
} run;

#define require(condition)                                                                         \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static struct host *open_host(bool is_server)
{
	const struct host_config config = {
		.address = { .host = htonl(INADDR_LOOPBACK), .port = is_server ? PORT : 0 },
		.is_server = is_server,
		.is_guarded = is_server,
		.peers = is_server ? PEERS : 1,
		.channels = CHANNELS,
		.mtu = MTU,
		.message_max_bytes = MESSAGE_MAX,
		.waiting_max_bytes = WAITING_MAX,
	};
	struct host *host;

	require(host_open(&host, &config) == 0);
	return host;
}

static void receive(struct host *host)
{
	const struct host_batch *batch;

	do {
		batch = host_receive(host, net_now_ns());
		for (size_t i = 0; i < batch->count; i++) {
			const struct host_event *event = &batch->events[i];

			if (event->type != HOST_MESSAGE)
				continue;
			require(event->size <= MESSAGE_MAX);
			run.is_heard |= event->size == 5 && memcmp(event->bytes, "heard", 5) == 0;
		}
	} while (!batch->is_drained);
	host_flush(host);
}

static void hear_stranger(void)
{
	uint8_t bytes[NET_DATAGRAM_MAX_BYTES];
	struct net_address from;
	size_t size;

	while ((size = run.net.receive(&run.net, run.stranger, &from, bytes, sizeof(bytes))) > 0) {
		run.told_bytes += size;
		run.has_challenge |= size == sizeof(run.challenge);
		if (size == sizeof(run.challenge))
			memcpy(run.challenge, bytes, size);
	}
	require(run.has_echoed || run.told_bytes <= run.asked_bytes);
}

static void pass_ms(int64_t ms)
{
	for (int64_t i = 0; i < ms; i++) {
		receive(run.server);
		receive(run.client);
		host_check_peers(run.server, net_now_ns());
		sim_advance_to(run.sim, net_now_ns() + MS);
		hear_stranger();
	}
}

static void send_from(int socket, const uint8_t *bytes, size_t size)
{
	const struct net_address to = { .host = htonl(INADDR_LOOPBACK), .port = PORT };
	const struct net_buffer buffer = { .data = bytes, .size = size };

	run.net.send(&run.net, socket, &to, &buffer, 1);
	sim_advance_to(run.sim, net_now_ns() + 2 * SIM_DELAY_NS);
	receive(run.server);
}

static void set_up(void)
{
	const struct net_address to = { .host = htonl(INADDR_LOOPBACK), .port = PORT };
	const struct net_address any = { .host = htonl(INADDR_LOOPBACK), .port = 0 };

	run = (struct run){ .sim = sim_create(1) };
	run.net = *sim_net(run.sim);
	net_use(&run.net);
	run.server = open_host(true);
	run.client = open_host(false);
	run.client_socket = host_socket(run.client);
	run.stranger = run.net.open(&run.net);
	require(run.net.bind(&run.net, run.stranger, &any) == 0);
	require(host_connect(run.client, &to, 0, MTU) == 0);
	pass_ms(CONNECT_MS);
	require(host_peer_state(run.server, 0).is_connected);
}

static void tear_down(void)
{
	host_close(run.client);
	host_close(run.server);
	net_use(NULL);
	sim_destroy(run.sim);
}

static void echo_cookie(void)
{
	uint8_t echo[COOKIE_ECHO_BYTES];

	if (!run.has_challenge)
		return;
	cookie_echo(echo, run.challenge);
	run.has_echoed = true;
	send_from(run.stranger, echo, sizeof(echo));
}

static void happen(enum what what, const uint8_t *bytes, size_t size)
{
	switch (what) {
	case FROM_CLIENT:
		send_from(run.client_socket, bytes, size);
		break;
	case FROM_STRANGER:
		run.asked_bytes += size;
		send_from(run.stranger, bytes, size);
		break;
	case ECHO:
		echo_cookie();
		break;
	default:
		pass_ms((int64_t)size % PASS_MAX_MS);
		break;
	}
	hear_stranger();
}

/* Forged datagrams of its own address may end the client's connection; nothing else may. */
static void end(bool has_forged)
{
	if (has_forged)
		return;
	require(host_send(run.client, 0, 0, WIRE_RELIABLE, HOST_QUEUED, "heard", 5));
	for (int ms = 0; ms < LAST_MS && !run.is_heard; ms++)
		pass_ms(1);
	require(run.is_heard);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[PLATFORM_WHY_BYTES];
	bool has_client = false;

	require(platform_init(why, sizeof(why)) == 0);
	set_up();
	for (int i = 0; i < RECORDS_MAX && size >= 3; i++) {
		const enum what what = data[0] % WHATS;
		const size_t asked = (size_t)(data[1] << 8 | data[2]) % NET_DATAGRAM_MAX_BYTES;
		const size_t taken = asked < size - 3 ? asked : size - 3;

		has_client |= what == FROM_CLIENT;
		happen(what, data + 3, taken);
		data += 3 + taken;
		size -= 3 + taken;
	}
	end(has_client);
	tear_down();
	return 0;
}
