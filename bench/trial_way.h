/*
 * trial_way: what trial.c needs of a way of carrying updates, and what the ways need of it. There
 * are two: the relay and the library over ENet (trial_enet.c), and raw datagrams (trial_raw.c).
 */
#ifndef STARLING_BENCH_TRIAL_WAY_H
#define STARLING_BENCH_TRIAL_WAY_H

#include "bench/arrivals.h"
#include "bench/motion.h"
#include "bench/raw.h"
#include "bench/receipts.h"
#include "bench/trial.h"
#include "bench/world.h"

#define TRIAL_NS_PER_S INT64_C(1000000000)

enum {
	TRIAL_ERROR_BYTES = 256,
};

/* One member of the room, and what it sees of the others. */
struct trial_actor {
	uint64_t published;                         /* updates so far */
	uint64_t events, events_sent, events_heard; /* that were due; that went off */
	double phase; /* of its due times, as a part of the interval */
	uint32_t id;
	struct age age; /* of all others, here */
	struct age_watch watches[TRIAL_MEMBERS_MAX];
};

struct trial;

struct trial_way {
	/* Makes the room, until everyone is in it. False with a sentence in `error`. */
	bool (*open)(struct trial *trial, char error[TRIAL_ERROR_BYTES]);
	/* Sends the member's next update. */
	void (*publish)(struct trial *trial, size_t member, struct motion_place place);
	/* The same of an event; NULL: it has none. */
	void (*send_event)(struct trial *trial, size_t member);
	void (*run)(struct trial *trial, int64_t until_ns);
	/* The warm-up is over. */
	void (*begin)(struct trial *trial);
	/* Fills in the counts of what is not an update, or is no member's. */
	void (*count)(struct trial *trial, struct trial_result *result);
	/* Accepts what `open` left behind. */
	void (*close)(struct trial *trial);
};

struct trial {
	const struct trial_config *config;
	const struct trial_way *way;
	struct world world;
	struct motion motion;
	struct receipts receipts;
	int64_t start_ns; /* of the due times */
	int64_t count_from_ns, count_to_ns;
	struct trial_actor actors[TRIAL_MEMBERS_MAX];
	bool is_out_of_memory;
	/* trial_enet.c */
	struct starling_stats before[TRIAL_MEMBERS_MAX];
	uint64_t unsent_before;
	struct trial_ear {
		struct trial *trial;
		size_t receiver;
	} ears[TRIAL_MEMBERS_MAX];
	struct arrivals *arrivals; /* by member */
	/* trial_raw.c */
	struct raw raw;
};

extern const struct trial_way trial_enet, trial_raw;

/* trial_sums.c: fills in what follows from ages and receipts. False: no memory. */
bool trial_sum_up(struct trial *trial, struct trial_result *result);

/* When a member's update of this number is due. */
int64_t trial_due_ns(const struct trial *trial, size_t member, uint64_t number);

/*
 * A receiver's application has an update now, whose bytes were at its host at `arrived_ns` (-1: not
 * known); `is_repeat` as in receipts.h.
 */
void trial_hear(struct trial *trial, size_t receiver, size_t sender, uint32_t number,
		bool is_repeat, int64_t arrived_ns);

#endif
