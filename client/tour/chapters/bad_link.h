/*
 * bad_link: a process that hands datagrams on to an address, and its answers back, and does to them
 * what a link model decides (proto/net/link/link_model.h), or what a plan says.
 */
#ifndef STARLING_CLIENT_TOUR_CHAPTERS_BAD_LINK_H
#define STARLING_CLIENT_TOUR_CHAPTERS_BAD_LINK_H

#include "client/tour/actor.h"

enum {
	BAD_LINK_HOLD_MS = 40, /* for so long a datagram is held back */
	BAD_LINK_UPDATE_MAX = 31,
	BAD_LINK_LOST = 2, /* updates that a plan loses */
	BAD_LINK_SEEN_MAX = 64,
};

/*
 * With its seed, the link loses the second datagram, doubles the third, and holds the fourth back;
 * it hands on the first and the fifth at once.
 */
extern const char *const bad_link_text;

/*
 * Starts it; `to` must not change while it runs. Its own address, to send to, is stored in `link`.
 * 0, or a negative errno value. Stop it with actor_stop.
 */
int bad_link_start(struct actor *actor, const struct sockaddr_in *to, struct sockaddr_in *link);

/*
 * The fate of updates: messages "update N" in ENet's datagrams. All other datagrams, and all
 * that go back, have the delay alone.
 */
struct bad_link_plan {
	int delay_ms;            /* of every datagram, each way */
	int lost[BAD_LINK_LOST]; /* updates that are lost when they pass for the first time */
	int late;                /* one that is handed on only right behind the next update */
};

/* bad_link_start with a plan in place of the model. */
int bad_link_start_planned(struct actor *actor, const struct sockaddr_in *to,
			   const struct bad_link_plan *plan, struct sockaddr_in *link);

/* A datagram that came to the link. */
struct bad_link_seen {
	int64_t ns, handed_ns; /* when it came, and left again; 0: it was lost, or is held */
	bool is_back, is_lost, is_late;
	bool is_on_channel; /* a message, or the answer to one; else the connection's own affairs */
	int kind;           /* of ENet's first command in it (enum datagram_kind); 0: none */
	uint32_t updates;   /* bit N: update N is in it */
	size_t size;
	uint8_t data[CALL_DATA_BYTES]; /* its first bytes */
};

struct bad_link_log {
	size_t count;
	struct bad_link_seen seen[BAD_LINK_SEEN_MAX];
};

/* Reads the datagrams since the last call; the plan begins anew. False: the link is gone. */
bool bad_link_look(const struct actor *actor, struct bad_link_log *log);

#endif
