#include "tests/postbox.h"

#include <stdlib.h>
#include <string.h>

static bool keep(void *context, void *peer, enum wire_channel channel, enum wire_mode mode,
		 const void *data, size_t size)
{
	struct postbox *postbox = context;
	struct postbox_item *item;

	if (peer == postbox->deaf || size == 0 || size > WIRE_MESSAGE_MAX_BYTES)
		return false;
	if (postbox->count == postbox->capacity) {
		postbox->capacity = postbox->capacity ? 2 * postbox->capacity : 64;
		postbox->items =
			realloc(postbox->items, postbox->capacity * sizeof(postbox->items[0]));
		if (!postbox->items)
			abort();
	}
	item = &postbox->items[postbox->count++];
	*item = (struct postbox_item){
		.peer = peer, .channel = channel, .mode = mode, .size = size
	};
	memcpy(item->data, data, size);
	return true;
}

static size_t tell_backlog(void *context, void *peer)
{
	const struct postbox *postbox = context;

	(void)peer;
	return postbox->backlog;
}

static void note_disconnect(void *context, void *peer, enum wire_reason reason)
{
	struct postbox *postbox = context;

	(void)reason;
	if (postbox->disconnect_count < 64)
		postbox->disconnected[postbox->disconnect_count++] = peer;
}

struct outbox postbox_outbox(struct postbox *postbox)
{
	return (struct outbox){ .context = postbox,
				.send = keep,
				.backlog = tell_backlog,
				.disconnect = note_disconnect };
}

void postbox_clear(struct postbox *postbox)
{
	postbox->count = 0;
	postbox->disconnect_count = 0;
}

void postbox_fini(struct postbox *postbox)
{
	free(postbox->items);
	*postbox = (struct postbox){ 0 };
}

const struct postbox_item *postbox_find(const struct postbox *postbox, const void *peer,
					enum wire_type type, size_t n)
{
	for (size_t i = 0; i < postbox->count; i++) {
		const struct postbox_item *item = &postbox->items[i];

		if ((!peer || item->peer == peer) && item->data[0] == type && n-- == 0)
			return item;
	}
	return NULL;
}

size_t postbox_count(const struct postbox *postbox, const void *peer, enum wire_type type)
{
	size_t count = 0;

	while (postbox_find(postbox, peer, type, count))
		count++;
	return count;
}
