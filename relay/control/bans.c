#include "relay/control/bans.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	SLOTS_FIRST = 16,
	SLOTS_A_BAN = 2, /* at least */
};

void bans_fini(struct bans *bans)
{
	free(bans->list);
	free(bans->slots);
	*bans = (struct bans){ 0 };
}

/* FNV-1a. Only an operator chooses what is in the table, so nobody else can fill a slot's row. */
static size_t hash_of(const struct prefix *prefix)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < PREFIX_BYTES; i++)
		hash = (hash ^ prefix->bytes[i]) * UINT64_C(0x100000001b3);
	hash = (hash ^ prefix->length) * UINT64_C(0x100000001b3);
	return (size_t)(hash ^ hash >> 32);
}

static bool is_same(const struct prefix *one, const struct prefix *other)
{
	return one->length == other->length && memcmp(one->bytes, other->bytes, PREFIX_BYTES) == 0;
}

/* The prefix's slot, or the empty one where it would be. There is an empty one. */
static size_t slot_of(struct bans *bans, const struct prefix *prefix)
{
	size_t at = hash_of(prefix) & (bans->slot_count - 1);

	for (; bans->slots[at] != 0; at = (at + 1) & (bans->slot_count - 1)) {
		bans->compares++;
		if (is_same(&bans->list[bans->slots[at] - 1].prefix, prefix))
			break;
	}
	return at;
}

static struct ban *find_exactly(struct bans *bans, const struct prefix *prefix)
{
	const uint32_t place = bans->slot_count > 0 ? bans->slots[slot_of(bans, prefix)] : 0;

	return place > 0 ? &bans->list[place - 1] : NULL;
}

/* Hashes the list anew. */
static void index_all(struct bans *bans)
{
	memset(bans->slots, 0, bans->slot_count * sizeof(bans->slots[0]));
	memset(bans->of_length, 0, sizeof(bans->of_length));
	for (size_t i = 0; i < bans->count; i++) {
		bans->slots[slot_of(bans, &bans->list[i].prefix)] = (uint32_t)i + 1;
		bans->of_length[bans->list[i].prefix.length]++;
	}
}

static bool make_place(struct bans *bans)
{
	const size_t capacity = bans->capacity > 0 ? 2 * bans->capacity : SLOTS_FIRST / SLOTS_A_BAN;
	struct ban *list;
	uint32_t *slots;

	if (bans->count < bans->capacity)
		return true;
	list = realloc(bans->list, capacity * sizeof(list[0]));
	if (!list)
		return false;
	bans->list = list;
	slots = realloc(bans->slots, SLOTS_A_BAN * capacity * sizeof(slots[0]));
	if (!slots)
		return false;
	bans->slots = slots;
	bans->slot_count = SLOTS_A_BAN * capacity;
	bans->capacity = capacity;
	index_all(bans);
	return true;
}

int bans_add(struct bans *bans, const struct ban *ban)
{
	struct ban *known = find_exactly(bans, &ban->prefix);

	if (known) {
		*known = *ban;
		return 0;
	}
	if (bans->count == BANS_MAX)
		return -ENOSPC;
	if (!make_place(bans))
		return -ENOMEM;
	bans->slots[slot_of(bans, &ban->prefix)] = (uint32_t)bans->count + 1;
	bans->list[bans->count++] = *ban;
	bans->of_length[ban->prefix.length]++;
	return 0;
}

bool bans_remove(struct bans *bans, const struct prefix *prefix)
{
	struct ban *known = find_exactly(bans, prefix);

	if (!known)
		return false;
	*known = bans->list[--bans->count];
	index_all(bans);
	return true;
}

size_t bans_expire(struct bans *bans, int64_t now_ns)
{
	size_t kept = 0, before = bans->count;

	for (size_t i = 0; i < before; i++)
		if (bans->list[i].until_ns > now_ns)
			bans->list[kept++] = bans->list[i];
	bans->count = kept;
	if (kept < before)
		index_all(bans);
	return before - kept;
}

const struct ban *bans_find(struct bans *bans, const uint8_t address[PREFIX_BYTES], int64_t now_ns)
{
	const unsigned shortest = prefix_is_ipv4(address) ? PREFIX_IPV4_BITS : 0;

	for (unsigned length = PREFIX_BITS + 1; length-- > shortest;) {
		struct prefix prefix;
		const struct ban *ban;

		if (bans->of_length[length] == 0)
			continue;
		prefix = prefix_of(address, length);
		ban = find_exactly(bans, &prefix);
		if (ban && ban->until_ns > now_ns)
			return ban;
	}
	return NULL;
}
