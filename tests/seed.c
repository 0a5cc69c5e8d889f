#include "tests/seed.h"

#include <stdio.h>
#include <stdlib.h>

struct seed seed_from_environment(void)
{
	const char *text = getenv("STARLING_SEED");
	uint64_t value = text ? strtoull(text, NULL, 0) : 1;

	fprintf(stderr, "random values from STARLING_SEED=%llu\n", (unsigned long long)value);
	return (struct seed){ .state = value };
}

/* SplitMix64: any seed is a good one. */
uint64_t seed_next(struct seed *seed)
{
	uint64_t value = seed->state += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

uint64_t seed_between(struct seed *seed, uint64_t least, uint64_t most)
{
	uint64_t span = most - least + 1;

	return span ? least + seed_next(seed) % span : seed_next(seed);
}

uint64_t seed_spread(struct seed *seed, uint64_t least, uint64_t most)
{
	uint64_t kind = seed_between(seed, 0, 7);
	uint64_t value = seed_next(seed) >> seed_between(seed, 0, 63);

	if (kind == 0)
		return least;
	if (kind == 1)
		return most;
	return least + (most - least == UINT64_MAX ? value : value % (most - least + 1));
}

void seed_fill(struct seed *seed, void *out, size_t size)
{
	uint8_t *bytes = out;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)seed_next(seed);
}
