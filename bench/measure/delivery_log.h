/*
 * delivery_log: what every receiver got of every sender's updates, by number, and all figures of a
 * delivery that follow from it: what was lost and in which bursts, what came late and how far out
 * of order, delays, their variation, and how long what had arrived waited to be handed over.
 *
 * Pure: times and numbers are the caller's, nanoseconds of one clock and from 0 on for each sender.
 * A stream is one sender at one receiver. Updates that are not measured (warm-up) are noted, too,
 * as order depends on them, but none of the figures has them.
 */
#ifndef STARLING_BENCH_DELIVERY_LOG_H
#define STARLING_BENCH_DELIVERY_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/measure/bursts.h"
#include "bench/measure/hist.h"
#include "bench/measure/jitter.h"
#include "bench/measure/pdv.h"
#include "bench/measure/receive_window.h"
#include "bench/measure/reorder.h"

struct delivery_log_stream {
	uint8_t *fates; /* by number: enum fate */
	struct receive_window window;
	struct jitter jitter;
	struct reorder_stream order;
};

/* Deliveries by their fate; lost are due less the others. */
struct delivery_log_sums {
	uint64_t due, delivered, late, skipped, lost;
};

struct delivery_log {
	size_t members;
	uint32_t numbers; /* each sender's are below it */
	struct delivery_log_stream *streams;
	uint8_t *fates;
	uint64_t duplicates;
	struct bursts bursts;
	struct reorder reorder;
	struct pdv pdv;
	struct hist *delays, *pdvs, *waits;
	uint64_t waited; /* of those in `waits`: longer than 0 */
};

/* One arrival at a receiver. */
struct delivery_log_arrival {
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
int delivery_log_init(struct delivery_log *log, size_t members, uint32_t numbers);

/* Accepts one that is all zero. */
void delivery_log_fini(struct delivery_log *log);

/* Takes one arrival, and says in `news` what it is. 0, -ENOMEM, or -EINVAL: no such stream or
 * number. */
int delivery_log_take(struct delivery_log *log, const struct delivery_log_arrival *arrival,
		      enum receive_news *news);

/* The `count` updates just before `number` were not sent to this receiver, as the relay says. */
void delivery_log_skip(struct delivery_log *log, size_t receiver, size_t sender, uint32_t number,
		       uint32_t count);

/*
 * At the end, for each stream once: of the sender's updates those from number `from` to below `to`
 * were measured. Adds to the sums and to the bursts.
 */
void delivery_log_count(struct delivery_log *log, size_t receiver, size_t sender, uint32_t from,
			uint32_t to, struct delivery_log_sums *sums);

/* Whether this one came, late ones too; and whether one of a greater number did. */
bool delivery_log_has(const struct delivery_log *log, size_t receiver, size_t sender,
		      uint32_t number);
bool delivery_log_has_newer(const struct delivery_log *log, size_t receiver, size_t sender,
			    uint32_t number);

/* At the end: fills in `pdvs`. 0 or -ENOMEM. */
int delivery_log_finish(struct delivery_log *log);

/*
 * The jitter of all streams that had two arrivals: the median (nearest rank) and the worst, as they
 * were at the end. -1 when there are none. 0 or -ENOMEM.
 */
int delivery_log_jitter(const struct delivery_log *log, int64_t *median_ns, int64_t *worst_ns);

#endif
