/*
 * trial: one room, one way of carrying its updates, one kind of link: what is to be tried, and what
 * became of the updates, on the simulated network (trial_run.h) or on real sockets (netns/live.h).
 *
 * Twin streams. Trials with the same seed and line draw the same luck for the n-th datagram of each
 * direction of each member's line, whatever the carrier; n counts from when the members begin to
 * publish, and so do the times of a line's changes (at=). Carriers send different numbers of
 * datagrams, as there are acknowledgements, repeats, events, and several updates in one: then the
 * same luck meets other updates. So the network is the same to the bit for all, and what is lost of
 * a carrier differs by chance, too, as much as with another seed. Raw and redundant send datagram
 * for datagram the same updates, so that between these two not even chance differs (as long as no
 * line has a rate, at which the larger ones take longer).
 */
#ifndef STARLING_BENCH_TRIAL_H
#define STARLING_BENCH_TRIAL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/measure/age.h"
#include "bench/measure/age_track.h"
#include "bench/sim/age_why.h"
#include "bench/sim/loss_causes.h"
#include "bench/measure/run_validity.h"
#include "bench/measure/hist.h"
#include "bench/measure/age_distribution.h"
#include "client/replay/trace.h"
#include "proto/net/link/link_model.h"

enum {
	TRIAL_MEMBERS_MAX = 64,
	TRIAL_ERROR_BYTES = 256,
	TRIAL_WARM_UP_S = 2,          /* simulated: publishing, before it counts */
	TRIAL_COOL_DOWN_S = 3,        /* after the last update: what comes later is lost */
	TRIAL_STALL_MS = 250,         /* a longer age is a stall */
	TRIAL_REDUNDANCY_MAX = 16,    /* states in a datagram */
	TRIAL_PAYLOAD_MAX_BYTES = 64, /* of an update, beside the position */
	TRIAL_CDF_POINTS = 104,       /* of a curve of ages */
};

enum trial_carrier {
	TRIAL_UNSEQUENCED,
	TRIAL_SEQUENCED,
	TRIAL_RELIABLE,
	TRIAL_SHARED,    /* sequenced, on one channel with the reliable events */
	TRIAL_THROTTLED, /* unsequenced, with ENet's packet throttle left on at both ends */
	TRIAL_RAW,       /* raw UDP datagrams and no protocol (raw.h); no events, no ticks */
	/*
	 * Raw, where each datagram carries the last k states. Not over ENet, so that its datagrams
	 * are those of raw, one for one, and what differs is the redundancy alone.
	 */
	TRIAL_REDUNDANT,
	TRIAL_SIM_COUNT, /* those from here on need the kernel's TCP: on real sockets only */
	TRIAL_TCP = TRIAL_SIM_COUNT, /* a stream, in frames; events go in it too */
	TRIAL_NODELAY,               /* the same with TCP_NODELAY at both ends */
	TRIAL_HTTP, /* a request for each update, as soon as the one before is answered; no events
		     */
	TRIAL_CARRIER_COUNT,
};

/* A word, as on the command line. */
const char *trial_carrier_text(enum trial_carrier carrier);

struct trial_config {
	uint64_t seed;
	enum trial_carrier carrier;
	size_t members;              /* 2 to TRIAL_MEMBERS_MAX, each with one entity */
	double rate_hz;              /* updates of each */
	double event_hz;             /* reliable events of each, to the others */
	double tick_hz;              /* of the relay's flushes; 0: at once */
	double seconds;              /* measured; after a warm-up that is left out */
	size_t redundancy;           /* k of TRIAL_REDUNDANT, 1 to TRIAL_REDUNDANCY_MAX */
	size_t payload_bytes;        /* of each update, up to TRIAL_PAYLOAD_MAX_BYTES */
	unsigned grain_um;           /* in which positions are said, to WIRE_GRAIN_MAX_UM */
	const struct trace *trace;   /* how they move, with at least `members` ids; NULL: a flock */
	struct link_model_spec line; /* each member's, each way */
	/* TRIAL_SEQUENCED: where ENet's numbers begin, of each member's channel of states up, and
	 * of that down to each (sessions.h). */
	uint16_t sequence_up, sequence_down;
	const volatile sig_atomic_t *is_over; /* set by a signal: end it now; NULL: never */
	struct age_track *track; /* of the first member about the second, in us from when it is
				   measured; NULL: nowhere */
	struct age_distribution *ages; /* where to add all ages, too; NULL: nowhere */
	bool wants_why;                /* simulated: the ages in parts */
};

/* The ages in parts, in ns. */
struct trial_why {
	bool is_known; /* it was wanted */
	double mean_ns[AGE_PARTS];
	struct age_why_moment moment;
};

/* Ages above which the share of time is told. */
enum {
	TRIAL_ABOVE_COUNT = 3,
};
extern const int trial_above_ms[TRIAL_ABOVE_COUNT];

/* How well a run on real sockets went; all zero of a simulated one. */
struct trial_check {
	bool is_live;
	struct run_validity validity; /* but for sequenced_packets */
	/* Sends after their due times, and what one took in the calls that send it. */
	int64_t late_p50_us, late_max_us, call_p50_ns, call_p99_ns;
};

struct trial_result {
	struct trial_check check;
	/*
	 * Of all pairs of a member and another's updates that were due while it was measured, each
	 * followed by its number (delivery_log.h).
	 */
	uint64_t due;       /* published, times receivers */
	uint64_t delivered; /* came, late ones too */
	uint64_t late;      /* of these: after a newer one, or with it, and so of no use */
	uint64_t lost;      /* never came, or too far behind a newer one */
	uint64_t skipped;   /* never sent on: the relay had a newer one by then */
	/* Why these were lost or skipped: all of them, each under one cause. Live: not known. */
	uint64_t causes[LOSS_CAUSES_COUNT];
	uint64_t duplicates; /* came again; of redundant, the repeats */
	uint64_t throttled;  /* packets that ENet's throttle dropped, at the relay and at clients */
	uint64_t events_due, events_delivered;
	int64_t age_p50_us, age_p95_us, age_p99_us, age_max_us, longest_stall_us;
	uint64_t stalls;
	int64_t rtt_p50_us, rtt_p99_us, rtt_max_us; /* of `rtts` clock exchanges; -1: none */
	uint64_t rtts;
	/*
	 * From an update's due time until its receiver had it, of those that were the newest when
	 * they came: `delays` of them. -1 when there were none.
	 */
	int64_t delay_p50_us, delay_p99_us, delay_p999_us;
	uint64_t delays;
	double age_above[TRIAL_ABOVE_COUNT]; /* share of time, by trial_above_ms */
	/* Of the receivers, by their places from 0 on: whose ages have the greatest p99; who lost
	 * the greatest share, and how much. -1: none. */
	int64_t worst_age_p99_us;
	int worst_age_receiver, worst_loss_receiver;
	double worst_loss;
	/* Jitter of the streams at the end, RFC 3550: median and worst; PDV, RFC 5481. -1: none. */
	int64_t jitter_median_us, jitter_worst_us, pdv_p50_us, pdv_p99_us;
	/* Patterns of loss, RFC 3357. */
	uint64_t loss_periods, loss_longest, loss_noticeable;
	/* Reordering, RFC 4737; in updates of the stream, 0: none. */
	uint64_t reordered;
	unsigned reorder_p99, reorder_max;
	/*
	 * Head of line: from the arrival of an update's bytes at the receiver's host until the
	 * application had it, of each that came, late ones too: `waits` of them, of which `waited`
	 * waited at all. -1 when there were none.
	 */
	int64_t wait_p50_us, wait_p99_us, wait_max_us;
	uint64_t waits, waited;
	uint64_t datagrams, bytes;        /* on all lines, each way; bytes of UDP payload */
	uint64_t down_bytes;              /* of these, the relay's; live: 0, not told apart */
	struct link_model_stats up, down; /* what the lines did, warm-up and end included */
	uint64_t rejoins;                 /* tries to join again, of sessions that were lost */
	/*
	 * TRIAL_SEQUENCED: the channels of states, of all members, up and down; of these, those
	 * whose numbers went round while it was measured (sessions.h); the least number of
	 * packets that one carried, since it was opened. Else 0.
	 */
	uint64_t channels, channels_round;
	uint64_t channel_packets;
	struct trial_why why;
	uint64_t digest;    /* of every datagram; live: 0 */
	double simulated_s; /* warm-up too; live: real time */
};

/*
 * Whether the relay learns what each member's line carries, as it does by default (congestion.h):
 * on a line that has a rate, where what the relay sends beyond it waits in a queue. On all others
 * its budget is fixed, so that what differs between two ways of carrying is the way: learning takes
 * what a mode drops for a line that is full.
 */
bool trial_learns_budget(const struct link_model_spec *line);

/* The share of time of a point of a curve of ages: each per cent, and then finer. */
double trial_cdf_share(size_t point);

#endif
