/*
 * session_event: the events that the program has not taken yet, in order, in a bounded queue of
 * bytes.
 *
 * {0} is an empty queue. What is pushed is copied.
 */
#ifndef STARLING_CLIENT_LIB_SESSION_EVENT_H
#define STARLING_CLIENT_LIB_SESSION_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/lib/starling.h"

enum {
	EVENT_QUEUE_MAX_BYTES = 1 << 20, /* some 10,000 short events */
};

struct event_queue {
	uint8_t *bytes; /* records, from `head` to `tail` */
	size_t head, tail, capacity;
	bool is_ending; /* STARLING_ENDED follows the last record */
	struct starling_event ending;
	char ending_text[STARLING_TEXT_MAX_BYTES + 1];
	/* What the event that was taken last points to. */
	char text[STARLING_TEXT_MAX_BYTES + 1];
	uint8_t data[STARLING_EVENT_MAX_BYTES];
};

void event_queue_fini(struct event_queue *queue);

/* False when the event does not fit any more (or there is no memory for it). */
bool event_queue_push(struct event_queue *queue, const struct starling_event *event);

/* Puts STARLING_ENDED behind the last event; it always fits. `text` is cut if it is too long. */
void event_queue_end(struct event_queue *queue, enum starling_reason reason, const char *text);

/* Takes the oldest. False when there is none. */
bool event_queue_pop(struct event_queue *queue, struct starling_event *event);

#endif
