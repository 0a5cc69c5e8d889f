/*
 * host: one ENet host on the current net (proto/net/net.h): all that the relay and the client
 * library do with ENet. A peer is a number below `peers` of the configuration.
 *
 * A turn of a loop is: host_receive until the batch is drained, the caller's own work with
 * host_send, host_flush, then a sleep until host_deadline_ns or until a datagram comes. ENet's
 * receive call runs nothing of the caller's: what comes in is noted in a batch, which the caller
 * walks after it.
 *
 * A server's host gathers: an acknowledgement leaves with the next message to the same peer, or
 * with the flush. A client's leaves at once, as ENet does it. A program that is many clients of one
 * server is served best by a server's host, too.
 */
#ifndef STARLING_PROTO_ENET_HOST_H
#define STARLING_PROTO_ENET_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/enet/guard/guard.h"
#include "proto/net/net.h"
#include "proto/wire/wire.h"

enum {
	HOST_PEERS_MAX = 4095,
	HOST_MTU_LEAST = 576,           /* ENet's lower bound */
	HOST_MESSAGE_HEADER_BYTES = 28, /* the most that ENet's headers take before a message */
};

struct host;

struct host_config {
	struct net_address address; /* host 0: all; port 0: any free one */
	bool is_server;
	bool is_guarded; /* strangers may connect: a guard (guard.h) stands before ENet */
	size_t peers;    /* 1 to HOST_PEERS_MAX */
	/* Connections of one address (IPv6: of its first 64 bits); 0: as many as there are peers.
	 */
	size_t per_address;
	size_t channels;
	uint32_t mtu;             /* bytes of UDP payload of the longest datagram */
	size_t message_max_bytes; /* ENet drops a longer one that comes in */
	size_t waiting_max_bytes; /* of one peer's messages that came in and wait in ENet */
};

enum host_event_type {
	HOST_CONNECTED,    /* `data` is the connecting side's, `channels` both sides' */
	HOST_DISCONNECTED, /* `data` is the other side's, or 0; `peer` is free again */
	HOST_MESSAGE,
	/* Guarded hosts only, without a peer: `address` asked to connect, and there is no place for
	 * it, or it may not (host_set_gate). */
	HOST_NO_PLACE,
};

/* One thing that a batch of datagrams brought. */
struct host_event {
	enum host_event_type type;
	uint16_t peer;
	uint8_t channel;
	bool is_address_full; /* HOST_NO_PLACE: `per_address` is reached, not `peers` */
	bool is_shut_out;     /* HOST_NO_PLACE: the gate does not let it in */
	uint32_t data;
	size_t channels;
	struct net_address address;
	int64_t arrived_ns;   /* of the datagram, in net time; 0: unknown */
	const uint8_t *bytes; /* until the next host_receive */
	size_t size;
	union {
		struct _ENetPacket *packet; /* the host's own: what holds `bytes` */
		struct {
			uint16_t peer;
			uint32_t connection;
		} asker; /* the host's own: of HOST_NO_PLACE */
	};
};

/* In the order in which it happened. */
struct host_batch {
	const struct host_event *events;
	size_t count;
	bool is_drained; /* nothing more had come in */
};

/* Times of a connection. */
struct host_tuning {
	uint32_t timeout_ms; /* ENet gives the peer up after three of these at the latest */
	unsigned timeout_limit;
	uint32_t ping_ms;        /* between pings, while nothing else is acknowledged */
	uint32_t joined_ping_ms; /* between pings that go along with a message; 0: none do */
};

/* A peer's present state. */
struct host_peer_state {
	struct net_address address;
	bool is_connected;
	bool is_half_open;  /* it asked to connect, and has not acknowledged the answer */
	uint32_t silent_ms; /* since its last acknowledgement, as of the last host_receive */
	uint32_t rtt_ms; /* ENet's smoothed estimate, by what is reliable; it holds the peer's own
			    delay, too */
	size_t message_bytes; /* the longest message that one datagram to it holds */
};

struct host_stats {
	uint64_t datagrams_in;
	uint64_t dropped; /* messages that ENet took and did not send: throttle, disconnect */
	struct guard_stats guard;
};

enum host_send_as {
	/* Leaves with the next flush, with others for the peer. */
	HOST_QUEUED,
	/* As HOST_QUEUED, in fragments that any path takes. */
	HOST_CUT,
	/*
	 * For a caller that serves one peer after the other with messages that fit a datagram. A
	 * peer's messages leave before the next peer's are made; an unsequenced one passes ENet's
	 * lists where nothing else waits for its peer.
	 */
	HOST_IN_TURN,
};

enum host_disconnect_when {
	HOST_WHEN_DELIVERED, /* once what waits has arrived: HOST_DISCONNECTED follows */
	HOST_AT_ONCE,        /* by one datagram, which may get lost; no event follows */
};

/*
 * Opens a host with its socket. 0, or a negative errno value (-EADDRINUSE: the port is taken).
 * platform_init (platform.h) comes first.
 */
int host_open(struct host **host, const struct host_config *config);

/* Sends what waits, but no DISCONNECT, and frees everything. NULL is allowed. */
void host_close(struct host *host);

/* The address, with the real port; and the net's number of the socket. */
struct net_address host_address(const struct host *host);
int host_socket(const struct host *host);

/* Guarded hosts only: how many connections one address (IPv6: its first 64 bits) may have, from the
 * next one on. */
void host_set_per_address(struct host *host, size_t per_address);

/* Guarded hosts only: how much comes in of a peer and of an address, from the next datagram on. */
void host_set_limits(struct host *host, const struct guard_limits *limits);

/* Whether an address may connect. */
typedef bool host_gate(void *context, const struct net_address *address);

/*
 * Guarded hosts only: asks `gate` for each address that has proven to be the sender's, before the
 * host keeps anything of its connection. NULL: all may.
 */
void host_set_gate(struct host *host, host_gate *gate, void *context);

/*
 * Clients only: forgets the connection, if any, and begins another. `mtu`: the longest datagram of
 * this connection. HOST_CONNECTED or HOST_DISCONNECTED of peer 0 follows. 0, or -ENOMEM.
 */
int host_connect(struct host *host, const struct net_address *to, uint32_t data, uint32_t mtu);

/*
 * A server's host that is many clients: begins one more connection, with the host's MTU. Its peer,
 * or -ENOMEM: all peers are in use, or there is no memory. HOST_CONNECTED or HOST_DISCONNECTED of
 * the peer follows.
 */
int host_add_connection(struct host *host, const struct net_address *to, uint32_t data);

/*
 * Takes one batch of datagrams, as they come, and lets ENet do what is due. The batch is valid
 * until the next call. Call it again until the batch says that nothing more has come in. `now_ns`
 * is the time of the caller's turn, the same for all calls of a turn.
 */
const struct host_batch *host_receive(struct host *host, int64_t now_ns);

/* Answers HOST_NO_PLACE with a DISCONNECT that carries `data`, shorter than the request. */
void host_decline(struct host *host, const struct host_event *event, uint32_t data);

void host_tune(struct host *host, unsigned peer, const struct host_tuning *tuning);

/* Keeps both sides' packet throttles from dropping messages; for HOST_CONNECTED. */
void host_disable_throttle(struct host *host, unsigned peer);

/* As host_disable_throttle, but of our own side alone: nothing is sent. */
void host_disable_own_throttle(struct host *host, unsigned peer);

/* Numbers a channel's next sequenced message as if `start` had gone before. */
void host_start_sequence(struct host *host, unsigned peer, unsigned channel, uint16_t start);

/*
 * Takes a message; the bytes are copied. False: the peer is not connected, has no such channel, or
 * there is no memory.
 */
bool host_send(struct host *host, unsigned peer, uint8_t channel, enum wire_mode mode,
	       enum host_send_as as, const void *data, size_t size);

/* Sends all that waits. */
void host_flush(struct host *host);

/* Bytes of the peer's reliable messages, sent or not, that it has not acknowledged. */
size_t host_backlog(const struct host *host, unsigned peer);

/* For how long none of these has been acknowledged, as of the last host_receive; 0: there are none.
 */
int64_t host_stuck_ns(const struct host *host, unsigned peer);

/* Bounds a datagram to the peer to a message of `bytes`, as soon as nothing longer waits. */
void host_set_message_bytes(struct host *host, unsigned peer, size_t bytes);

struct host_peer_state host_peer_state(const struct host *host, unsigned peer);
struct host_stats host_stats(const struct host *host);

/* Whether no peer is in use. */
bool host_is_idle(const struct host *host);

void host_disconnect(struct host *host, unsigned peer, uint32_t data,
		     enum host_disconnect_when when);

/*
 * Servers only, a few times a second: ends handshakes that take too long, and gives up messages
 * that never get complete (waiting.h).
 */
void host_check_peers(struct host *host, int64_t now_ns);

/*
 * When the host needs host_receive even if nothing comes in, in net time. Now: it is due, or a
 * datagram is at hand. INT64_MAX: never.
 */
int64_t host_deadline_ns(struct host *host);

#endif
