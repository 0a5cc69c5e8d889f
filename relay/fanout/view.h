/*
 * view: the entities that one member has been told of, and what it is owed of each. A member
 * that hears of everything and is never short of budget has none: it is owed what is dirty.
 *
 * Nothing is done per update and receiver. An entity counts the updates that the relay took of it;
 * an entry keeps that count as of the state that the member was last sent, so a difference says
 * that something is due, and how many updates the next record skips.
 *
 * What is due and does not fit waits, the latest value of it. Who goes first is decided by age
 * times nearness: the age is the number of passes over this view since the entity was last sent,
 * the nearness 8 for the nearest and one less for each doubling of the distance, at least 1. So
 * nothing starves: one that has waited for T passes yields only to those whose age is more than
 * T/8. Where a view never holds more than n entities, and each pass sends at least one record,
 * an entity that is due is sent within VIEW_WAIT * n passes, however they move, enter and leave.
 * (Half of T back, each that went first used up at least T/16 passes of its own age, of which there
 * are at most n * (T/2) and one sending of each entity before: T/2 <= n * (1 + 8).)
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
	uint32_t bytes;     /* at most, of its record; while a pass chooses */
	uint16_t index;
	bool waits;        /* one update of it is pending in the accounting */
	bool is_new;       /* it entered, and was not sent since */
	bool keyframe_due; /* its state has settled, and is to be repeated reliably */
	bool is_chosen;    /* by this pass */
};

/* {0} is an empty one. */
struct view {
	struct view_entry *entries; /* in order of owner's id, then index */
	struct view_rank {
		uint64_t priority;
		uint32_t entry;
	} * ranks; /* working space, as many as entries */
	size_t count, capacity, rank_count;
	uint32_t pass;    /* counts them; one more before each is ranked */
	bool is_used;     /* the member receives by this view; else whatever is dirty */
	bool is_behind;   /* something due was left by the last pass */
	int32_t place[3]; /* from where the member sees, see interest.h */
};

void view_fini(struct view *view);

/* Has the member receive by the view, of what it was told so far: everything. False: no memory. */
bool view_begin(struct view *view, const struct member *member);

/* The member receives everything from now on, as it was told of everything. */
void view_end_use(struct view *view);

/* Begins a pass over the view: one more is the age of each entry that it does not send. */
void view_begin_pass(struct view *view);

/* Has the view tended, although nothing is dirty. */
void view_want(struct view *view);

/* Its entity; NULL when it does not exist any more. */
struct entity *view_entity(const struct view_entry *entry);

/* NULL when it is not there; view_find_among: among the first `count`, which are in order. */
struct view_entry *view_find(const struct view *view, const struct member *owner, uint16_t index);
struct view_entry *view_find_among(const struct view *view, size_t count,
				   const struct member *owner, uint16_t index);

/*
 * Adds an entry behind the others, with the count as it was before what is dirty; view_sort must
 * follow. -ENOMEM.
 */
int view_add(struct view *view, struct member *owner, uint16_t index, bool is_new);

/* Puts the entries in order. */
void view_sort(struct view *view);

/* Adds every entity of the room that `member` hears of and has no entry for. -ENOMEM. */
int view_fill(struct view *view, const struct member *member, bool are_new);

/* Keeps the entries for which `keeps` returns true, in their order. */
void view_filter(struct view *view, bool (*keeps)(void *context, const struct view_entry *entry),
		 void *context);

/* Sets from where the member sees. */
void view_set_place(struct view *view, const int32_t place[3]);

/* Measures how far an entry's entity, which exists, is from the view's place. */
void view_measure(const struct view *view, struct view_entry *entry);

/* Ends what is pending of an entry that goes. */
void view_end(const struct view_entry *entry, struct accounting *accounting);

/* Takes out an entity that is no more; true if it was there. */
bool view_remove(struct view *view, const struct member *owner, uint16_t index,
		 struct accounting *accounting);

/* The same for all of an owner, and for all there are. */
void view_remove_owner(struct view *view, const struct member *owner,
		       struct accounting *accounting);
void view_clear(struct view *view, struct accounting *accounting);

/*
 * Books a flush: `owed` updates were taken for this member since the last one. Of these, the newest
 * of each entity in the view waits; the others are superseded, or out of interest.
 */
void view_book(struct view *view, struct accounting *accounting, uint64_t owed);

/* Whether there is something to say of it. */
bool view_is_due(const struct view_entry *entry);

/*
 * Ranks the entries that are due by priority; but for a flush, without those that are dirty, which
 * it will book first.
 */
void view_rank(struct view *view, bool is_flush);

/* The entry with the highest priority that is left, or NULL. */
struct view_entry *view_next(struct view *view);

/* What it says was sent; what `skipped` says of it must be read before. */
void view_sent(struct view *view, struct view_entry *entry);

/* How many updates before the newest were not sent, at most 65535. */
uint16_t view_skipped(const struct view_entry *entry);

#endif
