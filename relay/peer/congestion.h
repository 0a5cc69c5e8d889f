/*
 * congestion: how many bytes of SNAPSHOTs may go to a member now. When its line carries less than
 * what is due, the member is to get fewer updates, not later ones. Rules only: no ENet, no clock;
 * the caller tells the time.
 *
 * A member begins without a limit, and keeps none while its line carries all that is due. REPORTs
 * say what the line carries, a window of a few of them at a time:
 *
 *	queue	the one-way delay of the last two lies above the least of the last seconds by
 *		more than jitter and the relay's own latency explain: a queue fills before a
 *		bottleneck, as in LEDBAT (RFC 6817). Two, because a single late datagram is no
 *		queue.
 *	loss	much more is lost than usual on this line.
 *
 * On either, the rate is cut to a little below the rate at which the window's SNAPSHOTs arrived:
 * the bottleneck lets that much through (the delivery rate of BBR: Cardwell et al., 2016). The
 * queue is given time to drain, and a trial shows whether the cut helped. If not, the member's
 * SNAPSHOTs were not the cause: the rate is restored, and the present delay or loss becomes the
 * usual one, so that random loss starves nobody. A time without REPORTs, as in a blackout, is not
 * judged.
 *
 * Without queue or loss the rate grows, slowly at first and then faster; a limit that has held
 * nothing back for a while is dropped. REPORTs are hostile bytes. One that contradicts what was
 * sent is ignored. A plausible lie gains nothing: it can at most undo the learned limit, and never
 * the configured one.
 *
 * A member can be penalised (penalty.h): for a time it is sent little, a full message now and then
 * with the newest of what has waited longest, which costs a flush next to nothing. The least of the
 * limits is in force. A penalty says nothing of the line, so its time is not judged.
 *
 * Bytes here include CONGESTION_HEADERS for each SNAPSHOT.
 */
#ifndef STARLING_RELAY_PEER_CONGESTION_H
#define STARLING_RELAY_PEER_CONGESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/wire/wire.h"
#include "relay/config.h"

enum {
	CONGESTION_HEADERS = 38,      /* bytes: IPv4 20, UDP 8, ENet 10 */
	CONGESTION_SENDS = 48,        /* SNAPSHOTs that are remembered, */
	CONGESTION_SENDS_US = 50000,  /* at least so far apart */
	CONGESTION_REPORT_MS = 20,    /* PROTOCOL.md's REPORT_TIME */
	CONGESTION_RATE_LEAST = 1024, /* bytes a second: no lower rate is learned */
	/* Bytes a second to a penalised member. Each SNAPSHOT counts as a full one, as it costs the
	 * relay as much. */
	CONGESTION_PENALTY_RATE = 16384,
};

/* A SNAPSHOT, and what had been sent before it. All modulo 2^32. */
struct congestion_send {
	uint32_t index; /* its place among all SNAPSHOTs to the member */
	uint32_t bytes;
	uint32_t sent_us;
};

/* Sums at the end of a window of reports. */
struct congestion_mark {
	uint64_t index; /* of the newest SNAPSHOT reported, from 0 */
	uint64_t count, bytes;
	uint64_t received_us;
	int64_t at_ns; /* when the report came */
};

enum congestion_trial {
	CONGESTION_NO_TRIAL = 0,
	CONGESTION_TRY_QUEUE, /* the rate was cut for a queue; does that help? */
	CONGESTION_TRY_LOSS,  /* or for loss */
};

/* How a REPORT was found. */
enum congestion_finding {
	CONGESTION_VALID = 0,
	CONGESTION_UNTIMELY, /* too soon, late, or twice: as a network may bring it */
	CONGESTION_LIE,      /* it cannot be true on any network */
};

struct congestion {
	/* Side by side: what each SNAPSHOT touches, of thousands of members. */
	double rate_most;                /* bytes a second; 0: no limit */
	double rate;                     /* learned; 0: no limit */
	uint64_t sent_count, sent_bytes; /* headers not counted */
	uint32_t remembered_us;          /* when the newest of `sends` was sent */
	bool is_learning;
	bool is_draining; /* the rate was cut for a queue, and nothing was sent since */
	bool was_held;    /* in this window bytes had to wait, or may have had to */
	double tokens;    /* bytes; below 0 while a queue drains */
	int64_t filled_ns;
	int64_t penalised_until_ns; /* 0: it is not penalised */

	unsigned send_next, send_count;
	struct congestion_send sends[CONGESTION_SENDS];

	bool has_report;
	struct congestion_mark last, window; /* the newest report; where the window began */
	unsigned window_reports;
	int64_t delay_us, delay_before_us; /* of the newest report, and of the one before */
	int64_t jitter_us;                 /* mean difference of two in a row */
	int64_t late_us;                   /* so much of the delay may be the relay's own */
	int64_t least_delay_us[2];         /* of the span of time before this one; of this one */
	int64_t span_ns;                   /* when this one began */

	double loss, usual_loss; /* smoothed; as found to be independent of the rate: shares */
	enum congestion_trial trial;
	uint64_t trial_index; /* SNAPSHOTs before went at another rate: not judged */
	double trial_before;  /* queue in us, or share lost */
	double trial_rate;    /* to be restored if the trial fails */
	unsigned clean;       /* windows in a row with neither queue nor loss */
	unsigned unheld;      /* windows in a row in which nothing was held back */
};

void congestion_init(struct congestion *congestion, const struct config *config, int64_t now_ns);

/* Goes by a `config` that has changed. The learned rate stays, unless none is to be learned. */
void congestion_retune(struct congestion *congestion, const struct config *config);

/*
 * The bytes of SNAPSHOTs that may go to this member now; SIZE_MAX: any. Under a limit it is 0 until
 * a worthwhile datagram may go, so that the member does not get a trickle. To be asked when there
 * is something to send.
 */
size_t congestion_bytes(struct congestion *congestion, int64_t now_ns);

/*
 * A SNAPSHOT of this size was sent. To be called for each, in order of `snapshot_number`, which
 * begins at 0. Bytes beyond congestion_bytes are taken from those allowed later.
 */
void congestion_spend(struct congestion *congestion, uint16_t snapshot_number, size_t bytes,
		      int64_t now_ns);

/* Another message of this size was sent, which no REPORT counts. */
void congestion_charge(struct congestion *congestion, size_t bytes);

/*
 * Uses a REPORT that is valid, and ignores any other. `late_ns`: datagrams may have left so long
 * after congestion_spend (schedule_latency_ns), so such a delay says nothing of the line.
 */
enum congestion_finding congestion_report(struct congestion *congestion,
					  const struct wire_report *report, int64_t late_ns,
					  int64_t now_ns);

/* Penalises the member until then at least. */
void congestion_penalise(struct congestion *congestion, int64_t until_ns);

bool congestion_is_penalised(const struct congestion *congestion, int64_t now_ns);

#endif
