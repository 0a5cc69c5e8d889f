#include "proto/net/udp/address_table.h"

#include <string.h>

#define NS_PER_S INT64_C(1000000000)

enum address_table_rank {
	RANK_STRANGER,
	RANK_PEER,
	RANK_NAMED,
};

/* The largest time-out that can be set, of starlingd and of the library. */
#define LONGEST_TIMEOUT_S 3600

_Static_assert(ADDRESS_TABLE_SLOT_BITS + ADDRESS_TABLE_GENERATION_BITS == 27,
	       "what HANDLES_MASK leaves");
_Static_assert(ADDRESS_TABLE_MAX < UINT16_MAX, "a slot's number plus 1 fits 16 bits");
_Static_assert(ADDRESS_TABLE_REST_S > 2 * LONGEST_TIMEOUT_S,
	       "a handle rests longer than ENet holds it");

/* SipHash-1-3 of the address: unpredictable without the key. */

static uint64_t rotated(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotated(v[1], 13) ^ v[0];
	v[0] = rotated(v[0], 32);
	v[2] += v[3];
	v[3] = rotated(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotated(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotated(v[1], 17) ^ v[2];
	v[2] = rotated(v[2], 32);
}

static unsigned bucket_of(const struct address_table *table,
			  const struct address_table_ipv6 *address)
{
	const uint64_t *key = table->key;
	uint64_t v[4] = { key[0] ^ UINT64_C(0x736f6d6570736575),
			  key[1] ^ UINT64_C(0x646f72616e646f6d),
			  key[0] ^ UINT64_C(0x6c7967656e657261),
			  key[1] ^ UINT64_C(0x7465646279746573) };
	uint64_t words[3];

	memcpy(words, address->bytes, sizeof(address->bytes));
	words[2] = UINT64_C(20) << 56 | address->scope; /* the length comes last */
	for (int i = 0; i < 3; i++) {
		v[3] ^= words[i];
		sip_round(v);
		v[0] ^= words[i];
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return (unsigned)(v[0] ^ v[1] ^ v[2] ^ v[3]) % ADDRESS_TABLE_MAX;
}

static bool is_same(const struct address_table_ipv6 *one, const struct address_table_ipv6 *other)
{
	return memcmp(one->bytes, other->bytes, sizeof(one->bytes)) == 0 &&
	       one->scope == other->scope;
}

/* Queues */

static struct address_table_slot *slot_at(struct address_table *table, uint16_t number)
{
	return &table->slots[number - 1];
}

static uint16_t number_of(const struct address_table *table, const struct address_table_slot *slot)
{
	return (uint16_t)(slot - table->slots + 1);
}

/* NULL for the named ones, which are in no queue. */
static struct address_table_queue *queue_of(struct address_table *table,
					    const struct address_table_slot *slot)
{
	if (slot->rank == RANK_NAMED)
		return NULL;
	return slot->rank == RANK_PEER ? &table->peers : &table->senders;
}

static void unqueue(struct address_table *table, struct address_table_slot *slot)
{
	struct address_table_queue *queue = queue_of(table, slot);

	if (!queue)
		return;
	*(slot->older ? &slot_at(table, slot->older)->newer : &queue->oldest) = slot->newer;
	*(slot->newer ? &slot_at(table, slot->newer)->older : &queue->newest) = slot->older;
}

/* Puts it behind all others of its rank. */
static void enqueue(struct address_table *table, struct address_table_slot *slot)
{
	struct address_table_queue *queue = queue_of(table, slot);
	const uint16_t number = number_of(table, slot);

	if (!queue)
		return;
	slot->older = queue->newest;
	slot->newer = 0;
	*(queue->newest ? &slot_at(table, queue->newest)->newer : &queue->oldest) = number;
	queue->newest = number;
}

/* Time never goes back, so each queue is in the order of use. */
static int64_t take_time(struct address_table *table, int64_t now_ns)
{
	if (now_ns > table->now_ns)
		table->now_ns = now_ns;
	return table->now_ns;
}

/* Notes a use. A slot never loses rank before its address is forgotten. */
static void touch(struct address_table *table, struct address_table_slot *slot,
		  enum address_table_rank rank)
{
	unqueue(table, slot);
	if (rank > slot->rank)
		slot->rank = (uint8_t)rank;
	slot->used_ns = table->now_ns;
	enqueue(table, slot);
}

/* Slots */

static uint32_t handle_of(const struct address_table *table, const struct address_table_slot *slot)
{
	return ADDRESS_TABLE_FIRST | (uint32_t)slot->generation << ADDRESS_TABLE_SLOT_BITS |
	       (uint32_t)(slot - table->slots);
}

/* The slot whose address has this handle now; NULL when nobody's has. */
static const struct address_table_slot *find_handle(const struct address_table *table,
						    uint32_t handle)
{
	const struct address_table_slot *slot = &table->slots[handle % ADDRESS_TABLE_MAX];

	/* A slot that was never used has generation 0, and no handle has that. */
	if (slot->generation == 0 || handle != handle_of(table, slot))
		return NULL;
	return slot;
}

static struct address_table_slot *find_address(struct address_table *table,
					       const struct address_table_ipv6 *address)
{
	uint16_t number = table->buckets[bucket_of(table, address)];

	while (number && !is_same(&slot_at(table, number)->address, address))
		number = slot_at(table, number)->next_in_bucket;
	return number ? slot_at(table, number) : NULL;
}

static void forget(struct address_table *table, struct address_table_slot *slot)
{
	uint16_t *link = &table->buckets[bucket_of(table, &slot->address)];
	const uint16_t number = number_of(table, slot);

	while (*link != number)
		link = &slot_at(table, *link)->next_in_bucket;
	*link = slot->next_in_bucket;
	unqueue(table, slot);
}

/* The oldest of the queue, if it was idle for so long. */
static struct address_table_slot *idle_for(struct address_table *table,
					   const struct address_table_queue *queue, int64_t idle_ns)
{
	struct address_table_slot *slot = queue->oldest ? slot_at(table, queue->oldest) : NULL;

	return slot && table->now_ns - slot->used_ns >= idle_ns ? slot : NULL;
}

/* A slot for a new address; NULL when all are in use. */
static struct address_table_slot *vacate(struct address_table *table)
{
	struct address_table_slot *slot;

	if (table->used_count < ADDRESS_TABLE_MAX)
		return &table->slots[table->used_count++];
	slot = idle_for(table, &table->senders, ADDRESS_TABLE_SENDER_IDLE_S * NS_PER_S);
	if (!slot)
		slot = idle_for(table, &table->peers, ADDRESS_TABLE_PEER_IDLE_S * NS_PER_S);
	if (slot)
		forget(table, slot);
	return slot;
}

static struct address_table_slot *add(struct address_table *table,
				      const struct address_table_ipv6 *address)
{
	uint16_t *bucket = &table->buckets[bucket_of(table, address)];
	struct address_table_slot *slot = vacate(table);

	if (!slot)
		return NULL;
	slot->generation = (uint16_t)(slot->generation % ADDRESS_TABLE_GENERATION_MAX + 1);
	slot->address = *address;
	slot->rank = RANK_STRANGER;
	slot->next_in_bucket = *bucket;
	*bucket = number_of(table, slot);
	enqueue(table, slot);
	return slot;
}

/* The public functions */

void address_table_init(struct address_table *table, const uint64_t key[static 2])
{
	memset(table, 0, sizeof(*table));
	table->key[0] = key[0];
	table->key[1] = key[1];
}

uint32_t address_table_received(struct address_table *table,
				const struct address_table_ipv6 *address, int64_t now_ns)
{
	struct address_table_slot *slot;

	take_time(table, now_ns);
	slot = find_address(table, address);
	if (!slot)
		slot = add(table, address);
	if (!slot)
		return 0;
	touch(table, slot, RANK_STRANGER);
	return handle_of(table, slot);
}

bool address_table_sent(struct address_table *table, uint32_t handle, int64_t now_ns,
			struct address_table_ipv6 *address)
{
	const struct address_table_slot *slot = find_handle(table, handle);

	take_time(table, now_ns);
	if (!slot)
		return false;
	touch(table, &table->slots[slot - table->slots], RANK_PEER);
	*address = slot->address;
	return true;
}

uint32_t address_table_name(struct address_table *table, const struct address_table_ipv6 *address,
			    int64_t now_ns)
{
	struct address_table_slot *slot;

	take_time(table, now_ns);
	slot = find_address(table, address);
	if (slot && slot->rank == RANK_NAMED)
		return handle_of(table, slot);
	if (table->named_count == ADDRESS_TABLE_NAMED_MAX)
		return 0;
	if (!slot)
		slot = add(table, address);
	if (!slot)
		return 0;
	table->named_count++;
	touch(table, slot, RANK_NAMED);
	return handle_of(table, slot);
}

bool address_table_look(const struct address_table *table, uint32_t handle,
			struct address_table_ipv6 *address)
{
	const struct address_table_slot *slot = find_handle(table, handle);

	if (!slot)
		return false;
	*address = slot->address;
	return true;
}
