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
struct sessions;

/* Counts of what has reached members, and of what they sent. */
struct generator_traffic {
	uint64_t datagrams, bytes, own_drops;
};

struct driver {
	size_t bytes; /* of one member's in g->connections, zeroed at first; 0: it keeps none */
	/* Before the first is started; may be NULL. 0, or -1 with generator_fail. */
	int (*open)(struct generator *g);
	/* Starts to join, one member after the other. 0, or -1 with generator_fail. */
	int (*start)(struct generator *g, unsigned member);
	int (*descriptor)(struct generator *g, unsigned member);
	/* Whether members share descriptors, those who started one after another; NULL: not. */
	bool (*is_shared)(const struct generator *g);
	void (*send)(struct generator *g, unsigned member, const struct update *update);
	/* An event to the others. False: it was not sent. NULL: it has none. */
	bool (*send_event)(struct generator *g, unsigned member, const void *event, size_t size);
	/*
	 * Takes what waits for the member and those who share its socket; tells of it by
	 * generator_joined, and for each datagram (or what came together) by generator_arrived,
	 * then for each update by generator_heard, or by the sink. Now and then meanwhile,
	 * generator_turned.
	 */
	void (*receive)(struct generator *g, unsigned member);
	/* Called every GENERATOR_TEND_MS for each member that has been started. */
	void (*tend)(struct generator *g, unsigned member);
	/* When it is to be tended besides, INT64_MAX: not; NULL: never. */
	int64_t (*wake_ns)(const struct generator *g, unsigned member);
	/* Adds what the member's own socket knows of. NULL: members speak through
	 * generator_ports.h, which counts. */
	void (*traffic)(struct generator *g, unsigned member, struct generator_traffic *traffic);
	/* Ends those g->started. */
	void (*close)(struct generator *g);
};

extern const struct driver driver_enet, driver_session, driver_datagram, driver_stream, driver_http,
	driver_mqtt, driver_nats;

enum {
	DRIVERS_LENGTH_BYTES = 2, /* before each frame, big endian */
};

/* Hears whole frames, each as the sink has it (driver_stream.c): how many bytes they took. */
size_t drivers_hear_frames(struct generator *g, unsigned member, const uint8_t *bytes, size_t size);

/* The sessions of driver_session, while it is open. */
struct sessions *drivers_sessions(void);

#endif
