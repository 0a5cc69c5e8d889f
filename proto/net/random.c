#include "proto/net/random.h"

static uint64_t rotate_left(uint64_t value, unsigned bits)
{
	return value << bits | value >> (64 - bits);
}

uint64_t random_at(uint64_t seed, uint64_t n)
{
	uint64_t mixed = seed + (n + 1) * UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ mixed >> 31;
}

/* SplitMix64 spreads a poor seed over all bits, and never gives four zero words in a row. */
struct random random_init(uint64_t seed)
{
	struct random generator;

	for (unsigned i = 0; i < 4; i++)
		generator.words[i] = random_at(seed, i);
	return generator;
}

uint64_t random_u64(struct random *generator)
{
	uint64_t *words = generator->words;
	const uint64_t result = rotate_left(words[1] * 5, 7) * 9;
	const uint64_t shifted = words[1] << 17;

	words[2] ^= words[0];
	words[3] ^= words[1];
	words[1] ^= words[2];
	words[0] ^= words[3];
	words[2] ^= shifted;
	words[3] = rotate_left(words[3], 45);
	return result;
}

uint64_t random_below(struct random *generator, uint64_t limit)
{
	/* 2^64 mod limit: values below it are one too many of their remainder. */
	const uint64_t excess = -limit % limit;
	uint64_t value;

	do
		value = random_u64(generator);
	while (value < excess);
	return value % limit;
}
