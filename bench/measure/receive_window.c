#include "bench/measure/receive_window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int receive_window_init(struct receive_window_table *table, uint32_t places)
{
	const uint32_t capacity = places > 0 ? places : RECEIVE_WINDOW_LIST_MIN;

	*table = (struct receive_window_table){ .places = calloc(capacity, sizeof(*table->places)),
						.capacity = capacity,
						.is_list = places == 0 };
	return table->places ? 0 : -ENOMEM;
}

void receive_window_fini(struct receive_window_table *table)
{
	free(table->places);
	*table = (struct receive_window_table){ 0 };
}

/* Searches a list from behind the last one found on. NULL: it is not in it. */
static struct receive_window *find(struct receive_window_table *table, uint32_t sender)
{
	for (uint32_t i = 1; i <= table->used; i++) {
		const uint32_t at = (table->found + i) % table->used;

		if (table->places[at].sender != sender)
			continue;
		table->found = at;
		return &table->places[at];
	}
	return NULL;
}

static struct receive_window *append(struct receive_window_table *table, uint32_t sender)
{
	if (table->used == table->capacity) {
		struct receive_window *wider =
			realloc(table->places, 2 * table->capacity * sizeof(*wider));

		if (!wider)
			return NULL;
		table->places = wider;
		table->capacity *= 2;
	}
	table->places[table->used] = (struct receive_window){ .sender = sender };
	return &table->places[table->used++];
}

struct receive_window *receive_window_listed(struct receive_window_table *table, uint32_t sender)
{
	struct receive_window *found = find(table, sender);

	return found ? found : append(table, sender);
}

uint32_t receive_window_sender(const struct receive_window_table *table,
			       const struct receive_window *heard)
{
	return table->is_list ? heard->sender : (uint32_t)(heard - table->places);
}

void receive_window_forget(struct receive_window_table *table, uint32_t sender)
{
	struct receive_window *place;

	if (table->is_list && (place = find(table, sender)))
		*place = table->places[--table->used];
	else if (!table->is_list && sender < table->capacity)
		table->places[sender] = (struct receive_window){ 0 };
}

struct receive_window *receive_window_next(struct receive_window_table *table,
					   const struct receive_window *after)
{
	uint32_t at = after ? (uint32_t)(after - table->places) + 1 : 0;
	const uint32_t end = table->is_list ? table->used : table->capacity;

	for (; at < end; at++)
		if (table->places[at].next > 0)
			return &table->places[at];
	return NULL;
}
