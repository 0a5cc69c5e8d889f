#include "proto/net/sim/sim_queue.h"

#include <stdlib.h>

enum {
	FIRST_CAPACITY = 64,
};

static bool is_before(const struct sim_entry *a, const struct sim_entry *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->serial < b->serial;
}

static bool grow(struct sim_queue *queue)
{
	const size_t capacity = queue->capacity ? queue->capacity * 2 : FIRST_CAPACITY;
	struct sim_entry *entries = realloc(queue->entries, capacity * sizeof(*entries));

	if (!entries)
		return false;
	queue->entries = entries;
	queue->capacity = capacity;
	return true;
}

bool sim_queue_add(struct sim_queue *queue, int64_t due_ns, struct sim_flight *flight)
{
	const struct sim_entry added = { due_ns, queue->serial, flight };
	size_t at = queue->count;

	if (queue->count == queue->capacity && !grow(queue))
		return false;
	queue->serial++;
	queue->count++;
	while (at > 0) {
		const size_t parent = (at - 1) / 2;

		if (!is_before(&added, &queue->entries[parent]))
			break;
		queue->entries[at] = queue->entries[parent];
		at = parent;
	}
	queue->entries[at] = added;
	return true;
}

int64_t sim_queue_next_ns(const struct sim_queue *queue)
{
	return queue->count > 0 ? queue->entries[0].due_ns : INT64_MAX;
}

struct sim_flight *sim_queue_take(struct sim_queue *queue)
{
	struct sim_flight *first = queue->entries[0].flight;
	const struct sim_entry last = queue->entries[--queue->count];
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= queue->count)
			break;
		if (child + 1 < queue->count &&
		    is_before(&queue->entries[child + 1], &queue->entries[child]))
			child++;
		if (!is_before(&queue->entries[child], &last))
			break;
		queue->entries[at] = queue->entries[child];
		at = child;
	}
	queue->entries[at] = last;
	return first;
}

void sim_queue_fini(struct sim_queue *queue)
{
	for (size_t i = 0; i < queue->count; i++)
		free(queue->entries[i].flight);
	free(queue->entries);
	*queue = (struct sim_queue){ 0 };
}
