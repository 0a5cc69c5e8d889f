/*
 * drivers: how one member of the generator speaks a protocol; one table of functions for each.
 */
#ifndef STARLING_BENCH_DRIVERS_H
#define STARLING_BENCH_DRIVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/load/update.h"

struct generator;

/* What has reached members, and what they sent. */
struct generator_traffic {
	uint64_t datagrams, bytes, own_drops, sent;
};

struct driver {
	size_t bytes; /* of one member's in g->connections, zeroed at first */
	/* Before the first is started; may be NULL. 0, or -1 with generator_fail. */
	int (*open)(struct generator *g);
	/* Starts to join, one member after the other. 0, or -1 with generator_fail. */
	int (*start)(struct generator *g, unsigned member);
	int (*descriptor)(struct generator *g, unsigned member);
	/* Whether members share descriptors, those who started one after another; NULL: not. */
	bool (*is_shared)(const struct generator *g);
	void (*send)(struct generator *g, unsigned member, const struct update *update);
	/*
	 * Takes what waits for the member and those who share its socket; tells of it by
	 * generator_joined, and for each datagram (or what came together) by generator_arrived,
	 * then for each update by generator_heard. Now and then meanwhile, generator_turned.
	 */
	void (*receive)(struct generator *g, unsigned member);
	/*
	 * Called every GENERATOR_TEND_MS for each member that has been started, or every
	 * GENERATOR_TEND_SELDOM_MS (generator_watch_tend_ns).
	 */
	void (*tend)(struct generator *g, unsigned member);
	/* Adds what the member's own socket knows of. NULL: members speak through
	 * generator_ports.h, which counts. */
	void (*traffic)(struct generator *g, unsigned member, struct generator_traffic *traffic);
	/* Ends those g->started. */
	void (*close)(struct generator *g);
};

extern const struct driver driver_enet, driver_socket, driver_mqtt, driver_nats;

#endif
