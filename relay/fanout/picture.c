#include "relay/fanout/picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "relay/fanout/neighbours.h"
#include "relay/room/room.h"

enum {
	FIRST_CAPACITY = 16,
};

void picture_fini(struct picture *picture)
{
	free(picture->entries);
	free(picture->ranks);
	*picture = (struct picture){ 0 };
}

struct entity *picture_entity(const struct picture_entry *entry)
{
	struct entity *entity = entry->index < entry->owner->entity_capacity
					? &entry->owner->entities[entry->index]
					: NULL;

	return entity && entity->exists ? entity : NULL;
}

/* The list. */

static bool is_before(const struct picture_entry *entry, uint32_t owner, uint16_t index)
{
	return entry->owner->id < owner || (entry->owner->id == owner && entry->index < index);
}

/* Where the entry stands, or would stand. */
static size_t position_of(const struct picture *picture, uint32_t owner, uint16_t index)
{
	size_t low = 0, high = picture->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_before(&picture->entries[middle], owner, index))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct picture_entry *picture_find(const struct picture *picture, const struct member *owner,
				   uint16_t index)
{
	size_t at = position_of(picture, owner->id, index);
	struct picture_entry *entry = &picture->entries[at];

	return at < picture->count && entry->owner == owner && entry->index == index ? entry : NULL;
}

static bool make_place(struct picture *picture)
{
	size_t capacity = picture->capacity ? 2 * picture->capacity : FIRST_CAPACITY;
	struct picture_entry *entries;
	struct picture_rank *ranks;

	if (picture->count < picture->capacity)
		return true;
	entries = realloc(picture->entries, capacity * sizeof(entries[0]));
	if (!entries)
		return false;
	picture->entries = entries;
	ranks = realloc(picture->ranks, capacity * sizeof(ranks[0]));
	if (!ranks)
		return false;
	picture->ranks = ranks;
	picture->capacity = capacity;
	return true;
}

int picture_add(struct picture *picture, struct member *owner, uint16_t index, bool is_new)
{
	const struct entity *entity = &owner->entities[index];

	if (!make_place(picture))
		return -ENOMEM;
	picture->entries[picture->count++] = (struct picture_entry){
		.owner = owner,
		.index = index,
		.taken = entity->taken - entity->fresh,
		.pass = picture->pass,
		.is_new = is_new,
	};
	return 0;
}

/* Shell's sort, with Ciura's gaps: in place, and quick where nearly all are in order. */
void picture_sort(struct picture *picture)
{
	static const size_t gaps[] = { 20000, 8000, 3500, 1750, 701, 301, 132, 57, 23, 10, 4, 1 };
	struct picture_entry *entries = picture->entries;

	for (size_t g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++) {
		for (size_t i = gaps[g]; i < picture->count; i++) {
			struct picture_entry moved = entries[i];
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

/* All that are in a picture exist, and are heard of: so their number tells. */
static bool is_whole(const struct picture *picture, const struct member *member)
{
	const size_t own = room_hears(member, member) ? 0 : member->entity_count;

	return picture->count == member->room->entity_count - own;
}

int picture_fill(struct picture *picture, const struct member *member, bool are_new)
{
	const struct room *room = member->room;
	size_t known = picture->count, at = 0;

	if (is_whole(picture, member))
		return 0;
	for (size_t i = 0; i < room->member_count; i++) {
		struct member *owner = room->members[i];

		for (size_t index = 0, left = owner->entity_count; left > 0; index++) {
			if (!owner->entities[index].exists)
				continue;
			left--;
			if (!room_hears(member, owner))
				break;
			while (at < known &&
			       is_before(&picture->entries[at], owner->id, (uint16_t)index))
				at++;
			if (at < known && picture->entries[at].owner == owner &&
			    picture->entries[at].index == index)
				continue;
			if (picture_add(picture, owner, (uint16_t)index, are_new) != 0)
				return -ENOMEM;
		}
	}
	if (picture->count > known && known > 0)
		picture_sort(picture);
	return 0;
}

/* What waited was never sent for want of budget. */
void picture_end(const struct picture_entry *entry, struct ledger *ledger)
{
	if (!entry->waits)
		return;
	ledger->pending--;
	ledger_end(ledger, LEDGER_OVER_BUDGET, 1);
}

static void take_out(struct picture *picture, size_t at, size_t count, struct ledger *ledger)
{
	for (size_t i = at; i < at + count; i++)
		picture_end(&picture->entries[i], ledger);
	memmove(&picture->entries[at], &picture->entries[at + count],
		(picture->count - at - count) * sizeof(picture->entries[0]));
	picture->count -= count;
}

bool picture_remove(struct picture *picture, const struct member *owner, uint16_t index,
		    struct ledger *ledger)
{
	struct picture_entry *entry = picture_find(picture, owner, index);

	if (!entry)
		return false;
	take_out(picture, (size_t)(entry - picture->entries), 1, ledger);
	return true;
}

void picture_remove_owner(struct picture *picture, const struct member *owner,
			  struct ledger *ledger)
{
	size_t at = position_of(picture, owner->id, 0), count = 0;

	while (at + count < picture->count && picture->entries[at + count].owner == owner)
		count++;
	if (count > 0)
		take_out(picture, at, count, ledger);
}

void picture_clear(struct picture *picture, struct ledger *ledger)
{
	if (picture->count > 0)
		take_out(picture, 0, picture->count, ledger);
}

/* Accounts. */

void picture_book(struct picture *picture, struct ledger *ledger, uint64_t owed)
{
	uint64_t in_sight = 0, superseded = 0, over_budget = 0;

	for (size_t i = 0; i < picture->count; i++) {
		struct picture_entry *entry = &picture->entries[i];
		const struct entity *entity = &entry->owner->entities[entry->index];

		if (!entity->is_dirty)
			continue;
		in_sight += entity->fresh;
		superseded += entity->fresh - 1;
		over_budget += entry->waits;
		entry->waits = true;
		entry->rests = false;
	}
	ledger->pending -= owed - in_sight + superseded + over_budget;
	ledger_end(ledger, LEDGER_OUT_OF_INTEREST, owed - in_sight);
	ledger_end(ledger, LEDGER_SUPERSEDED, superseded);
	ledger_end(ledger, LEDGER_OVER_BUDGET, over_budget);
}

bool picture_is_due(const struct picture_entry *entry)
{
	return entry->waits || entry->is_new || entry->rests;
}

void picture_sent(struct picture *picture, struct picture_entry *entry)
{
	entry->taken = entry->owner->entities[entry->index].taken;
	entry->pass = picture->pass;
	entry->waits = entry->is_new = entry->rests = false;
}

uint16_t picture_skipped(const struct picture_entry *entry)
{
	uint32_t since = entry->owner->entities[entry->index].taken - entry->taken;

	if (entry->is_new || since == 0)
		return 0;
	return since - 1 < UINT16_MAX ? (uint16_t)(since - 1) : UINT16_MAX;
}

/* Priority. */

static unsigned bits_of(uint64_t value)
{
	return value ? 64 - (unsigned)__builtin_clzll(value) : 0;
}

/* `nearest_bits`: of the nearest one's square; two bits of a square are a doubling. */
static unsigned nearness_of(const struct picture_entry *entry, unsigned nearest_bits)
{
	unsigned doublings = (bits_of(entry->distance2) - nearest_bits) / 2;

	return doublings < PICTURE_NEARNESS_MAX ? PICTURE_NEARNESS_MAX - doublings : 1;
}

static void sift_down(struct picture_rank *heap, size_t count, size_t at)
{
	struct picture_rank moved = heap[at];

	for (size_t child; (child = 2 * at + 1) < count; at = child) {
		if (child + 1 < count && heap[child + 1].priority > heap[child].priority)
			child++;
		if (heap[child].priority <= moved.priority)
			break;
		heap[at] = heap[child];
	}
	heap[at] = moved;
}

void picture_rank(struct picture *picture, const int32_t place[3], bool is_flush)
{
	unsigned nearest_bits = 64;

	picture->rank_count = 0;
	for (size_t i = 0; i < picture->count; i++) {
		struct picture_entry *entry = &picture->entries[i];
		const struct entity *entity = &entry->owner->entities[entry->index];

		entry->distance2 = neighbours_distance2(entity->position, place);
		if (bits_of(entry->distance2) < nearest_bits)
			nearest_bits = bits_of(entry->distance2);
	}
	for (size_t i = 0; i < picture->count; i++) {
		struct picture_entry *entry = &picture->entries[i];
		uint64_t age = picture->pass - entry->pass;

		if (!picture_is_due(entry) ||
		    (entry->owner->entities[entry->index].is_dirty && !is_flush))
			continue;
		picture->ranks[picture->rank_count++] = (struct picture_rank){
			.priority = age * nearness_of(entry, nearest_bits),
			.entry = (uint32_t)i,
		};
	}
	for (size_t at = picture->rank_count / 2; at-- > 0;)
		sift_down(picture->ranks, picture->rank_count, at);
}

struct picture_entry *picture_next(struct picture *picture)
{
	struct picture_rank first;

	if (picture->rank_count == 0)
		return NULL;
	first = picture->ranks[0];
	picture->ranks[0] = picture->ranks[--picture->rank_count];
	sift_down(picture->ranks, picture->rank_count, 0);
	return &picture->entries[first.entry];
}
