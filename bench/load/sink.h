/*
 * sink: whom the generator and its drivers tell what members send and hear. `compare` and `load`
 * have one that costs little for thousands of members (generator_heard.c), `contrast` one that
 * keeps every update (sink_trial.h).
 */
#ifndef STARLING_BENCH_SINK_H
#define STARLING_BENCH_SINK_H

#include <stddef.h>
#include <stdint.h>

#include "bench/load/update.h"
#include "bench/sim/pace.h"

struct generator;
struct sessions_heard;
struct states_record;

enum {
	SINK_BYTES_MAX = 1400, /* of what plain drivers carry for one update */
};

struct sink {
	/* Before the first member starts. 0, or -1 with generator_fail. */
	int (*open)(struct generator *g);
	/* All are in: the due times and the window are set. NULL: nothing to do. */
	void (*start)(struct generator *g);
	/* Makes the update of this turn. */
	void (*update)(struct generator *g, const struct pace_turn *turn, struct update *update);
	/* It has been sent. NULL: nothing to note. */
	void (*sent)(struct generator *g, const struct pace_turn *turn, int64_t time_ns);
	/* An event of the member is due. NULL: there are none. */
	void (*event)(struct generator *g, unsigned member);
	/*
	 * Plain drivers carry: the bytes of an update, and bytes that came to a member, as
	 * many as went together.
	 */
	size_t (*encode)(struct generator *g, const struct update *update,
			 uint8_t bytes[static SINK_BYTES_MAX]);
	void (*hear)(struct generator *g, unsigned member, const uint8_t *bytes, size_t size);
	/*
	 * The library hands over: an update, an event, how long a clock exchange took
	 * (negative: there was none). NULL where no member uses it.
	 */
	void (*hear_session)(struct generator *g, const struct sessions_heard *heard);
	void (*hear_event)(struct generator *g, unsigned member);
	void (*round_trip)(struct generator *g, int64_t took_ns);
	/* The measured window begins, and ends. NULL: nothing to do. */
	void (*begin)(struct generator *g);
	void (*end)(struct generator *g);
	/* At the end, while members are still connected. */
	void (*sum_up)(struct generator *g);
	/* Accepts what `open` left behind. */
	void (*close)(struct generator *g);
};

#endif
