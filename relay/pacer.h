/*
 * pacer: when the next flush may begin. It keeps flushing to a stated share f of a processor by its
 * own clock, the cost of the flushes before: one that began at `t` and took `d` is paid for at
 * t + d / f, and the next begins no sooner. While that rests, newer states replace those that wait,
 * so that a crowded room sends less often just as far as it must. Under load latency gives way, not
 * the processor.
 *
 * What was left unused lately counts, as far as the longest delay goes back: where flushing takes
 * less than its share, two states that happen to come one upon the other are both sent at once. So
 * in any time T flushing takes f * (T + max_delay) at most. (This is the generic cell rate
 * algorithm of ITU-T I.371, whose cells are flushes that take as long as they take.)
 *
 * One bound goes before it: no state waits longer than the longest delay, whatever that costs; and
 * what was flushed early for that is not asked back.
 *
 * It cannot swing. The longer the rest, the more waits and the dearer the next flush; as long as
 * the whole crowd's flush is bounded, each rest is nearer to where it settles than the one before,
 * from the same side. So nothing is averaged, and a step of the load is settled in a few flushes.
 *
 * Rules on the caller's clock, in nanoseconds; a struct that is all zero never holds anything up.
 */
#ifndef STARLING_RELAY_PACER_H
#define STARLING_RELAY_PACER_H

#include <stdint.h>

struct pacer {
	double price;         /* time that a nanosecond of flushing stands for: 1 / f */
	int64_t max_delay_ns; /* no state waits longer */
	int64_t paid_ns;      /* when what was flushed so far has been paid for */
};

/* `share` is f, above 0; 1 or more is no rest at all. */
void pacer_init(struct pacer *pacer, double share, int64_t max_delay_ns);

/*
 * When what has waited since `since_ns` may be flushed, at the latest max_delay_ns after that;
 * `since_ns` itself when nothing holds it up.
 */
int64_t pacer_due_ns(const struct pacer *pacer, int64_t since_ns);

/* A flush began at `begin_ns`; it took `cost_ns`, of which less than 0 counts as 0. */
void pacer_spend(struct pacer *pacer, int64_t begin_ns, int64_t cost_ns);

#endif
