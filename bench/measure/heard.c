#include "bench/measure/heard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	LINE_BYTES = 64, /* of the cache */
};

_Static_assert(LINE_BYTES == HEARD_LINE_PLACES * sizeof(struct heard), "no place is in two lines");

static struct heard *empty_places(uint32_t count)
{
	const size_t bytes =
		((size_t)count * sizeof(struct heard) + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
	struct heard *places = aligned_alloc(LINE_BYTES, bytes);

	return places ? memset(places, 0, bytes) : NULL;
}

int heard_init(struct heard_table *table, uint32_t places)
{
	const uint32_t capacity = places > 0 ? places : HEARD_SPARSE_MIN;

	*table = (struct heard_table){ .places = empty_places(capacity),
				       .capacity = capacity,
				       .is_sparse = places == 0 };
	return table->places ? 0 : -ENOMEM;
}

void heard_fini(struct heard_table *table)
{
	free(table->places);
	*table = (struct heard_table){ 0 };
}

/* In a hash table `sender` is stored plus one, so that 0 is an empty place. */
static struct heard *place_of(const struct heard_table *table, uint32_t sender)
{
	uint32_t at = heard_home(table, sender);

	while (table->places[at].sender != 0 && table->places[at].sender != sender + 1)
		at = (at + 1) & (table->capacity - 1);
	return &table->places[at];
}

static int grow(struct heard_table *table)
{
	struct heard_table wider = { .places = empty_places(2 * table->capacity),
				     .capacity = 2 * table->capacity,
				     .used = table->used,
				     .is_sparse = true };

	if (!wider.places)
		return -ENOMEM;
	for (uint32_t i = 0; i < table->capacity; i++)
		if (table->places[i].sender != 0)
			*place_of(&wider, table->places[i].sender - 1) = table->places[i];
	free(table->places);
	*table = wider;
	return 0;
}

struct heard *heard_of_sparse(struct heard_table *table, uint32_t sender)
{
	struct heard *place = place_of(table, sender);

	if (place->sender != 0)
		return place;
	if (2 * (table->used + 1) > table->capacity) {
		if (grow(table) < 0)
			return NULL;
		place = place_of(table, sender);
	}
	table->used++;
	*place = (struct heard){ .sender = sender + 1 };
	return place;
}

uint32_t heard_sender(const struct heard_table *table, const struct heard *heard)
{
	return table->is_sparse ? heard->sender - 1 : (uint32_t)(heard - table->places);
}

/* Those behind the hole move up, as far as their own place allows, so that walks find them. */
static void close_hole(struct heard_table *table, uint32_t hole)
{
	const uint32_t mask = table->capacity - 1;

	for (uint32_t at = (hole + 1) & mask; table->places[at].sender != 0; at = (at + 1) & mask) {
		const uint32_t home = heard_home(table, table->places[at].sender - 1);

		if (((at - home) & mask) < ((at - hole) & mask))
			continue;
		table->places[hole] = table->places[at];
		hole = at;
	}
	table->places[hole] = (struct heard){ 0 };
}

void heard_forget(struct heard_table *table, uint32_t sender)
{
	struct heard *place;

	if (!table->is_sparse) {
		if (sender < table->capacity)
			table->places[sender] = (struct heard){ 0 };
		return;
	}
	place = place_of(table, sender);
	if (place->sender == 0)
		return;
	table->used--;
	close_hole(table, (uint32_t)(place - table->places));
}

struct heard *heard_next(struct heard_table *table, const struct heard *after)
{
	uint32_t at = after ? (uint32_t)(after - table->places) + 1 : 0;

	for (; at < table->capacity; at++)
		if (table->places[at].next > 0)
			return &table->places[at];
	return NULL;
}
