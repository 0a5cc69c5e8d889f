/*
 * story: a room on a simulated network whose events follow from one seed, and the properties that
 * must always hold in it. A property test runs many stories; a failed one is repeated by its seed.
 *
 * In the first part there is trouble, as far as the plot allows it: links are impaired, members
 * join late, leave and are killed, are cut off, stall and change address, the relay dies and comes
 * back; meanwhile they publish, remove entities and send events. In the second part all trouble is
 * over and nobody sends anything new; after it all members must have the same view.
 */
#ifndef STARLING_TESTS_SIM_STORY_H
#define STARLING_TESTS_SIM_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/sim/cluster.h"
#include "tests/sim/cluster_trace.h"
#include "proto/net/random.h"

enum {
	STORY_CLIENTS_MAX = 6,
	STORY_ENTITIES_MAX = 3,
	STORY_EVENTS_MAX = 128, /* of one client */
	STORY_ERROR_BYTES = 512,
	STORY_TIMEOUT_MS = 3000, /* of the relay and of the clients */
	STORY_GRACE_MS = 2000,   /* a member that was killed is gone before the calm ends */
};

/* The kinds of trouble in a story, as bits. */
enum story_plot {
	STORY_LOSSY = 1,     /* impaired links, short of a time-out */
	STORY_CUTS = 2,      /* members are cut off, perhaps until they are lost */
	STORY_PAUSES = 4,    /* processes stall */
	STORY_MOVES = 8,     /* addresses change */
	STORY_COMINGS = 16,  /* members join late, leave, are killed, come back */
	STORY_RESTARTS = 32, /* the relay dies and comes back */
	STORY_REMOVALS = 64, /* entities are taken out, and published anew */
	STORY_STOP = 128,    /* the relay is told to stop, at any moment: the story's end */
	STORY_SIGHT = 256,   /* members choose an interest: near entities only */

	STORY_SHORT_OF_TIMEOUT = STORY_LOSSY | STORY_COMINGS | STORY_REMOVALS,
	STORY_EVERYTHING = 127,
};

/* One client: its own state, and its view of the others. */
struct story_client {
	bool is_open;
	enum starling_interest interest;
	uint32_t range; /* of it: grains, or how many */
	bool is_over;   /* the relay sent it away; its process ends at the next step */
	/* Its own entities, as it last published them. */
	struct story_own {
		bool exists;
		double x, y, z;
	} own[STORY_ENTITIES_MAX];
	uint32_t member; /* its id in the room now; 0: in none */
	uint32_t sent;   /* reliable events to all, numbered from 1 over all its stays */
	/*
	 * Events that are unacknowledged when a stay in the room ends are lost, and that is no
	 * fault. So this says for each event how many were sent in earlier stays, and `before` for
	 * the next.
	 */
	uint32_t sent_before[STORY_EVENTS_MAX], before;
	/* The events and entities that it received of each client. */
	struct story_view {
		uint32_t since;  /* the other's `sent` when this one took its WELCOME */
		uint32_t heard;  /* number of the other's last event since then */
		uint32_t member; /* under which id the entities were seen */
		struct {
			bool is_known;
			uint16_t seq;
		} entity[STORY_ENTITIES_MAX];
	} views[STORY_CLIENTS_MAX];
};

struct story {
	uint64_t seed;
	unsigned plot;
	struct random random;
	struct cluster cluster;
	struct story_client clients[STORY_CLIENTS_MAX];
	size_t client_count;
	uint64_t datagrams, events_received, welcomes,
		sent_away;             /* so that a story in which nothing happens shows */
	uint64_t digest;               /* the cluster's: of every datagram */
	struct cluster_trace trace;    /* its error; "" while it is whole */
	size_t memory_bytes;           /* in use before the cluster was made; 0: not known */
	char error[STORY_ERROR_BYTES]; /* the first property that did not hold; "" while all do */
};

/*
 * Tells the story of this seed from beginning to end, and checks on the way and at the end. True
 * when every property held; else `error` says which did not. Nothing is left to free.
 *
 * Its datagrams are written to the pcapng file `trace_path`, unless that is NULL; `trace.error`
 * says what went wrong with that, which is nothing of the story's.
 */
bool story_tell(struct story *story, uint64_t seed, unsigned plot, const char *trace_path);

/* The parts of a story, for one that is told otherwise: its cluster and `client_count` are set. */

/* Opens the client `n`, that is not open, with an interest as story_client has it. */
void story_open_client(struct story *story, size_t n, const struct starling_config *config);

/* Ends its process: with a farewell, or (is_killed) without a word. */
void story_close_client(struct story *story, size_t n, bool is_killed);

/* Has an open client send its next reliable event to all, if it is in the room. */
void story_send_event(struct story *story, size_t n);

/* Lets time pass, and checks what must hold at any time (story_check.h). */
void story_step(struct story *story, int64_t milliseconds);

/* Makes all links perfect, and lets all go on that stalled. */
void story_heal(struct story *story);

/* Heals, and waits until everyone is in and the last states have settled: `error` if not. */
void story_calm(struct story *story);

/* Bytes of the heap in use; always 0 under a sanitizer, which has a heap of its own. */
size_t story_memory_bytes(void);

#endif
