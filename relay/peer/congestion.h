/*
 * budget: how many bytes of SNAPSHOTs may go to a member now. Its line may carry less than what is
 * due; then it is to get fewer updates, not later ones. Rules only: no ENet, no clock; the caller
 * tells the time.
 *
 * A member begins without a limit, and one whose line carries all that is due never gets one. What
 * the line carries is learned from REPORTs, a window of a few of them at a time:
 *
 *	queue	the one-way delay of the last two lies above the least of the last seconds by
 *		more than jitter and the relay's own lateness explain: a queue fills before
 *		a bottleneck, as in LEDBAT (RFC 6817). Two, as a single late datagram says
 *		nothing.
 *	loss	much more is lost than usual on this line.
 *
 * On either the rate is set to a little below the rate at which the window's SNAPSHOTs arrived,
 * which is what the bottleneck lets through (the delivery rate of BBR: Cardwell et al., 2016), and
 * what waits in the queue is given time to drain. Then it is tried whether that helped. If it did
 * not, the cause was not ours (another path, independent loss): the rate that was is restored, and
 * delay or loss as they are now are what is usual. So random loss does not starve anybody. What
 * happened while no reports came, as in a blackout, is not judged.
 *
 * Without either the rate grows, slowly at first and then faster; a limit that has held nothing
 * back for a while is dropped. Reports are hostile bytes. What contradicts what was sent is
 * ignored; what is a plausible lie gains the liar nothing, as it can at most undo the limit that
 * learning brought, and never the configured one.
 *
 * A member can be slowed (penalty.h says when): for a time it is sent little, a full message now
 * and then with the newest of what has waited longest, so that it costs a flush next to nothing. Of
 * the limits the least is in force. What went to it meanwhile says nothing of its line, and is not
 * judged.
 *
 * Bytes here count CONGESTION_HEADERS for each SNAPSHOT, as a line does.
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
	CONGESTION_SENDS = 48,        /* that are remembered, */
	CONGESTION_SENDS_US = 50000,  /* at least so far apart */
	CONGESTION_REPORT_MS = 20,    /* PROTOCOL.md's REPORT_TIME */
	CONGESTION_RATE_LEAST = 1024, /* bytes a second; learning takes a member no lower */
	/* Bytes a second to one that is slowed: some 14 full SNAPSHOTs, and never more SNAPSHOTs,
	 * as a small one costs the relay as much. */
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
	CONGESTION_TRY_QUEUE, /* the rate was cut because of a queue; to be seen whether that helps
			       */
	CONGESTION_TRY_LOSS,
};

/* What was found of a REPORT. */
enum congestion_finding {
	CONGESTION_HEEDED = 0,
	CONGESTION_UNTIMELY, /* too soon, late, or twice: as a network may bring it */
	CONGESTION_LIE,      /* it says what cannot be, however the network is */
};

struct congestion {
	/* Side by side: what each SNAPSHOT touches, to each of thousands of members. */
	double rate_most;                /* bytes a second; 0: no limit */
	double rate;                     /* learned; 0: no limit */
	uint64_t sent_count, sent_bytes; /* headers not counted */
	uint32_t remembered_us;          /* when the newest of `sends` was */
	bool is_learning;
	bool is_draining; /* the rate was cut for a queue, and nothing was sent since */
	bool was_held;    /* since the window began, some bytes were refused, or may have been */
	double tokens;    /* bytes; below 0 while a queue drains */
	int64_t filled_ns;
	int64_t penalised_until_ns; /* 0: it is not slowed */

	unsigned send_next, send_count;
	struct congestion_send sends[CONGESTION_SENDS];

	bool has_report;
	struct congestion_mark last, window; /* the newest report; where the window began */
	unsigned window_reports;
	int64_t delay_us, delay_before_us; /* of the newest report, and the one before it */
	int64_t jitter_us;                 /* mean difference of two in a row */
	int64_t late_us;                   /* of which the relay itself may have made so much */
	int64_t least_delay_us[2];         /* of the span of time before this one; of this one */
	int64_t span_ns;                   /* when this one began */

	double loss, usual_loss; /* smoothed; as found to be independent of the rate: shares */
	enum congestion_trial trial;
	uint64_t trial_index; /* those before went at another rate, or slowed: not judged */
	double trial_before;  /* queue in us, or share lost */
	double trial_rate;    /* to be restored if it did not help */
	unsigned clean;       /* windows in a row with neither queue nor loss */
	unsigned unheld;      /* windows in a row in which nothing was held back */
};

void congestion_init(struct congestion *congestion, const struct config *config, int64_t now_ns);

/* Goes by a `config` that has changed. What was learned holds, unless nothing is to be learned. */
void congestion_retune(struct congestion *congestion, const struct config *config);

/*
 * Bytes of SNAPSHOTs that may go to this member now; SIZE_MAX: no limit. Else 0, or enough for at
 * least one record: a limited member gets a worthwhile datagram at a time, not a trickle. To be
 * asked when there is something to send.
 */
size_t congestion_bytes(struct congestion *congestion, int64_t now_ns);

/*
 * A SNAPSHOT of this size went off. To be told of each, in order of `snapshot_number`, which begins
 * at 0; more than congestion_bytes allowed is taken from what will be allowed later.
 */
void congestion_spend(struct congestion *congestion, uint16_t snapshot_number, size_t bytes,
		      int64_t now_ns);

/* Another message of this size went off, which no REPORT tells of. */
void congestion_charge(struct congestion *congestion, size_t bytes);

/*
 * `late_ns`: what was sent lately may have left so much after congestion_spend was told
 * (schedule_latency_ns), and a delay of that much says nothing of the line. All but a report that
 * was heeded is ignored.
 */
enum congestion_finding congestion_report(struct congestion *congestion,
					  const struct wire_report *report, int64_t late_ns,
					  int64_t now_ns);

/* Slows the member until then, if it is not slowed for longer already. */
void congestion_penalise(struct congestion *congestion, int64_t until_ns);

bool congestion_is_penalised(const struct congestion *congestion, int64_t now_ns);

#endif
