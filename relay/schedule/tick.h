/*
 * tick: when a room is flushed with `--tick HZ`, a rhythm that no load moves (alignment.h shifts it
 * a little where that saves datagrams).
 *
 * Rooms have different places in the period, so that many do not burst together; but a few places,
 * not one for each. The rooms of one turn are handed to ENet and to the kernel in one go, and both
 * cost by the turn, too: a relay with hundreds of rooms would otherwise do little else than turn.
 *
 * Rules on the caller's clock, in nanoseconds.
 */
#ifndef STARLING_RELAY_SCHEDULE_TICK_H
#define STARLING_RELAY_SCHEDULE_TICK_H

#include <stdint.h>

enum {
	TICK_SLOT_MS = 2, /* places are at least so far apart */
	TICK_REST_PART = 4,
};

/* How long a tick is. `hz` is above 0, here and below. */
int64_t tick_period_ns(double hz);

/*
 * A time in the past, or now, from which the `number`-th room (from 0 on) counts its periods.
 * `base_ns` is the same for all rooms, and not after `now_ns`.
 */
int64_t tick_phase_ns(double hz, uint64_t number, int64_t base_ns, int64_t now_ns);

/* Where in the period the ticks are that count from this phase. */
int64_t tick_place_ns(double hz, int64_t phase_ns);

/* When the first period ends that has not ended at `after_ns`, which is not before the phase. */
int64_t tick_next_ns(double hz, int64_t phase_ns, int64_t after_ns);

/*
 * When a room is due in which something waits since `since_ns`, and whose last flush began at
 * `begun_ns` and was out at `out_ns` (0: there was none): at the next tick, but half a period after
 * that began at the earliest, so that a late one is not followed by another at once; and after a
 * rest of a part (TICK_REST_PART) of what it took, in which input has its time.
 *
 * So a flush that took longer than a period, as after a pause of the machine, is not followed by a
 * rest of a whole period. Where the states that come meanwhile make the next flush as long again, a
 * relay that has time for all ticks would miss each second one for good.
 */
int64_t tick_due_ns(double hz, int64_t phase_ns, int64_t since_ns, int64_t begun_ns,
		    int64_t out_ns);

#endif
