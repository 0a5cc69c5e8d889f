#include "bench/measure/receive_window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct receive_window *empty_places(uint32_t count)
{
	return calloc(count, sizeof(struct receive_window));
}

int receive_window_init(struct receive_window_table *table, uint32_t places)
{
	const uint32_t capacity = places > 0 ? places : RECEIVE_WINDOW_SPARSE_MIN;

	*table = (struct receive_window_table){ .places = empty_places(capacity),
						.capacity = capacity,
						.is_sparse = places == 0 };
	return table->places ? 0 : -ENOMEM;
}

void receive_window_fini(struct receive_window_table *table)
{
	free(table->places);
	*table = (struct receive_window_table){ 0 };
}

/* In a hash table `sender` is stored plus one, so that 0 is an empty place. */
static struct receive_window *place_of(const struct receive_window_table *table, uint32_t sender)
{
	uint32_t at = receive_window_home(table, sender);

	while (table->places[at].sender != 0 && table->places[at].sender != sender + 1)
		at = (at + 1) & (table->capacity - 1);
	return &table->places[at];
}

static int grow(struct receive_window_table *table)
{
	struct receive_window_table wider = { .places = empty_places(2 * table->capacity),
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

struct receive_window *receive_window_of_sparse(struct receive_window_table *table, uint32_t sender)
{
	struct receive_window *place = place_of(table, sender);

	if (place->sender != 0)
		return place;
	if (2 * (table->used + 1) > table->capacity) {
		if (grow(table) < 0)
			return NULL;
		place = place_of(table, sender);
	}
	table->used++;
	*place = (struct receive_window){ .sender = sender + 1 };
	return place;
}

uint32_t receive_window_sender(const struct receive_window_table *table,
			       const struct receive_window *heard)
{
	return table->is_sparse ? heard->sender - 1 : (uint32_t)(heard - table->places);
}

/* Those behind the hole move up, as far as their own place allows, so that walks find them. */
static void close_hole(struct receive_window_table *table, uint32_t hole)
{
	const uint32_t mask = table->capacity - 1;

	for (uint32_t at = (hole + 1) & mask; table->places[at].sender != 0; at = (at + 1) & mask) {
		const uint32_t home = receive_window_home(table, table->places[at].sender - 1);

		if (((at - home) & mask) < ((at - hole) & mask))
			continue;
		table->places[hole] = table->places[at];
		hole = at;
	}
	table->places[hole] = (struct receive_window){ 0 };
}

void receive_window_forget(struct receive_window_table *table, uint32_t sender)
{
	struct receive_window *place;

	if (!table->is_sparse) {
		if (sender < table->capacity)
			table->places[sender] = (struct receive_window){ 0 };
		return;
	}
	place = place_of(table, sender);
	if (place->sender == 0)
		return;
	table->used--;
	close_hole(table, (uint32_t)(place - table->places));
}

struct receive_window *receive_window_next(struct receive_window_table *table,
					   const struct receive_window *after)
{
	uint32_t at = after ? (uint32_t)(after - table->places) + 1 : 0;

	for (; at < table->capacity; at++)
		if (table->places[at].next > 0)
			return &table->places[at];
	return NULL;
}
