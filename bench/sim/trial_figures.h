/*
 * trial_figures: what is measured of a room's updates, simulated (trial_run.c) or on real sockets
 * (sink_trial.c): what each receiver got of each sender, how old it was, and what was lost.
 *
 * Pure: whoever has the room says what was published and heard, and when, on one clock.
 */
#ifndef STARLING_BENCH_TRIAL_FIGURES_H
#define STARLING_BENCH_TRIAL_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/measure/age.h"
#include "bench/measure/delivery_log.h"
#include "bench/sim/pace.h"
#include "bench/sim/trial.h"

#define TRIAL_NS_PER_S INT64_C(1000000000)

/* One member: what it sends, and what it sees of the others. */
struct trial_actor {
	uint64_t published;                         /* updates so far */
	uint64_t events, events_sent, events_heard; /* that were due; that went off */
	struct age age;                             /* of all others, here */
	struct age_watch watches[TRIAL_MEMBERS_MAX];
};

struct trial_figures {
	const struct trial_config *config;
	struct pace pace; /* of the updates */
	struct delivery_log receipts;
	struct hist round_trips; /* of clock exchanges */
	int64_t count_from_ns, count_to_ns;
	struct trial_actor actors[TRIAL_MEMBERS_MAX];
	bool is_out_of_memory;
};

/*
 * For updates of `warm_up_s` and the measured seconds; `config` must outlive it. 0 or -ENOMEM.
 * Accepts one that is all zero for fini, and needs it for init.
 */
int trial_figures_init(struct trial_figures *figures, const struct trial_config *config,
		       double warm_up_s);
void trial_figures_fini(struct trial_figures *figures);

/* The most updates of one member that it has room for. */
uint32_t trial_figures_numbers(const struct trial_config *config, double warm_up_s);

/* Everyone is in: due times count from there. */
void trial_figures_start(struct trial_figures *figures, int64_t start_ns, double warm_up_s);

/* Whether this time is in the measured span. */
bool trial_figures_is_measured(const struct trial_figures *figures, int64_t ns);

/* One update that a receiver's application has now. */
struct trial_figures_heard {
	size_t receiver, sender;
	uint32_t number;
	bool is_repeat;     /* as in delivery_log.h */
	int64_t arrived_ns; /* when its bytes were at the receiver's host; see below */
	int64_t now_ns;
};

/* The bytes are there now, as any later time says, too; or what carries them does not tell. */
#define TRIAL_ARRIVED_NOW     INT64_MAX
#define TRIAL_ARRIVED_UNKNOWN INT64_C(-1)

enum receive_news trial_figures_hear(struct trial_figures *figures,
				     const struct trial_figures_heard *heard);

/* A clock exchange took so long; a negative one is none. */
void trial_figures_round_trip(struct trial_figures *figures, int64_t now_ns, int64_t took_ns);

/* The sender's first update that is due at or after this time, of those published. */
uint32_t trial_figures_first(struct trial_figures *figures, size_t sender, int64_t ns);

/* At the end: fills in what follows from events, ages and receipts. 0 or -ENOMEM. */
int trial_figures_sum_up(struct trial_figures *figures, struct trial_result *result);

#endif
