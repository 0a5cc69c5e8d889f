/*
 * clock: the room's time, estimated from exchanges of timestamps with the relay.
 *
 * Pure: the caller passes every time, in microseconds. "Local" is any clock of this machine that
 * does not step; "room" is the relay's. {0} is a clock without an estimate.
 *
 * Each exchange bounds the room's clock to within half of the exchange's delay (RFC 5905, section
 * 8). The clock follows the exchange with the least error among the last CLOCK_EXCHANGES (NTP's
 * clock filter): the error is half the delay, plus CLOCK_DRIFT_PPM of the time since.
 *
 * The reading never runs backwards. It slews a difference up to CLOCK_STEP_US away at 1/16 of the
 * time passed, steps over a larger one forward, and slews a larger one backward at 1/2. The part
 * not slewed away yet belongs to the error.
 */
#ifndef STARLING_CLIENT_LIB_CLOCK_H
#define STARLING_CLIENT_LIB_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum {
	CLOCK_EXCHANGES = 8,
	CLOCK_DRIFT_PPM = 100, /* by which the two oscillators may differ */
	CLOCK_STEP_US = 10000, /* a larger difference forward is stepped over: one jump is better
				  than wrong time */
	CLOCK_GRAIN_US = 2,    /* four timestamps, each cut to a whole microsecond */
};

struct clock_exchange {
	int64_t asked_us;    /* local */
	int64_t received_us; /* room */
	int64_t answered_us; /* room */
	int64_t returned_us; /* local */
};

struct clock_estimate {
	int64_t at_us;     /* local, when it was made */
	int64_t offset_us; /* room minus local */
	int64_t delay_us;  /* there and back, without the relay's own time */
};

struct clock {
	struct clock_estimate estimates[CLOCK_EXCHANGES];
	unsigned count, next;
	struct clock_estimate best;
	/* The reading is a line from (base_local, base_room) that gains or loses `slew_us` on its
	 * way. */
	int64_t base_local_us, base_room_us, slew_us;
};

/*
 * Adds one exchange. False, without a change, when its times contradict each other (answered before
 * received, returned before asked, or answered for longer than it took).
 */
bool clock_add(struct clock *clock, const struct clock_exchange *exchange);

bool clock_is_known(const struct clock *clock);

/* The room's time at `local_us`, which is not before the newest exchange's return. */
int64_t clock_room_us(const struct clock *clock, int64_t local_us);

/* The bound of the reading's error, either way. */
int64_t clock_error_us(const struct clock *clock, int64_t local_us);

/* Delay of the newest exchange; -1 before the first. */
int64_t clock_delay_us(const struct clock *clock);

#endif
