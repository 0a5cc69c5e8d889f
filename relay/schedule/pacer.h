/*
 * pacer: when the next flush may begin. It keeps flushing to a stated share f of a processor by its
 * own clock, the cost of the flushes before: one that took `d` stands for d / f of time. While that
 * passes, newer states replace those that wait, so that a crowded room sends less often just as far
 * as it must. Under load latency gives way, not the processor.
 *
 * After each flush a part of the time that is owed passes before the next: a PACER_FLUSHES-th of
 * it. That makes each rest the mean of what the flushes before it ask for, the last ones above all.
 * What a flush costs changes from one to the next on a machine that others use, too, and twofold
 * where two processors are one core's threads; the delay that is added at most is the longest rest.
 * With 16 it was a tenth lower than where each flush is paid for by its own rest, at the same cost
 * (64 members at 30 Hz; 32 took off another fiftieth).
 *
 * The share is what flushing may take, not what it has to. As long as nothing is delayed for more
 * than PACER_EASY_US (by the rest, and by the flush, which the last receiver waits for, too), it
 * takes PACER_THRIFT of that: who plays does not see the delay, and the time is others'. A dearer
 * flush, of more members or on a slower machine, stands for no more time than keeps that delay, and
 * only with all of its share for more. Where one flush keeps it and others come between, as with
 * several rooms, the more is taken the longer the delay, and all of the share for what is delayed
 * PACER_UNEASY longer than is easy. (With a step there instead, twelve rooms had now dear flushes
 * and now cheap ones, a few in a row, and rests of up to 1.7 times their mean.)
 *
 * A flush of a single state takes PACER_THRIFT_OF_ONE instead: waiting has brought nothing together
 * yet. So a small room is relayed at once up to twice the load from which a crowd, once it waits,
 * saves as much as it may: one of 16 members at 30 Hz where a flush takes up to 130 us, by default.
 *
 * What was left unused lately counts, as far as the longest delay goes back: where flushing takes
 * less than its share, two states that happen to come one upon the other are both sent at once. So
 * in any time T flushing takes f * (T + max_delay + what is owed) at most. (With one for
 * PACER_FLUSHES this is the generic cell rate algorithm of ITU-T I.371, whose cells are flushes
 * that take as long as they take.)
 *
 * One bound goes before it: no state waits longer than the longest delay, whatever that costs. What
 * is owed is bounded by the same, so that what was flushed early for it is not asked back.
 *
 * It cannot swing. The longer the rest, the more waits and the dearer the next flush; as long as
 * the whole crowd's flush is bounded, each rest is nearer to where it settles than the one before,
 * from the same side: by a PACER_FLUSHES-th of the way. At the easy delay, what a crowd's flush
 * stands for hardly depends on what it costs. Only where several rooms are delayed for longer than
 * that, it changes with the delay, which moves a rest by a PACER_FLUSHES-th of what lies between.
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
	int64_t paid_ns;      /* when what was flushed so far has been paid for, in whole */
	int64_t rested_ns;    /* when the part of it has passed that the next flush waits for */
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
