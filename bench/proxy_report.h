/*
 * proxy_report: what the proxy counted, as a table or as one line of JSON.
 */
#ifndef STARLING_BENCH_PROXY_REPORT_H
#define STARLING_BENCH_PROXY_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/net/impair.h"
#include "proto/net/net.h"

/* One direction: what came, and what the lines did with it. */
struct proxy_way {
	uint64_t datagrams, bytes; /* in: from clients; out: to clients */
	struct impair_stats line;
};

struct proxy_counts {
	double seconds;
	uint64_t clients;   /* addresses ever served; one that comes back counts again */
	uint64_t evicted;   /* for a newer one, being idle for long */
	uint64_t refused;   /* datagrams of clients for whom there was no place or no socket */
	uint64_t strangers; /* datagrams to a client's socket that were not the server's */
	uint64_t overflown; /* datagrams that there was no room to hold */
	struct proxy_way in, out;
	struct net_stats net; /* of the socket that listens */
};

/* Writes and flushes. */
void proxy_report(FILE *out, const struct proxy_counts *counts, bool as_json);

#endif
