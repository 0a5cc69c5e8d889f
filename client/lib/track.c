#include "client/lib/track.h"

#include <string.h>

#include "proto/wire/wire.h"

/* Keeping. */

static void drop_oldest(struct track *track)
{
	track->count--;
	memmove(&track->states[0], &track->states[1], track->count * sizeof(track->states[0]));
}

static void append(struct track *track, const struct track_state *state)
{
	if (track->count == TRACK_STATES)
		drop_oldest(track);
	track->states[track->count++] = *state;
}

/* Inserts a late state. One that does not fit both orders is left out. */
static void insert(struct track *track, const struct track_state *state)
{
	unsigned at = track->count - 1; /* the newest stays the last */

	while (at > 0 && !wire_seq_is_newer(state->seq, track->states[at - 1].seq))
		at--;
	if (track->states[at].seq == state->seq || state->origin_us >= track->states[at].origin_us)
		return;
	if (at > 0 && state->origin_us <= track->states[at - 1].origin_us)
		return;
	if (track->count == TRACK_STATES) {
		if (at == 0)
			return;
		drop_oldest(track);
		at--;
	}
	memmove(&track->states[at + 1], &track->states[at],
		(track->count - at) * sizeof(track->states[0]));
	track->states[at] = *state;
	track->count++;
}

static bool has_wrapped(const struct track_state *state, const struct track_state *newest)
{
	return state->origin_us - newest->origin_us > TRACK_FORGET_US;
}

bool track_is_newer(const struct track_state *state, const struct track_state *newest)
{
	return wire_seq_is_newer(state->seq, newest->seq) || has_wrapped(state, newest);
}

enum track_result track_add(struct track *track, const struct track_state *state)
{
	struct track_state *newest;

	if (track->count == 0) {
		append(track, state);
		return TRACK_RESTARTED;
	}
	newest = &track->states[track->count - 1];
	if (wire_seq_is_newer(state->seq, newest->seq)) {
		while (track->count > 0 &&
		       track->states[track->count - 1].origin_us >= state->origin_us)
			track->count--;
		append(track, state);
		return TRACK_NEWEST;
	}
	if (has_wrapped(state, newest)) {
		track->count = 0;
		append(track, state);
		return TRACK_RESTARTED;
	}
	if (state->seq == newest->seq) {
		newest->is_keyframed = newest->is_keyframed || state->is_keyframed;
		return TRACK_REPEATED;
	}
	insert(track, state);
	return TRACK_OLDER;
}

const struct track_state *track_newest(const struct track *track)
{
	return track->count > 0 ? &track->states[track->count - 1] : NULL;
}

/* Sampling. */

static void copy_position(const struct track_state *state, struct track_sample *sample)
{
	for (int axis = 0; axis < 3; axis++)
		sample->position[axis] = state->position[axis];
}

/* The point `time_us` on the line through two states; `to` is later than `from`. */
static void move_along(const struct track_state *from, const struct track_state *to,
		       int64_t from_us, int64_t time_us, struct track_sample *sample)
{
	double part = (double)(time_us - from_us) / (double)(to->origin_us - from_us);

	for (int axis = 0; axis < 3; axis++)
		sample->position[axis] = from->position[axis] +
					 part * ((double)to->position[axis] - from->position[axis]);
}

static void interpolate(const struct track *track, int64_t time_us, struct track_sample *sample)
{
	const struct track_state *from, *to;
	unsigned after = 0;
	int64_t from_us;

	while (track->states[after].origin_us < time_us)
		after++;
	to = &track->states[after];
	if (after == 0) {
		copy_position(to, sample);
		return;
	}
	from = to - 1;
	from_us = from->origin_us;
	if (from->is_keyframed && from_us < to->origin_us - TRACK_START_US)
		from_us = to->origin_us - TRACK_START_US;
	if (time_us <= from_us)
		copy_position(from, sample);
	else
		move_along(from, to, from_us, time_us, sample);
}

/* The latest state that is old enough for a velocity, or NULL. */
static const struct track_state *velocity_base(const struct track *track)
{
	const struct track_state *newest = track_newest(track);

	for (unsigned i = track->count - 1; i-- > 0;)
		if (newest->origin_us - track->states[i].origin_us >= TRACK_VELOCITY_US)
			return &track->states[i];
	return NULL;
}

static void extrapolate(const struct track *track, int64_t beyond_us, struct track_sample *sample)
{
	const struct track_state *newest = track_newest(track);
	const struct track_state *base = velocity_base(track);

	if (base)
		move_along(base, newest, base->origin_us, newest->origin_us + beyond_us, sample);
	else
		copy_position(newest, sample);
}

bool track_sample(const struct track *track, int64_t time_us, int64_t extrapolate_us,
		  struct track_sample *sample)
{
	const struct track_state *newest = track_newest(track);
	int64_t beyond_us;

	if (!newest)
		return false;
	beyond_us = time_us - newest->origin_us;
	sample->motion = TRACK_INTERPOLATED;
	if (beyond_us <= 0) {
		interpolate(track, time_us, sample);
	} else if (newest->is_keyframed) {
		copy_position(newest, sample);
	} else {
		sample->motion = TRACK_EXTRAPOLATED;
		if (beyond_us > extrapolate_us) {
			sample->motion = TRACK_FROZEN;
			beyond_us = extrapolate_us;
		}
		extrapolate(track, beyond_us, sample);
	}
	return true;
}
