#include "client/lib/sequence_stats.h"

#include <string.h>

#include "proto/wire/wire.h"

enum outcome {
	UNCOUNTED = 0, /* before the first one, or not sent */
	RECEIVED,
	LATE,
	LOST,
	SKIPPED,
	REPAIRED,
	COUNTED, /* how many outcomes are counted; the following are in no count */

	PRIOR = COUNTED, /* may still come; not missed, as it was sent before the count began */
	AWAITED,         /* a repeat overtook it: it comes before any newer update, or is lost */
	CONFIRMED,       /* awaited, and came as a repeat already */
};

/* Counts are added modulo 2^64, so adding -1 and 1 moves one from an outcome to another. */
static void count(struct sequence_stats_counts *one, struct sequence_stats_counts *all,
		  enum outcome outcome, uint64_t by)
{
	static const size_t fields[COUNTED] = {
		[RECEIVED] = offsetof(struct sequence_stats_counts, received),
		[LATE] = offsetof(struct sequence_stats_counts, late),
		[LOST] = offsetof(struct sequence_stats_counts, lost),
		[SKIPPED] = offsetof(struct sequence_stats_counts, skipped),
		[REPAIRED] = offsetof(struct sequence_stats_counts, repaired),
	};

	if (outcome == UNCOUNTED || outcome >= COUNTED)
		return;
	*(uint64_t *)((char *)one + fields[outcome]) += by;
	*(uint64_t *)((char *)all + fields[outcome]) += by;
}

static bool is_in_gap(const struct sequence_stats_gap *gap, uint16_t seq)
{
	return wire_seq_is_newer(seq, gap->from) && wire_seq_is_newer(gap->to, seq);
}

static bool holds_end(const struct sequence_stats_gap *gap, uint16_t end)
{
	return (end == gap->from || wire_seq_is_newer(end, gap->from)) &&
	       wire_seq_is_newer(gap->to, end);
}

static void move(struct sequence_stats_window *window, uint16_t seq, enum outcome to,
		 struct sequence_stats_counts *one, struct sequence_stats_counts *all)
{
	uint8_t *outcome = &window->outcomes[seq % SEQUENCE_STATS_WINDOW];

	for (unsigned i = 0; *outcome == LOST && i < SEQUENCE_STATS_ENDS; i++)
		window->gaps[i].lost -= is_in_gap(&window->gaps[i], seq);
	count(one, all, (enum outcome) * outcome, UINT64_MAX);
	count(one, all, to, 1);
	*outcome = (uint8_t)to;
}

void sequence_stats_restart(struct sequence_stats_window *window)
{
	*window = (struct sequence_stats_window){ 0 };
}

static bool is_in_window(const struct sequence_stats_window *window, uint16_t seq)
{
	return (uint16_t)(window->newest - seq) < SEQUENCE_STATS_WINDOW;
}

/* The seqs missing between the newest and `seq` are lost, unless the entity ended among them. */
static enum outcome open_gap(struct sequence_stats_window *window, uint16_t seq, uint16_t lost)
{
	const struct sequence_stats_gap gap = { .from = window->newest, .to = seq, .lost = lost };

	for (unsigned i = 0; i < window->end_count; i++)
		if (holds_end(&gap, window->ends[i]))
			return UNCOUNTED;
	window->gaps[window->gap_next++ % SEQUENCE_STATS_ENDS] = gap;
	return LOST;
}

/*
 * Makes `seq` the newest. Of the seqs between it and the newest before, `skipped` are skipped, and
 * the others are `missing`: LOST or AWAITED.
 */
static void advance(struct sequence_stats_window *window, uint16_t seq, uint16_t skipped,
		    enum outcome missing, struct sequence_stats_counts *one,
		    struct sequence_stats_counts *all)
{
	const uint16_t gap = (uint16_t)(seq - window->newest - 1);

	if (skipped > gap)
		skipped = gap;
	if (missing == LOST && gap > skipped)
		missing = open_gap(window, seq, (uint16_t)(gap - skipped));
	count(one, all, missing, (uint64_t)(gap - skipped));
	count(one, all, SKIPPED, skipped);
	for (uint16_t back = 1; back <= gap && back < SEQUENCE_STATS_WINDOW; back++)
		window->outcomes[(uint16_t)(seq - back) % SEQUENCE_STATS_WINDOW] =
			(uint8_t)(back <= skipped ? SKIPPED : missing);
	window->outcomes[seq % SEQUENCE_STATS_WINDOW] = UNCOUNTED;
	window->newest = seq;
}

/* An update came in its order: a seq still awaited before it will not come. */
static void end_waiting(struct sequence_stats_window *window, uint16_t seq,
			struct sequence_stats_counts *one, struct sequence_stats_counts *all)
{
	if (!window->is_waiting)
		return;
	window->is_waiting = wire_seq_is_newer(window->newest, seq);
	for (uint16_t back = 0; back < SEQUENCE_STATS_WINDOW; back++) {
		const uint16_t before = (uint16_t)(window->newest - back);
		const enum outcome outcome =
			(enum outcome)window->outcomes[before % SEQUENCE_STATS_WINDOW];

		if (!wire_seq_is_newer(seq, before))
			continue;
		if (outcome == AWAITED)
			move(window, before, LOST, one, all);
		else if (outcome == CONFIRMED)
			move(window, before, REPAIRED, one, all);
	}
}

static void receive_update(struct sequence_stats_window *window, uint16_t seq,
			   struct sequence_stats_counts *one, struct sequence_stats_counts *all)
{
	switch (window->outcomes[seq % SEQUENCE_STATS_WINDOW]) {
	case RECEIVED:
	case LATE:
		one->duplicate++;
		all->duplicate++;
		break;
	case PRIOR:
	case AWAITED:
	case CONFIRMED:
		/* Only a repeat overtook it, no newer update. */
		move(window, seq, RECEIVED, one, all);
		break;
	default:
		move(window, seq, seq == window->newest ? RECEIVED : LATE, one, all);
	}
}

static void receive_repeat(struct sequence_stats_window *window, uint16_t seq,
			   struct sequence_stats_counts *one, struct sequence_stats_counts *all)
{
	switch (window->outcomes[seq % SEQUENCE_STATS_WINDOW]) {
	case RECEIVED:
	case LATE:
	case PRIOR:
	case CONFIRMED:
		break;
	case AWAITED:
		move(window, seq, CONFIRMED, one, all);
		break;
	case UNCOUNTED:
		/* From before the first, or before an end. */
		if (seq != window->newest)
			break;
		/* fall through */
	default:
		move(window, seq, REPAIRED, one, all);
	}
}

/* A late update still says which seqs were skipped before it; they had counted as lost. */
static void credit_skipped(struct sequence_stats_window *window, uint16_t seq, uint16_t skipped,
			   struct sequence_stats_counts *one, struct sequence_stats_counts *all)
{
	uint16_t behind = (uint16_t)(window->newest - seq);

	for (uint16_t back = 1; back <= skipped && behind + back < SEQUENCE_STATS_WINDOW; back++) {
		uint16_t before = (uint16_t)(seq - back);
		uint8_t outcome = window->outcomes[before % SEQUENCE_STATS_WINDOW];

		if (outcome == LOST || outcome == AWAITED)
			move(window, before, SKIPPED, one, all);
	}
}

/* The first seq of a count. A seq missing before it is no loss. */
static void begin(struct sequence_stats_window *window, uint16_t seq, enum sequence_stats_kind kind)
{
	window->has_newest = true;
	window->newest = seq;
	if (kind == SEQUENCE_STATS_REPEAT)
		window->outcomes[seq % SEQUENCE_STATS_WINDOW] = PRIOR;
	window->is_open = kind == SEQUENCE_STATS_REPEAT_AHEAD;
	if (window->is_open)
		memset(window->outcomes, PRIOR, sizeof(window->outcomes));
}

/* While only repeats ahead of updates have come, the first update's seq is not known. */
static void receive_open(struct sequence_stats_window *window, uint16_t seq,
			 enum sequence_stats_kind kind)
{
	if (wire_seq_is_newer(seq, window->newest)) {
		window->newest = seq;
		memset(window->outcomes, kind == SEQUENCE_STATS_UPDATE ? UNCOUNTED : PRIOR,
		       sizeof(window->outcomes));
	}
	window->is_open = kind != SEQUENCE_STATS_UPDATE;
}

void sequence_stats_receive(struct sequence_stats_window *window, uint16_t seq, uint16_t skipped,
			    enum sequence_stats_kind kind, struct sequence_stats_counts *one,
			    struct sequence_stats_counts *all)
{
	if (!window->has_newest)
		begin(window, seq, kind);
	else if (window->is_open)
		receive_open(window, seq, kind);
	if (kind == SEQUENCE_STATS_UPDATE)
		end_waiting(window, seq, one, all);
	if (wire_seq_is_newer(seq, window->newest)) {
		advance(window, seq, skipped, kind == SEQUENCE_STATS_REPEAT_AHEAD ? AWAITED : LOST,
			one, all);
		if (kind == SEQUENCE_STATS_REPEAT_AHEAD) {
			window->outcomes[seq % SEQUENCE_STATS_WINDOW] = AWAITED;
			window->is_waiting = true;
		}
	} else if (!is_in_window(window, seq)) {
		return;
	} else {
		credit_skipped(window, seq, skipped, one, all);
	}
	if (kind == SEQUENCE_STATS_UPDATE)
		receive_update(window, seq, one, all);
	else
		receive_repeat(window, seq, one, all);
}

static void close_gap(struct sequence_stats_window *window, struct sequence_stats_gap *gap,
		      struct sequence_stats_counts *one, struct sequence_stats_counts *all)
{
	count(one, all, LOST, (uint64_t)0 - gap->lost);
	for (uint16_t back = 0; back < SEQUENCE_STATS_WINDOW; back++) {
		const uint16_t before = (uint16_t)(window->newest - back);
		uint8_t *outcome = &window->outcomes[before % SEQUENCE_STATS_WINDOW];

		if (*outcome == LOST && is_in_gap(gap, before))
			*outcome = UNCOUNTED;
	}
	*gap = (struct sequence_stats_gap){ 0 };
}

void sequence_stats_end(struct sequence_stats_window *window, uint16_t seq,
			struct sequence_stats_counts *one, struct sequence_stats_counts *all)
{
	for (unsigned i = 0; i < SEQUENCE_STATS_ENDS; i++)
		if (holds_end(&window->gaps[i], seq))
			close_gap(window, &window->gaps[i], one, all);
	memmove(&window->ends[1], &window->ends[0], sizeof(window->ends) - sizeof(window->ends[0]));
	window->ends[0] = seq;
	if (window->end_count < SEQUENCE_STATS_ENDS)
		window->end_count++;
}
