/*
 * raw_peer: a client of an ENet host, by hand, on a socket of its own on loopback: for those who
 * want to send what no ENet sends. It connects, through an address cookie where it is asked for
 * one, acknowledges what wants it, pings, and counts.
 */
#ifndef STARLING_TESTS_ATTACK_RAW_PEER_H
#define STARLING_TESTS_ATTACK_RAW_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RAW_PEER_CHANNELS = 4, /* a relay wants as many */
	RAW_PEER_CONNECT_BYTES = 52,
	RAW_PEER_PINGS = 64, /* whose answers it awaits */
	RAW_PEER_RECORD_MAX = 128,
	RAW_PEER_RECORD_BYTES = 64, /* longer ones are not kept */
};

/* What it sent. */
struct raw_peer_record {
	size_t count;
	struct {
		size_t size;
		uint8_t bytes[RAW_PEER_RECORD_BYTES];
	} datagrams[RAW_PEER_RECORD_MAX];
};

struct raw_peer {
	int socket;
	uint16_t port; /* the host's */
	uint32_t connection;
	bool is_connected, is_ended;
	bool is_silent;                 /* it acknowledges nothing */
	struct raw_peer_record *record; /* NULL: none */
	uint16_t peer;                  /* its number in the host, with the session */
	uint16_t number;                /* its last reliable one on no channel */
	int64_t pinged_ns[RAW_PEER_PINGS];
	int64_t slowest_ns; /* answer to a ping, or the oldest that is awaited */
	uint64_t sent_bytes, got_bytes, got_datagrams;
	unsigned acknowledged;   /* reliable ones of its on a channel */
	unsigned replayed;       /* of these, in sessions that it sent again */
	unsigned mtu;            /* that the host agreed to */
	uint64_t fragment_bytes; /* of messages in pieces that the host sent it */
};

/* On 127.0.0.`host`. False: there is no socket. */
bool raw_peer_open(struct raw_peer *peer, uint8_t host, uint16_t port);
/* The same on one IPv6 address, towards another. */
bool raw_peer_open_ipv6(struct raw_peer *peer, const char *own, const char *host, uint16_t port);
/* Ends its connection, too, if it has one. */
void raw_peer_close(struct raw_peer *peer);

void raw_peer_send(struct raw_peer *peer, const void *bytes, size_t size);

/* Writes a CONNECT of another connection each time. */
void raw_peer_write_connect(struct raw_peer *peer, uint8_t bytes[static RAW_PEER_CONNECT_BYTES]);

/* Reads and answers all that has come. */
void raw_peer_receive(struct raw_peer *peer);

/* Counts what has come, and answers nothing. */
void raw_peer_count(struct raw_peer *peer);

/* Connects, within so many seconds. False: it did not. */
bool raw_peer_connect(struct raw_peer *peer, double seconds);

/* Sends a ping; raw_peer_receive notes how long the answer takes. */
void raw_peer_ping(struct raw_peer *peer);

/* How long the slowest answer took, one that has not come included. */
double raw_peer_slowest_ms(const struct raw_peer *peer);

int64_t raw_now_ns(void);

#endif
