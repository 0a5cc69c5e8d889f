/*
 * worker_parts: what the worker's own files share. For relay/worker*.c only.
 *
 *	worker.c           its life, housekeeping, and the loop
 *	worker_inbox.c     what comes in
 *	worker_outbox.c    what goes out
 *	worker_prefetch.c  what of the memory the next datagrams will ask for
 */
#ifndef STARLING_RELAY_WORKER_PARTS_H
#define STARLING_RELAY_WORKER_PARTS_H

#include "relay/worker.h"

struct _ENetEvent;
struct _ENetHost;
struct _ENetPeer;

/* What the worker keeps of each of the host's peers. */
struct worker_peer {
	struct dialog dialog;
	bool is_open;         /* the dialog has been opened and not yet closed */
	int64_t half_open_ns; /* since when it has been seen half-open; 0: it is not */
	bool is_waiting;      /* it is among the worker's `waiting` */
	uint16_t mtu;         /* which ENet is to have as soon as it can */
	uint32_t pinged_ms;   /* when a ping went along with a state, on ENet's clock */
};

struct worker_peer *worker_peer_of(const struct worker *worker, const struct _ENetPeer *peer);

/* Which peer sent it by what its first bytes say, which may be a lie; NULL: they name none. */
struct _ENetPeer *worker_peer_named(const struct _ENetHost *host, const uint8_t *datagram,
				    size_t bytes);

/* Ends the peer's dialog, if it is open. */
void worker_close_dialog(struct worker *worker, struct worker_peer *slot, enum wire_reason reason,
			 int64_t now_ns);

/*
 * ENet's hook (ENetInterceptCallback) for each datagram, before it is read. The host's first peer
 * knows the worker.
 */
int worker_note_arrival(struct _ENetHost *host, struct _ENetEvent *event);

/* One datagram more is about to be read: asks the cache for what those after it will want. */
void worker_prefetch(struct worker *worker);

/* Sets when ENet gives a peer up, and when it pings it. */
void worker_tune_peer(const struct worker *worker, struct _ENetPeer *peer);

/* Takes what has come in, and has the rules deal with it; says in `is_behind` whether it is all. */
void worker_take_datagrams(struct worker *worker, int64_t now_ns);

/* The rules' way to the clients: an outbox whose peers are ENet's. */
struct outbox worker_outbox(struct worker *worker);

/*
 * How long a client has acknowledged nothing when it is sent a ping along with a state, on average;
 * at most half as long again.
 */
uint32_t worker_ping_ms(const struct config *config);

/* ENet has something to send to this peer; NULL: it may have, to any. */
void worker_note_queued(struct worker *worker, struct _ENetPeer *peer);

/* Hands the net what ENet has queued. */
void worker_flush_queues(struct worker *worker);

/* Gives ENet the peer's MTU, if it can have it by now. */
void worker_set_mtu(const struct worker_peer *slot, struct _ENetPeer *peer);

/* Bytes of reliable messages that `peer` has not acknowledged, whether sent or not. */
size_t worker_backlog_of(const struct _ENetPeer *peer);

#endif
