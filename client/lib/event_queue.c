#include "client/lib/event_queue.h"

#include <stdlib.h>
#include <string.h>

enum {
	FIRST_BYTES = 4096,
};

/* A record is this struct, then the text with its NUL (if any), then the data. */
struct record {
	struct starling_event event;
	size_t text_bytes;
};

void event_queue_fini(struct event_queue *queue)
{
	free(queue->bytes);
	*queue = (struct event_queue){ 0 };
}

static bool reserve(struct event_queue *queue, size_t bytes)
{
	size_t used = queue->tail - queue->head;
	size_t capacity = queue->capacity > 0 ? queue->capacity : FIRST_BYTES;
	uint8_t *grown;

	if (bytes <= queue->capacity - queue->tail)
		return true;
	if (bytes > EVENT_QUEUE_MAX_BYTES - used)
		return false;
	if (queue->head > 0) {
		memmove(queue->bytes, queue->bytes + queue->head, used);
		queue->head = 0;
		queue->tail = used;
	}
	/* Half is left free, so that moving to the front stays rare. */
	while (capacity < 2 * (used + bytes) && capacity < EVENT_QUEUE_MAX_BYTES)
		capacity *= 2;
	if (capacity > queue->capacity) {
		grown = realloc(queue->bytes, capacity);
		if (!grown)
			return false;
		queue->bytes = grown;
		queue->capacity = capacity;
	}
	return true;
}

static void push_bytes(struct event_queue *queue, const void *data, size_t size)
{
	if (size > 0)
		memcpy(queue->bytes + queue->tail, data, size);
	queue->tail += size;
}

static void pop_bytes(struct event_queue *queue, void *data, size_t size)
{
	if (size > 0)
		memcpy(data, queue->bytes + queue->head, size);
	queue->head += size;
}

bool event_queue_push(struct event_queue *queue, const struct starling_event *event)
{
	struct record record = { .event = *event };

	if (event->text)
		record.text_bytes = strnlen(event->text, STARLING_TEXT_MAX_BYTES) + 1;
	if (event->data_bytes > STARLING_EVENT_MAX_BYTES ||
	    !reserve(queue, sizeof(record) + record.text_bytes + event->data_bytes))
		return false;
	push_bytes(queue, &record, sizeof(record));
	if (event->text) {
		push_bytes(queue, event->text, record.text_bytes - 1);
		push_bytes(queue, "", 1);
	}
	push_bytes(queue, event->data, event->data_bytes);
	return true;
}

void event_queue_end(struct event_queue *queue, enum starling_reason reason, const char *text)
{
	size_t size = strnlen(text, STARLING_TEXT_MAX_BYTES);

	queue->is_ending = true;
	queue->ending = (struct starling_event){ .type = STARLING_ENDED, .reason = reason };
	memcpy(queue->ending_text, text, size);
	queue->ending_text[size] = '\0';
}

bool event_queue_pop(struct event_queue *queue, struct starling_event *event)
{
	struct record record;

	if (queue->head == queue->tail) {
		if (!queue->is_ending)
			return false;
		queue->is_ending = false;
		*event = queue->ending;
		event->text = queue->ending_text;
		return true;
	}
	pop_bytes(queue, &record, sizeof(record));
	*event = record.event;
	pop_bytes(queue, queue->text, record.text_bytes);
	pop_bytes(queue, queue->data, event->data_bytes);
	event->text = record.text_bytes > 0 ? queue->text : NULL;
	event->data = event->data_bytes > 0 ? queue->data : NULL;
	return true;
}
