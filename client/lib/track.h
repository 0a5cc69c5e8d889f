/*
 * track: the last few states of one entity, and its position between and beyond them.
 *
 * Pure: no clock, no allocation. Times are microseconds on the room's clock; positions are whole
 * grains. {0} is a track without a state.
 *
 * The newest state is the one with the newest seq. Another state is kept only if both its seq and
 * its origin are before the newest one's, so that interpolation follows one line through time.
 */
#ifndef STARLING_CLIENT_LIB_TRACK_H
#define STARLING_CLIENT_LIB_TRACK_H

#include <stdbool.h>
#include <stdint.h>

enum {
	TRACK_STATES = 16,
	/*
	 * A seq that looks old counts as new when its origin is this much later than the newest
	 * one's: the 16 bits wrapped while nothing came.
	 */
	TRACK_FORGET_US = 10000000,
	TRACK_VELOCITY_US =
		10000, /* least time between the two states that a velocity is taken from */
	TRACK_START_US =
		100000, /* an entity at rest starts to move this long before its next state */
};

struct track_state {
	int64_t origin_us;
	int32_t position[3];
	uint16_t seq;
	bool is_keyframed; /* at rest: its owner repeated this state reliably */
};

struct track {
	struct track_state states[TRACK_STATES]; /* by origin and seq; the last is the newest */
	unsigned count;
};

enum track_result {
	TRACK_RESTARTED, /* the first state, or the first after a wrap of seq */
	TRACK_NEWEST,    /* newer than all before */
	TRACK_OLDER,     /* older than the newest; kept for interpolation if it fits */
	TRACK_REPEATED,  /* the newest again; it may be at rest now */
};

enum track_result track_add(struct track *track, const struct track_state *state);

/* Whether `state` is newer than `newest`. */
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
 * The entity's position at `time_us`: before the oldest kept state at that state; beyond the newest
 * at rest if settled, else on with the last velocity for up to `extrapolate_us`. False when no
 * state is known.
 */
bool track_sample(const struct track *track, int64_t time_us, int64_t extrapolate_us,
		  struct track_sample *sample);

#endif
