/*
 * server: one host (proto/enet/host.h), one loop. The rules decide (client.h, relay.h); the server
 * brings them what comes in, and sends their messages.
 *
 * A server is a function of the time and the datagrams that the current net (proto/net/net.h) gives
 * it: one turn takes a batch of datagrams, has the rules work, flushes, and hands the net a batch.
 */
#ifndef STARLING_RELAY_SERVER_H
#define STARLING_RELAY_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/net/net.h"
#include "relay/config.h"
#include "relay/duration_histogram.h"
#include "relay/peer/client.h"
#include "relay/relay.h"
#include "proto/net/token_bucket.h"

struct ban;
struct bans;
struct counts;
struct host;
struct host_batch;
struct impaired_net;

enum {
	SERVER_ERROR_BYTES = 256,
	SERVER_PREFETCH_STAGES = 3, /* of server_prefetch.c */
	/*
	 * How many connections a second, and at once, get the answer that there is no place. The
	 * net keeps a path (paths.h) to each address that it answers, and addresses may be forged.
	 */
	SERVER_DECLINES_A_SECOND = 256,
	/* A flood must not delay a flush. */
	SERVER_EVENTS_A_TURN = 4096,
};

struct server {
	const struct config *config;
	struct host *host;
	struct relay relay;
	struct server_client *clients; /* one for each of the host's peers */
	int64_t begun_ns;
	int64_t check_ns;            /* when the clients are checked next */
	int64_t delivery_ns;         /* how long the last delivery took */
	int64_t cpu_before_sleep_ns; /* net_thread_cpu_ns when the last sleep began */
	int64_t woke_ns;             /* when that sleep ended; 0: none came before this turn */
	int64_t seen_ns;             /* when it last looked for a pause; 0: not yet */
	uint64_t turns;
	struct duration_histogram flush;           /* until the last datagram was out */
	struct duration_histogram lateness;        /* of turns that were due */
	int64_t due_ns;                            /* when it wanted its next turn */
	struct token_bucket declines;              /* answers that there is no place */
	struct bans *bans;                         /* who may not connect; NULL: all may */
	const struct host_batch *batch;            /* being handled; NULL: none */
	size_t next;                               /* the batch's first event not handled */
	size_t prefetched[SERVER_PREFETCH_STAGES]; /* events that each stage has seen */
	bool is_behind;                            /* more has come in than the last turn took */
	bool is_stopping;
	int64_t stop_by_ns;
};

/*
 * Opens the socket. `config` must outlive the server. 0, or a negative errno value with a sentence
 * in `error`.
 */
int server_init(struct server *server, const struct config *config, char error[SERVER_ERROR_BYTES]);

/* Whether `config` can be served, as far as is known without opening anything. */
bool server_check(const struct config *config, char error[SERVER_ERROR_BYTES]);

/* Lets nobody connect whom these bans hold; they must outlive the server. */
void server_use_bans(struct server *server, struct bans *bans);

/* The ban that holds an address; NULL: none does. */
const struct ban *server_ban(const struct server *server, const struct net_address *address,
			     int64_t now_ns);

/* The client of a peer's number, below config->clients. NULL: there is none. */
struct client *server_client(const struct server *server, unsigned number);

/* A member's client. NULL: the member is absent. */
struct client *server_client_of(const struct member *member);

/* The round trip time of its connection as ENet has it, see host_peer_state. */
unsigned server_rtt_ms(const struct server *server, const struct member *member);

/* The server's `config` has changed, in what may change while it runs (config_take). */
void server_retune(struct server *server);

/* Disconnects all and frees everything. Accepts a server that is all zero. */
void server_fini(struct server *server);

/* The address that it listens on, with the real port. */
struct net_address server_address(const struct server *server);

/* The net's socket that it listens on. */
int server_socket(const struct server *server);

/*
 * One turn of the loop: datagrams in, rules, flush, datagrams out. Never blocks. Returns when it
 * wants its next turn even if nothing comes in (INT64_MAX: not before something does).
 */
int64_t server_turn(struct server *server, int64_t now_ns);

/*
 * Sleeps until something comes in, until `until_ns`, or until a signal. Until
 * schedule_coalesces_until_ns no flush could use input, and only a signal wakes the server.
 */
void server_wait(struct server *server, int64_t until_ns);

/*
 * Sends GOODBYE to all clients, and to those that still connect. Go on with server_turn until
 * server_has_stopped.
 */
void server_stop(struct server *server, int64_t now_ns);

/* Whether all clients are gone, or the time for it is over. */
bool server_has_stopped(const struct server *server, int64_t now_ns);

/* The longest backlog of any client, in bytes (host_backlog); for tests of the limit. */
size_t server_backlog_bytes(const struct server *server);

/* Copies all that it counts. `impaired`: the net that it runs on, if that is impaired; else NULL.
 */
void server_count(const struct server *server, struct impaired_net *impaired,
		  struct counts *counts);

#endif
