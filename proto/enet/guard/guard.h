/*
 * guard: stands before ENet on a server's host. Each datagram is read whole (datagram.h), and what
 * no unmodified ENet sends to this host goes no further. An address that asks for a connection must
 * echo a cookie (cookie.h) before ENet hears of it.
 *
 * A command that an honest ENet may send, but that would cost the host too much, is cut out of its
 * datagram: a reliable one comes again, when its turn is nearer.
 */
#ifndef STARLING_PROTO_ENET_GUARD_H
#define STARLING_PROTO_ENET_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/enet/guard/datagram.h"
#include "proto/enet/guard/input_budget.h"

struct _ENetHost;
struct _ENetPeer;

enum {
	GUARD_AHEAD_MAX = 2048,   /* reliable numbers beyond the last one that came in order */
	GUARD_HELD_MAX = 256,     /* commands of a channel that wait for others, of each kind */
	GUARD_ACK_MAX_MS = 30000, /* the age of what an ACKNOWLEDGE answers */
	GUARD_PINGS_MAX = 250,    /* of a peer, a second; each is answered by twice its bytes */
};

/* Why a datagram, or a command of it, went no further: enum datagram_error, then these. */
enum guard_reason {
	GUARD_OK = DATAGRAM_OK,
	GUARD_PORT = DATAGRAM_ERROR_COUNT, /* it came from port 0, where no answer can go */
	GUARD_STRANGER,   /* it names no peer, or not one of its address and session */
	GUARD_NO_CHANNEL, /* it holds a command on a channel that the peer does not have */
	GUARD_TOO_LARGE,  /* it holds a message longer than the host takes, or a part of one */
	GUARD_NO_COOKIE,  /* it echoes something that is not the address's cookie */
	GUARD_REPEATED,   /* it asks for a connection that was there already */
	GUARD_HALF_OPEN,  /* of a handshake that took too long: the host ended it */
	/* The budget of its peer, or of its address, was spent; each in the order of enum
	 * input_measure. */
	GUARD_PEER_BUDGET,
	GUARD_ADDRESS_BUDGET = GUARD_PEER_BUDGET + INPUT_MEASURES,
	GUARD_JOINS = GUARD_ADDRESS_BUDGET +
		      INPUT_MEASURES, /* its address asked for too many connections */
	/* Reasons to cut out one command. */
	GUARD_AHEAD,      /* its number is more than GUARD_AHEAD_MAX ahead */
	GUARD_HELD,       /* GUARD_HELD_MAX wait already */
	GUARD_OLD_ACK,    /* it answers what is older than GUARD_ACK_MAX_MS, or a cookie too late */
	GUARD_PING,       /* GUARD_PINGS_MAX came within a second */
	GUARD_DISCONNECT, /* it ends a connection in whose name somebody guesses (misses.h) */
	GUARD_REASON_COUNT,
};

/* The reason as a lower-case word for a report, e.g. "compressed". Never NULL. */
const char *guard_reason_name(unsigned reason);

struct guard_stats {
	uint64_t refused[GUARD_REASON_COUNT];
	uint64_t challenged; /* cookies that were sent */
	uint64_t proven;     /* and came back */
};

/* How much a host reads of a peer, and of all peers of an address (IPv6: of its first 64 bits). */
struct guard_limits {
	struct input_rates peer, address;
	/* How much is read of each peer once its address has spent its budget, so that neighbours
	 * behind one NAT do not take it from each other. Its commands alone have no limit. */
	struct input_rates share;
	unsigned joins; /* connections of an address a second, and at once; 0: any */
};

struct guard;

/* Draws its secret from the current net. NULL: no memory. */
struct guard *guard_create(void);

/* NULL is allowed. */
void guard_destroy(struct guard *guard);

/* From the next datagram on. Until then nothing is limited. */
void guard_set_limits(struct guard *guard, const struct guard_limits *limits);

/*
 * Whether a datagram of so many bytes may be read at all; first of all, and only for peers.
 * `network`: of the peer's address, as the net numbers it. False: it was counted.
 */
bool guard_admit(struct guard *guard, const struct _ENetPeer *sender, uint64_t network,
		 size_t bytes, int64_t now_ns);

/* So many commands of the peer's last datagram were read without guard_judge. */
void guard_note_commands(struct guard *guard, const struct _ENetPeer *sender, size_t count,
			 int64_t now_ns);

/*
 * In a host's `intercept`: judges the datagram at hand, which may change. `sender`: the peer that
 * it names, if that has its address; else NULL. False: ENet must not read it; it was counted or
 * answered. True, without a sender: it is a CONNECT, from an address that has echoed its cookie.
 */
bool guard_judge(struct guard *guard, struct _ENetHost *host, const struct _ENetPeer *sender,
		 int64_t now_ns);

/* Counts what the caller refuses. */
void guard_count(struct guard *guard, enum guard_reason reason);

/* The peer's connection stands: its handshake opens no other. */
void guard_note_connected(struct guard *guard, const struct _ENetPeer *peer, int64_t now_ns);

const struct guard_stats *guard_stats(const struct guard *guard);

#endif
