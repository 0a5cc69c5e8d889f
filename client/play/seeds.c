#include "client/play/seeds.h"

#include "client/play/arena.h"

#define REACH_M  2.5              /* as far as for a tag */
#define RETRY_US INT64_C(1000000) /* a request lost with its connection is repeated */

/* FNV-1a, 64 bits. */
static uint64_t hash(const char *text)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		value = (value ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	return value;
}

void seeds_begin(struct seeds *seeds, const char *room)
{
	*seeds = (struct seeds){ .room = hash(room), .first = -1 };
	for (size_t i = 0; i < SEEDS_REMEMBERED; i++) {
		seeds->requested_us[i] = -RETRY_US;
		seeds->eaten[i] = -1;
	}
}

static int64_t newest_at(int64_t room_us)
{
	return room_us / SEEDS_INTERVAL_US;
}

static bool is_eaten(const struct seeds *seeds, int64_t number)
{
	return seeds->eaten[number % SEEDS_REMEMBERED] == number;
}

/* Notes the first seed when the clock is known, a while after we joined. */
static bool has_begun(struct seeds *seeds, int64_t room_us)
{
	if (room_us < 0)
		return false;
	if (seeds->first < 0)
		seeds->first = newest_at(room_us) + 1;
	return true;
}

size_t seeds_lying(struct seeds *seeds, int64_t room_us, struct seed list[static SEEDS_MAX])
{
	size_t count = 0;

	if (!has_begun(seeds, room_us))
		return 0;
	for (int64_t n = newest_at(room_us) - SEEDS_MAX + 1; n <= newest_at(room_us); n++) {
		struct arena_mover place;

		if (n < seeds->first || is_eaten(seeds, n))
			continue;
		arena_place(&place, seeds->room + (uint64_t)n);
		list[count++] = (struct seed){ .number = (uint32_t)n, .x = place.x, .y = place.y };
	}
	return count;
}

int64_t seeds_within_reach(struct seeds *seeds, int64_t room_us, double x, double y)
{
	struct seed list[SEEDS_MAX];
	const size_t count = seeds_lying(seeds, room_us, list);

	for (size_t i = 0; i < count; i++) {
		if (arena_distance_m(x, y, list[i].x, list[i].y) > REACH_M)
			continue;
		if (room_us - seeds->requested_us[list[i].number % SEEDS_REMEMBERED] >= RETRY_US)
			return list[i].number;
	}
	return -1;
}

void seeds_note_request(struct seeds *seeds, int64_t number, int64_t room_us)
{
	seeds->requested_us[number % SEEDS_REMEMBERED] = room_us;
}

/* A request may come when the seed is just gone for us, but was there for its sender. */
bool seeds_eat(struct seeds *seeds, uint32_t number, int64_t room_us)
{
	if (!has_begun(seeds, room_us) || number < seeds->first ||
	    number > newest_at(room_us) + 1 || number + SEEDS_MAX < newest_at(room_us) ||
	    is_eaten(seeds, number))
		return false;
	seeds->eaten[number % SEEDS_REMEMBERED] = number;
	return true;
}
