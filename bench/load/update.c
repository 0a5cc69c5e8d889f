#include "bench/load/update.h"

#include <math.h>

#include "proto/net/random.h"

enum {
	ARENA_MM = 100000,
	SPACING_MM = 10000,
	STEP_MIN_MM = 50,
	STEP_MAX_MM = 150, /* 4.5 m/s at 30 Hz */
};

struct update_course update_course(uint64_t seed, unsigned spread)
{
	return (struct update_course){
		.seed = seed,
		.side_mm = spread > 0 ? (uint32_t)ceil(sqrt(spread) * SPACING_MM) : ARENA_MM
	};
}

/* There and back again along one axis. */
static int32_t swing(const struct update_course *course, uint64_t luck, uint32_t number)
{
	const uint64_t side_mm = course->side_mm;
	const uint64_t step_mm = STEP_MIN_MM + (luck >> 48) % (STEP_MAX_MM - STEP_MIN_MM + 1);
	const uint64_t at_mm = (luck % (2 * side_mm) + number * step_mm) % (2 * side_mm);

	return (int32_t)(at_mm < side_mm ? at_mm : 2 * side_mm - at_mm) - (int32_t)(side_mm / 2);
}

struct update update_of(const struct update_course *course, uint32_t sender, uint32_t number)
{
	return (struct update){
		.sender = sender,
		.number = number,
		.position = { swing(course, random_at(course->seed, 2 * (uint64_t)sender), number),
			      swing(course, random_at(course->seed, 2 * (uint64_t)sender + 1),
				    number),
			      0 }
	};
}

static void put_u32(uint8_t *out, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		out[i] = (uint8_t)(value >> 8 * i);
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
