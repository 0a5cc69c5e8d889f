/*
 * trial_run_internal: what trial_run.c needs of a way of carrying updates on the simulated network,
 * and what the ways need of it: the relay and the library over ENet (trial_run_enet.c), and raw
 * datagrams (trial_run_raw.c).
 */
#ifndef STARLING_BENCH_TRIAL_RUN_INTERNAL_H
#define STARLING_BENCH_TRIAL_RUN_INTERNAL_H

#include "bench/sim/age_why.h"
#include "bench/sim/loss_causes.h"
#include "bench/sim/movement.h"
#include "bench/sim/raw.h"
#include "bench/sim/sessions.h"
#include "bench/sim/trial.h"
#include "bench/sim/trial_figures.h"
#include "bench/sim/cluster.h"

enum {
	TRIAL_IDS_MAX = 4096, /* that the relay gives, in order, one for each time of joining */
};

struct trial;

struct trial_way {
	/* Makes the room, until everyone is in it. False with a sentence in `error`. */
	bool (*open)(struct trial *trial, char error[TRIAL_ERROR_BYTES]);
	/* Sends the member's next update. */
	void (*publish)(struct trial *trial, size_t member, struct movement_place place);
	/* Sends an event; NULL: it has none. */
	void (*send_event)(struct trial *trial, size_t member);
	void (*run)(struct trial *trial, int64_t until_ns);
	/* The warm-up is over; NULL: nothing to do. */
	void (*begin)(struct trial *trial);
	/* Fills in the counts of what is no update and no event; NULL: there are none. */
	void (*count)(struct trial *trial, struct trial_result *result);
	/* Accepts what `open` left behind. */
	void (*close)(struct trial *trial);
};

struct trial {
	const struct trial_config *config;
	const struct trial_way *way;
	struct cluster cluster;
	struct movement motion;
	struct trial_figures figures;
	struct pace events;
	struct loss_causes causes;
	struct age_why why; /* all zero unless it is wanted: then it is told in vain */
	/* trial_run_enet.c */
	struct sessions sessions;
	uint64_t unsent_before;
	struct outbox outbox;                /* the relay's own, behind trial_run_causes.c */
	uint8_t member_of_id[TRIAL_IDS_MAX]; /* by id: the member, plus 1 */
	/* trial_run_raw.c */
	struct raw raw;
};

extern const struct trial_way trial_enet, trial_raw;

/*
 * trial_run_causes.c: what is to be seen there, for `causes` and `why`: datagrams as they enter the
 * simulated network, of sessions or of raw; what the relay hands to ENet, from the call on; and, at
 * the end, what its ledger has refused.
 */
void trial_see_session(struct trial *trial, const struct sim_datagram *datagram,
		       const struct sim_fate *fate);
void trial_see_raw(struct trial *trial, const struct sim_datagram *datagram,
		   const struct sim_fate *fate);
void trial_see_outbox(struct trial *trial);
void trial_see_ledger(struct trial *trial);
/* The states that the relay has now, for `why`. */
void trial_see_relay(void *trial);

/* When the first copy of a datagram arrives; INT64_MAX: it is dropped. */
int64_t trial_arrives_ns(const struct sim_datagram *datagram, const struct sim_fate *fate);

/* trial_figures_hear, now, and what follows for `causes`. */
void trial_hear(struct trial *trial, struct trial_figures_heard heard);

#endif
