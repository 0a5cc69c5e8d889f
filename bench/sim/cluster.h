/*
 * cluster: a relay's own worker and any number of the library's own clients on one simulated
 * network, in virtual time. They are the objects of the programs; only the net below ENet is
 * another (sim.h).
 *
 * Time jumps to the next thing that is due: a datagram's arrival, or what the relay or a client
 * said that it wants to do by itself. Everything follows from the configuration and the seed.
 *
 * Each client is on a host of its own, with a link of its own in each direction. Hosts can be cut
 * off, paused (the process stalls; datagrams wait in its socket), moved to another address (as by a
 * NAT), and the relay can be stopped and started again.
 *
 * One cluster at a time in a thread: it is the thread's net while it exists.
 */
#ifndef STARLING_BENCH_CLUSTER_H
#define STARLING_BENCH_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/lib/starling.h"
#include "proto/net/link/link_model.h"
#include "proto/net/net.h"
#include "proto/net/sim/sim.h"
#include "relay/config.h"
#include "relay/server.h"

enum {
	CLUSTER_PORT = 7777,
};

/* The relay's address, in host byte order. Client n is at CLUSTER_CLIENT_HOSTS + n until it moves.
 */
#define CLUSTER_RELAY_HOST   UINT32_C(0x0a000001)
#define CLUSTER_CLIENT_HOSTS UINT32_C(0x0a010000)

/* One direction of a client's link. */
struct cluster_link {
	struct link_model_spec spec;
	struct link_model impair;
};

struct cluster_client {
	struct starling *session; /* NULL: not open */
	uint32_t host;            /* its address now, network byte order */
	struct cluster_link up, down;
	size_t path_bytes; /* no longer datagram passes either link, UDP payload; 0: any does */
	bool is_cut, is_paused;
	int64_t due_ns; /* when it wants its next turn */
	unsigned moves;
};

/* Sees every datagram as it enters the network, with what becomes of it: NULL if it is lost. */
typedef void cluster_tap_function(void *context, const struct sim_datagram *datagram,
				  const struct sim_fate *fate);

/* Sees a client right after its turn, when its session has taken what had arrived. */
typedef void cluster_turn_function(void *context, size_t client);
/* Sees the relay right after its turn. */
typedef void cluster_relay_turn_function(void *context);

struct cluster {
	uint64_t seed;
	struct sim *sim;
	struct config relay_config;
	struct server relay;
	bool is_relay_up, is_relay_paused, is_relay_cut;
	int64_t relay_due_ns;
	uint64_t relay_starts;
	struct cluster_client *clients;
	size_t client_count;
	uint64_t digest; /* of every datagram: time, addresses, bytes (FNV-1a, 64 bits) */
	uint64_t datagrams, bytes, down_bytes; /* down: those from the relay */
	cluster_tap_function *tap;
	void *tap_context;
	cluster_turn_function *after_turn;
	cluster_relay_turn_function *after_relay_turn;
	void *turn_context;
};

/*
 * Makes the network, starts the relay, and makes `clients` closed clients with perfect links.
 * `config` is copied; its host is the cluster's, its port CLUSTER_PORT. NULL: there is no relay,
 * only the links, for sockets that the caller opens at the hosts' addresses and serves himself.
 * False: `error` says why.
 */
bool cluster_init(struct cluster *cluster, uint64_t seed, const struct config *config,
		  size_t clients, char error[SERVER_ERROR_BYTES]);

/* Closes everything at once. Accepts a cluster that is all zero. */
void cluster_fini(struct cluster *cluster);

/*
 * Sets the client's links from now on. NULL: as it is. A link that is set begins anew: the
 * times of its changes count from now, and the next datagram is its first.
 */
void cluster_set_links(struct cluster *cluster, size_t client, const struct link_model_spec *up,
		       const struct link_model_spec *down);

/* Opens a client's session. `config`'s host and port are the cluster's. False when it cannot. */
bool cluster_open(struct cluster *cluster, size_t client, const struct starling_config *config);

/* Ends a client's process: with a farewell, or (is_killed) without a word. */
void cluster_close(struct cluster *cluster, size_t client, bool is_killed);

/*
 * Until it is taken back: nothing comes from or to the client's host; its process, or the relay's,
 * gets no turn.
 */
void cluster_cut(struct cluster *cluster, size_t client, bool is_cut);
void cluster_pause(struct cluster *cluster, size_t client, bool is_paused);
void cluster_pause_relay(struct cluster *cluster, bool is_paused);

/* The client's host has another address from now on; datagrams to the old one are gone. */
void cluster_move(struct cluster *cluster, size_t client);

/* Ends the relay's process without a word, and starts another on the same address. */
void cluster_restart_relay(struct cluster *cluster);

/* Lets time pass until `until_ns`, and everything happen that is due by then. */
void cluster_run(struct cluster *cluster, int64_t until_ns);

/* The client wants a turn now, because something was published or sent through its session. */
void cluster_wake(struct cluster *cluster, size_t client);

/* The virtual time. */
int64_t cluster_now_ns(const struct cluster *cluster);

#endif
