#include "client/age/age_parts.h"

#include <stdbool.h>

/* The part that the time until each milestone belongs to. */
static const enum age_part part_until[AGE_MILESTONES] = {
	[AGE_LEFT] = AGE_PART_SENDER,    [AGE_SENT] = AGE_PART_REPEAT,
	[AGE_REACHED] = AGE_PART_UP,     [AGE_TAKEN] = AGE_PART_BEHIND,
	[AGE_HANDED] = AGE_PART_RELAY,   [AGE_LEFT_RELAY] = AGE_PART_QUEUE,
	[AGE_SENT_ON] = AGE_PART_REPEAT, [AGE_ARRIVED] = AGE_PART_DOWN,
	[AGE_HELD] = AGE_PART_BEHIND,
};

static const struct {
	const char *name, *text;
} words[AGE_PARTS] = {
	[AGE_PART_SENDER] = { "sender", "at the sender" },
	[AGE_PART_UP] = { "up", "on the way up" },
	[AGE_PART_RELAY] = { "relay", "in the relay, for the flush" },
	[AGE_PART_QUEUE] = { "queue", "in ENet's queue" },
	[AGE_PART_DOWN] = { "down", "on the way down" },
	[AGE_PART_REPEAT] = { "repeat", "until it was sent again" },
	[AGE_PART_BEHIND] = { "behind", "behind another that was lost" },
	[AGE_PART_NEXT] = { "next", "until the next was to come" },
	[AGE_PART_OVERDUE] = { "overdue", "as the next was lost or late" },
	[AGE_PART_UNKNOWN] = { "unknown", "unknown" },
};

const char *age_part_name(enum age_part part)
{
	return words[part].name;
}

const char *age_part_text(enum age_part part)
{
	return words[part].text;
}

struct age_path age_path_of_first(int64_t made_ns, int64_t period_ns)
{
	struct age_path path = { .period_ns = period_ns, .behind_ns = INT64_MAX };

	for (size_t i = 0; i < AGE_MILESTONES; i++)
		path.at_ns[i] = made_ns;
	return path;
}

/* Takes a piece of the time; pieces come in order and leave nothing out. */
typedef void take_function(void *context, enum age_part part, int64_t from_ns, int64_t to_ns);

/* Walks the time up to `now_ns`. */
struct walk {
	take_function *take;
	void *context;
	int64_t at_ns, now_ns;
};

static void go(struct walk *walk, int64_t to_ns, enum age_part part)
{
	if (to_ns > walk->now_ns)
		to_ns = walk->now_ns;
	if (to_ns <= walk->at_ns)
		return;
	walk->take(walk->context, part, walk->at_ns, to_ns);
	walk->at_ns = to_ns;
}

/* A milestone that was not seen, or not in its order, leaves the time until the next unknown. */
static void walk_way(struct walk *walk, const struct age_path *path)
{
	int64_t reached_ns = path->at_ns[AGE_MADE];
	bool is_unknown = false;

	for (size_t i = AGE_LEFT; i < AGE_MILESTONES; i++) {
		const int64_t at_ns = path->at_ns[i];

		if (at_ns < reached_ns || at_ns > path->at_ns[AGE_HELD]) {
			is_unknown = true;
			continue;
		}
		go(walk, at_ns, is_unknown ? AGE_PART_UNKNOWN : part_until[i]);
		reached_ns = at_ns;
		is_unknown = false;
	}
}

/* Held: until the next was to come, and then as long as nothing came. */
static void walk_held(struct walk *walk, const struct age_path *path)
{
	const int64_t behind_ns = path->behind_ns < walk->now_ns ? path->behind_ns : walk->now_ns;
	size_t first = path->block_count;

	if (path->at_ns[AGE_HELD] + path->period_ns < behind_ns) {
		go(walk, path->at_ns[AGE_HELD] + path->period_ns, AGE_PART_NEXT);
		while (first > 0 && path->blocks[first - 1].to_ns > walk->at_ns)
			first--;
		for (size_t i = first; i < path->block_count; i++) {
			const struct age_span *block = &path->blocks[i];

			if (block->from_ns >= behind_ns)
				break;
			go(walk, block->from_ns, AGE_PART_OVERDUE);
			go(walk, block->to_ns < behind_ns ? block->to_ns : behind_ns,
			   AGE_PART_BEHIND);
		}
		go(walk, behind_ns, AGE_PART_OVERDUE);
	}
	go(walk, behind_ns, AGE_PART_NEXT);
	go(walk, walk->now_ns, AGE_PART_BEHIND);
}

static void walk_all(const struct age_path *path, int64_t now_ns, take_function *take,
		     void *context)
{
	struct walk walk = { take, context, path->at_ns[AGE_MADE], now_ns };

	walk_way(&walk, path);
	walk_held(&walk, path);
}

static void take_at(void *context, enum age_part part, int64_t from_ns, int64_t to_ns)
{
	int64_t *parts = context;

	parts[part] += to_ns - from_ns;
}

void age_parts_at(const struct age_path *path, int64_t now_ns, int64_t parts[static AGE_PARTS])
{
	for (size_t i = 0; i < AGE_PARTS; i++)
		parts[i] = 0;
	walk_all(path, now_ns, take_at, parts);
}

struct integral {
	int64_t from_ns, to_ns;
	double *sums;
};

/* Time before the moments is in the age at all of them; time among them grows. */
static void take_integral(void *context, enum age_part part, int64_t from_ns, int64_t to_ns)
{
	const struct integral *integral = context;
	const int64_t begin_ns = from_ns > integral->from_ns ? from_ns : integral->from_ns;
	const int64_t before_ns = (to_ns < integral->from_ns ? to_ns : integral->from_ns) - from_ns;

	if (before_ns > 0)
		integral->sums[part] +=
			(double)before_ns * (double)(integral->to_ns - integral->from_ns);
	if (to_ns > begin_ns) {
		const double grown_ns = (double)(to_ns - begin_ns);

		integral->sums[part] +=
			grown_ns * (grown_ns / 2 + (double)(integral->to_ns - to_ns));
	}
}

void age_parts_integrate(const struct age_path *path, int64_t from_ns, int64_t to_ns,
			 double sums[static AGE_PARTS])
{
	struct integral integral = { from_ns, to_ns, sums };

	if (from_ns < to_ns)
		walk_all(path, to_ns, take_integral, &integral);
}
