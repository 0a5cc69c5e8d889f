#include "tests/attack/forged_deeds.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/enet/guard/datagram.h"

enum {
	UDP_HEADER_BYTES = 8,
	DISCONNECT_BYTES = 10,
	CONNECTS = 300,
	AT_ONCE = 32,
	PEERS_GUESSED = 64, /* a naive server's places */
	SESSIONS = 4,
	SETTLE_MS = 500,
};

/* A raw socket that sends to the peer's server, with the peer's own source address. */
struct forger {
	int socket;
	uint16_t own_port, port; /* own: of the peer's socket */
};

static struct forger forger_open(const struct raw_peer *peer)
{
	struct sockaddr_in own = { .sin_family = AF_INET }, to = own;
	socklen_t own_size = sizeof(own), size = sizeof(to);
	struct forger forger = {
		.socket = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP),
		.port = peer->port,
	};

	(void)getsockname(peer->socket, (struct sockaddr *)&own, &own_size);
	(void)getpeername(peer->socket, (struct sockaddr *)&to, &size);
	forger.own_port = ntohs(own.sin_port);
	/* A raw socket has no ports. */
	own.sin_port = to.sin_port = 0;
	if (forger.socket >= 0 &&
	    (bind(forger.socket, (const struct sockaddr *)&own, own_size) < 0 ||
	     connect(forger.socket, (const struct sockaddr *)&to, size) < 0)) {
		close(forger.socket);
		forger.socket = -1;
	}
	return forger;
}

static void forger_close(struct forger *forger)
{
	if (forger->socket >= 0)
		close(forger->socket);
}

static uint8_t *put_u16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

/* Counts what was sent, so that a forger without a socket is seen. */
static void forge(const struct forger *forger, struct raw_peer *counts, uint16_t from_port,
		  const uint8_t *bytes, size_t size)
{
	uint8_t packet[UDP_HEADER_BYTES + RAW_PEER_CONNECT_BYTES], *at = put_u16(packet, from_port);

	at = put_u16(at, forger->port);
	at = put_u16(at, (unsigned)(UDP_HEADER_BYTES + size));
	at = put_u16(at, 0); /* no checksum, as IPv4 allows */
	memcpy(at, bytes, size);
	if (send(forger->socket, packet, UDP_HEADER_BYTES + size, 0) > 0)
		counts->sent_bytes += size;
}

void forged_deeds_connect_from_port_0(struct raw_peer *stranger, session_deeds_pass *pass)
{
	struct forger forger = forger_open(stranger);

	for (int i = 0; i < CONNECTS; i++) {
		uint8_t bytes[RAW_PEER_CONNECT_BYTES];

		raw_peer_write_connect(stranger, bytes);
		forge(&forger, stranger, 0, bytes, sizeof(bytes));
		if (i % AT_ONCE == 0)
			pass(1);
	}
	pass(SETTLE_MS);
	forger_close(&forger);
}

static void write_disconnect(uint8_t bytes[static DISCONNECT_BYTES], unsigned number,
			     unsigned session)
{
	memset(bytes, 0, DISCONNECT_BYTES);
	put_u16(bytes, number | session << DATAGRAM_HEAD_SESSION_SHIFT);
	bytes[2] = DATAGRAM_DISCONNECT | DATAGRAM_FLAG_UNSEQUENCED;
	bytes[3] = DATAGRAM_CHANNEL_NONE;
}

void forged_deeds_guess_disconnects(struct raw_peer *stranger, const struct raw_peer *victim,
				    session_deeds_pass *pass)
{
	struct forger forger = forger_open(victim);

	for (unsigned session = 0; session < SESSIONS; session++) {
		for (unsigned number = PEERS_GUESSED; number-- > 0;) {
			uint8_t bytes[DISCONNECT_BYTES];

			write_disconnect(bytes, number, session);
			forge(&forger, stranger, forger.own_port, bytes, sizeof(bytes));
		}
		pass(1);
	}
	pass(SETTLE_MS);
	forger_close(&forger);
}
