#include "proto/enet/guard/misses.h"

enum {
	HEAD_BITS = 12,
};

static const int64_t hold_ns = MISSES_HOLD_S * INT64_C(1000000000);

_Static_assert(MISSES_HEADS == 1 << HEAD_BITS, "the hash's upper bits are the head");
_Static_assert(MISSES_PEERS < UINT16_MAX, "a head has a peer's number and one");

/* Multiplying by a secret odd number is universal in the upper bits (Dietzfelbinger, 1997). */
static uint16_t *head_of(struct misses *misses, const struct net_address *address)
{
	const uint64_t number = (uint64_t)address->host << 16 | address->port;
	const uint64_t hash = (number ^ misses->keys[0]) * (misses->keys[1] | 1);

	return &misses->heads[hash >> (64 - HEAD_BITS)];
}

static void take_out(struct misses *misses, unsigned peer)
{
	const struct misses_place *place = &misses->places[peer];
	uint16_t *link = head_of(misses, &place->address);

	while (*link != peer + 1)
		link = &misses->places[*link - 1].next;
	*link = place->next;
}

void misses_begin(struct misses *misses, unsigned peer, const struct net_address *address)
{
	struct misses_place *place = &misses->places[peer];
	uint16_t *head = head_of(misses, address);

	if (place->address.port != 0)
		take_out(misses, peer);
	*place = (struct misses_place){ .address = *address };
	if (address->port == 0)
		return;
	place->next = *head;
	*head = (uint16_t)(peer + 1);
}

void misses_add(struct misses *misses, const struct net_address *address, int64_t now_ns)
{
	for (uint16_t at = *head_of(misses, address); at != 0; at = misses->places[at - 1].next) {
		struct misses_place *place = &misses->places[at - 1];

		if (place->address.host != address->host || place->address.port != address->port)
			continue;
		if (place->count < MISSES_MAX)
			place->count++;
		place->last_ns = now_ns;
	}
}

bool misses_are_many(const struct misses *misses, unsigned peer, int64_t now_ns)
{
	const struct misses_place *place = &misses->places[peer];

	return place->count == MISSES_MAX && now_ns - place->last_ns < hold_ns;
}
