#include "client/bots/flock.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "proto/net/random.h"

#ifdef __clang__
/* A fused multiply-add rounds otherwise; gcc has it off by -std=c17. */
#pragma STDC FP_CONTRACT OFF
#endif

/* A bird's steering: accelerations in m/s2 for each metre or m/s of their cause. */
static const double part_max_s = 0.05;
static const double separation_m = 2.5;    /* minimum distance */
static const double separation_gain = 6.0; /* per metre too near */
static const double alignment_gain = 1.0;  /* per m/s of difference */
static const double cohesion_gain = 0.15;  /* per metre from the neighbours' middle */
static const double edge_m = 8.0;          /* from here on the arena's edge turns birds away */
static const double edge_gain = 1.5;       /* per metre beyond that */
static const double noise = 3.0;           /* largest random acceleration each way */

/* From `low` up to, and without, `high`. */
static double draw_between(struct flock *flock, double low, double high)
{
	return low +
	       (high - low) * ((double)(random_at(flock->seed, flock->draws++) >> 11) * 0x1p-53);
}

void flock_scatter(struct flock *flock, size_t bird)
{
	struct flock_bird *b = &flock->birds[bird];
	double square;

	b->x = draw_between(flock, 0, flock->width_m);
	b->y = draw_between(flock, 0, flock->height_m);
	/* A random course without sine and cosine, which libraries round differently. */
	do {
		b->vx = draw_between(flock, -FLOCK_SPEED_MAX_M_S, FLOCK_SPEED_MAX_M_S);
		b->vy = draw_between(flock, -FLOCK_SPEED_MAX_M_S, FLOCK_SPEED_MAX_M_S);
		square = b->vx * b->vx + b->vy * b->vy;
	} while (square > FLOCK_SPEED_MAX_M_S * FLOCK_SPEED_MAX_M_S ||
		 square < FLOCK_SPEED_MIN_M_S * FLOCK_SPEED_MIN_M_S);
}

int flock_init(struct flock *flock, size_t count, double width_m, double height_m, uint64_t seed)
{
	memset(flock, 0, sizeof(*flock));
	if (count < 1 || count > FLOCK_BIRDS_MAX || !(width_m >= 1) || !(height_m >= 1))
		return -EINVAL;
	flock->birds = calloc(count, sizeof(*flock->birds));
	flock->before = calloc(count, sizeof(*flock->before));
	if (flock->birds == NULL || flock->before == NULL) {
		flock_fini(flock);
		return -ENOMEM;
	}
	flock->count = count;
	flock->width_m = width_m;
	flock->height_m = height_m;
	flock->seed = seed;
	for (size_t i = 0; i < count; i++)
		flock_scatter(flock, i);
	return 0;
}

void flock_fini(struct flock *flock)
{
	free(flock->birds);
	free(flock->before);
	memset(flock, 0, sizeof(*flock));
}

struct neighbour {
	double square_m2; /* of the distance */
	size_t bird;
};

/* The nearest of all others, by distance, then by number. Returns how many. */
static size_t nearest(const struct flock *flock, size_t self,
		      struct neighbour found[FLOCK_NEIGHBOURS])
{
	const struct flock_bird *me = &flock->before[self];
	size_t count = 0;

	for (size_t i = 0; i < flock->count; i++) {
		double dx = flock->before[i].x - me->x, dy = flock->before[i].y - me->y;
		double square_m2 = dx * dx + dy * dy;
		size_t at = count;

		if (i == self ||
		    (count == FLOCK_NEIGHBOURS && square_m2 >= found[count - 1].square_m2))
			continue;
		if (count < FLOCK_NEIGHBOURS)
			count++;
		else
			at--;
		for (; at > 0 && found[at - 1].square_m2 > square_m2; at--)
			found[at] = found[at - 1];
		found[at] = (struct neighbour){ square_m2, i };
	}
	return count;
}

/* Adds the acceleration of bird `self` by its neighbours. */
static void add_neighbours(const struct flock *flock, size_t self, double *ax, double *ay)
{
	const struct flock_bird *me = &flock->before[self];
	struct neighbour found[FLOCK_NEIGHBOURS];
	size_t count = nearest(flock, self, found);
	double x = 0, y = 0, vx = 0, vy = 0;

	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct flock_bird *other = &flock->before[found[i].bird];
		double distance_m = sqrt(found[i].square_m2);

		x += other->x - me->x;
		y += other->y - me->y;
		vx += other->vx - me->vx;
		vy += other->vy - me->vy;
		if (distance_m > 0 && distance_m < separation_m) {
			double push = separation_gain * (separation_m - distance_m) / distance_m;

			*ax -= push * (other->x - me->x);
			*ay -= push * (other->y - me->y);
		}
	}
	*ax += (cohesion_gain * x + alignment_gain * vx) / (double)count;
	*ay += (cohesion_gain * y + alignment_gain * vy) / (double)count;
}

/* The push back from the edges of a side from 0 to `length_m`. */
static double edge_push(double at_m, double length_m)
{
	double margin_m = length_m / 4 < edge_m ? length_m / 4 : edge_m;

	if (at_m < margin_m)
		return edge_gain * (margin_m - at_m);
	if (at_m > length_m - margin_m)
		return -edge_gain * (at_m - (length_m - margin_m));
	return 0;
}

static void limit_speed(struct flock_bird *bird)
{
	double speed = sqrt(bird->vx * bird->vx + bird->vy * bird->vy);
	double wanted = speed;

	if (speed > FLOCK_SPEED_MAX_M_S)
		wanted = FLOCK_SPEED_MAX_M_S;
	if (speed < FLOCK_SPEED_MIN_M_S)
		wanted = FLOCK_SPEED_MIN_M_S;
	if (speed > 0) {
		bird->vx *= wanted / speed;
		bird->vy *= wanted / speed;
	} else {
		bird->vx = wanted;
	}
}

/* Puts a bird that flew past the edge at the edge, and turns it back. */
static void keep_inside(double *at_m, double *speed, double length_m)
{
	if (*at_m < 0) {
		*at_m = 0;
		*speed = fabs(*speed);
	} else if (*at_m > length_m) {
		*at_m = length_m;
		*speed = -fabs(*speed);
	}
}

static void step_part(struct flock *flock, double dt_s)
{
	memcpy(flock->before, flock->birds, flock->count * sizeof(*flock->birds));
	for (size_t i = 0; i < flock->count; i++) {
		struct flock_bird *bird = &flock->birds[i];
		double ax = edge_push(bird->x, flock->width_m) + draw_between(flock, -noise, noise);
		double ay =
			edge_push(bird->y, flock->height_m) + draw_between(flock, -noise, noise);

		add_neighbours(flock, i, &ax, &ay);
		bird->vx += ax * dt_s;
		bird->vy += ay * dt_s;
		limit_speed(bird);
		bird->x += bird->vx * dt_s;
		bird->y += bird->vy * dt_s;
		keep_inside(&bird->x, &bird->vx, flock->width_m);
		keep_inside(&bird->y, &bird->vy, flock->height_m);
	}
}

void flock_step(struct flock *flock, double dt_s)
{
	double parts = ceil(dt_s / part_max_s);

	for (double part = 0; part < parts; part++)
		step_part(flock, dt_s / parts);
}
