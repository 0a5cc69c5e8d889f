#include "relay/fanout/kd_tree.h"

#include <errno.h>
#include <stdlib.h>

enum {
	BOX_POINTS = 8, /* a box with no more is not divided */
};

void kd_tree_fini(struct kd_tree *kd_tree)
{
	free(kd_tree->points);
	free(kd_tree->boxes);
	*kd_tree = (struct kd_tree){ 0 };
}

int kd_tree_begin(struct kd_tree *kd_tree, size_t count)
{
	size_t capacity = kd_tree->capacity ? kd_tree->capacity : 16;

	kd_tree->count = kd_tree->box_count = 0;
	kd_tree->examined = 0;
	if (count <= kd_tree->capacity)
		return 0;
	while (capacity < count)
		capacity *= 2;
	kd_tree_fini(kd_tree);
	kd_tree->points = malloc(capacity * sizeof(kd_tree->points[0]));
	/* Each division makes two boxes of at least a point each. */
	kd_tree->boxes = malloc(2 * capacity * sizeof(kd_tree->boxes[0]));
	if (!kd_tree->points || !kd_tree->boxes) {
		kd_tree_fini(kd_tree);
		return -ENOMEM;
	}
	kd_tree->capacity = capacity;
	return 0;
}

void kd_tree_add(struct kd_tree *kd_tree, const struct kd_point *point)
{
	if (kd_tree->count < kd_tree->capacity)
		kd_tree->points[kd_tree->count++] = *point;
}

/* Building. */

static void measure(const struct kd_tree *kd_tree, struct kd_box *box)
{
	const struct kd_point *point = &kd_tree->points[box->first];

	for (int axis = 0; axis < 3; axis++)
		box->least[axis] = box->most[axis] = point->position[axis];
	for (uint32_t i = 1; i < box->count; i++) {
		point++;
		for (int axis = 0; axis < 3; axis++) {
			if (point->position[axis] < box->least[axis])
				box->least[axis] = point->position[axis];
			if (point->position[axis] > box->most[axis])
				box->most[axis] = point->position[axis];
		}
	}
}

static int longest_side(const struct kd_box *box)
{
	int longest = 0;

	for (int axis = 1; axis < 3; axis++)
		if ((int64_t)box->most[axis] - box->least[axis] >
		    (int64_t)box->most[longest] - box->least[longest])
			longest = axis;
	return longest;
}

/* Puts the points in the lower half first; returns how many there are. */
static uint32_t divide(struct kd_tree *kd_tree, const struct kd_box *box, int axis)
{
	struct kd_point *points = &kd_tree->points[box->first];
	int64_t sum = (int64_t)box->least[axis] + box->most[axis];
	uint32_t low = 0, high = box->count;

	while (low < high) {
		if (2 * (int64_t)points[low].position[axis] <= sum) {
			low++;
		} else {
			struct kd_point point = points[low];

			points[low] = points[--high];
			points[high] = point;
		}
	}
	return low;
}

/* At most 96 deep. */
static void build(struct kd_tree *kd_tree, uint32_t first, uint32_t count)
{
	struct kd_box *box = &kd_tree->boxes[kd_tree->box_count++];
	int axis;
	uint32_t low;

	*box = (struct kd_box){ .first = first, .count = count };
	measure(kd_tree, box);
	axis = longest_side(box);
	if (count <= BOX_POINTS || box->least[axis] == box->most[axis])
		return;
	low = divide(kd_tree, box, axis);
	build(kd_tree, first, low);
	box->second = (uint32_t)kd_tree->box_count;
	build(kd_tree, first + low, count - low);
}

void kd_tree_build(struct kd_tree *kd_tree)
{
	kd_tree->box_count = 0;
	if (kd_tree->count > 0)
		build(kd_tree, 0, (uint32_t)kd_tree->count);
}

/* Searching. */

static uint64_t sum_of_squares(const uint64_t side[3])
{
	uint64_t sum = 0, square;

	for (int axis = 0; axis < 3; axis++) {
		square = side[axis] * side[axis]; /* a side is less than 2^32 */
		if (__builtin_add_overflow(sum, square, &sum))
			return UINT64_MAX;
	}
	return sum;
}

uint64_t kd_tree_distance2(const int32_t one[3], const int32_t other[3])
{
	uint64_t side[3];

	for (int axis = 0; axis < 3; axis++) {
		int64_t between = (int64_t)one[axis] - other[axis];

		side[axis] = (uint64_t)(between < 0 ? -between : between);
	}
	return sum_of_squares(side);
}

static uint64_t distance2_to_box(const struct kd_box *box, const int32_t place[3])
{
	uint64_t side[3];

	for (int axis = 0; axis < 3; axis++) {
		int64_t between = 0;

		if (place[axis] < box->least[axis])
			between = (int64_t)box->least[axis] - place[axis];
		else if (place[axis] > box->most[axis])
			between = (int64_t)place[axis] - box->most[axis];
		side[axis] = (uint64_t)between;
	}
	return sum_of_squares(side);
}

/* The nearest points so far are a heap with the furthest at its top. */
struct search {
	const struct kd_tree *kd_tree;
	const int32_t *place;
	const struct member *except;
	uint64_t reach2;
	struct neighbour *found;
	size_t count, limit, examined_left;
};

static void sift_down(struct neighbour *heap, size_t count, size_t at)
{
	struct neighbour moved = heap[at];

	for (size_t child; (child = 2 * at + 1) < count; at = child) {
		if (child + 1 < count && heap[child + 1].distance2 > heap[child].distance2)
			child++;
		if (heap[child].distance2 <= moved.distance2)
			break;
		heap[at] = heap[child];
	}
	heap[at] = moved;
}

static void keep(struct search *search, const struct neighbour *candidate)
{
	struct neighbour *heap = search->found;
	size_t at;

	if (search->count == search->limit) {
		heap[0] = *candidate;
		sift_down(heap, search->count, 0);
		return;
	}
	for (at = search->count++; at > 0; at = (at - 1) / 2) {
		if (heap[(at - 1) / 2].distance2 >= candidate->distance2)
			break;
		heap[at] = heap[(at - 1) / 2];
	}
	heap[at] = *candidate;
}

/* Whether a point at this distance would still be kept. */
static bool is_wanted(const struct search *search, uint64_t distance2)
{
	return distance2 <= search->reach2 &&
	       (search->count < search->limit || distance2 < search->found[0].distance2);
}

static void examine(struct search *search, const struct kd_box *box)
{
	const struct kd_point *points = &search->kd_tree->points[box->first];

	for (uint32_t i = 0; i < box->count && search->examined_left > 0; i++) {
		struct neighbour candidate = { .point = &points[i] };

		if (points[i].owner == search->except)
			continue;
		search->examined_left--;
		candidate.distance2 = kd_tree_distance2(points[i].position, search->place);
		if (is_wanted(search, candidate.distance2))
			keep(search, &candidate);
	}
}

static void visit(struct search *search, uint32_t at)
{
	const struct kd_box *boxes = search->kd_tree->boxes;
	uint64_t one, other;
	uint32_t near = at + 1, far = boxes[at].second;

	if (search->examined_left == 0)
		return;
	if (far == 0) {
		examine(search, &boxes[at]);
		return;
	}
	one = distance2_to_box(&boxes[near], search->place);
	other = distance2_to_box(&boxes[far], search->place);
	if (other < one) {
		uint64_t swapped = one;

		one = other;
		other = swapped;
		near = far;
		far = at + 1;
	}
	if (is_wanted(search, one))
		visit(search, near);
	if (is_wanted(search, other))
		visit(search, far);
}

size_t kd_tree_find(struct kd_tree *kd_tree, const int32_t place[3], const struct member *except,
		    uint64_t reach2, struct neighbour *found, size_t limit)
{
	size_t most = KD_TREE_EXAMINED_EACH * limit + KD_TREE_EXAMINED_LEAST;
	struct search search = {
		.kd_tree = kd_tree,
		.place = place,
		.except = except,
		.reach2 = reach2,
		.found = found,
		.limit = limit,
		.examined_left = most,
	};

	if (kd_tree->box_count == 0 || limit == 0)
		return 0;
	visit(&search, 0);
	kd_tree->examined += most - search.examined_left;
	for (size_t last = search.count; last-- > 1;) {
		struct neighbour furthest = found[0];

		found[0] = found[last];
		sift_down(found, last, 0);
		found[last] = furthest;
	}
	return search.count;
}
