/*
 * load_relay: the relay that runs already and that `load` is pointed at: where it is, and whose.
 */
#ifndef STARLING_BENCH_LOAD_RELAY_H
#define STARLING_BENCH_LOAD_RELAY_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/servers/run.h"
#include "bench/servers/target.h"
#include "bench/load/generator.h"
#include "proto/net/endpoint.h"
#include "proto/net/lookup.h"
#include "proto/net/net.h"

enum {
	LOAD_RELAY_ERROR_BYTES = TARGET_ERROR_BYTES + ENDPOINT_ERROR_BYTES,
};

struct load_relay {
	/* As the flags say. */
	const char *text; /* NULL: there is none, one is started */
	unsigned pid;     /* 0: it was not said */
	bool is_operator; /* who runs the bench operates the relay */

	/* The relay that `text` names. */
	struct net_address list[LOOKUP_ADDRESSES_MAX];
	size_t count;
};

/*
 * Looks it up, and points `base`, which has its kind, at its first address. 0, or the exit status
 * with the sentence in `error`: there is no such host or process, or it must not be loaded.
 */
int load_relay_read(struct load_relay *relay, struct generator_config *base,
		    char error[static LOAD_RELAY_ERROR_BYTES]);

/*
 * Points `base` at the first of several addresses that takes two members; of one alone it is not
 * asked. 0, or 1 with the sentence in `error`. Ends early, with 0, when the ground is over.
 */
int load_relay_find(const struct load_relay *relay, const struct run_ground *ground,
		    struct generator_config *base, char error[static LOAD_RELAY_ERROR_BYTES]);

#endif
