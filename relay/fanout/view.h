/*
 * view: the entities that one member was told of, and which of them are due to it. A member that
 * receives everything and is never short of budget has none: whatever is dirty is due to it.
 *
 * Nothing is done per update and receiver. An entity counts the updates that the relay accepted of
 * it; an entry keeps that count as of the state that the member was last sent. Their difference
 * says whether something is due, and how many updates the next record skips.
 *
 * A due state that does not fit the budget waits, as its latest value. Age times nearness decides
 * which entity goes first: the age is the number of passes over this view since it was last sent,
 * the nearness is 8 for the nearest and one less for each doubling of the distance, at least 1. So
 * nothing starves: an entity that has waited for T passes yields only to those of an age above T/8.
 * Where a view never holds more than n entities, and each pass sends at least one record, a due
 * entity is sent within VIEW_WAIT * n passes, however they move, enter and leave. (From T/2 on,
 * each entity that goes first has used up at least T/16 passes of its own age. There are at most n
 * * (T/2) of those and one sending of each entity before: T/2 <= n * (1 + 8).)
 */
#ifndef STARLING_RELAY_FANOUT_VIEW_H
#define STARLING_RELAY_FANOUT_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay/room/accounting.h"

struct entity;
struct member;
struct room;

enum {
	VIEW_NEARNESS_MAX = 8,
	VIEW_WAIT = 2 * (1 + VIEW_NEARNESS_MAX),
};

struct view_entry {
	struct member *owner;
	uint64_t distance2; /* from the member's place, as it was last measured */
	uint32_t accepted;  /* the entity's count, as of the state that was sent */
	uint32_t pass;      /* in which it was sent, or entered */
	uint32_t bytes;     /* the pass's own: the most that its record takes */
	uint16_t index;
	bool waits;        /* one update of it is pending in the accounting */
	bool is_new;       /* it entered, and was not sent since */
	bool keyframe_due; /* its state is at rest, and to be repeated reliably */
	bool is_chosen;    /* the pass's own: it is to be sent */
};

/* {0} is an empty one. */
struct view {
	bool is_used;               /* the member receives by this view; else whatever is dirty */
	bool is_behind;             /* something is due that the last pass did not send */
	struct view_entry *entries; /* in order of owner's id, then index */
	struct view_rank {
		uint64_t priority;
		uint32_t entry;
	} * ranks; /* working space, as many as entries */
	size_t count, capacity, rank_count;
	uint32_t pass;    /* counts the passes */
	int32_t place[3]; /* from where the member sees (interest.h) */
};

void view_fini(struct view *view);

/* Whether a member that was told of nothing yet is to receive by its view. */
void view_set_used(struct view *view, bool is_used);

/* Has a member that was told of everything receive by its view. False: there is no memory. */
bool view_begin(struct view *view, const struct member *member);

/* Has a member that was told of everything receive everything. */
void view_end_use(struct view *view);

/* Begins a pass over the view, by which each entry that is not sent grows older. */
void view_begin_pass(struct view *view);

/* Whether the view is to be served though nothing is dirty. */
void view_set_behind(struct view *view, bool is_behind);

/* Has a state at rest repeated reliably. */
void view_repeat(struct view *view, struct view_entry *entry);

/* Its entity; NULL when it does not exist any more. */
struct entity *view_entity(const struct view_entry *entry);

/* NULL when there is none; view_find_among looks at the first `count`, which are in order. */
struct view_entry *view_find(const struct view *view, const struct member *owner, uint16_t index);
struct view_entry *view_find_among(const struct view *view, size_t count,
				   const struct member *owner, uint16_t index);

/*
 * Adds an entry behind the others, to which whatever is dirty is due; view_sort must follow.
 * -ENOMEM.
 */
int view_add(struct view *view, struct member *owner, uint16_t index, bool is_new);

/* Puts the entries in order. */
void view_sort(struct view *view);

/* Adds every entity of the room that is due to `member` and has no entry. -ENOMEM. */
int view_fill(struct view *view, const struct member *member, bool are_new);

/* Keeps the entries for which `keeps` returns true, in their order. */
void view_filter(struct view *view, bool (*keeps)(void *context, const struct view_entry *entry),
		 void *context);

/* Sets from where the member sees. */
void view_set_place(struct view *view, const int32_t place[3]);

/* Measures how far an entry's entity is, which must exist. */
void view_measure(const struct view *view, struct view_entry *entry);

/* Ends the delivery that is pending of an entry that goes. */
void view_end(const struct view_entry *entry, struct accounting *accounting);

/* Takes out an entity that is no more; true if it was there. */
bool view_remove(struct view *view, const struct member *owner, uint16_t index,
		 struct accounting *accounting);

/* Take out all entities of an owner; all there are. */
void view_remove_owner(struct view *view, const struct member *owner,
		       struct accounting *accounting);
void view_clear(struct view *view, struct accounting *accounting);

/*
 * Books a flush, for which `owed` updates are due to the member. The newest of each entity in the
 * view waits; the others end as superseded or out of interest.
 */
void view_book(struct view *view, struct accounting *accounting, uint64_t owed);

/* Whether the entry is to be sent. */
bool view_is_due(const struct view_entry *entry);

/*
 * Ranks the entries that are due by priority; outside a flush, without those that are dirty: the
 * next flush books them first.
 */
void view_rank(struct view *view, bool is_flush);

/* The entry with the highest priority that is left, or NULL. */
struct view_entry *view_next(struct view *view);

/* The entry was sent. Ask view_skipped before. */
void view_sent(struct view *view, struct view_entry *entry);

/* How many updates before the newest were not sent, at most UINT16_MAX. */
uint16_t view_skipped(const struct view_entry *entry);

#endif
