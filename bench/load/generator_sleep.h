/*
 * generator_sleep: when the generator sleeps until something is due or comes, and when it looks
 * without sleeping, as it may where it has a processor of its own.
 *
 * Where it naps (generator_watch.h) it does so for GENERATOR_NAP_NS at most, as ENet's
 * acknowledgements wait that long. Elsewhere it looks on for GENERATOR_LOOK_AGAIN_NS after
 * something came: to fall asleep between two datagrams of a flush, and be woken, takes longer than
 * to read them, and the relay's sends would pay for each waking.
 *
 * A sleep ends late by as long as a waking takes, and what is sent after it is late: tens of
 * microseconds, which stand in each delay, of every contender. So where its sends are seldom it
 * wakes GENERATOR_WAKE_EARLY_NS before each, and looks until it is due; in that it spends a
 * GENERATOR_AWAKE_PART-th of its processor at the most.
 *
 * Sends that are nearer than GENERATOR_SLEEP_MIN_NS go together, so late at most: falling asleep
 * and waking for each took a tenth of the processor at 80,000 a second.
 */
#ifndef STARLING_BENCH_GENERATOR_SLEEP_H
#define STARLING_BENCH_GENERATOR_SLEEP_H

#include "bench/load/generator_line.h"
#include "bench/load/generator_watch.h"

enum {
	GENERATOR_SLEEP_MIN_NS = 40000,
	GENERATOR_NAP_NS = 500000,
	GENERATOR_LOOK_AGAIN_NS = 50000,
	GENERATOR_WAKE_EARLY_NS = 150000,
	GENERATOR_AWAKE_PART = 10,
};

/* Something came. */
void generator_sleep_note_arrival(struct generator *g, int64_t time_ns);

/* How long to sleep at that time, when something is due then; 0: not at all. */
int64_t generator_sleep_ns(const struct generator *g, int64_t time_ns, int64_t due_ns);

/*
 * Waits until something comes, is due, or is to be looked for again. As generator_watch_wait; what
 * it looked for in vain counts as idle time.
 */
int generator_sleep(struct generator *g, unsigned members[GENERATOR_WATCH_TOLD], int64_t due_ns);

#endif
