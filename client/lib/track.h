/*
 * track: what is known of one entity's motion: its last few states, and where it was between them.
 *
 * Pure: no clock, no allocation. Times are microseconds on the room's clock; positions are whole
 * grains. {0} is an entity of which no state is known.
 *
 * The newest state is the one with the newest seq. The others are kept as far as both seq and
 * origin put them before it, so that interpolation sees one line through time.
 */
#ifndef STARLING_CLIENT_LIB_TRACK_H
#define STARLING_CLIENT_LIB_TRACK_H

#include <stdbool.h>
#include <stdint.h>

enum {
	TRACK_STATES = 16, /* 0.8 s at 20 states a second */
	/*
	 * A seq that looks old is new again when its origin is this much later than the newest
	 * one's: the 16 bits went round while the entity was not heard of.
	 */
	TRACK_FORGET_US = 10000000,
	TRACK_VELOCITY_US =
		10000, /* least time between the two states that a velocity is taken from */
	TRACK_START_US =
		100000, /* one that rested starts to move this long before its next state */
};

struct track_state {
	int64_t origin_us;
	int32_t position[3];
	uint16_t seq;
	bool is_keyframed; /* it rests: its owner repeated this state reliably */
};

struct track {
	struct track_state states[TRACK_STATES]; /* by origin and seq; the last is the newest */
	unsigned count;
};

enum track_result {
	TRACK_RESTARTED, /* the first state, or one that says nothing about those between */
	TRACK_NEWEST,    /* newer than all before */
	TRACK_OLDER,     /* older than the newest; kept for interpolation if it fits */
	TRACK_REPEATED,  /* the newest again; it may have become settled */
};

enum track_result track_add(struct track *track, const struct track_state *state);

/* Whether a state with this seq and origin would be newer than one with `newest`'s. */
bool track_is_newer(const struct track_state *state, const struct track_state *newest);

/* NULL when no state is known. */
const struct track_state *track_newest(const struct track *track);

enum track_motion {
	TRACK_INTERPOLATED = 0,
	TRACK_EXTRAPOLATED = 1,
	TRACK_FROZEN = 2,
};

struct track_sample {
	double position[3]; /* grains */
	enum track_motion motion;
};

/*
 * Where the entity was at `time_us`. Before the oldest state that is kept: at the oldest. Beyond
 * the newest: at rest if settled, else on with the last velocity for up to `extrapolate_us`. False
 * when no state is known.
 */
bool track_sample(const struct track *track, int64_t time_us, int64_t extrapolate_us,
		  struct track_sample *sample);

#endif
