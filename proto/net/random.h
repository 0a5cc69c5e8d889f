/*
 * random: a small seeded generator (xoshiro256**, seeded through SplitMix64, both by Blackman and
 * Vigna) for simulations and tests. Same seed, same numbers, on any machine. Not for secrets.
 */
#ifndef STARLING_PROTO_NET_RANDOM_H
#define STARLING_PROTO_NET_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t words[4];
};

/*
 * The number `n`, from 0, of the SplitMix64 sequence that `seed` begins: the same whenever it is
 * asked for, without the numbers before it.
 */
uint64_t random_at(uint64_t seed, uint64_t n);

/* Any seed is good, 0 too. */
struct random random_init(uint64_t seed);

uint64_t random_u64(struct random *generator);

/* Evenly from 0 to limit - 1, without bias. `limit` is at least 1. */
uint64_t random_below(struct random *generator, uint64_t limit);

#endif
