/*
 * clock: the room's time, estimated from exchanges of timestamps with the relay.
 *
 * Pure: it is told every time, in microseconds. "Local" is any clock of this machine that does not
 * step; "room" is the relay's. {0} is a clock that knows nothing yet.
 *
 * Each exchange says where the room's clock is, to within half of the exchange's delay (RFC 5905,
 * section 8). Of the last CLOCK_EXCHANGES the one with the least error today is believed (NTP's
 * clock filter): its error is half its delay, plus CLOCK_DRIFT_PPM of the time since.
 *
 * The reading never runs backwards: a difference up to CLOCK_STEP_US is slewed away at 1/16 of the
 * time passed, a larger one forward is stepped over, a larger one backward slewed at 1/2. What is
 * not slewed away yet is part of the error.
 */
#ifndef STARLING_CLIENT_LIB_CLOCK_H
#define STARLING_CLIENT_LIB_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum {
	CLOCK_EXCHANGES = 8,
	CLOCK_DRIFT_PPM = 100, /* by which the two oscillators may differ */
	CLOCK_STEP_US =
		10000, /* above it a picture that jumps once is better than one that runs wrong */
	CLOCK_GRAIN_US = 2, /* four timestamps, each cut to a whole microsecond */
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
 * Takes one exchange. False, and nothing changes, when its times contradict each other (answered
 * before received, returned before asked, or answered for longer than it took), so that they say
 * nothing.
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
