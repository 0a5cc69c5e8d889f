/*
 * cluster_trace: writes every datagram of a cluster to a pcapng file, for Wireshark and tshark.
 *
 * It is as a capture at both ends of each line. The interface "sent" has every datagram as it
 * leaves; its comment says how long it will take ("takes 40.000 ms"), that a copy will come too, or
 * that it is "lost on the link". The interface "arrived" has each datagram, and each copy, as it
 * comes to where it was sent; its comment says how long it took, and whether it was in vain
 * because nobody has that address any more or the receiver's buffer was full. Both carry one id
 * (frame.packet_id; its low bits are the IPv4 identification too). Times are virtual, in
 * nanoseconds, and never go back in the file; the relay is 10.0.0.1, client n is 10.1.0.n. Useful
 * filters:
 *
 *	frame.interface_name == "arrived" && ip.addr == 10.1.0.2     what client 2 saw
 *	frame.comment contains "lost"                                what was lost
 */
#ifndef STARLING_TESTS_SIM_CLUSTER_TRACE_H
#define STARLING_TESTS_SIM_CLUSTER_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/sim/cluster.h"

enum {
	CLUSTER_TRACE_ERROR_BYTES = 512,
};

struct cluster_trace {
	struct cluster *cluster; /* NULL: not started */
	const char *path;
	FILE *file;
	char error[CLUSTER_TRACE_ERROR_BYTES];
};

/*
 * Begins the file, over one of that name if there is one, and takes the cluster's tap and the ends
 * of its sim until the stop. `cluster` and `path` must outlive it. False: it cannot, `error` says
 * why.
 */
bool cluster_trace_start(struct cluster_trace *trace, struct cluster *cluster, const char *path);

/*
 * Ends the file; the cluster goes on without it. Call it before cluster_fini. True when the file
 * holds everything since the start; else `error` is a sentence that says what is missing and why.
 * One that was not started is fine.
 */
bool cluster_trace_stop(struct cluster_trace *trace);

#endif
