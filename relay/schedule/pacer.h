/*
 * pacer: when the next flush may begin. It keeps flushing to a stated share f of a processor by the
 * cost of the flushes before: one that took `d` stands for d / f of time. While that passes, newer
 * states replace those that wait. So a crowded room sends less often just as far as it must: under
 * load latency gives way, not the processor.
 *
 * After each flush a PACER_FLUSHES-th of the time that is owed passes before the next. That makes
 * each rest the mean of what the last flushes ask for. On a machine that others use the cost
 * changes from one flush to the next, up to twofold where two processors are threads of one core;
 * the mean keeps the longest rest, and with it the longest delay, near the others.
 *
 * The share is what flushing may take, not what it has to. As long as nothing is delayed by rest
 * and flush for more than PACER_EASY_US, it takes PACER_THRIFT of the share: a player does not see
 * the delay, and others can use the time. A dearer flush stands for no more time than keeps that
 * delay, and for more only with all of its share. Where one flush keeps the delay and others come
 * between, as with several rooms, flushing takes the more of the share the longer the delay, and
 * all of it for states that are delayed PACER_UNEASY longer than is easy. (With a step there
 * instead, rests swing between long and short.)
 *
 * A flush of a single state takes PACER_THRIFT_OF_ONE instead: waiting has brought nothing together
 * yet. So a small room is relayed at once up to twice the load from which a crowd saves as much as
 * it may.
 *
 * Time that was left unused lately counts, as far as the longest delay goes back: where flushing
 * takes less than its share, two states that come one upon the other are both sent at once. So in
 * any time T flushing takes f * (T + max_delay + what is owed) at most. (With one for PACER_FLUSHES
 * this is the generic cell rate algorithm of ITU-T I.371, whose cells are flushes that take as long
 * as they take.)
 *
 * One bound goes before the share: no state waits longer than the longest delay, whatever that
 * costs. The time that is owed is bounded by the same, so that an early flush is not asked back.
 *
 * It cannot swing. The longer the rest, the more waits and the dearer the next flush. As long as
 * the whole crowd's flush is bounded, each rest is nearer to where it settles than the one before,
 * from the same side: by a PACER_FLUSHES-th of the way. At the easy delay, the time that a crowd's
 * flush stands for hardly depends on its cost. Where several rooms are delayed for longer, that
 * time changes with the delay, which moves a rest by a PACER_FLUSHES-th of the difference.
 *
 * Rules on the caller's clock, in nanoseconds; a struct that is all zero never holds anything up.
 */
#ifndef STARLING_RELAY_SCHEDULE_PACER_H
#define STARLING_RELAY_SCHEDULE_PACER_H

#include <stddef.h>
#include <stdint.h>

enum {
	PACER_FLUSHES = 16,
	PACER_EASY_US = 2750,
};

#define PACER_THRIFT        (1.0 / 8)
#define PACER_THRIFT_OF_ONE (1.0 / 4)
#define PACER_UNEASY        (1.0 / 4)

struct pacer {
	double price;         /* time that a nanosecond of flushing stands for: 1 / f */
	int64_t max_delay_ns; /* no state waits longer */
	int64_t paid_ns;      /* when the flushes so far have been paid for, in whole */
	int64_t rested_ns;    /* when the part of that has passed for which the next flush waits */
};

/* `share` is f, above 0; 1 or more is no rest at all. */
void pacer_init(struct pacer *pacer, double share, int64_t max_delay_ns);

/*
 * When what has waited since `since_ns` may be flushed, at the latest max_delay_ns after that;
 * `since_ns` itself when nothing holds it up.
 */
int64_t pacer_due_ns(const struct pacer *pacer, int64_t since_ns);

/*
 * A flush began at `begin_ns`, of `states` states that had waited for `waited_ns` at the most; it
 * took `cost_ns`, of which less than 0 counts as 0.
 */
void pacer_spend(struct pacer *pacer, int64_t begin_ns, int64_t cost_ns, int64_t waited_ns,
		 size_t states);

#endif
