/*
 * worker_parts: what the worker's own files share. For relay/worker*.c only.
 */
#ifndef STARLING_RELAY_WORKER_PARTS_H
#define STARLING_RELAY_WORKER_PARTS_H

#include "relay/worker.h"

struct _ENetPeer;

/* The rules' way to the clients: an outbox whose peers are ENet's. */
struct outbox worker_outbox(struct worker *worker);

/* Hands the net what ENet has queued. */
void worker_flush_queues(struct worker *worker);

/* Bytes of reliable messages that `peer` has not acknowledged, whether sent or not. */
size_t worker_backlog_of(const struct _ENetPeer *peer);

#endif
