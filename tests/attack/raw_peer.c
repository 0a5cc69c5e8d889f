#include "tests/attack/raw_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proto/enet/guard/datagram.h"
#include "tests/fixtures/enet/cookie_echo.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	REPEAT_MS = 500, /* a CONNECT, as ENet does */
	ACK_BYTES = 10,
	DISCONNECT_BYTES = 10,
};

int64_t raw_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 * NS_PER_MS + now.tv_nsec;
}

static uint8_t *put_u16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

static bool open_between(struct raw_peer *peer, const struct sockaddr *own,
			 const struct sockaddr *to, socklen_t size, uint16_t port)
{
	*peer = (struct raw_peer){ .port = port, .connection = (uint32_t)raw_now_ns() };
	peer->socket = socket(own->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return peer->socket >= 0 && bind(peer->socket, own, size) == 0 &&
	       connect(peer->socket, to, size) == 0;
}

bool raw_peer_open(struct raw_peer *peer, uint8_t host, uint16_t port)
{
	const struct sockaddr_in own = { .sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host) };
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(port),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return open_between(peer, (const struct sockaddr *)&own, (const struct sockaddr *)&to,
			    sizeof(own), port);
}

bool raw_peer_open_ipv6(struct raw_peer *peer, const char *own, const char *host, uint16_t port)
{
	struct sockaddr_in6 from = { .sin6_family = AF_INET6 },
			    to = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	return inet_pton(AF_INET6, own, &from.sin6_addr) == 1 &&
	       inet_pton(AF_INET6, host, &to.sin6_addr) == 1 &&
	       open_between(peer, (const struct sockaddr *)&from, (const struct sockaddr *)&to,
			    sizeof(from), port);
}

void raw_peer_send(struct raw_peer *peer, const void *bytes, size_t size)
{
	struct raw_peer_record *record = peer->record;

	if (record && record->count < RAW_PEER_RECORD_MAX && size <= RAW_PEER_RECORD_BYTES) {
		memcpy(record->datagrams[record->count].bytes, bytes, size);
		record->datagrams[record->count++].size = size;
	}
	peer->sent_bytes += size;
	(void)send(peer->socket, bytes, size, 0); /* a datagram may get lost */
}

/* It wants no answer. */
static void send_disconnect(struct raw_peer *peer)
{
	uint8_t bytes[DISCONNECT_BYTES] = { 0 }, *at = put_u16(bytes, peer->peer);

	*at++ = DATAGRAM_DISCONNECT | DATAGRAM_FLAG_UNSEQUENCED;
	*at = DATAGRAM_CHANNEL_NONE;
	raw_peer_send(peer, bytes, sizeof(bytes));
}

void raw_peer_close(struct raw_peer *peer)
{
	if (peer->socket < 0)
		return;
	if (peer->is_connected && !peer->is_ended)
		send_disconnect(peer);
	close(peer->socket);
	peer->socket = -1;
}

void raw_peer_write_connect(struct raw_peer *peer, uint8_t bytes[static RAW_PEER_CONNECT_BYTES])
{
	static const uint8_t connect_bytes[RAW_PEER_CONNECT_BYTES] = {
		0x8f, 0xff, 0x00, 0x01,              /* to nobody, and a time */
		0x82, 0xff, 0x00, 0x01,              /* CONNECT */
		0x00, 0x00, 0xff, 0xff,              /* the peer, and its sessions */
		0x00, 0x00, 0x05, 0x78,              /* MTU */
		0x00, 0x01, 0x00, 0x00,              /* window */
		0x00, 0x00, 0x00, RAW_PEER_CHANNELS, /* channels */
		0,    0,    0,    0,
		0,    0,    0,    0, /* bandwidths */
		0x00, 0x00, 0x13, 0x88,
		0,    0,    0,    2, /* throttle: interval, acceleration, */
		0,    0,    0,    2, /* deceleration */
		0,    0,    0,    0, /* connection */
		'S',  'T',  'L',  1, /* data */
	};
	const uint32_t connection = htonl(++peer->connection);

	memcpy(bytes, connect_bytes, sizeof(connect_bytes));
	memcpy(bytes + 44, &connection, sizeof(connection));
}

/* Reading. */

static void acknowledge(struct raw_peer *peer, const struct datagram *datagram,
			const struct datagram_command *command)
{
	uint8_t bytes[ACK_BYTES], *at = put_u16(bytes, peer->peer);

	*at++ = DATAGRAM_ACKNOWLEDGE;
	*at++ = command->channel;
	at = put_u16(at, command->number);
	at = put_u16(at, command->number);
	put_u16(at, datagram->sent_time);
	raw_peer_send(peer, bytes, sizeof(bytes));
}

static void note_answer(struct raw_peer *peer, uint16_t number)
{
	int64_t *pinged_ns = &peer->pinged_ns[number % RAW_PEER_PINGS];
	const int64_t took_ns = raw_now_ns() - *pinged_ns;

	if (*pinged_ns > 0 && took_ns > peer->slowest_ns)
		peer->slowest_ns = took_ns;
	*pinged_ns = 0;
}

static void take_command(struct raw_peer *peer, const struct datagram *datagram,
			 const struct datagram_command *command)
{
	if (command->kind == DATAGRAM_VERIFY_CONNECT) {
		peer->peer = (uint16_t)(command->connection.peer |
					command->connection.outgoing_session << 12);
		peer->number = 1;
		peer->mtu = command->connection.mtu;
		peer->is_connected = true;
	}
	if (command->kind == DATAGRAM_ACKNOWLEDGE && command->channel == DATAGRAM_CHANNEL_NONE)
		note_answer(peer, command->acknowledge.number);
	else if (command->kind == DATAGRAM_ACKNOWLEDGE)
		peer->acknowledged++;
	if (command->kind == DATAGRAM_FRAGMENT || command->kind == DATAGRAM_UNRELIABLE_FRAGMENT)
		peer->fragment_bytes += command->size;
	peer->is_ended |= command->kind == DATAGRAM_DISCONNECT;
	if (command->flags & DATAGRAM_FLAG_ACKNOWLEDGE && peer->is_connected && !peer->is_silent)
		acknowledge(peer, datagram, command);
}

static void take(struct raw_peer *peer, const uint8_t *bytes, size_t size)
{
	struct datagram datagram;
	struct datagram_command command;
	uint8_t echo[COOKIE_ECHO_BYTES];

	if (size == COOKIE_CHALLENGE_BYTES && bytes[4] == 0x81 && !peer->is_connected) {
		cookie_echo(echo, bytes);
		raw_peer_send(peer, echo, sizeof(echo));
		return;
	}
	datagram_open(&datagram, bytes, size);
	while (datagram_next(&datagram, &command))
		take_command(peer, &datagram, &command);
}

static void read_all(struct raw_peer *peer, bool answers)
{
	uint8_t bytes[DATAGRAM_MAX_BYTES];
	ssize_t size;

	while ((size = recv(peer->socket, bytes, sizeof(bytes), 0)) >= 0) {
		peer->got_bytes += (uint64_t)size;
		peer->got_datagrams++;
		if (answers)
			take(peer, bytes, (size_t)size);
	}
}

void raw_peer_receive(struct raw_peer *peer)
{
	read_all(peer, true);
}

void raw_peer_count(struct raw_peer *peer)
{
	read_all(peer, false);
}

bool raw_peer_connect(struct raw_peer *peer, double seconds)
{
	const int64_t begin_ns = raw_now_ns();
	int64_t next_ns = begin_ns;
	uint8_t bytes[RAW_PEER_CONNECT_BYTES];

	raw_peer_write_connect(peer, bytes);
	while (!peer->is_connected && (double)(raw_now_ns() - begin_ns) < 1e9 * seconds) {
		struct pollfd poll_fd = { .fd = peer->socket, .events = POLLIN };

		if (raw_now_ns() >= next_ns) {
			raw_peer_send(peer, bytes, sizeof(bytes));
			next_ns += REPEAT_MS * NS_PER_MS;
		}
		(void)poll(&poll_fd, 1, 1);
		raw_peer_receive(peer);
	}
	return peer->is_connected;
}

/* Pings. */

void raw_peer_ping(struct raw_peer *peer)
{
	uint8_t bytes[8], *at = put_u16(bytes, DATAGRAM_HEAD_SENT_TIME | peer->peer);

	at = put_u16(at, (uint16_t)(raw_now_ns() / NS_PER_MS));
	*at++ = DATAGRAM_PING | DATAGRAM_FLAG_ACKNOWLEDGE;
	*at++ = DATAGRAM_CHANNEL_NONE;
	put_u16(at, ++peer->number);
	note_answer(peer, peer->number); /* the last one of this place has not come */
	peer->pinged_ns[peer->number % RAW_PEER_PINGS] = raw_now_ns();
	raw_peer_send(peer, bytes, sizeof(bytes));
}

double raw_peer_slowest_ms(const struct raw_peer *peer)
{
	int64_t slowest_ns = peer->slowest_ns;

	for (int i = 0; i < RAW_PEER_PINGS; i++) {
		const int64_t waits_ns = raw_now_ns() - peer->pinged_ns[i];

		if (peer->pinged_ns[i] > 0 && waits_ns > slowest_ns)
			slowest_ns = waits_ns;
	}
	return (double)slowest_ns / 1e6;
}
