/*
 * live_link: the link of a live trial (proto/net/netns/link_emulator.h), which begins anew when the
 * members publish, so that each carrier meets the same luck.
 */
#ifndef STARLING_BENCH_LIVE_LINK_H
#define STARLING_BENCH_LIVE_LINK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/net/netns/link_emulator.h"
#include "proto/net/netns/network.h"

/* In memory that the processes of one run share. */
struct live_link_shared {
	/* Set by the members: when the links begin anew, for all carriers at the same place. */
	_Atomic int64_t start_ns; /* 0: not yet */
	/* Set by the link, all the time: what entered it. */
	_Atomic uint64_t datagrams, bytes;
	/* Set as it ends. */
	struct live_link_result {
		bool is_done;
		struct link_model_stats up, down;
		uint64_t drops;      /* by the kernel, for lack of room in a tunnel */
		uint64_t overflown;  /* for lack of the emulator's own room */
		int64_t late_p99_us; /* how much after its time a packet was handed on */
	} result;
};

/*
 * Runs until SIGTERM, then fills in shared->result, whose is_done stays false when there was no
 * memory to begin. `networks` are those of the tunnels; `config` has no watch of its own. Meant
 * for a process of its own.
 */
void live_link_run(struct link_emulator_config *config,
		   const struct network networks[MEMBER_LINKS_WAYS],
		   struct live_link_shared *shared);

#endif
