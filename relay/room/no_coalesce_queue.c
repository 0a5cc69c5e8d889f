#include "relay/room/no_coalesce_queue.h"

#include <stdlib.h>

enum {
	FIRST_CAPACITY = 64,
};

void no_coalesce_fini(struct no_coalesce_queue *queue)
{
	free(queue->updates);
	*queue = (struct no_coalesce_queue){ 0 };
}

static bool make_place(struct no_coalesce_queue *queue)
{
	size_t capacity = queue->capacity ? 2 * queue->capacity : FIRST_CAPACITY;
	struct no_coalesce_update *updates;

	if (queue->count < queue->capacity)
		return true;
	if (queue->count >= NO_COALESCE_MAX)
		return false;
	updates = realloc(queue->updates, capacity * sizeof(updates[0]));
	if (!updates)
		return false;
	queue->updates = updates;
	queue->capacity = capacity;
	return true;
}

bool no_coalesce_push(struct no_coalesce_queue *queue, const struct no_coalesce_update *update)
{
	if (!make_place(queue))
		return false;
	queue->updates[queue->count++] = *update;
	return true;
}

void no_coalesce_clear(struct no_coalesce_queue *queue)
{
	queue->count = 0;
}
