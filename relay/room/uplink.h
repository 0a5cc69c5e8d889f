/*
 * uplink: how a member's own states reach the relay: for how long the newest was how old, and how
 * many never came. Two spans cover the last minute, this one and the one before. Rules only:
 * the caller tells the time, in microseconds of the room's clock.
 */
#ifndef STARLING_RELAY_ROOM_UPLINK_H
#define STARLING_RELAY_ROOM_UPLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "relay/room/age_time.h"

enum {
	UPLINK_SPAN_US = 30000000,
};

/* Small, as each of thousands of members has two. */
struct uplink_span {
	uint32_t age_us[AGE_TIME_BUCKETS]; /* time, as in struct age_time */
	uint32_t due, came;                /* states, by their seqs */
};

struct uplink_minute {
	struct age_time ages;
	uint64_t due, came;
};

/* {0}: nothing came yet. */
struct uplink {
	bool has_any;
	int64_t origin_us; /* of the newest state */
	int64_t since_us;  /* until then its ages are counted */
	int64_t span_us;   /* when this span began */
	struct uplink_span spans[2];
};

/* A state came that is `steps` newer than the newest of its entity; 0: that came late. */
void uplink_count(struct uplink *uplink, unsigned steps);

/* Counts the ages until now, here and in `total`. */
void uplink_settle(struct uplink *uplink, struct age_time *total, int64_t now_us);

/* The same, and goes on with the origin of a state that came. */
void uplink_renew(struct uplink *uplink, struct age_time *total, int64_t origin_us, int64_t now_us);

/* Both of `spans`. */
struct uplink_minute uplink_last_minute(const struct uplink *uplink);

/* The share of states that never came, 0 to 1. -1: none were due. */
double uplink_loss(const struct uplink_minute *minute);

#endif
