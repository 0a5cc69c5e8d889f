/*
 * seed: random values that a test can have again. STARLING_SEED in the environment sets the seed.
 */
#ifndef STARLING_TESTS_SEED_H
#define STARLING_TESTS_SEED_H

#include <stddef.h>
#include <stdint.h>

struct seed {
	uint64_t state;
};

/* The seed to use, and says on stderr which it is, so that a failure above it can be repeated. */
struct seed seed_from_environment(void);

uint64_t seed_next(struct seed *seed);

/* From `least` to `most`, both included. */
uint64_t seed_between(struct seed *seed, uint64_t least, uint64_t most);

/* The same, but every length in bits is as likely as every other, and both ends are frequent. */
uint64_t seed_spread(struct seed *seed, uint64_t least, uint64_t most);

void seed_fill(struct seed *seed, void *out, size_t size);

#endif
