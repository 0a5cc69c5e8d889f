/*
 * trial_internal: what trial.c needs of a way of carrying updates, and what the ways need of it. On
 * the simulated network (trial_sim.c) there are two: the relay and the library over ENet
 * (trial_enet.c), and raw datagrams (trial_raw.c). On real sockets (trial_live.c) there are two as
 * well: the library (trial_live_session.c), and plain sockets (trial_live_socket.c).
 */
#ifndef STARLING_BENCH_TRIAL_INTERNAL_H
#define STARLING_BENCH_TRIAL_INTERNAL_H

#include "bench/sim/arrivals.h"
#include "bench/sim/loss_causes.h"
#include "bench/sim/movement.h"
#include "bench/sim/seq_map.h"
#include "bench/sim/raw.h"
#include "bench/measure/delivery_log.h"
#include "bench/sim/trial.h"
#include "bench/sim/cluster.h"

#define TRIAL_NS_PER_S INT64_C(1000000000)

enum {
	TRIAL_ERROR_BYTES = 256,
	TRIAL_WARM_UP_S = 2, /* simulated: publishing, before it counts */
	TRIAL_COOL_DOWN_S = 3,
	TRIAL_IDS_MAX = 4096, /* that the relay gives, in order, one for each time of joining */
};

/* One member of the room, and what it sees of the others. */
struct trial_actor {
	uint64_t published;                         /* updates so far */
	uint64_t events, events_sent, events_heard; /* that were due; that went off */
	double phase; /* of its due times, as a part of the interval */
	uint32_t id;
	double rtt_s;             /* of the clock exchange that was noted last */
	struct starling *session; /* where there is one; borrowed or owned as the way has it */
	struct age age;           /* of all others, here */
	struct age_watch watches[TRIAL_MEMBERS_MAX];
};

struct trial;

struct trial_way {
	double warm_up_s;   /* publishing, before it counts */
	double cool_down_s; /* for what is under way to arrive */
	/* Makes the room, until everyone is in it. False with a sentence in `error`. */
	bool (*open)(struct trial *trial, char error[TRIAL_ERROR_BYTES]);
	/* Sends the member's next update. */
	void (*publish)(struct trial *trial, size_t member, struct movement_place place);
	/* The same of an event; NULL: it has none. */
	void (*send_event)(struct trial *trial, size_t member);
	void (*run)(struct trial *trial, int64_t until_ns);
	int64_t (*now_ns)(const struct trial *trial);
	/* Everyone is in: from here on the lines are the same for all carriers. */
	void (*start)(struct trial *trial);
	/* What went over all lines so far. */
	void (*traffic)(const struct trial *trial, uint64_t *datagrams, uint64_t *bytes);
	/* Fills in what is known of the lines and the run. */
	void (*sum_up)(struct trial *trial, struct trial_result *result);
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
	struct delivery_log receipts;
	struct loss_causes causes; /* simulated; else all zero */
	struct hist round_trips;   /* of the sessions' clock exchanges */
	int64_t start_ns;          /* of the due times */
	int64_t count_from_ns, count_to_ns;
	struct trial_actor actors[TRIAL_MEMBERS_MAX];
	bool is_out_of_memory;
	/* trial_enet.c */
	struct starling_stats before[TRIAL_MEMBERS_MAX];
	struct seq_map numbers[TRIAL_MEMBERS_MAX];
	uint64_t unsent_before;
	struct trial_listener {
		struct trial *trial;
		size_t receiver;
	} listeners[TRIAL_MEMBERS_MAX];
	struct outbox outbox;                /* the relay's own, behind trial_causes.c */
	uint8_t member_of_id[TRIAL_IDS_MAX]; /* by id: the member, plus 1 */
	struct arrivals *arrivals;           /* by member; those of trial_live_session.c, too */
	/* trial_raw.c */
	struct raw raw;
	/* trial_live.c */
	struct trial_live *live;
	int64_t turn_ns; /* when the session that is tended was turned to */
};

extern const struct trial_way trial_enet, trial_raw, trial_live_session, trial_live_socket;

/* Of the simulated network: hooks of both its ways. */
int64_t trial_sim_now_ns(const struct trial *trial);
void trial_sim_start(struct trial *trial);
void trial_sim_traffic(const struct trial *trial, uint64_t *datagrams, uint64_t *bytes);
void trial_sim_sum_up(struct trial *trial, struct trial_result *result);

/*
 * trial_causes.c: what is to be seen there, for `causes`: datagrams as they enter the simulated
 * network, of sessions or of raw; what the relay hands to ENet, from the call on; and, at the end,
 * what its ledger has refused.
 */
void trial_see_session(struct trial *trial, const struct sim_datagram *datagram,
		       const struct sim_fate *fate);
void trial_see_raw(struct trial *trial, const struct sim_datagram *datagram,
		   const struct sim_fate *fate);
void trial_see_outbox(struct trial *trial);
void trial_see_ledger(struct trial *trial);

/*
 * Of sessions of the library, wherever they are: each actor has one. First: all of a session's
 * configuration but host and port; `arrivals` for every member, which the way frees (false: no
 * memory, as `error` says); and, once the member's session is open, that what it hears is taken.
 */
void trial_configure_session(const struct trial_config *config, struct starling_config *session);
bool trial_make_arrivals(struct trial *trial, char error[TRIAL_ERROR_BYTES]);
void trial_listen_to(struct trial *trial, size_t member);

/* Takes the events that the receiver's session has, after each of its turns. */
void trial_take_session(struct trial *trial, size_t receiver);

/* Whether each session plays (STARLING_PLAYING). */
bool trial_are_sessions_in(const struct trial *trial);

/* Sends the member's next update, or its next event to the others; what fails was not sent. */
void trial_publish_session(struct trial *trial, size_t member, struct movement_place place);
void trial_send_session_event(struct trial *trial, size_t member);

/*
 * Which of the sender's updates a record with this seq has, wherever it was met. SEQ_MAP_UNKNOWN,
 * which no count takes: of no member, or a seq that its session has not sent, or long ago.
 */
uint32_t trial_number_of(struct trial *trial, size_t sender, uint16_t seq);

/* The hooks `begin` and `count`, as far as sessions know. */
void trial_begin_sessions(struct trial *trial);
void trial_count_sessions(struct trial *trial, struct trial_result *result);

/* Of what carries raw states, wherever: trial_hear, and the member's next state at this place. */
void trial_hear_raw(struct trial *trial, size_t receiver, size_t sender, uint32_t number,
		    int64_t arrived_ns);
struct raw_state trial_raw_state(const struct trial *trial, size_t member,
				 struct movement_place place);

/* trial_sums.c: fills in what follows from events, ages and receipts. False: no memory. */
bool trial_sum_up(struct trial *trial, struct trial_result *result);

/* When a member's update of this number is due. */
int64_t trial_due_ns(const struct trial *trial, size_t member, uint64_t number);

/* Whether this time is in the measured span. */
bool trial_is_measured(const struct trial *trial, int64_t ns);

/*
 * A receiver's application has an update now, whose bytes were at its host at `arrived_ns`, or are
 * there now (any later time: nothing held it back); TRIAL_ARRIVED_UNKNOWN where what carries it
 * does not tell. `is_repeat` as in delivery_log.h.
 */
#define TRIAL_ARRIVED_NOW     INT64_MAX
#define TRIAL_ARRIVED_UNKNOWN INT64_C(-1)
void trial_hear(struct trial *trial, size_t receiver, size_t sender, uint32_t number,
		bool is_repeat, int64_t arrived_ns);

#endif
