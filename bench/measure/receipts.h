/*
 * receipts: what every receiver got of every sender's updates, by number, and all figures of a
 * delivery that follow from it: what was lost and in which bursts, what came late and how far out
 * of order, delays, their variation, and how long what had arrived waited to be handed over.
 *
 * Pure: times and numbers are the caller's, nanoseconds of one clock and from 0 on for each sender.
 * A stream is one sender at one receiver. Updates that are not measured (warm-up) are noted, too,
 * as order depends on them, but none of the figures has them.
 */
#ifndef STARLING_BENCH_RECEIPTS_H
#define STARLING_BENCH_RECEIPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/measure/bursts.h"
#include "bench/measure/hist.h"
#include "bench/measure/jitter.h"
#include "bench/measure/pdv.h"
#include "bench/measure/reorder.h"

/* What an arrival is to its receiver. */
enum receipts_news {
	RECEIPTS_NEWEST,    /* newer than all before */
	RECEIPTS_LATE,      /* came after a newer one, for the first time */
	RECEIPTS_DUPLICATE, /* had been there */
	RECEIPTS_REPAIRED,  /* a repeat of one that had not come: delivered, by nothing but it */
	RECEIPTS_ANCIENT,   /* REORDER_WINDOW or more behind the newest: it stays lost */
};

struct receipts_stream {
	uint8_t *fates; /* by number: enum receipts_fate */
	uint32_t next;  /* the newest number, plus 1; 0: nothing came */
	struct jitter jitter;
	struct reorder_stream order;
};

/* What became of deliveries; lost are due less the others. */
struct receipts_sums {
	uint64_t due, delivered, late, skipped, lost;
};

struct receipts {
	size_t members;
	uint32_t numbers; /* each sender's are below it */
	struct receipts_stream *streams;
	uint8_t *fates;
	uint64_t duplicates;
	struct bursts bursts;
	struct reorder reorder;
	struct pdv pdv;
	struct hist *delays, *pdvs, *waits;
	uint64_t waited; /* of those in `waits`: longer than 0 */
};

/* One arrival at a receiver. */
struct receipts_arrival {
	size_t receiver, sender;
	uint32_t number;
	bool is_measured;
	/*
	 * Said again on purpose, as settled, beside the stream. It counts as delivered if nothing
	 * else brings it, and for no time, order or duplicate.
	 */
	bool is_repeat;
	int64_t due_ns;     /* when it was to be sent */
	int64_t arrived_ns; /* when its bytes were at the receiver's host; -1: not known */
	int64_t now_ns;     /* when the application had it */
};

/* For each of `members` sending at most `numbers` updates. 0 or -ENOMEM. */
int receipts_init(struct receipts *receipts, size_t members, uint32_t numbers);

/* Accepts one that is all zero. */
void receipts_fini(struct receipts *receipts);

/* Takes one arrival, and says in `news` what it is. 0, -ENOMEM, or -EINVAL: no such stream or
 * number. */
int receipts_take(struct receipts *receipts, const struct receipts_arrival *arrival,
		  enum receipts_news *news);

/* The `count` updates just before `number` were not sent to this receiver, as the relay says. */
void receipts_skip(struct receipts *receipts, size_t receiver, size_t sender, uint32_t number,
		   uint32_t count);

/*
 * At the end, for each stream once: of the sender's updates those from number `from` to below `to`
 * were measured. Adds to the sums and to the bursts.
 */
void receipts_count(struct receipts *receipts, size_t receiver, size_t sender, uint32_t from,
		    uint32_t to, struct receipts_sums *sums);

/* Whether this one came, late ones too; and whether one of a greater number did. */
bool receipts_has(const struct receipts *receipts, size_t receiver, size_t sender, uint32_t number);
bool receipts_has_newer(const struct receipts *receipts, size_t receiver, size_t sender,
			uint32_t number);

/* At the end: fills in `pdvs`. 0 or -ENOMEM. */
int receipts_finish(struct receipts *receipts);

/*
 * The jitter of all streams that had two arrivals: the median (nearest rank) and the worst, as they
 * were at the end. -1 when there are none. 0 or -ENOMEM.
 */
int receipts_jitter(const struct receipts *receipts, int64_t *median_ns, int64_t *worst_ns);

#endif
