/*
 * server_internal: what the server's own files share. For relay/server*.c only.
 *
 *	server.c           opening and closing, checks, the loop
 *	server_receive.c   what comes in
 *	server_send.c      what goes out
 *	server_prefetch.c  the memory that the next messages will ask for
 */
#ifndef STARLING_RELAY_SERVER_INTERNAL_H
#define STARLING_RELAY_SERVER_INTERNAL_H

#include "relay/server.h"

/* One for each of the host's peers, by the same number. */
struct server_client {
	struct client client;
	bool is_open; /* the conversation has begun and not yet ended */
};

/* Ends the client's conversation, if it is open. */
void server_close_client(struct server *server, struct server_client *slot, enum wire_reason reason,
			 int64_t now_ns);

/* Sets how the host keeps a connection. */
void server_tune_peer(const struct server *server, unsigned peer);

/* Brings the rules what has come in; `is_behind` is then whether more is left. */
void server_receive(struct server *server, int64_t now_ns);

/* Asks the cache for the memory that the batch's next messages will touch. */
void server_prefetch(struct server *server);

/* The rules' way to the clients: their peers are the server's clients. */
struct outbox server_outbox(struct server *server);

#endif
