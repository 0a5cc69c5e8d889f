/*
 * pacer: when the next flush may begin. It keeps flushing to a stated share of a core by its own
 * clock, the cost of the flush before: after one that took `d` the next begins no sooner than
 * d * (1 - f) / f later, so that flushing takes the share f of the time at most. While that rests,
 * newer states replace those that wait, so that a crowded room sends less often just as far as it
 * must, and one that costs little is hardly held up at all. Under load latency gives way, not CPU.
 *
 * One bound goes before it: no state waits longer than the longest delay, whatever that costs.
 *
 * It cannot swing. The longer the rest, the more waits and the dearer the next flush; as long as
 * the whole crowd's flush is bounded, each rest is nearer to where it settles than the one before,
 * from the same side. So nothing is averaged, and one flush after a step of the load it is known.
 *
 * Rules on the caller's clock, in nanoseconds; a struct that is all zero never holds anything up.
 */
#ifndef STARLING_RELAY_PACER_H
#define STARLING_RELAY_PACER_H

#include <stdint.h>

struct pacer {
	double rest_ratio;     /* rest for each nanosecond of flushing: (1 - f) / f */
	int64_t max_delay_ns;  /* no state waits longer */
	int64_t rest_until_ns; /* when the last flush has been made up for */
};

/* `share` is f, above 0 and at most 1, which is no rest at all. */
void pacer_init(struct pacer *pacer, double share, int64_t max_delay_ns);

/*
 * When what has waited since `since_ns` may be flushed, at the latest max_delay_ns after that;
 * `since_ns` itself when nothing holds it up.
 */
int64_t pacer_due_ns(const struct pacer *pacer, int64_t since_ns);

/* A flush ended at `end_ns`; it took `cost_ns`, of which less than 0 counts as 0. */
void pacer_spend(struct pacer *pacer, int64_t cost_ns, int64_t end_ns);

#endif
