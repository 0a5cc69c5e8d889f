/* counts: a copy of all that a relay counts, as of one moment. */
#ifndef STARLING_RELAY_STATUS_COUNTS_H
#define STARLING_RELAY_STATUS_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/enet/guard/guard.h"
#include "proto/enet/pool.h"
#include "proto/net/link/impaired_net.h"
#include "proto/net/net.h"
#include "proto/web/web.h"
#include "relay/duration_histogram.h"
#include "relay/room/accounting.h"

enum counts_peer {
	COUNTS_HALF_OPEN,
	COUNTS_GREETING,
	COUNTS_MEMBER,
	COUNTS_DISCONNECTING,
	COUNTS_PEER_STATES,
};

const char *counts_peer_name(unsigned state);

struct counts {
	uint64_t rooms, members, absent;    /* now; members with the absent */
	uint64_t peers[COUNTS_PEER_STATES]; /* connections, now */
	struct accounting accounting;
	struct net_stats net;
	struct guard_stats guard;            /* datagrams that ENet did not get, and cookies */
	struct pool_counts allocations;      /* ENet's */
	uint64_t turns;                      /* of the server's loop */
	uint64_t cpu_user_us, cpu_system_us; /* the process's processor time */
	uint64_t dropped_by_enet;            /* messages that ENet took and did not send */
	uint64_t log_dropped, log_left_out;
	struct duration_histogram flush, lateness;
	bool is_impaired, has_web; /* what follows counts */
	struct impaired_net_stats impaired;
	struct web_stats web;
};

#endif
