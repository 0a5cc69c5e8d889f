/*
 * generator_watch: at whose sockets the generator looks for what has come.
 *
 * At each one's, at first. But to be told of a socket takes a quarter of what it takes to be told
 * and to read a datagram, and the relay's sends pay for the telling, too. What a relay sends goes
 * to all of a room at about one time. So while the generator plays it looks at the last one of each
 * GENERATOR_WATCH_GROUP of a room: what comes there is the word that there is something for each of
 * them. What came to others alone lies in the kernel's queue until then, and keeps the time at
 * which it came there (generator_net.h). The naive relay makes its rooms of who connects one after
 * another, so there a group's members are of several rooms, and lie a little longer.
 *
 * Of a part of the room each hears at times of its own, some of them seldom. There each is read for
 * when it is tended, too (GENERATOR_TEND_MS): what the relay sends reliably, of what comes into
 * sight and goes, is acknowledged no later than that.
 *
 * That is done where the kernel notes that time of each datagram, and where nobody waits for an
 * answer: not of streams, or where all goes reliably.
 */
#ifndef STARLING_BENCH_GENERATOR_WATCH_H
#define STARLING_BENCH_GENERATOR_WATCH_H

#include <stdbool.h>
#include <stdint.h>

enum {
	GENERATOR_WATCH_GROUP = 16,
	GENERATOR_WATCH_SOCKETS = 64, /* that it is told of at a time */
	GENERATOR_WATCH_MEMBERS = GENERATOR_WATCH_SOCKETS * GENERATOR_WATCH_GROUP,
};

struct generator;
struct generator_config;

/* 0 or a negative errno value. Close accepts one that could not be opened. */
int generator_watch_open(struct generator *g);
void generator_watch_close(struct generator *g);

/* Looks at the member's socket, too, which has just been started. 0, or -1 with generator_fail. */
int generator_watch_add(struct generator *g, unsigned member);

/* Looks at one of each group, where that can be; or again at each. All have been added. */
void generator_watch_groups(struct generator *g);
void generator_watch_each(struct generator *g);

/* Whether a member is to be read for when it is tended, as its group's last may hear of nothing. */
bool generator_watch_is_tended(const struct generator *g);

/* How often each member is tended: seldom, while what goes reliably are pings alone. */
int64_t generator_watch_tend_ns(const struct generator *g);

/*
 * Waits for so long until something has come, and says to whom: how many members, or -1. Each is to
 * take what is there for it, which may be nothing.
 */
int generator_watch_wait(const struct generator *g, unsigned members[GENERATOR_WATCH_MEMBERS],
			 int64_t wait_ns);

/* The first and the last member of this one's group; between them, every rooms-th is of it. */
unsigned generator_watch_first(const struct generator_config *config, unsigned member);
unsigned generator_watch_last(const struct generator_config *config, unsigned member);

#endif
