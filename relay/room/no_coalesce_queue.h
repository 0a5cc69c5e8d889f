/*
 * no_coalesce_queue: the updates that wait for a flush, in the order of their arrival, in a relay
 * that relays each of them (the setting `every`), to measure loss one for one. An update that finds
 * the queue full is not relayed; the next update of its entity names it as skipped.
 */
#ifndef STARLING_RELAY_ROOM_NO_COALESCE_QUEUE_H
#define STARLING_RELAY_ROOM_NO_COALESCE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/wire/wire.h"

struct member;

enum {
	NO_COALESCE_MAX = 8192, /* updates */
};

struct no_coalesce_update {
	const struct member *owner;
	int64_t origin_us;
	int32_t position[3];
	uint16_t index, seq, skipped;
	uint8_t payload_bytes;
	uint8_t payload[WIRE_PAYLOAD_MAX_BYTES];
};

/* {0} is an empty one. */
struct no_coalesce_queue {
	struct no_coalesce_update *updates;
	size_t count, capacity;
};

void no_coalesce_fini(struct no_coalesce_queue *queue);

/* Appends an update. False: the queue is full, or there is no memory. */
bool no_coalesce_push(struct no_coalesce_queue *queue, const struct no_coalesce_update *update);

/* Forgets all updates. */
void no_coalesce_clear(struct no_coalesce_queue *queue);

#endif
