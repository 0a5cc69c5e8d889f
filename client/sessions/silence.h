/*
 * silence: the time since the last datagram from the relay, by the count of datagrams. Ages show it
 * too, but only to one who knows their usual size. Pure: times are local microseconds that only go
 * forward.
 */
#ifndef STARLING_CLIENT_SESSIONS_SILENCE_H
#define STARLING_CLIENT_SESSIONS_SILENCE_H

#include <stdint.h>

struct silence {
	uint64_t datagrams;  /* the count at the last update */
	int64_t received_us; /* when the count last changed */
};

/* Begins at a join, which counts as a datagram. */
void silence_begin(struct silence *silence, uint64_t datagrams, int64_t now_us);

/* Compares the count of datagrams; call it often, as a new datagram gets the time of the call. */
void silence_update(struct silence *silence, uint64_t datagrams, int64_t now_us);

/* Seconds since the last datagram. */
double silence_s(const struct silence *silence, int64_t now_us);

#endif
