/*
 * flock: birds that fly together (Reynolds' boids): each keeps apart from those too near, aligns
 * with its seven nearest neighbours, and flies towards their middle, inside an arena.
 *
 * A flock depends only on its seed, size and steps, on every machine alike: it draws from its own
 * generator and uses only arithmetic that IEEE 754 rounds in one way.
 */
#ifndef STARLING_CLIENT_BOTS_FLOCK_H
#define STARLING_CLIENT_BOTS_FLOCK_H

#include <stddef.h>
#include <stdint.h>

enum {
	FLOCK_BIRDS_MAX = 1000,
	FLOCK_NEIGHBOURS = 7, /* as starlings do (Ballerini et al., 2008) */
};

#define FLOCK_SPEED_MIN_M_S 2.0
#define FLOCK_SPEED_MAX_M_S 8.0

struct flock_bird {
	double x, y;   /* metres */
	double vx, vy; /* metres a second */
};

struct flock {
	double width_m, height_m; /* x from 0 to width_m, y from 0 to height_m */
	struct flock_bird *birds;
	struct flock_bird *before; /* the birds as the step found them */
	size_t count;
	uint64_t seed, draws; /* the next random number is random_at(seed, draws) */
};

/*
 * Scatters `count` birds (1 to FLOCK_BIRDS_MAX) over an arena whose sides are at least 1 m. 0,
 * -EINVAL or -ENOMEM; the flock is then empty.
 */
int flock_init(struct flock *flock, size_t count, double width_m, double height_m, uint64_t seed);
void flock_fini(struct flock *flock);

/* Moves all birds by `dt_s`, in equal parts of at most 50 ms. */
void flock_step(struct flock *flock, double dt_s);

/* Puts one bird at a random place, with a random course. */
void flock_scatter(struct flock *flock, size_t bird);

#endif
