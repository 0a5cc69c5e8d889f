#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/bots/flock.h"

enum {
	BIRDS = 40,
	STEPS = 1200, /* a minute at 20 Hz */
};

static const double width_m = 105, height_m = 68, step_s = 0.05;

static void start(struct flock *flock, size_t count, uint64_t seed)
{
	assert_int_equal(flock_init(flock, count, width_m, height_m, seed), 0);
}

static void fly(struct flock *flock, int steps)
{
	for (int i = 0; i < steps; i++)
		flock_step(flock, step_s);
}

/* FNV-1a over positions in millimetres, as the relay would get them. */
static uint64_t digest(const struct flock *flock)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < flock->count; i++) {
		const int64_t mm[] = { llround(flock->birds[i].x * 1000),
				       llround(flock->birds[i].y * 1000) };

		for (size_t j = 0; j < 16; j++) {
			hash ^= (uint64_t)(mm[j / 8] >> (8 * (j % 8))) & 0xff;
			hash *= UINT64_C(0x100000001b3);
		}
	}
	return hash;
}

/* The figure was printed by one build and must be the same from gcc, clang, -O0 and -O3. */
static void a_seed_gives_the_same_flock_on_every_build(void **state)
{
	struct flock flock;

	(void)state;
	start(&flock, BIRDS, 1);
	fly(&flock, STEPS);
	assert_int_equal(digest(&flock), UINT64_C(0x6f2a56839aa80188));
	flock_fini(&flock);
}

static void assert_bounded(const struct flock *flock)
{
	for (size_t i = 0; i < flock->count; i++) {
		const struct flock_bird *bird = &flock->birds[i];
		double speed = sqrt(bird->vx * bird->vx + bird->vy * bird->vy);

		if (!(bird->x >= 0 && bird->x <= flock->width_m && bird->y >= 0 &&
		      bird->y <= flock->height_m))
			fail_msg("bird %zu is at %g, %g", i, bird->x, bird->y);
		if (!(speed >= FLOCK_SPEED_MIN_M_S - 1e-9 && speed <= FLOCK_SPEED_MAX_M_S + 1e-9))
			fail_msg("bird %zu flies at %g m/s", i, speed);
	}
}

static void birds_stay_in_the_arena_and_keep_their_speed(void **state)
{
	struct flock flock;

	(void)state;
	for (uint64_t seed = 0; seed < 10; seed++) {
		start(&flock, BIRDS, seed);
		for (int i = 0; i < 600; i++) {
			flock_step(&flock, step_s);
			assert_bounded(&flock);
		}
		flock_fini(&flock);
	}
}

static void birds_stay_in_the_smallest_arena_with_the_longest_step(void **state)
{
	struct flock flock;

	(void)state;
	assert_int_equal(flock_init(&flock, BIRDS, 1, 1, 3), 0);
	for (int i = 0; i < 20; i++) {
		flock_step(&flock, 10);
		assert_bounded(&flock);
	}
	flock_fini(&flock);
}

static void sizes_out_of_range_are_refused(void **state)
{
	struct flock flock;

	(void)state;
	assert_int_equal(flock_init(&flock, 0, 10, 10, 1), -EINVAL);
	assert_int_equal(flock_init(&flock, FLOCK_BIRDS_MAX + 1, 10, 10, 1), -EINVAL);
	assert_int_equal(flock_init(&flock, 1, 0.5, 10, 1), -EINVAL);
	assert_int_equal(flock_init(&flock, 1, 10, NAN, 1), -EINVAL);
	assert_int_equal(flock_init(&flock, FLOCK_BIRDS_MAX, 10, 10, 1), 0);
	flock_fini(&flock);
	flock_fini(&flock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seed_gives_the_same_flock_on_every_build),
		cmocka_unit_test(birds_stay_in_the_arena_and_keep_their_speed),
		cmocka_unit_test(birds_stay_in_the_smallest_arena_with_the_longest_step),
		cmocka_unit_test(sizes_out_of_range_are_refused),
	};

	return cmocka_run_group_tests_name("flock", tests, NULL, NULL);
}
