/*
 * medium: what stands between the members of a live room and its relay, in a process of its own,
 * and makes the lines bad: a proxy for UDP, a proxy for TCP with a model of what a loss does to a
 * stream, or the wire between two tunnels. Each member has a line of its own, each way.
 *
 * Everything it needs is made before the process is: so nothing is left to fail but the run.
 */
#ifndef STARLING_BENCH_MEDIUM_H
#define STARLING_BENCH_MEDIUM_H

#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/measure/hist.h"
#include "bench/netns/lanes.h"
#include "bench/sim/trial.h"

enum medium_kind {
	MEDIUM_DATAGRAMS, /* a UDP proxy */
	MEDIUM_STREAMS,   /* a TCP proxy over stream.h */
	MEDIUM_PACKETS,   /* between two tunnels */
};

enum {
	MEDIUM_ERROR_BYTES = 320,
};

struct medium_config {
	enum medium_kind kind;
	size_t members;
	const struct link_model_spec *line; /* each member's, each way */
	uint64_t seed;
	bool is_nagle;                    /* MEDIUM_STREAMS: Nagle's rule, on either side */
	struct sockaddr_in relay;         /* both proxies: where to */
	int listening[TRIAL_MEMBERS_MAX]; /* both proxies: for each member */
	int tunnels[LANES_WAYS];          /* MEDIUM_PACKETS: where packets go up, and down, from */
	int namespaces[LANES_WAYS];       /* the tunnels' */
};

/* In memory that the processes of one run share. */
struct medium_shared {
	/* Set by the members: when the lines begin anew, for all carriers at the same place. */
	_Atomic int64_t start_ns; /* 0: not yet */
	/* Set by the medium, all the time: what entered the lines. */
	_Atomic uint64_t datagrams, bytes;
	/* Set as it ends. */
	struct medium_result {
		bool is_done;
		struct link_model_stats up, down;
		uint64_t drops;      /* by the kernel, for lack of room */
		uint64_t overflown;  /* for lack of the medium's own room */
		int64_t late_p99_us; /* how much after its time a datagram was handed on */
	} result;
};

/*
 * Opens a socket on 127.0.0.1 for each member, into `config`, whose kind and members are set;
 * `ports` are where. 0, or -1 with a sentence in `error`, and nothing is open.
 */
int medium_listen(struct medium_config *config, uint16_t ports[static TRIAL_MEMBERS_MAX],
		  char error[static MEDIUM_ERROR_BYTES]);

/* Closes what medium_listen opened. */
void medium_close(struct medium_config *config);

/*
 * Runs until SIGTERM, then fills in shared->result, whose is_done stays false if it could not
 * begin: no memory, or no sockets. Meant for a process of its own.
 */
void medium_run(const struct medium_config *config, struct medium_shared *shared);

#endif
