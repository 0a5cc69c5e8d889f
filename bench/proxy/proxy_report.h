/*
 * proxy_report: what the proxy counted, as a table or as one line of JSON.
 */
#ifndef STARLING_BENCH_PROXY_REPORT_H
#define STARLING_BENCH_PROXY_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/net/link/link_model.h"
#include "proto/net/net.h"

/*
 * One direction: what came, and what became of it. In a report each datagram is in one of these:
 * came + doubled = refused, looped (in) or strangers (out) + lost + lost_blackout + lost_queue +
 * overflown + under_way + sent + unsendable + congested.
 */
struct proxy_way {
	uint64_t datagrams, bytes; /* in: from clients; out: to clients */
	struct link_model_stats line;
	uint64_t came;       /* whatever the kernel gave us */
	uint64_t overflown;  /* there was no room to hold them */
	uint64_t under_way;  /* now */
	uint64_t sent;       /* on to the other side */
	uint64_t unsendable; /* the kernel refused to: no route, a size that the path does not take
			      */
	uint64_t congested;  /* the kernel had no room for them */
};

struct proxy_counts {
	double seconds;
	uint64_t clients;   /* addresses ever served; one that comes back counts again */
	uint64_t evicted;   /* for a newer one, being idle for long */
	uint64_t refused;   /* datagrams of clients for whom there was no place or no socket */
	uint64_t strangers; /* datagrams to a client's socket that were not the server's */
	uint64_t looped;    /* datagrams that came back from a socket of ours */
	uint64_t overflown; /* datagrams that there was no room to hold, both ways */
	uint64_t late_p99_us,
		late_max_us; /* after its due time a datagram was handed on; 0: no delays */
	struct proxy_way in, out;
	struct net_stats net; /* of all sockets */
};

void proxy_report(FILE *out, const struct proxy_counts *counts, bool as_json);

#endif
