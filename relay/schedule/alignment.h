/*
 * alignment: where in its period a room ticks, so that its snapshots fill whole datagrams.
 *
 * A datagram costs much the same whatever is in it. Where members speak half as often as the room
 * ticks, each is heard at every other tick: of 64 members, 40 perhaps at one tick and 24 at the
 * next, as chance has spread them. If 36 fit a datagram, every second tick then takes two for each
 * receiver, one of them all but empty, though 32 at each tick would take one. Ticks that come a
 * little earlier divide the members in another way; and as going on by half of their period turns
 * 40 and 24 into 24 and 40, there is always a place between at which neither is more than half.
 *
 * So a tick that takes more datagrams than the usual one brings the next ones forward, by the share
 * of its bytes that was too much. Nothing waits longer for that. Where no place is better (members
 * that speak all at once), or chance alone makes the difference, it would go on for ever: so a room
 * may come forward by one period, and then by a small share of the time that passes
 * (ALIGNMENT_CREDIT_PART), by which its ticks are more than their number at the most.
 *
 * Rules on the caller's clock, in nanoseconds.
 */
#ifndef STARLING_RELAY_SCHEDULE_ALIGNMENT_H
#define STARLING_RELAY_SCHEDULE_ALIGNMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ALIGNMENT_CREDIT_PART = 64,
	ALIGNMENT_STEP_PART =
		4, /* of the period: the most that a tick brings the next one forward */
	/* Rooms share their places, which saves turns: a small one's datagrams are not worth more.
	 */
	ALIGNMENT_MEMBERS_LEAST = 32,
};

/* {0} is one that has seen no tick. */
struct alignment {
	double usual_bytes; /* of records, at a tick */
	int64_t credit_ns;  /* by which ticks may still come forward, */
	int64_t filled_ns;  /* as of then; 0: nothing was noted yet */
};

/*
 * Notes a tick with so many bytes of records, of which one message holds `message_bytes` (above 0).
 * By how much the ticks after it are to come earlier: 0 mostly, and never more than period_ns /
 * ALIGNMENT_STEP_PART.
 */
int64_t alignment_note(struct alignment *alignment, int64_t period_ns, size_t bytes,
		       size_t message_bytes, int64_t now_ns);

#endif
