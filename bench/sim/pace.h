/*
 * pace: when each member's updates are due, in an open loop: the n-th is due at a time that was
 * known before the start, whatever became of the ones before it (Tene, "How NOT to Measure
 * Latency", 2015). Each member has its own phase within the period, drawn from the seed, or one
 * after another.
 */
#ifndef STARLING_BENCH_PACE_H
#define STARLING_BENCH_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PACE_MEMBERS_MAX = 4095, /* as many as one ENet host takes */
	PACE_RATE_MAX_HZ = 1000, /* of a member, that the bench measures */
	PACE_STEPS = 64,         /* more than the updates that are on their way at a time */
};

/* So much time is from a member's first update to that of this number. */
struct pace_step {
	uint32_t number;
	int64_t ns;
};

struct pace {
	unsigned members;
	double rate_hz;
	bool is_even;
	int64_t start_ns;                   /* on the caller's clock; set by the caller */
	int64_t phase_ns[PACE_MEMBERS_MAX]; /* 0 to below a period */
	unsigned order[PACE_MEMBERS_MAX];   /* members by their phases */
	struct pace_step steps[PACE_STEPS]; /* by number: those that were asked for of late */
};

/* One update of one member. */
struct pace_turn {
	unsigned member;
	uint32_t number; /* of the member's updates, from 0 */
	int64_t due_ns;
};

/* `members` is 1 to PACE_MEMBERS_MAX, `rate_hz` above 0. start_ns is 0. */
void pace_init(struct pace *pace, unsigned members, double rate_hz, uint64_t seed);

/* The same, but the phases part the period evenly, in the order of the members. */
void pace_init_even(struct pace *pace, unsigned members, double rate_hz);

/* When a member's update of this number is due, on the clock of start_ns. */
static inline int64_t pace_due_ns(struct pace *pace, unsigned member, uint32_t number);

/* The turn number `index` (from 0) of all members' turns in the order in which they are due. */
struct pace_turn pace_turn_at(struct pace *pace, uint64_t index);

/* Computes and keeps a step. */
int64_t pace_step_ns(struct pace *pace, uint32_t number);

/* pace_due_ns of even phases, which are no whole nanoseconds. */
int64_t pace_even_due_ns(const struct pace *pace, unsigned member, uint32_t number);

/* Inline, as it is asked for each delivery, and nearly all are of the same few numbers. */
static inline int64_t pace_due_ns(struct pace *pace, unsigned member, uint32_t number)
{
	const struct pace_step *step = &pace->steps[number % PACE_STEPS];
	int64_t step_ns;

	if (pace->is_even)
		return pace_even_due_ns(pace, member, number);
	step_ns = step->number == number ? step->ns : pace_step_ns(pace, number);
	return pace->start_ns + pace->phase_ns[member] + step_ns;
}

#endif
