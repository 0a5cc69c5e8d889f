/*
 * cookie: the address cookie. A host sends it to an address that asks for a connection, and keeps
 * nothing of it until the address has echoed it: so nobody connects in another's name, and nobody
 * gets more bytes than he sent.
 *
 * An unmodified ENet echoes it. While it waits for the answer to its CONNECT, ENet acknowledges
 * each command that wants to be, with the command's number and the datagram's sent time. So the
 * cookie's 64 bits are three numbers and a time: the challenge is three ACKNOWLEDGEs of nothing,
 * which want to be acknowledged. (WireGuard's cookie and TCP's SYN cookie are the models.)
 *
 * The cookie is SipHash-2-4 of the address and the port, with a key that lasts COOKIE_PERIOD_S. It
 * is good in its period and in the next one. Bytes and times only: nothing here needs ENet, a
 * socket, a clock, or memory.
 */
#ifndef STARLING_PROTO_ENET_COOKIE_H
#define STARLING_PROTO_ENET_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/net/net_type.h"

enum {
	COOKIE_SECRET_BYTES = 16,
	COOKIE_PERIOD_S = 30,
	COOKIE_NUMBERS = 3,
	/* Fewer than a CONNECT has: a head with its time, and three commands. */
	COOKIE_CHALLENGE_BYTES = 4 + COOKIE_NUMBERS * 8,
};

struct cookie {
	uint16_t numbers[COOKIE_NUMBERS];
	uint16_t sent_time;
};

/* The address's cookie of this time. */
struct cookie cookie_of(const uint8_t secret[static COOKIE_SECRET_BYTES],
			const struct net_address *address, int64_t now_ns);

/* Whether the address got this cookie in this period or in the one before. */
bool cookie_is_good(const struct cookie *cookie, const uint8_t secret[static COOKIE_SECRET_BYTES],
		    const struct net_address *address, int64_t now_ns);

/* Whether an acknowledgement on no channel is a part of such a cookie's echo. */
bool cookie_is_part(uint16_t number, uint16_t sent_time,
		    const uint8_t secret[static COOKIE_SECRET_BYTES],
		    const struct net_address *address, int64_t now_ns);

/* Writes the challenge. `peer` and `sent_time` are those of the CONNECT. */
void cookie_write_challenge(uint8_t datagram[static COOKIE_CHALLENGE_BYTES],
			    const struct cookie *cookie, uint16_t peer, uint16_t sent_time);

#endif
