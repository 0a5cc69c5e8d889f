/*
 * raw: a room without a protocol: raw UDP datagrams, a relay that hands each one to all the others
 * at once, and clients that count. No connection, no acknowledgement, no event, no clock, no flush;
 * so it is the floor of what a protocol costs, and no more of use to a game than that.
 *
 * A datagram is, big-endian:
 *
 *	u8 member, u8 n, then n states, the newest first:
 *	u32 number, i32 x, i32 y in grains, and the payload, which has one size for all
 *
 * With k-redundancy a member sends its last k states each time (n = k, fewer at its start), so an
 * update is lost only if k datagrams in a row are.
 *
 * It runs on a cluster without a relay (cluster_init with NULL), and so on the same links.
 */
#ifndef STARLING_BENCH_RAW_H
#define STARLING_BENCH_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/sim/cluster.h"

enum {
	RAW_CLIENTS_MAX = 255,
	RAW_STATES_MAX = 16,
	RAW_PAYLOAD_MAX_BYTES = 64,
	RAW_DATAGRAM_MAX_BYTES = 2 + RAW_STATES_MAX * (12 + RAW_PAYLOAD_MAX_BYTES),
};

/* A receiver got an update of `sender`, for the first time or again. */
typedef void raw_heard_function(void *context, size_t receiver, size_t sender, uint32_t number);

struct raw_state {
	uint32_t number;
	int32_t x, y;
};

struct raw_client {
	int socket;
	struct raw_state last[RAW_STATES_MAX]; /* the newest first */
	size_t last_count;
};

struct raw {
	struct cluster *cluster;
	size_t count, states, payload_bytes;
	int relay_socket;
	struct raw_client *clients;
	raw_heard_function *heard;
	void *context;
};

/*
 * Opens the relay's socket and those of the cluster's clients (2 to RAW_CLIENTS_MAX). `states` is
 * the k of the redundancy, 1 (none) to RAW_STATES_MAX; payload_bytes is at most
 * RAW_PAYLOAD_MAX_BYTES. `cluster` and `context` must outlive it. False: no memory, or no socket,
 * and nothing is open.
 */
bool raw_init(struct raw *raw, struct cluster *cluster, size_t states, size_t payload_bytes,
	      raw_heard_function *heard, void *context);

/* For `count` clients without a cluster: no sockets; for raw_encode and raw_hear alone. */
bool raw_init_plain(struct raw *raw, size_t count, size_t states, size_t payload_bytes,
		    raw_heard_function *heard, void *context);

/* Before cluster_fini. Accepts one that is all zero. */
void raw_fini(struct raw *raw);

/* Makes the datagram that tells a client's next state, and returns its size. */
size_t raw_encode(struct raw *raw, size_t client, const struct raw_state *state,
		  uint8_t data[static RAW_DATAGRAM_MAX_BYTES]);

/* Takes a datagram, of any bytes, that came to a client, and tells of what is in it. */
void raw_hear(const struct raw *raw, size_t receiver, const uint8_t *data, size_t size);

/*
 * Reads sender and numbers of the states in a datagram of any bytes: returns how many states.
 */
size_t raw_read_numbers(const struct raw *raw, const uint8_t *data, size_t size, size_t *sender,
			uint32_t numbers[static RAW_STATES_MAX]);

/* Sends a state of a client; `number` is one more than that of its last one, from 0. */
void raw_publish(struct raw *raw, size_t client, const struct raw_state *state);

/* Lets time pass until `until_ns`, and everything happen that is due by then. */
void raw_run(struct raw *raw, int64_t until_ns);

#endif
