/*
 * light: the unsequenced packets of one ENet datagram, read without ENet.
 *
 * A generator that hears millions of updates a second cannot afford what libenet does for each
 * packet: an allocation, a queue, an event. Unsequenced packets need none of it. They are taken out
 * of the datagram here; what else is in it (acknowledgements, pings, reliable packets, fragments)
 * is left to libenet, in a datagram that is as if they had never been in it.
 *
 * ENet 1.3's format, all numbers big endian: peer id and flags (2 bytes), with flag 0x8000 the
 * sent time (2), then commands, each with a header of a command byte, a channel and a sequence
 * number (2), and fields of a length fixed by the command, some followed by data. ENet would also
 * drop an unsequenced packet that came twice: whoever uses this does it by the updates' numbers.
 */
#ifndef STARLING_BENCH_LIGHT_H
#define STARLING_BENCH_LIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LIGHT_PACKETS_MAX = 64, /* a datagram with more is left to ENet as it is */
};

struct light_packet {
	const uint8_t *data; /* borrowed from the datagram */
	size_t size;
	uint8_t channel;
};

struct light_datagram {
	struct light_packet packets[LIGHT_PACKETS_MAX];
	unsigned count;
	bool has_rest; /* something is left for ENet */
};

/*
 * Reads a datagram meant for the connection with this peer id and session (the receiver's own, as
 * in ENetPeer's incomingPeerID and incomingSessionID). False, with nothing taken, when it is for
 * another, compressed, or not whole: then ENet has to judge it.
 */
bool light_read(struct light_datagram *out, const uint8_t *data, size_t size, uint16_t peer,
		uint8_t session);

/* Takes the packets out of the datagram that was read, in place; returns the size left. */
size_t light_rest(const struct light_datagram *datagram, uint8_t *data, size_t size);

#endif
