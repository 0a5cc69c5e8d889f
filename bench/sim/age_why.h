/*
 * age_why: the age of each entity at each receiver, split into its parts (age_parts.h), over the
 * whole of a measured span and at one moment.
 *
 * Pure: it is told what happened on the way, by those who see every datagram and what the relay
 * does (the simulated network, trial_run_why.c), in order of time, in nanoseconds of one clock,
 * with numbers from 0 on for each sender. Members and numbers that do not exist are passed over.
 */
#ifndef STARLING_BENCH_AGE_WHY_H
#define STARLING_BENCH_AGE_WHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/age/age_parts.h"

/* One age and its parts. */
struct age_why_moment {
	size_t receiver, sender;
	int64_t at_ns; /* from when it is measured */
	int64_t age_ns, parts_ns[AGE_PARTS];
};

struct age_why {
	size_t members;
	uint32_t numbers;                   /* each sender's are below it */
	int64_t from_ns, to_ns;             /* what is measured */
	int64_t *made_ns;                   /* by sender, then number, and one more: the origins */
	struct age_why_update *updates;     /* by sender, then number */
	struct age_why_copy *copies[2];     /* by receiver, sender, number; said again beside */
	struct age_why_receiver *receivers; /* by member */
	struct age_why_sender *senders;     /* by member */
	struct age_why_pair *pairs;         /* by receiver, then sender */
	double sums[AGE_PARTS];
	struct age_why_moment moment; /* of the largest age; age_ns is -1 until there is one */
};

/* For each of `members` sending at most `numbers` updates. 0 or -ENOMEM. */
int age_why_init(struct age_why *why, size_t members, uint32_t numbers);
/* Accepts one that is all zero. */
void age_why_fini(struct age_why *why);

/*
 * What is measured. `made_ns` says the origin of each sender's update of that number, to
 * `numbers`, one behind the last, too.
 */
void age_why_start(struct age_why *why, int64_t from_ns, int64_t to_ns,
		   int64_t (*made_ns)(void *context, size_t sender, uint32_t number),
		   void *context);

/* A datagram with it leaves for the relay, or for a receiver; INT64_MAX: it does not arrive. */
void age_why_up(struct age_why *why, size_t sender, uint32_t number, int64_t left_ns,
		int64_t arrives_ns);
void age_why_down(struct age_why *why, size_t receiver, size_t sender, uint32_t number,
		  bool is_repeat, int64_t left_ns, int64_t arrives_ns);

/* The newest that the relay has of the sender is this one, and it has it since then. */
void age_why_take(struct age_why *why, size_t sender, uint32_t number, int64_t at_ns);

/* The relay hands it to ENet, for this receiver. */
void age_why_hand(struct age_why *why, size_t receiver, size_t sender, uint32_t number,
		  bool is_repeat, int64_t now_ns);

/* The receiver's application was handed it. */
void age_why_hear(struct age_why *why, size_t receiver, size_t sender, uint32_t number,
		  bool is_repeat, int64_t now_ns);

/* At the end, once. */
void age_why_settle(struct age_why *why);

/* The mean of a part over all pairs and the measured time, in ns. */
double age_why_mean_ns(const struct age_why *why, enum age_part part);

#endif
