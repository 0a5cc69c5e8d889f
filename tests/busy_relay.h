/*
 * busy_relay: rooms of members on the simulated network whose relay is slow: each datagram that it
 * takes or sends, and each look at the clock, of which there is one for each message that it takes,
 * costs it virtual time, in which it does nothing else. So it can be given more than it can carry,
 * and what becomes of that is the same on any machine.
 *
 * What it sends leaves, as on a real socket, with the flush, one datagram after the other; what
 * comes meanwhile waits in its queue, and keeps the time at which it came. Every member stands on a
 * line at its number, and publishes its one entity steadily.
 *
 * One at a time in a thread, as of worlds. For cmocka tests: what must not happen fails the test.
 */
#ifndef STARLING_TESTS_BUSY_RELAY_H
#define STARLING_TESTS_BUSY_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/world.h"

enum {
	BUSY_MEMBERS_MAX = 320,
	BUSY_QUEUE = 2 * SIM_INBOX_DATAGRAMS,
};

struct busy_relay {
	struct world world;
	struct net net;
	size_t room_members, count; /* in each room; in all: the world's clients */
	double rate_hz;             /* of each member's updates; 0: none */
	/* What a datagram in, one out, and a look at the clock cost the relay. */
	int64_t in_ns, out_ns, look_ns;
	/* Its state: while in a turn, how far ahead of the network's time it is. */
	bool is_in_turn;
	int64_t ahead_ns, free_ns, due_ns, spent_ns;
	/* When what lies in its queue came, and when the newest that it took did. */
	int64_t came_ns[BUSY_QUEUE], taken_came_ns;
	size_t came_first, came_count;
	struct busy_letter *first, **last; /* what it has not sent yet */
	struct starling_config session;    /* of each member */
	unsigned leaves;                   /* of members, so far */
	struct busy_member {
		uint32_t id;               /* 0: not in its room */
		int64_t joined_ns, due_ns; /* when it publishes next */
		uint64_t published;
	} members[BUSY_MEMBERS_MAX];
};

/*
 * Opens a relay that costs nothing yet, and `rooms` rooms of so many members, who are in when it
 * returns. `session` is what each opens with; room and name are set.
 */
void busy_relay_open(struct busy_relay *busy, const struct config *config, size_t rooms,
		     size_t room_members, const struct starling_config *session);

/* Lets everyone live, and publish, for so long. */
void busy_relay_run_ms(struct busy_relay *busy, unsigned ms);

/* A member leaves its room with a farewell, or comes back to it. */
void busy_relay_leave(struct busy_relay *busy, size_t member);
void busy_relay_join(struct busy_relay *busy, size_t member);

/*
 * How old the oldest state is that some member has of another in its room, in milliseconds: since
 * it was published. Who sees nobody, or, with STARLING_ALL, not everybody, counts as INT64_MAX; but
 * for those who have just come.
 */
int64_t busy_relay_oldest_ms(const struct busy_relay *busy);

/* Lets everyone live for so long, and says how old the oldest was in it. */
int64_t busy_relay_watch_ms(struct busy_relay *busy, unsigned ms);

/* How many datagrams wait in the relay's queue. */
size_t busy_relay_queue(const struct busy_relay *busy);

/* Ends it. The relay's ledger must balance, and nobody may have been sent away. */
void busy_relay_close(struct busy_relay *busy);

#endif
