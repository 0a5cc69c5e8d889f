/*
 * age_parts: why is it old? The age of an entity at a receiver, split into parts that add up to it.
 *
 * An age is a stretch of time: from when the state that is held was made until now. The state's way
 * has milestones, which cut the stretch into pieces, and each piece belongs to a part: on its way
 * until it was held, and from then on because nothing newer came. So the sum is the age, whatever
 * is known; a piece whose milestone was not seen belongs to AGE_PART_UNKNOWN.
 *
 * Pure. METRICS.md defines the parts.
 */
#ifndef STARLING_CLIENT_AGE_PARTS_H
#define STARLING_CLIENT_AGE_PARTS_H

#include <stddef.h>
#include <stdint.h>

enum age_part {
	AGE_PART_SENDER,  /* waited at the sender */
	AGE_PART_UP,      /* on the way up */
	AGE_PART_RELAY,   /* in the relay, for the flush */
	AGE_PART_QUEUE,   /* in ENet's queue at the relay */
	AGE_PART_DOWN,    /* on the way down */
	AGE_PART_REPEAT,  /* until what was lost, or came too late, was sent again */
	AGE_PART_BEHIND,  /* arrived, and kept back behind another that was lost */
	AGE_PART_NEXT,    /* held, and the next one was not to be expected yet */
	AGE_PART_OVERDUE, /* held, and the next one was lost, or took longer */
	AGE_PART_UNKNOWN, /* what happened was not seen */
	AGE_PARTS,
};

/* Events on a state's way, in this order. */
enum age_milestone {
	AGE_MADE,       /* its origin */
	AGE_LEFT,       /* the first datagram with it left the sender */
	AGE_SENT,       /* the same of the one that reached the relay first */
	AGE_REACHED,    /* that one was at the relay's host */
	AGE_TAKEN,      /* the relay had it */
	AGE_HANDED,     /* the relay handed it to ENet, for this receiver */
	AGE_LEFT_RELAY, /* the first datagram with it left the relay */
	AGE_SENT_ON,    /* the same of the one that reached the receiver first */
	AGE_ARRIVED,    /* that one was at the receiver's host */
	AGE_HELD,       /* the receiver's application had it */
	AGE_MILESTONES,
};

/* Not seen. */
#define AGE_NEVER INT64_C(-1)

/* From `from_ns` until, without, `to_ns`. */
struct age_span {
	int64_t from_ns, to_ns;
};

/* The way of the newest state that a receiver holds; times are of one clock, in nanoseconds. */
struct age_path {
	int64_t at_ns[AGE_MILESTONES]; /* AGE_NEVER: not seen; AGE_MADE and AGE_HELD are */
	int64_t period_ns;             /* from its origin to that of the next */
	/* From then on a newer one was at the receiver's host, kept back; INT64_MAX: none was. */
	int64_t behind_ns;
	/* When newer ones were at the relay's host, kept back: in order, not overlapping. */
	const struct age_span *blocks;
	size_t block_count;
};

/* One state that was held as soon as it was made: what an age counts from until one comes. */
struct age_path age_path_of_first(int64_t made_ns, int64_t period_ns);

/* The age at `now_ns`, not before the path's AGE_HELD, in parts: their sum is now_ns - AGE_MADE. */
void age_parts_at(const struct age_path *path, int64_t now_ns, int64_t parts[static AGE_PARTS]);

/*
 * Adds each part's integral over all moments from `from_ns`, not before the path's AGE_HELD, to
 * `to_ns`, in ns * ns: over the time they are the means.
 */
void age_parts_integrate(const struct age_path *path, int64_t from_ns, int64_t to_ns,
			 double sums[static AGE_PARTS]);

/* Its word in results ("up"), and in a sentence ("on the way up"). */
const char *age_part_name(enum age_part part);
const char *age_part_text(enum age_part part);

#endif
