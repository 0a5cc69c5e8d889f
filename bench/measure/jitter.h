/*
 * jitter: the interarrival jitter of one stream, by RFC 3550's estimator.
 *
 * With S the time at which an update was due and R the time at which it came, the transit is R - S,
 * D the difference of the transits of two neighbouring arrivals, and at each arrival
 *
 *	J += (|D| - J) / 16
 *
 * Neighbours in the order of arrival, whatever their numbers, as RTP has it. It starts at 0 and
 * forgets: what it says at the end is of the last few dozen arrivals. Not the same thing as PDV.
 */
#ifndef STARLING_BENCH_JITTER_H
#define STARLING_BENCH_JITTER_H

#include <stdint.h>

/* {0} is one that has seen nothing. */
struct jitter {
	uint64_t count; /* arrivals */
	int64_t transit_ns;
	double estimate_ns; /* J; 0 until there were two arrivals */
};

/* An update came that took so long. */
void jitter_take(struct jitter *jitter, int64_t transit_ns);

#endif
