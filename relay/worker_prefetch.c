/*
 * The memory of the next turn, asked for before it. While the worker rests, a tick's length maybe,
 * its processor's caches go to others, or are switched off. A turn then waits for some twenty lines
 * of each member one by one, as each is found through the one before it; at 64 members that was
 * 15 % of all but the sending. Asked for all at once, they come side by side.
 */
#include "relay/worker_parts.h"

#include <enet/enet.h>

#include "proto/net/net.h"
#include "relay/tick.h"

enum {
	LINE_BYTES = 64,
	REST_LEAST_NS = 200000, /* a shorter one leaves the cache as it was */
	SOON_NS = 1000000,      /* a room whose tick is nearer is to be flushed in this turn */
	MEMBERS_MAX = 256,      /* more would not be in the second-level cache by their turn */
};

static void fetch(const void *from, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += LINE_BYTES)
		__builtin_prefetch((const char *)from + at);
}

static bool is_due(const struct room *room, int64_t now_ns)
{
	const double tick_hz = room->config->tick_hz;
	const int64_t after_ns = now_ns - SOON_NS;

	return tick_hz <= 0 || after_ns < room->phase_ns ||
	       tick_next_ns(tick_hz, room->phase_ns, after_ns) <= now_ns;
}

static void fetch_member(const struct member *member)
{
	fetch(member, offsetof(struct member, budget) + offsetof(struct budget, sends));
	fetch(&member->budget.sends[member->budget.send_next], 1);
}

static void fetch_what_it_has(const struct worker *worker, const struct member *member)
{
	const ENetPeer *peer = member->peer;

	fetch(peer, sizeof(*peer));
	fetch(worker_peer_of(worker, peer), sizeof(struct worker_peer));
	fetch(member->entities, sizeof(struct entity)); /* one, as a player has; or NULL */
	fetch(member->dirty, 1);
}

void worker_prefetch(const struct worker *worker, int64_t since_ns)
{
	const struct house *house = &worker->house;
	const int64_t now_ns = net_now_ns();
	size_t members = 0;

	if (now_ns - since_ns < REST_LEAST_NS)
		return;
	for (size_t i = 0; i < house->room_count; i++) {
		const struct room *room = house->rooms[i];

		if (!is_due(room, now_ns))
			continue;
		members += room->member_count;
		if (members > MEMBERS_MAX)
			return;
		for (size_t j = 0; j < room->member_count; j++)
			fetch_member(room->members[j]);
		/* By now, the first of them are there. */
		for (size_t j = 0; j < room->member_count; j++)
			fetch_what_it_has(worker, room->members[j]);
	}
}
