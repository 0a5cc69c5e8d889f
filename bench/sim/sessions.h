/*
 * sessions: the members of a room by the client library, one session each, wherever they are: on
 * the simulated network (trial_run_enet.c) or on real sockets (driver_session.c). They know which
 * update a record has, and when its bytes came.
 */
#ifndef STARLING_BENCH_SESSIONS_H
#define STARLING_BENCH_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/sim/arrivals.h"
#include "bench/sim/seq_map.h"
#include "bench/sim/trial.h"
#include "client/lib/starling.h"

/* An update that a session hands to its application. */
struct sessions_heard {
	size_t receiver, sender;
	uint32_t number;
	unsigned skipped;   /* just before it, which the relay says it left out */
	bool is_repeat;     /* as in delivery_log.h */
	int64_t arrived_ns; /* when its SNAPSHOT was noted in `arrivals`; -1: not known */
};

typedef void sessions_heard_function(void *context, const struct sessions_heard *heard);

struct sessions {
	size_t members;
	sessions_heard_function *heard;
	void *context;
	struct sessions_one {
		struct sessions *all;
		struct starling *session; /* borrowed; NULL: none */
		uint32_t id;              /* at the relay; 0: none */
		double rtt_s;             /* of the clock exchange that was told last */
		struct starling_stats before;
		struct seq_map numbers;
		struct arrivals arrivals; /* noted by whoever sees them */
	} * list;
};

/* For so many members. `context` must outlive it. 0 or -ENOMEM. */
int sessions_init(struct sessions *sessions, size_t members, sessions_heard_function *heard,
		  void *context);
/* Accepts one that is all zero. The sessions themselves are the caller's. */
void sessions_fini(struct sessions *sessions);

/* All of a session's configuration but host and port. */
void sessions_configure(const struct trial_config *config, struct starling_config *session);

/* The member's session is open. */
void sessions_add(struct sessions *sessions, size_t member, struct starling *session);

/* Whether each session plays (STARLING_PLAYING). */
bool sessions_are_in(const struct sessions *sessions);

/*
 * Which of the sender's updates a record with this seq has, wherever it was met. SEQ_MAP_UNKNOWN,
 * which no count takes: of no member, or a seq that its session has not sent, or long ago.
 */
uint32_t sessions_number_of(struct sessions *sessions, size_t sender, uint16_t seq);

/* The member's update of this number, at that place in metres, with so many bytes of payload. */
void sessions_publish(struct sessions *sessions, size_t member, uint32_t number, double x, double y,
		      size_t payload_bytes);

/* An event to the others. False: it was not sent. */
bool sessions_send_event(struct sessions *sessions, size_t member, const void *event, size_t size);

/* Takes what the session has to say after a turn: how many events of others it heard. */
unsigned sessions_take(struct sessions *sessions, size_t member);

/* The round trip of a clock exchange, each once, in nanoseconds; -1: none since the last call. */
int64_t sessions_round_trip_ns(struct sessions *sessions, size_t member);

/*
 * Fills in rejoins, and what ENet's throttle and the channels' numbers did since the sessions began
 * to be measured: `begin` says when that is.
 */
void sessions_begin(struct sessions *sessions);
void sessions_count(const struct sessions *sessions, const struct trial_config *config,
		    struct trial_result *result);

/*
 * Where ENet's numbers of a sequenced channel are to begin, so that they go round
 * while it is measured. They have 16 bits: after 65,535 unreliable packets of a channel ENet sends
 * one reliably, behind which all others wait if it is lost. At 20 updates a second that comes once
 * in 55 minutes; a run of a minute that began at 0 would say nothing of it, and claim of sequenced
 * what is not so.
 */

enum {
	/* Every so many packets of a channel ENet sends one reliably. */
	SEQUENCE_PERIOD = 65536,
};

/*
 * The start for a channel that carries about so many packets a second, so that it goes round well
 * inside the measured span: after warm_up_s and a quarter of `seconds`. Not later, since fewer come
 * more easily than more: lines lose, and relays put several updates into one. 0 where it goes round
 * by itself.
 */
uint16_t sequence_start(double packets_hz, double warm_up_s, double seconds);

/*
 * Whether a channel that began at `start`, and has carried `before` packets when it began to be
 * measured and `after` at the end, has gone round in between.
 */
bool sequence_start_has_passed(uint16_t start, uint64_t before, uint64_t after);

#endif
