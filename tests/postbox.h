/*
 * postbox: an outbox for tests, which keeps what the relay's rules send, in order.
 */
#ifndef STARLING_TESTS_POSTBOX_H
#define STARLING_TESTS_POSTBOX_H

#include "relay/room/outbox.h"

struct postbox_item {
	void *peer;
	enum wire_channel channel;
	enum wire_mode mode;
	size_t size;
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
};

struct postbox {
	struct postbox_item *items;
	size_t count, capacity;
	void *disconnected[64]; /* peers, in order */
	size_t disconnect_count;
	size_t backlog; /* what each peer has not acknowledged, as the rules are told */
	void *deaf;     /* sends to this peer fail, as those to a closing connection do */
};

/* An outbox over `postbox`, which must be zeroed and outlive it. */
struct outbox postbox_outbox(struct postbox *postbox);
void postbox_clear(struct postbox *postbox);
void postbox_fini(struct postbox *postbox);

/* How many messages of `type` went to `peer` (NULL: anyone). */
size_t postbox_count(const struct postbox *postbox, const void *peer, enum wire_type type);

/* The n-th of them, from 0; NULL when there is none. */
const struct postbox_item *postbox_find(const struct postbox *postbox, const void *peer,
					enum wire_type type, size_t n);

#endif
