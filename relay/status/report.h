/*
 * report: time, uptime, rooms and counters of the relay, on SIGUSR1 and at its end: as a table for
 * people, or as one line of JSON for programs.
 */
#ifndef STARLING_RELAY_STATUS_REPORT_H
#define STARLING_RELAY_STATUS_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/net/link/impaired_net.h"
#include "proto/net/net.h"
#include "proto/enet/guard/guard.h"
#include "proto/enet/pool.h"
#include "relay/relay.h"

enum {
	REPORT_ROOMS_MAX = 64, /* listed by name; the others are counted */
};

/* The process's work so far. */
struct report_work {
	uint64_t turns;                      /* of the server's loop */
	uint64_t cpu_user_us, cpu_system_us; /* the process's processor time */
	uint64_t dropped_by_enet;            /* messages that ENet took and did not send */
	struct guard_stats guard;            /* datagrams that ENet did not get, and cookies */
	struct pool_counts allocations;      /* ENet's */
};

struct report {
	int64_t uptime_ns;
	const struct relay *relay;
	const struct net_stats *net;
	const struct report_work *work;
	const struct impaired_net_stats *impaired; /* NULL: no link is impaired */
};

/* False: no memory, and the report is not whole. */
bool report_print(FILE *out, bool json, const struct report *report);

#endif
