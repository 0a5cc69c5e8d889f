/*
 * generator_watch: at whose sockets the generator looks for what has come.
 *
 * A socket that many share (generator_ports.h) is looked at by poll, as there are few of them; of
 * sockets of one member each, which are thousands, epoll tells.
 *
 * Whoever sends to a socket that somebody waits at has to wake him, and the relay's sends would pay
 * for that: in a room of 16 at 30 Hz each delay was 30 us longer. So where the kernel notes when
 * each datagram came (generator_ports.h), and nobody waits for an answer, the generator naps: it
 * sleeps for a time and then takes what there is.
 */
#ifndef STARLING_BENCH_GENERATOR_WATCH_H
#define STARLING_BENCH_GENERATOR_WATCH_H

#include <stdbool.h>
#include <stdint.h>

enum {
	GENERATOR_WATCH_TOLD = 1024, /* sockets that it says something of at a time */
};

struct generator;

/* 0 or a negative errno value. Close accepts one that could not be opened. */
int generator_watch_open(struct generator *g);
void generator_watch_close(struct generator *g);

/*
 * Looks at the member's socket, too, which has just been started: if it shares one with the member
 * before, that is looked at. 0, or -1 with generator_fail.
 */
int generator_watch_add(struct generator *g, unsigned member);

/*
 * From now on the generator naps, where sockets are shared and nothing but pings goes reliably:
 * then generator_watch_wait sleeps for the whole time, whatever comes.
 */
void generator_watch_nap(struct generator *g);

/* How often each member is tended: seldom while it naps, if members see all of their room. */
int64_t generator_watch_tend_ns(const struct generator *g);

/*
 * Waits for so long until something has come, and says to which sockets, by a member of each: how
 * many, or -1. What is there for it and those who share its socket is to be taken; it may be
 * nothing.
 */
int generator_watch_wait(struct generator *g, unsigned members[GENERATOR_WATCH_TOLD],
			 int64_t wait_ns);

#endif
