/*
 * server: one ENet host, one loop. The only part of the relay that knows ENet; everything that it
 * decides is decided by the rules (client.h, relay.h).
 *
 * A server is a function of the time and the datagrams that the current net (proto/net/net.h) gives
 * it: one turn takes what has come in, lets the rules work, and hands the net what is to go out.
 */
#ifndef STARLING_RELAY_SERVER_H
#define STARLING_RELAY_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/net/net.h"
#include "relay/config.h"
#include "relay/peer/client.h"
#include "relay/relay.h"

struct _ENetHost;
struct _ENetPeer;
struct impaired_net;

enum {
	SERVER_ERROR_BYTES = 256,
	SERVER_WAITING_PEERS = 64,  /* known one by one; with more, ENet is to look for them */
	SERVER_PREFETCH_STAGES = 3, /* of server_prefetch.c */
	/*
	 * Connections a second that are told that there is no place, and as many at once. Who asks
	 * may have forged its address, and the net keeps a path (paths.h) to each that is answered:
	 * so few take none from a newcomer.
	 */
	SERVER_DECLINES_A_SECOND = 256,
	SERVER_EVENTS_A_TURN =
		4096, /* so that a flood cannot keep a flush from its time; and 1 ms */
};

struct server {
	const struct config *config;
	struct _ENetHost *host;
	struct relay relay;
	struct server_peer *peers; /* one for each of the host's */
	int64_t begun_ns;
	int64_t housekeeping_ns; /* when it is next due */
	int64_t tend_due_ns;     /* when retransmission is to be tended again */
	bool is_untended;        /* it was not in the last turn */
	int64_t enet_due_ns;     /* when ENet has something to do of its own accord */
	int64_t delivery_ns;     /* how long the last one took */
	int64_t asleep_spent_ns; /* processor time that was spent when the last sleep began */
	int64_t woke_ns;         /* when that ended; 0: this turn does not follow upon one */
	int64_t taken_ns;        /* when this turn began to take what has come in */
	uint64_t turns;
	uint64_t datagrams;           /* that came in */
	struct _ENetPeer *sender;     /* whose datagram ENet reads; NULL: a stranger's, or none */
	int64_t arrived_ns;           /* when that came to this machine */
	struct admit_budget declines; /* told to those for whom there was no place */
	unsigned fetched[SERVER_PREFETCH_STAGES]; /* datagrams after it of which each stage knows */
	bool is_drained;          /* there were no more when ENet took the last ones */
	size_t queued_bytes;      /* given to ENet, which has not sent them */
	struct _ENetPeer *served; /* to whom the last state is, which ENet has not sent; or NULL */
	size_t served_bytes;      /* of those queued, its states */
	unsigned waiting_count;   /* to whom ENet has something to send, */
	struct _ENetPeer *waiting[SERVER_WAITING_PEERS];
	bool has_others; /* and maybe to others */
	bool is_behind;  /* more has come in than the last turn took */
	bool is_stopping;
	int64_t stop_by_ns;
};

/*
 * Opens the socket and makes the rooms' relay. `config` must outlive the server. 0, or a negative
 * errno value with a sentence in `error`.
 */
int server_init(struct server *server, const struct config *config, char error[SERVER_ERROR_BYTES]);

/* Whether `config` can be served, as far as is known without opening anything. */
bool server_check(const struct config *config, char error[SERVER_ERROR_BYTES]);

/* The server's `config` has changed, in what may change while it runs (config_take). */
void server_retune(struct server *server);

/* Cuts all connections and frees everything. Accepts a server that is all zero. */
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
 * Sleeps until something comes in, `until_ns`, or a signal. While no flush could use it, it does
 * not wake for what comes in, for as long as schedule_coalesces_until_ns allows.
 */
void server_wait(struct server *server, int64_t until_ns);

/* Says GOODBYE to all, and to whoever comes now. Go on with server_turn until server_has_stopped.
 */
void server_stop(struct server *server, int64_t now_ns);

/* All have gone, or those that do not answer have had their time. */
bool server_has_stopped(const struct server *server, int64_t now_ns);

/* The most reliable bytes that wait for any one client now, sent or not; for tests of the limit. */
size_t server_backlog_bytes(const struct server *server);

/*
 * Writes its report (report.h). `impaired`: the net it runs on, if it is such; else NULL. False: no
 * memory.
 */
bool server_report(const struct server *server, struct impaired_net *impaired, FILE *out,
		   bool json);

#endif
