/*
 * receive_window: what one receiver has heard of the senders in its sight: which of the newest
 * updates have come, and since when it has known the newest. It is the one definition of what is
 * new, late, a duplicate or lost, for all that the bench measures.
 *
 * A receiver's table is either one place for each sender, where all are in sight, or a list of
 * those in sight and no others, so that memory follows what is seen and not the square of the
 * members. Taking an update allocates nothing but when a list grows.
 */
#ifndef STARLING_BENCH_RECEIVE_WINDOW_H
#define STARLING_BENCH_RECEIVE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RECEIVE_WINDOW_UPDATES = 64, /* updates up to the newest that are told apart */
	RECEIVE_WINDOW_LIST_MIN = 16,
};

/* An update, to its receiver, as it comes. */
enum receive_news {
	RECEIVE_NEWEST,    /* newer than all before */
	RECEIVE_LATE,      /* came after a newer one, or with it; for the first time */
	RECEIVE_DUPLICATE, /* had been there */
	RECEIVE_ANCIENT,   /* RECEIVE_WINDOW_UPDATES or more behind the newest: it stays lost */
	/* A reliable repeat of one that had not come: only delivery_log.h tells these. */
	RECEIVE_REPAIRED,
};

/* One sender. */
struct receive_window {
	uint64_t seen;    /* bit n: number next - 1 - n has come */
	int64_t since_ns; /* when the newest came; kept by the caller, as is what follows `sender`
			   */
	uint32_t next;    /* one above the newest; 0: nothing yet */
	uint32_t sender;  /* of a list */
	uint32_t id;      /* the sender's at the relay */
};

struct receive_window_table {
	struct receive_window *places;
	uint32_t capacity;
	uint32_t used;  /* of a list */
	uint32_t found; /* of a list: where the last one was, as senders come in rows */
	bool is_list;
};

/* `places`: how many senders there are, each with its place; 0: a list. 0 or -ENOMEM. */
int receive_window_init(struct receive_window_table *table, uint32_t places);
/* Accepts one that is all zero. */
void receive_window_fini(struct receive_window_table *table);

/* The sender's, with next 0 when it is new; NULL: not a sender, or no memory. Good until the next
 * call of any of these. */
static inline struct receive_window *receive_window_of(struct receive_window_table *table,
						       uint32_t sender);

/* The sender of a place. */
uint32_t receive_window_sender(const struct receive_window_table *table,
			       const struct receive_window *heard);

/* The sender is out of sight: what comes of it later is as if it were new. */
void receive_window_forget(struct receive_window_table *table, uint32_t sender);

/* The first of those that are known, then the one after `after`; NULL after the last. */
struct receive_window *receive_window_next(struct receive_window_table *table,
					   const struct receive_window *after);

/* Update `number` came. */
static inline enum receive_news receive_window_take(struct receive_window *heard, uint32_t number);

/*
 * The work for each delivery, here so that it can be inline.
 */

/* receive_window_of, of a list. */
struct receive_window *receive_window_listed(struct receive_window_table *table, uint32_t sender);

static inline struct receive_window *receive_window_of(struct receive_window_table *table,
						       uint32_t sender)
{
	if (table->is_list)
		return receive_window_listed(table, sender);
	return sender < table->capacity ? &table->places[sender] : NULL;
}

static inline enum receive_news receive_window_take(struct receive_window *heard, uint32_t number)
{
	uint32_t behind;

	if (number >= heard->next) {
		const uint32_t ahead = number + 1 - heard->next;

		heard->seen = (ahead < RECEIVE_WINDOW_UPDATES ? heard->seen << ahead : 0) | 1;
		heard->next = number + 1;
		return RECEIVE_NEWEST;
	}
	behind = heard->next - 1 - number;
	if (behind >= RECEIVE_WINDOW_UPDATES)
		return RECEIVE_ANCIENT;
	if (heard->seen >> behind & 1)
		return RECEIVE_DUPLICATE;
	heard->seen |= UINT64_C(1) << behind;
	return RECEIVE_LATE;
}

#endif
