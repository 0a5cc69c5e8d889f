/*
 * event_queue: the events that wait for the program, in order, in a bounded queue of bytes.
 *
 * {0} is an empty queue. Pushing copies.
 */
#ifndef STARLING_CLIENT_LIB_EVENT_QUEUE_H
#define STARLING_CLIENT_LIB_EVENT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/lib/starling.h"

enum {
	EVENT_QUEUE_MAX_BYTES = 1 << 20,
};

struct event_queue {
	uint8_t *bytes; /* records, from `head` to `tail` */
	size_t head, tail, capacity;
	bool is_ending; /* STARLING_ENDED follows the last record */
	struct starling_event ending;
	char ending_text[STARLING_TEXT_MAX_BYTES + 1];
	/* The text and data of the event that was popped last. */
	char text[STARLING_TEXT_MAX_BYTES + 1];
	uint8_t data[STARLING_EVENT_MAX_BYTES];
};

void event_queue_fini(struct event_queue *queue);

/* Appends a copy. False when it does not fit or memory is out. */
bool event_queue_push(struct event_queue *queue, const struct starling_event *event);

/* Puts STARLING_ENDED behind the last event; it always fits. Too long a `text` is cut. */
void event_queue_end(struct event_queue *queue, enum starling_reason reason, const char *text);

/* Pops the oldest event; its text and data are valid until the next call. False when empty. */
bool event_queue_pop(struct event_queue *queue, struct starling_event *event);

#endif
