/*
 * states_internal: shared by the reading of records (states.c) and their writing (states_write.c).
 */
#ifndef STARLING_PROTO_WIRE_STATES_INTERNAL_H
#define STARLING_PROTO_WIRE_STATES_INTERNAL_H

#include "proto/wire/states.h"

/* The first byte of a record: which fields stand in it. */
enum {
	FLAG_MEMBER = 1,  /* else the member of the record before */
	FLAG_INDEX = 2,   /* else 0 after a member, and one more than the record before otherwise */
	FLAG_SKIPPED = 4, /* else 0 */
	FLAG_Z = 8,       /* else 0 */
	FLAG_PAYLOAD = 16, /* else empty */
	FLAG_FILL = 32,    /* no record: with the other bits 0, in a SNAPSHOT, the fill begins */
	FLAG_RESERVED = 0xe0,
};

_Static_assert(STATES_FILL_MAX_BYTES > STATES_HEAD_MAX_BYTES + STATES_TAIL_MAX_BYTES,
	       "what a record left free can be filled");

/* A STATE of time 0 leaves the time to the relay, and its ages count back from the arrival. */
static inline bool is_age_valid(enum wire_type type, uint64_t time_us, uint64_t age_us)
{
	return age_us <= time_us || (type == WIRE_STATE && time_us == 0);
}

#endif
