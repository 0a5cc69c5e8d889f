/*
 * polling: four clients that want to know where a bird is, each in a process of its own and behind
 * a link of its own, and their server: HTTP with a connection for each question, HTTP on one
 * connection, a game's own TCP connection, and UDP.
 *
 * The sockets are the kernel's own, so are TCP's retransmissions. The links stand between two
 * network namespaces (proto/net/netns), which this machine may not permit; without them all are on
 * the loopback. The bird moves POLLING_HZ times a second, and ages count from such a move.
 */
#ifndef STARLING_CLIENT_TOUR_CHAPTERS_POLLING_H
#define STARLING_CLIENT_TOUR_CHAPTERS_POLLING_H

#include <stdbool.h>
#include <stdint.h>

#include "client/tour/actor.h"

enum {
	POLLING_HZ = 20,        /* a client that asks does so no more often */
	POLLING_QUESTIONS = 10, /* of each client */
};

enum polling_way {
	POLLING_HTTP_NEW = 0, /* a connection for each question */
	POLLING_HTTP_KEPT,
	POLLING_TCP,
	POLLING_UDP,
	POLLING_WAYS,
};

enum polling_task {
	POLLING_ASK = 0, /* each asks POLLING_QUESTIONS times */
	POLLING_WATCH, /* by HTTP they ask over and over; on TCP and UDP the server sends each move
			*/
};

struct polling {
	struct actor actor;            /* starts the processes, and ends them with itself */
	struct polling_shared *shared; /* what they note */
	bool has_links;
	int64_t end_ns; /* 0: it goes on */
};

struct polling_figures {
	unsigned answers; /* and positions that were sent unasked */
	unsigned waits;   /* how often the client had to wait for the server before it went on */
	double spent_ms;  /* for all questions, their connections included */
	/* Packets of IP on the client's link, both ways. 0 without links. */
	unsigned packets, lost, bytes;
	/* Ages of the newest position that the client knows, from the first one on. */
	double age_ms, mean_age_ms, worst_age_ms;
	bool has_done; /* all questions have an answer */
};

/*
 * Starts them. `link` is each link's text, for either direction (proto/net/link/link_model.h). 0,
 * or a negative errno value.
 */
int polling_start(struct polling *polling, enum polling_task task, const char *link);

struct polling_figures polling_figures(const struct polling *polling, enum polling_way way);

/* Ends the processes. The figures stay. */
void polling_stop(struct polling *polling);

/* Frees what polling_start took, after polling_stop. Allowed when that has failed. */
void polling_free(struct polling *polling);

#endif
