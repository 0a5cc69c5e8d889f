/*
 * silence: for how long nothing at all has come from the relay, by the count of datagrams. Ages
 * tell it too, but only to one who knows what they should be. It knows no clock: times are local
 * microseconds that only go forward.
 */
#ifndef STARLING_CLIENT_SESSIONS_SILENCE_H
#define STARLING_CLIENT_SESSIONS_SILENCE_H

#include <stdint.h>

struct silence {
	uint64_t datagrams;  /* that had come when it was last looked at */
	int64_t received_us; /* when a new one was last noticed */
};

/* We have just come in: that was heard. */
void silence_begin(struct silence *silence, uint64_t datagrams, int64_t now_us);

/* Looks whether more have come; often, as it takes the moment of looking for theirs. */
void silence_update(struct silence *silence, uint64_t datagrams, int64_t now_us);

/* How long it has lasted, in seconds. */
double silence_s(const struct silence *silence, int64_t now_us);

#endif
