/*
 * server_parts: what the server's own files share. For relay/server*.c only.
 *
 *	server.c           its life, housekeeping, and the loop
 *	server_inbox.c     what comes in
 *	server_outbox.c    what goes out
 *	server_prefetch.c  what of the memory the next datagrams will ask for
 */
#ifndef STARLING_RELAY_SERVER_INTERNAL_H
#define STARLING_RELAY_SERVER_INTERNAL_H

#include "relay/server.h"

struct _ENetEvent;
struct _ENetHost;
struct _ENetPeer;

/* What the server keeps of each of the host's peers. */
struct server_peer {
	struct client client;
	bool is_open;         /* the client has been opened and not yet closed */
	int64_t half_open_ns; /* since when it has been seen half-open; 0: it is not */
	bool is_waiting;      /* it is among the server's `waiting` */
	uint16_t mtu;         /* which ENet is to have as soon as it can */
	uint32_t pinged_ms;   /* when a ping went along with a state, on ENet's clock */
};

struct server_peer *server_peer_of(const struct server *server, const struct _ENetPeer *peer);

/* Which peer sent it by what its first bytes say, which may be a lie; NULL: they name none. */
struct _ENetPeer *server_peer_named(const struct _ENetHost *host, const uint8_t *datagram,
				    size_t bytes);

/* Ends the peer's client, if it is open. */
void server_close_dialog(struct server *server, struct server_peer *slot, enum wire_reason reason,
			 int64_t now_ns);

/*
 * ENet's hook (ENetInterceptCallback) for each datagram, before it is read. The host's first peer
 * knows the server.
 */
int server_note_arrival(struct _ENetHost *host, struct _ENetEvent *event);

/* One datagram more is about to be read: asks the cache for what those after it will want. */
void server_prefetch(struct server *server);

/* Sets when ENet gives a peer up, and when it pings it. */
void server_tune_peer(const struct server *server, struct _ENetPeer *peer);

/* Takes what has come in, and has the rules deal with it; says in `is_behind` whether it is all. */
void server_take_datagrams(struct server *server, int64_t now_ns);

/* The rules' way to the clients: an outbox whose peers are ENet's. */
struct outbox server_outbox(struct server *server);

/*
 * How long a client has acknowledged nothing when it is sent a ping along with a state, on average;
 * at most half as long again.
 */
uint32_t server_ping_ms(const struct config *config);

/* ENet has something to send to this peer; NULL: it may have, to any. */
void server_note_queued(struct server *server, struct _ENetPeer *peer);

/* Hands the net what ENet has queued. */
void server_flush_queues(struct server *server);

/* Gives ENet the peer's MTU, if it can have it by now. */
void server_set_mtu(const struct server_peer *slot, struct _ENetPeer *peer);

/* Bytes of reliable messages that `peer` has not acknowledged, whether sent or not. */
size_t server_backlog_of(const struct _ENetPeer *peer);

#endif
