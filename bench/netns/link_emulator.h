/*
 * link_emulator: the link between the network namespaces of a live room's members and of its relay:
 * a process that reads each IP packet from the tunnel at one end (tunnel.h) and writes it to the
 * other when the member's own link lets it pass.
 */
#ifndef STARLING_BENCH_LINK_EMULATOR_H
#define STARLING_BENCH_LINK_EMULATOR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/netns/member_links.h"

struct link_emulator_config {
	size_t members;
	const struct link_model_spec *line; /* each member's, each way */
	uint64_t seed;
	int tunnels[MEMBER_LINKS_WAYS];    /* where packets go up, and down, from; -1: none */
	int namespaces[MEMBER_LINKS_WAYS]; /* the tunnels' */
};

/* In memory that the processes of one run share. */
struct link_emulator_shared {
	/* Set by the members: when the links begin anew, for all carriers at the same place. */
	_Atomic int64_t start_ns; /* 0: not yet */
	/* Set by the emulator, all the time: what entered the links. */
	_Atomic uint64_t datagrams, bytes;
	/* Set as it ends. */
	struct link_emulator_result {
		bool is_done;
		struct link_model_stats up, down;
		uint64_t drops;      /* by the kernel, for lack of room in a tunnel */
		uint64_t overflown;  /* for lack of the emulator's own room */
		int64_t late_p99_us; /* how much after its time a packet was handed on */
	} result;
};

/*
 * Runs until SIGTERM, then fills in shared->result, whose is_done stays false when there was no
 * memory to begin. Meant for a process of its own.
 */
void link_emulator_run(const struct link_emulator_config *config,
		       struct link_emulator_shared *shared);

#endif
