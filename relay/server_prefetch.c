/*
 * The memory that the datagrams at hand will ask for, fetched a few datagrams before it is. Their
 * senders are any of thousands, and of each the server and ENet touch a dozen lines here and there,
 * seldom still in the cache, each found through the one before it: of a loaded relay of small
 * rooms, six samples of a hundred stood at one of them. Fetched ahead they come side by side, while
 * the datagrams before are dealt with.
 */
#include "relay/server_internal.h"

#include <enet/enet.h>

#include "proto/net/net.h"
#include "proto/enet/platform.h"

enum {
	LINE_BYTES = 64,
	/* Of the peer: who it is, and what of its messages came already. */
	PEER_BYTES = offsetof(ENetPeer, outgoingDataTotal),
	WINDOW_BEGIN = offsetof(ENetPeer, dispatchedCommands),
	WINDOW_BYTES = offsetof(ENetPeer, eventData) - WINDOW_BEGIN,
	MEMBER_BYTES = offsetof(struct member, settings),
	ROOM_BEGIN = offsetof(struct room, entity_count),
	ROOM_BYTES = offsetof(struct room, schedule) - ROOM_BEGIN,
};

/* Each line that it is in: it need not begin with one. NULL is nothing. */
static void fetch(const void *from, size_t bytes)
{
	const char *const begin = from, *const end = from ? begin + bytes : begin;

	for (const char *at = begin - (uintptr_t)begin % LINE_BYTES; at < end; at += LINE_BYTES)
		__builtin_prefetch(at, 1);
}

static void fetch_peer(const struct server *server, const ENetPeer *peer)
{
	fetch(peer, PEER_BYTES);
	fetch((const char *)peer + WINDOW_BEGIN, WINDOW_BYTES);
	fetch(server_peer_of(server, peer), sizeof(struct server_peer));
}

static void fetch_member(const struct server *server, const ENetPeer *peer)
{
	fetch(server_peer_of(server, peer)->client.member, MEMBER_BYTES);
}

static void fetch_states(const struct server *server, const ENetPeer *peer)
{
	const struct member *member = server_peer_of(server, peer)->client.member;

	if (!member)
		return;
	fetch(member->entities, sizeof(struct entity)); /* one, as a player has; or NULL */
	fetch(member->dirty, 1);
	fetch((const char *)member->room + ROOM_BEGIN, ROOM_BYTES);
}

/* So many datagrams ahead; each stage finds its memory by what the one before has fetched. */
static const struct {
	unsigned steps;
	void (*fetch)(const struct server *server, const ENetPeer *peer);
} stages[SERVER_PREFETCH_STAGES] = {
	{ 12, fetch_peer },
	{ 8, fetch_member },
	{ 4, fetch_states },
};

/* Who says to have sent the datagram after so many others; NULL: it is not at hand, or nobody. */
static const ENetPeer *peer_ahead(const ENetHost *host, unsigned steps)
{
	size_t bytes;
	const uint8_t *head = net_peek(net_current(), platform_socket(host), steps, &bytes);

	return head ? server_peer_named(host, head, bytes) : NULL;
}

void server_prefetch(struct server *server)
{
	for (size_t i = 0; i < SERVER_PREFETCH_STAGES; i++) {
		unsigned *fetched = &server->fetched[i];

		/* The first of those that were ahead is the one that came now. */
		*fetched -= *fetched > 0;
		for (; *fetched < stages[i].steps; ++*fetched) {
			const ENetPeer *peer = peer_ahead(server->host, *fetched);

			if (!peer)
				break;
			stages[i].fetch(server, peer);
		}
	}
}
