/*
 * The memory that the next messages of the batch will touch, fetched a few messages ahead. Their
 * senders are any of thousands, whose clients, members and rooms are seldom in the cache, and each
 * is found through the one before. Fetched ahead, they come side by side, while the server handles
 * the messages before.
 */
#include <stddef.h>

#include "proto/enet/host.h"
#include "relay/server_internal.h"

enum {
	LINE_BYTES = 64,
	MEMBER_BYTES = offsetof(struct member, settings),
};

/* Fetches each cache line of `bytes` bytes; none of NULL. */
static void fetch(const void *from, size_t bytes)
{
	const char *const begin = from;

	if (!from)
		return;
	for (const char *at = begin - (uintptr_t)begin % LINE_BYTES; at < begin + bytes;
	     at += LINE_BYTES)
		__builtin_prefetch(at, 1);
}

static void fetch_client(const struct server_client *slot)
{
	fetch(slot, sizeof(*slot));
}

static void fetch_member(const struct server_client *slot)
{
	fetch(slot->client.member, MEMBER_BYTES);
}

static void fetch_states(const struct server_client *slot)
{
	const struct member *member = slot->client.member;

	if (!member)
		return;
	fetch(member->entities, sizeof(struct entity)); /* the first, if any */
	fetch(member->dirty, 1);
	fetch(member->room, sizeof(*member->room)); /* its place in the schedule, too */
}

/* How many messages ahead. Each stage finds its memory through that of the stage before. */
static const struct {
	unsigned steps;
	void (*fetch)(const struct server_client *slot);
} stages[SERVER_PREFETCH_STAGES] = {
	{ 12, fetch_client },
	{ 8, fetch_member },
	{ 4, fetch_states },
};

void server_prefetch(struct server *server)
{
	const struct host_batch *batch = server->batch;

	for (size_t i = 0; i < SERVER_PREFETCH_STAGES; i++) {
		size_t *at = &server->prefetched[i];

		if (*at < server->next)
			*at = server->next;
		for (; *at < batch->count && *at < server->next + stages[i].steps; ++*at)
			if (batch->events[*at].type == HOST_MESSAGE)
				stages[i].fetch(&server->clients[batch->events[*at].peer]);
	}
}
