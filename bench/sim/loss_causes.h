/*
 * loss_causes: why each delivery that was due did not come: how far its furthest copy got, and what
 * ended it there. One cause for each, so that their sums are those of what did not come.
 *
 * Pure: it is told what happened on the way, by those who see every datagram and what the relay
 * hands to ENet (the simulated network, trial_run_causes.c), with times in nanoseconds of one clock
 * and numbers from 0 on for each sender. Deliveries that come are the matter of delivery_log.h.
 *
 * In a reliable way of carrying, what a link drops is said again, so no link is the end of it: it
 * ends with its session, or is still under way at the end.
 */
#ifndef STARLING_BENCH_LOSS_CAUSES_H
#define STARLING_BENCH_LOSS_CAUSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum loss_causes_cause {
	LOSS_CAUSES_SESSION, /* the sender or the receiver was not in the room, or lost it meanwhile
			      */
	LOSS_CAUSES_UNSENT,  /* in no datagram: dropped by ENet's throttle, or left in its queue */
	LOSS_CAUSES_LINK_UP, /* each datagram with it was dropped on the link to the relay */
	LOSS_CAUSES_SUPERSEDED, /* the relay had a newer one at its flush, and says so */
	LOSS_CAUSES_REFUSED,    /* by the relay: a limit, a budget, a full queue, out of interest */
	LOSS_CAUSES_OVERTAKEN,  /* dropped, at the relay or by ENet, as something newer had come
				   there */
	LOSS_CAUSES_LINK_DOWN,  /* each datagram with it was dropped on the receiver's link */
	LOSS_CAUSES_UNDER_WAY,  /* still on its way, or kept back for one before it, at the end, or
				 * came  too far behind the newest: later than the waiting threshold
				 */
	LOSS_CAUSES_UNKNOWN,    /* what was seen explains it by none of these */
	LOSS_CAUSES_COUNT,
};

/* How what arrives is handed over. */
enum loss_causes_order {
	LOSS_CAUSES_AS_IT_COMES,
	/*
	 * The same over ENet, which counts unsequenced packets in windows of 1,024: with the first
	 * of the next window it drops all that is still to come of the one before.
	 */
	LOSS_CAUSES_UNSEQUENCED,
	LOSS_CAUSES_SEQUENCED, /* what was overtaken is dropped */
	LOSS_CAUSES_SHARED,    /* sequenced, and kept back for reliable messages before it */
	LOSS_CAUSES_RELIABLE,
};

enum {
	LOSS_CAUSES_OUTS_MAX =
		16, /* times without a session that are told apart; then the last grows */
};

struct loss_causes {
	size_t members;
	uint32_t numbers; /* each sender's are below it */
	enum loss_causes_order order;
	int64_t start_ns, end_ns; /* nothing is published before; what comes later is too late */
	bool is_refusing; /* the relay's ledger has some of what LOSS_CAUSES_REFUSED names */
	struct loss_causes_update *updates; /* by sender, then number */
	struct loss_causes_copy *copies;    /* by receiver, sender, number */
	uint32_t *handed;                   /* by receiver, then sender: the newest, plus 1 */
	int64_t *handed_ns;                 /* by receiver: when it last was handed anything */
	int64_t *heard_ns; /* by receiver: when anything was last handed over there */
	struct loss_causes_session *sessions; /* by member */
};

/* For each of `members` sending at most `numbers` updates. 0 or -ENOMEM. */
int loss_causes_init(struct loss_causes *causes, size_t members, uint32_t numbers,
		     enum loss_causes_order order);

/* Accepts one that is all zero. */
void loss_causes_fini(struct loss_causes *causes);

/* Between these times; now everyone has a session. */
void loss_causes_start(struct loss_causes *causes, int64_t start_ns, int64_t end_ns);

/*
 * Events on the way, in order of time. Members and numbers that do not exist are passed over.
 */

/* Whether the member has a session, from now on. */
void loss_causes_session(struct loss_causes *causes, size_t member, bool is_in, int64_t now_ns);

/* It was published, before the way of carrying had it. */
void loss_causes_publish(struct loss_causes *causes, size_t sender, uint32_t number,
			 int64_t now_ns);

/*
 * A datagram with it enters the sender's link, or a receiver's, and arrives then; INT64_MAX: it is
 * dropped. `is_repeat`: said again reliably, as settled, beside the stream.
 */
void loss_causes_up(struct loss_causes *causes, size_t sender, uint32_t number, int64_t arrives_ns);
void loss_causes_down(struct loss_causes *causes, size_t receiver, size_t sender, uint32_t number,
		      bool is_repeat, int64_t arrives_ns);

/* The relay hands it to ENet for this receiver, and says that it `skipped` so many before it. */
void loss_causes_hand(struct loss_causes *causes, size_t receiver, size_t sender, uint32_t number,
		      uint32_t skipped, int64_t now_ns);

/* The receiver's application was handed an update, of anybody. */
void loss_causes_hear(struct loss_causes *causes, size_t receiver, int64_t now_ns);

/* It came so far behind the newest that it counts as lost. */
void loss_causes_ancient(struct loss_causes *causes, size_t receiver, size_t sender,
			 uint32_t number);

/* Once, when all was told, before loss_causes_of. */
void loss_causes_settle(struct loss_causes *causes);

/*
 * Why this one did not come. `has_newer`: one of a greater number of this sender came to this
 * receiver.
 */
enum loss_causes_cause loss_causes_of(const struct loss_causes *causes, size_t receiver,
				      size_t sender, uint32_t number, bool has_newer);

/* Its name in results. */
const char *loss_causes_text(enum loss_causes_cause cause);

#endif
