/*
 * host_internal: what the host's own files share. For proto/enet/host*.c only.
 *
 *	host.c           opening and closing, connections, deadlines
 *	host_receive.c   datagrams in: a batch of events
 *	host_send.c      messages out: queues, pings, flushes
 */
#ifndef STARLING_PROTO_ENET_HOST_INTERNAL_H
#define STARLING_PROTO_ENET_HOST_INTERNAL_H

#include <enet/enet.h>

#include "proto/enet/connect.h"
#include "proto/enet/host.h"

enum {
	HOST_WAITING_MAX = 64, /* peers with something to send that are noted one by one */
	HOST_PREFETCH = 12,    /* datagrams ahead whose peers are in the cache */
};

/* One for each of ENet's peers, by the same number. */
struct host_peer {
	struct host *host;
	size_t reliable_bytes; /* not acknowledged */
	int64_t progress_ns;   /* when one of these was acknowledged, or the first was taken */
	uint64_t network;      /* of the address network_host; 0: not looked up */
	uint32_t network_host;
	int64_t half_open_ns; /* since when its handshake has been unfinished; 0: it is not */
	uint16_t mtu;         /* for ENet, as soon as nothing longer waits */
	bool is_waiting;      /* among the host's `waiting` */
	uint32_t pinged_ms;   /* when a ping went along with a message, on ENet's clock */
	uint32_t joined_ping_ms;
};

struct host {
	ENetHost *enet;
	size_t peers_max;
	size_t per_address; /* connections */
	bool is_server;
	struct guard *guard; /* NULL: the host is not guarded */
	host_gate *gate;     /* NULL: all may connect */
	void *gate_context;
	struct host_peer *peers;

	int64_t now_ns; /* of the caller's turn */

	/* The batch. Its messages' bytes lie in `bytes`, in order, or in ENet's packets. */
	struct host_batch batch;
	struct host_event *events;
	size_t event_capacity;
	uint8_t *bytes;
	size_t byte_count, byte_capacity;
	ENetPeer *sender;    /* of the datagram that ENet reads; NULL: no peer */
	int64_t arrived_ns;  /* of that datagram */
	unsigned prefetched; /* datagrams behind it whose peers are in the cache */

	int64_t retransmitted_ns;  /* when the retransmission timer ran last */
	int64_t retransmit_due_ns; /* when it is to run next */
	bool is_timer_due;         /* it did not run in the last host_receive */
	int64_t enet_due_ns;       /* when ENet has something to do by itself */

	unsigned waiting_count; /* peers to which ENet has something to send */
	ENetPeer *waiting[HOST_WAITING_MAX];
	bool has_others;     /* there may be more such peers */
	size_t queued_bytes; /* handed to ENet, not sent */
	ENetPeer *served;    /* HOST_IN_TURN: the peer whose messages are made; or NULL */
	size_t served_bytes;
	struct host_stats stats;
};

/* The peer's number, and what the host keeps of it. */
unsigned host_number(const struct host *host, const ENetPeer *peer);
struct host_peer *host_peer_of(const struct host *host, const ENetPeer *peer);

/* The network of the peer's address (net_network), looked up once for each of its addresses. */
uint64_t host_peer_network(struct host *host, const ENetPeer *peer);

enum host_place {
	HOST_PLACE, /* there is one, or the asker has one already */
	HOST_PLACE_FULL,
	HOST_PLACE_ADDRESS_FULL, /* the asker's network has its share of connections */
	HOST_PLACE_SHUT,         /* the gate does not let the asker in */
};

/* Whether there is a place for the sender of the datagram that ENet received last. */
enum host_place host_place_for(struct host *host, const struct connect_request *asked);

/* Gives back what the batch holds, and empties it. */
void host_release_batch(struct host *host);

/*
 * ENet's hook (ENetInterceptCallback) for each datagram, before it is read. The first peer's `data`
 * is the host.
 */
int ENET_CALLBACK host_intercept(ENetHost *enet, ENetEvent *event);

/* Notes that ENet has something to send to this peer; NULL: to any, perhaps. */
void host_note_queued(struct host *host, ENetPeer *peer);

/* Hands ENet's queues to the net. */
void host_flush_queues(struct host *host);

/* Sets ENet's MTU of the peer, if nothing longer waits. */
void host_apply_mtu(const struct host *host, ENetPeer *peer);

#endif
