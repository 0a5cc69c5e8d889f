#include "bench/update.h"

#include "proto/net/random.h"

enum {
	ARENA_MM = 100000,
	STEP_MM = 150, /* 4.5 m/s at 30 Hz */
};

/* There and back again along one axis. */
static int32_t swing(uint64_t start, uint32_t number)
{
	const uint64_t at = (start + (uint64_t)number * STEP_MM) % (2 * ARENA_MM);

	return (int32_t)(at < ARENA_MM ? at : 2 * ARENA_MM - at) - ARENA_MM / 2;
}

struct update update_of(uint32_t sender, uint32_t number)
{
	return (struct update){ .sender = sender,
				.number = number,
				.position = { swing(random_at(sender, 0) % ARENA_MM, number),
					      swing(random_at(sender, 1) % ARENA_MM, number), 0 } };
}

static void put_u32(uint8_t *out, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		out[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get_u32(const uint8_t *in)
{
	return (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 |
	       (uint32_t)in[3] << 24;
}

void update_encode(uint8_t out[static UPDATE_BYTES], const struct update *update)
{
	const uint64_t filling = random_at(update->sender, update->number);

	put_u32(out, update->sender);
	put_u32(out + 4, update->number);
	put_u32(out + 8, (uint32_t)filling);
	put_u32(out + 12, (uint32_t)(filling >> 32));
	put_u32(out + 16, (uint32_t)filling ^ update->number);
	for (unsigned i = 0; i < 3; i++)
		put_u32(out + UPDATE_PAYLOAD_BYTES + 4 * i, (uint32_t)update->position[i]);
}

struct update update_decode(const uint8_t in[static UPDATE_PAYLOAD_BYTES])
{
	return (struct update){ .sender = get_u32(in), .number = get_u32(in + 4) };
}
