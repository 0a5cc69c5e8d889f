/* Why a receiver's birds are old: their ages' parts (age_parts.h), from the milestones seen. */
#include "client/lab/view.h"

/* The relay's flush: the first receiver's datagram with the update leaves. 0: not seen. */
static int64_t handed_ns(const struct view *view, unsigned bird, uint32_t number)
{
	int64_t first_ns = 0;

	for (unsigned way = 0; way < LAB_WAYS; way++) {
		const struct view_passage *passage =
			&view->receivers[way].passages[bird][number % VIEW_KEPT];

		if (passage->number == number && passage->entered_ns > 0 &&
		    (first_ns == 0 || passage->entered_ns < first_ns))
			first_ns = passage->entered_ns;
	}
	return first_ns;
}

static void see(int64_t *milestone_ns, int64_t at_ns)
{
	if (at_ns > 0)
		*milestone_ns = at_ns;
}

/* The relay's thread may be at work before the publisher's call has returned. */
static void see_published(struct view_bird *held, const struct view_publication *publication)
{
	int64_t *at_ns = held->at_ns, reached_ns = publication->reached_ns;

	if (publication->number != held->number)
		return;
	if (at_ns[AGE_HANDED] > 0 && at_ns[AGE_HANDED] < reached_ns)
		reached_ns = at_ns[AGE_HANDED];
	see(&at_ns[AGE_LEFT], publication->left_ns);
	see(&at_ns[AGE_SENT], publication->left_ns);
	see(&at_ns[AGE_REACHED], reached_ns);
	see(&at_ns[AGE_TAKEN], reached_ns);
}

static void see_passed(struct view_bird *held, const struct view_passage *passage)
{
	if (passage->number != held->number)
		return;
	see(&held->at_ns[AGE_LEFT_RELAY], passage->entered_ns);
	see(&held->at_ns[AGE_SENT_ON], passage->passed_ns);
	see(&held->at_ns[AGE_ARRIVED], passage->left_ns);
}

/* As long as the next one is not made, it is not overdue. */
static int64_t period_ns(const struct view *view, unsigned bird, const struct view_bird *held,
			 int64_t now_ns)
{
	const struct view_publication *next =
		&view->published_ways[bird][(held->number + 1) % VIEW_KEPT];
	const int64_t span_ns = next->number == held->number + 1 ? next->made_ns - held->origin_ns
								 : now_ns - held->came_ns;

	return span_ns > 0 ? span_ns : 0;
}

bool view_parts(struct view *view, enum lab_way way, unsigned bird, int64_t now_ns,
		int64_t parts[static AGE_PARTS])
{
	struct view_receiver *receiver = &view->receivers[way];
	struct view_bird *held = &receiver->birds[bird];
	struct age_path path = { .behind_ns = held->behind_ns > 0 ? held->behind_ns : INT64_MAX };

	if (held->number == 0)
		return false;
	held->at_ns[AGE_MADE] = held->origin_ns;
	held->at_ns[AGE_HELD] = held->came_ns;
	see(&held->at_ns[AGE_HANDED], handed_ns(view, bird, held->number));
	see_published(held, &view->published_ways[bird][held->number % VIEW_KEPT]);
	see_passed(held, &receiver->passages[bird][held->number % VIEW_KEPT]);
	for (unsigned i = 0; i < AGE_MILESTONES; i++)
		path.at_ns[i] = held->at_ns[i] > 0 ? held->at_ns[i] : AGE_NEVER;
	path.period_ns = period_ns(view, bird, held, now_ns);
	age_parts_at(&path, now_ns, parts);
	if (way == LAB_RELIABLE || way == LAB_STREAM)
		return true;
	/* These keep nothing back: the receiver's host was slow, and why was not seen. */
	parts[AGE_PART_UNKNOWN] += parts[AGE_PART_BEHIND];
	parts[AGE_PART_BEHIND] = 0;
	return true;
}

bool view_mean_parts(struct view *view, enum lab_way way, int64_t now_ns,
		     double parts_ns[static AGE_PARTS])
{
	unsigned count = 0;

	for (unsigned i = 0; i < AGE_PARTS; i++)
		parts_ns[i] = 0;
	for (unsigned bird = 0; bird < view->birds; bird++) {
		int64_t parts[AGE_PARTS];

		if (!view_parts(view, way, bird, now_ns, parts))
			continue;
		for (unsigned i = 0; i < AGE_PARTS; i++)
			parts_ns[i] += (double)parts[i];
		count++;
	}
	for (unsigned i = 0; i < AGE_PARTS && count > 0; i++)
		parts_ns[i] /= count;
	return count > 0;
}
