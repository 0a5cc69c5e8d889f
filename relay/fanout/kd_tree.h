/*
 * kd_tree: which points are nearest to a place. A tree of boxes over all points, built anew
 * whenever they have moved: each box is halved across its longest side until it holds a few points.
 *
 * It is not a grid of equal cells, because the points come from the network: one member far away,
 * or all of them in a crowd, would make any size of cell wrong, and every search slow. A build
 * passes over each point at most once a halving, of which 32 bits in three dimensions allow 96;
 * points that all lie in one place are not divided. A search ends after a stated number of points.
 *
 * Distances are squares in 64 bits, and end at UINT64_MAX: all points at or beyond it are equally
 * far.
 */
#ifndef STARLING_RELAY_FANOUT_KD_TREE_H
#define STARLING_RELAY_FANOUT_KD_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct member;

enum {
	/* How many points a search looks at: so many for each that it is to find, and so many more.
	 */
	KD_TREE_EXAMINED_EACH = 16,
	KD_TREE_EXAMINED_LEAST = 1024,
};

/* An entity, by its owner and index. */
struct kd_point {
	struct member *owner;
	int32_t position[3];
	uint16_t index;
};

struct kd_box {
	int32_t least[3], most[3];
	uint32_t first, count; /* of the points; the boxes of a divided box follow it */
	uint32_t second;       /* where its second half stands; 0: it is not divided */
};

/* {0} is an empty one. */
struct kd_tree {
	struct kd_point *points;
	struct kd_box *boxes;
	size_t count, capacity, box_count;
	uint64_t examined; /* points that searches looked at since kd_tree_begin */
};

struct neighbour {
	uint64_t distance2; /* square of the distance */
	const struct kd_point *point;
};

void kd_tree_fini(struct kd_tree *kd_tree);

/* Forgets all points and makes space for `count`. -ENOMEM; then there are none. */
int kd_tree_begin(struct kd_tree *kd_tree, size_t count);

/* Adds a point, at most as many as there is space for. */
void kd_tree_add(struct kd_tree *kd_tree, const struct kd_point *point);

/* Builds the tree, after which no point may be added. */
void kd_tree_build(struct kd_tree *kd_tree);

uint64_t kd_tree_distance2(const int32_t one[3], const int32_t other[3]);

/*
 * Finds the `limit` points nearest to `place`, nearest first, that are within the square `reach2`
 * and not owned by `except` (which may be NULL); returns how many. Any of equally near points may
 * be left out. It looks at no more than KD_TREE_EXAMINED_EACH * limit + KD_TREE_EXAMINED_LEAST
 * points of others, in the nearest boxes first; where that is not enough, it returns the nearest of
 * those.
 */
size_t kd_tree_find(struct kd_tree *kd_tree, const int32_t place[3], const struct member *except,
		    uint64_t reach2, struct neighbour *found, size_t limit);

#endif
