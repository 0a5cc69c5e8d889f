/*
 * age: the age of what a receiver knows, over time (Age of Information: Kaul, Yates and Gruteser,
 * 2012).
 *
 * At any moment the age of an entity at a receiver is now minus the origin of the newest state that
 * the receiver holds. It grows by a second a second and falls when a newer state comes: a sawtooth.
 * What is asked here is asked of time, not of updates: the p99 is the age that is exceeded during 1
 * % of the time. It is computed from the teeth in closed form, to the microsecond, not sampled.
 */
#ifndef STARLING_BENCH_AGE_H
#define STARLING_BENCH_AGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One tooth: the age grew from `from_us` to `to_us`, which took as long as the difference. */
struct age_tooth {
	int64_t from_us, to_us;
};

/* Teeth of any number of entities and receivers, as one distribution. */
struct age {
	int64_t bound_us; /* a longer age is a stall */
	int64_t from_us;  /* teeth are cut there: what was before is not measured */
	struct age_tooth *teeth;
	size_t count, capacity;
	int64_t *ends; /* made by age_finish: where teeth begin, sorted, then where they end, sorted
			*/
	int64_t total_us;
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
 * An empty one, of which ages above `bound_us` are stalls. Its from_us is INT64_MIN: nothing is
 * cut, unless the caller sets it. Holds no memory until a tooth is taken.
 */
struct age age_init(int64_t bound_us);
/* Accepts one that is all zero. */
void age_fini(struct age *age);

/*
 * The first state is due at `due_us`: until one comes, the age counts from then, so that who is
 * told late is not better off than who is told at once.
 */
void age_begin(struct age_watch *watch, int64_t due_us);

/*
 * The receiver got a newer state, with this origin, at `now_us` (one clock for both). 0 or -ENOMEM.
 */
int age_take(struct age *age, struct age_watch *watch, int64_t origin_us, int64_t now_us);

/* The watch ends; the age since the newest state counts. 0 or -ENOMEM. */
int age_end(struct age *age, struct age_watch *watch, int64_t now_us);

/* Adds all teeth and stalls of `from`, in any order: as if taken by `into`. 0 or -ENOMEM. */
int age_merge(struct age *into, const struct age *from);

/* Sorts; after it nothing may be taken. 0 or -ENOMEM. */
int age_finish(struct age *age);

/* After age_finish. The age that is not exceeded for `share` (0 to 1) of the time; -1 if there is
 * none. */
int64_t age_quantile_us(const struct age *age, double share);
int64_t age_max_us(const struct age *age);

/* Share of the time, 0 to 1, in which the age was above `above_us`; 0 where there is no time. */
double age_share_above(const struct age *age, int64_t above_us);

#endif
