#include "relay/fanout/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "relay/fanout/kd_tree.h"
#include "relay/room/room.h"

enum {
	FIRST_CAPACITY = 16,
};

void view_fini(struct view *view)
{
	free(view->entries);
	free(view->ranks);
	*view = (struct view){ 0 };
}

struct entity *view_entity(const struct view_entry *entry)
{
	struct entity *entity = entry->index < entry->owner->entity_capacity
					? &entry->owner->entities[entry->index]
					: NULL;

	return entity && entity->exists ? entity : NULL;
}

void view_set_used(struct view *view, bool is_used)
{
	view->is_used = is_used;
}

bool view_begin(struct view *view, const struct member *member)
{
	view->is_used = view_fill(view, member, false) == 0;
	return view->is_used;
}

void view_end_use(struct view *view)
{
	view->count = 0;
	view->is_used = false;
}

void view_begin_pass(struct view *view)
{
	view->pass++;
}

void view_set_behind(struct view *view, bool is_behind)
{
	view->is_behind = is_behind;
}

void view_repeat(struct view *view, struct view_entry *entry)
{
	entry->keyframe_due = true;
	view->is_behind = true;
}

/* Entries. */

static bool is_before(const struct view_entry *entry, uint32_t owner, uint16_t index)
{
	return entry->owner->id < owner || (entry->owner->id == owner && entry->index < index);
}

/* The place of an entry among the first `count`, or the place that it would have. */
static size_t position_of(const struct view *view, size_t count, uint32_t owner, uint16_t index)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_before(&view->entries[middle], owner, index))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct view_entry *view_find_among(const struct view *view, size_t count,
				   const struct member *owner, uint16_t index)
{
	size_t at = position_of(view, count, owner->id, index);
	struct view_entry *entry = at < count ? &view->entries[at] : NULL;

	return entry && entry->owner == owner && entry->index == index ? entry : NULL;
}

struct view_entry *view_find(const struct view *view, const struct member *owner, uint16_t index)
{
	return view_find_among(view, view->count, owner, index);
}

static bool make_place(struct view *view)
{
	size_t capacity = view->capacity ? 2 * view->capacity : FIRST_CAPACITY;
	struct view_entry *entries;
	struct view_rank *ranks;

	if (view->count < view->capacity)
		return true;
	entries = realloc(view->entries, capacity * sizeof(entries[0]));
	if (!entries)
		return false;
	view->entries = entries;
	ranks = realloc(view->ranks, capacity * sizeof(ranks[0]));
	if (!ranks)
		return false;
	view->ranks = ranks;
	view->capacity = capacity;
	return true;
}

int view_add(struct view *view, struct member *owner, uint16_t index, bool is_new)
{
	const struct entity *entity = &owner->entities[index];

	if (!make_place(view))
		return -ENOMEM;
	view->entries[view->count++] = (struct view_entry){
		.owner = owner,
		.index = index,
		.accepted = entity->accepted - entity->fresh,
		.pass = view->pass,
		.is_new = is_new,
	};
	return 0;
}

/* Shell's sort with Ciura's gaps: in place, and quick where nearly all entries are in order. */
void view_sort(struct view *view)
{
	static const size_t gaps[] = { 20000, 8000, 3500, 1750, 701, 301, 132, 57, 23, 10, 4, 1 };
	struct view_entry *entries = view->entries;

	for (size_t g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++) {
		for (size_t i = gaps[g]; i < view->count; i++) {
			struct view_entry moved = entries[i];
			size_t at = i;

			while (at >= gaps[g] &&
			       !is_before(&entries[at - gaps[g]], moved.owner->id, moved.index)) {
				entries[at] = entries[at - gaps[g]];
				at -= gaps[g];
			}
			entries[at] = moved;
		}
	}
}

/* Whether nothing is missing. Entries exist and are due to the member, so their number tells. */
static bool is_whole(const struct view *view, const struct member *member)
{
	const size_t own = room_receives(member, member) ? 0 : member->entity_count;

	return view->count == member->room->entity_count - own;
}

int view_fill(struct view *view, const struct member *member, bool are_new)
{
	const struct room *room = member->room;
	size_t known = view->count, at = 0;

	if (is_whole(view, member))
		return 0;
	for (size_t i = 0; i < room->member_count; i++) {
		struct member *owner = room->members[i];

		for (size_t index = 0, left = owner->entity_count; left > 0; index++) {
			if (!owner->entities[index].exists)
				continue;
			left--;
			if (!room_receives(member, owner))
				break;
			while (at < known &&
			       is_before(&view->entries[at], owner->id, (uint16_t)index))
				at++;
			if (at < known && view->entries[at].owner == owner &&
			    view->entries[at].index == index)
				continue;
			if (view_add(view, owner, (uint16_t)index, are_new) != 0)
				return -ENOMEM;
		}
	}
	if (view->count > known && known > 0)
		view_sort(view);
	return 0;
}

void view_filter(struct view *view, bool (*keeps)(void *context, const struct view_entry *entry),
		 void *context)
{
	size_t kept = 0;

	for (size_t i = 0; i < view->count; i++)
		if (keeps(context, &view->entries[i]))
			view->entries[kept++] = view->entries[i];
	view->count = kept;
}

void view_set_place(struct view *view, const int32_t place[3])
{
	memcpy(view->place, place, sizeof(view->place));
}

void view_measure(const struct view *view, struct view_entry *entry)
{
	entry->distance2 = kd_tree_distance2(view_entity(entry)->position, view->place);
}

void view_end(const struct view_entry *entry, struct accounting *accounting)
{
	if (!entry->waits)
		return;
	accounting_end(accounting, ACCOUNTING_OVER_BUDGET, 1);
}

static void take_out(struct view *view, size_t at, size_t count, struct accounting *accounting)
{
	for (size_t i = at; i < at + count; i++)
		view_end(&view->entries[i], accounting);
	memmove(&view->entries[at], &view->entries[at + count],
		(view->count - at - count) * sizeof(view->entries[0]));
	view->count -= count;
}

bool view_remove(struct view *view, const struct member *owner, uint16_t index,
		 struct accounting *accounting)
{
	struct view_entry *entry = view_find(view, owner, index);

	if (!entry)
		return false;
	take_out(view, (size_t)(entry - view->entries), 1, accounting);
	return true;
}

void view_remove_owner(struct view *view, const struct member *owner, struct accounting *accounting)
{
	size_t at = position_of(view, view->count, owner->id, 0), count = 0;

	while (at + count < view->count && view->entries[at + count].owner == owner)
		count++;
	if (count > 0)
		take_out(view, at, count, accounting);
}

void view_clear(struct view *view, struct accounting *accounting)
{
	if (view->count > 0)
		take_out(view, 0, view->count, accounting);
}

/* Accounting. */

void view_book(struct view *view, struct accounting *accounting, uint64_t owed)
{
	uint64_t in_sight = 0, superseded = 0, over_budget = 0;

	for (size_t i = 0; i < view->count; i++) {
		struct view_entry *entry = &view->entries[i];
		const struct entity *entity = &entry->owner->entities[entry->index];

		if (!entity->is_dirty || entry->owner->held_count > 0)
			continue;
		in_sight += entity->fresh;
		superseded += entity->fresh - 1;
		over_budget += entry->waits;
		entry->waits = true;
		entry->keyframe_due = false;
	}
	accounting_end(accounting, ACCOUNTING_OUT_OF_INTEREST, owed - in_sight);
	accounting_end(accounting, ACCOUNTING_SUPERSEDED, superseded);
	accounting_end(accounting, ACCOUNTING_OVER_BUDGET, over_budget);
}

bool view_is_due(const struct view_entry *entry)
{
	return entry->waits || entry->is_new || entry->keyframe_due;
}

void view_sent(struct view *view, struct view_entry *entry)
{
	entry->accepted = entry->owner->entities[entry->index].accepted;
	entry->pass = view->pass;
	entry->waits = entry->is_new = entry->keyframe_due = false;
}

uint16_t view_skipped(const struct view_entry *entry)
{
	uint32_t since = entry->owner->entities[entry->index].accepted - entry->accepted;

	if (entry->is_new || since == 0)
		return 0;
	return since - 1 < UINT16_MAX ? (uint16_t)(since - 1) : UINT16_MAX;
}

/* Priority. */

static unsigned bits_of(uint64_t value)
{
	return value ? 64 - (unsigned)__builtin_clzll(value) : 0;
}

/* `nearest_bits` is of the least square; two bits of a square are a doubling of the distance. */
static unsigned nearness_of(const struct view_entry *entry, unsigned nearest_bits)
{
	unsigned doublings = (bits_of(entry->distance2) - nearest_bits) / 2;

	return doublings < VIEW_NEARNESS_MAX ? VIEW_NEARNESS_MAX - doublings : 1;
}

static void sift_down(struct view_rank *heap, size_t count, size_t at)
{
	struct view_rank moved = heap[at];

	for (size_t child; (child = 2 * at + 1) < count; at = child) {
		if (child + 1 < count && heap[child + 1].priority > heap[child].priority)
			child++;
		if (heap[child].priority <= moved.priority)
			break;
		heap[at] = heap[child];
	}
	heap[at] = moved;
}

void view_rank(struct view *view, bool is_flush)
{
	unsigned nearest_bits = 64;

	view->rank_count = 0;
	for (size_t i = 0; i < view->count; i++) {
		struct view_entry *entry = &view->entries[i];

		view_measure(view, entry);
		if (bits_of(entry->distance2) < nearest_bits)
			nearest_bits = bits_of(entry->distance2);
	}
	for (size_t i = 0; i < view->count; i++) {
		struct view_entry *entry = &view->entries[i];
		uint64_t age = view->pass - entry->pass;

		if (!view_is_due(entry) ||
		    (entry->owner->entities[entry->index].is_dirty && !is_flush))
			continue;
		view->ranks[view->rank_count++] = (struct view_rank){
			.priority = age * nearness_of(entry, nearest_bits),
			.entry = (uint32_t)i,
		};
	}
	for (size_t at = view->rank_count / 2; at-- > 0;)
		sift_down(view->ranks, view->rank_count, at);
}

struct view_entry *view_next(struct view *view)
{
	struct view_rank first;

	if (view->rank_count == 0)
		return NULL;
	first = view->ranks[0];
	view->ranks[0] = view->ranks[--view->rank_count];
	sift_down(view->ranks, view->rank_count, 0);
	return &view->entries[first.entry];
}
