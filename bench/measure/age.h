/*
 * age: how old what a receiver knows is, as it comes (Age of Information: Kaul, Yates and
 * Gruteser, 2012).
 *
 * At any moment the age of an entity at a receiver is now minus the origin of the newest state that
 * the receiver holds. It grows by a second a second and falls when a newer state comes. A watch
 * follows one such age; all watches of a struct age fill one distribution over time. Percentiles
 * are of time, not of updates: the p99 is the age that is exceeded during 1 % of the time.
 */
#ifndef STARLING_BENCH_AGE_H
#define STARLING_BENCH_AGE_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/measure/age_distribution.h"

/* Ages of any number of entities at any number of receivers. */
struct age {
	int64_t bound_us; /* a longer age is a stall */
	int64_t from_us;  /* ages before it are not measured */
	struct age_distribution distribution;
	uint64_t stalls; /* how often an age passed the bound */
	int64_t longest_stall_us;
};

/* One entity at one receiver; {0} is one that is not known yet, and has no age until it is. */
struct age_watch {
	bool is_on;
	int64_t origin_us, since_us; /* of the newest state; when it came */
	int64_t stall_us;            /* how long the age had been above the bound by then */
};

/*
 * An empty one, of which ages above `bound_us` are stalls. Its from_us is INT64_MIN: all is
 * measured, unless the caller sets it. 0 or -ENOMEM; for age_fini in both cases.
 */
int age_init(struct age *age, int64_t bound_us);
/* Accepts one that is all zero. */
void age_fini(struct age *age);

/*
 * The first state is due at `due_us`: until one comes, the age counts from then, so that who is
 * told late is not better off than who is told at once.
 */
void age_begin(struct age_watch *watch, int64_t due_us);

/* The receiver got a newer state, with this origin, at `now_us` (one clock for both). */
void age_take(struct age *age, struct age_watch *watch, int64_t origin_us, int64_t now_us);

/* The watch ends; the age since the newest state counts. */
void age_end(struct age *age, struct age_watch *watch, int64_t now_us);

/* Adds all ages and stalls of `from`, in any order: as if taken by `into`. */
void age_merge(struct age *into, const struct age *from);

/* The age that is not exceeded for `share` (0 to 1) of the time, and the largest; -1: none. */
int64_t age_quantile_us(const struct age *age, double share);
int64_t age_max_us(const struct age *age);

#endif
