#include "client/lab/view.h"

#include <math.h>

#define NS_PER_S INT64_C(1000000000)

static void set_bird(struct view_bird *bird, const struct lab_record *record)
{
	*bird = (struct view_bird){ .number = record->number,
				    .origin_ns = record->origin_ns,
				    .x = record->x,
				    .y = record->y,
				    .came_ns = record->at_ns };
}

static void take_truth(struct view *view, const struct lab_record *record)
{
	if (view->birds <= record->bird)
		view->birds = record->bird + 1;
	view->published++;
	view->published_ways[record->bird][record->number % VIEW_KEPT] =
		(struct view_publication){ .number = record->number,
					   .made_ns = record->origin_ns,
					   .left_ns = record->left_ns,
					   .reached_ns = record->reached_ns };
	set_bird(&view->truth[record->bird], record);
}

/* The update's entry, begun anew when the place is an older one's; NULL: it is older itself. */
static struct view_passage *passage_of(struct view_receiver *receiver,
				       const struct lab_update_id *id)
{
	struct view_passage *passage = &receiver->passages[id->bird][id->number % VIEW_KEPT];

	if (passage->number > id->number)
		return NULL;
	if (passage->number != id->number)
		*passage = (struct view_passage){ .number = id->number };
	return passage;
}

static void enter(struct view_receiver *receiver, const struct lab_update_id *id,
		  const struct lab_record *record)
{
	struct view_passage *passage = passage_of(receiver, id);

	if (!passage)
		return;
	if (passage->entered_ns == 0)
		passage->entered_ns = record->at_ns;
	if (record->is_passed && passage->passed_ns == 0)
		passage->passed_ns = record->at_ns;
}

static void leave(struct view_receiver *receiver, const struct lab_update_id *id, int64_t at_ns)
{
	struct view_passage *passage = passage_of(receiver, id);
	struct view_bird *held = &receiver->birds[id->bird];

	if (!passage || passage->left_ns > 0)
		return;
	passage->left_ns = at_ns;
	if (id->number > held->number && held->behind_ns == 0)
		held->behind_ns = at_ns;
}

/* When the first of those that are newer than the held one left the link; 0: none has. */
static int64_t behind_since(const struct view_receiver *receiver, unsigned bird)
{
	int64_t since_ns = 0;

	for (unsigned i = 0; i < VIEW_KEPT; i++) {
		const struct view_passage *passage = &receiver->passages[bird][i];

		if (passage->number > receiver->birds[bird].number && passage->left_ns > 0 &&
		    (since_ns == 0 || passage->left_ns < since_ns))
			since_ns = passage->left_ns;
	}
	return since_ns;
}

static void note_late(struct view *view, int64_t late_ns, int64_t now_ns)
{
	if (now_ns - view->late_since_ns >= NS_PER_S) {
		view->late_ns[1] = view->late_ns[0];
		view->late_ns[0] = 0;
		view->late_since_ns = now_ns;
	}
	if (late_ns > view->late_ns[0])
		view->late_ns[0] = late_ns;
}

static void take_update(struct view_receiver *receiver, const struct lab_record *record)
{
	struct view_bird *bird = &receiver->birds[record->bird];

	if (record->number <= bird->number)
		return;
	set_bird(bird, record);
	bird->behind_ns = behind_since(receiver, record->bird);
	receiver->newest_at_ns = record->at_ns;
}

static void take_passage(struct view *view, const struct lab_record *record)
{
	struct view_receiver *receiver = &view->receivers[record->way];

	for (unsigned i = 0; i < record->passage.count && i < LAB_PASSAGE_MAX; i++) {
		const struct lab_update_id *id = &record->passage.ids[i];

		if (id->bird >= LAB_BIRDS_MAX)
			continue;
		if (record->kind == LAB_ENTERED)
			enter(receiver, id, record);
		else
			leave(receiver, id, record->at_ns);
	}
	if (record->kind == LAB_LEFT)
		note_late(view, record->late_ns, record->at_ns);
}

static void take_packet(struct view_receiver *receiver, const struct lab_record *record)
{
	receiver->packet = record->packet;
	receiver->is_packet_passed = record->is_passed;
	receiver->packet_ns = record->at_ns;
	if (record->is_passed) {
		receiver->passed++;
		return;
	}
	receiver->lost_at_ns = record->at_ns;
	receiver->passed = 0;
}

static void take_counts(struct view_receiver *receiver, const struct lab_record *record)
{
	receiver->delivered = record->delivered;
	receiver->late = record->late;
	receiver->lost = record->lost;
	receiver->skipped = record->skipped;
}

void view_take(struct view *view, const struct lab_record *record)
{
	struct view_receiver *receiver;

	if (record->bird >= LAB_BIRDS_MAX || record->way >= LAB_WAYS)
		return;
	receiver = &view->receivers[record->way];
	switch (record->kind) {
	case LAB_TRUTH:
		take_truth(view, record);
		break;
	case LAB_READY:
		receiver->is_ready = true;
		break;
	case LAB_UPDATE:
		take_update(receiver, record);
		break;
	case LAB_COUNTS:
		take_counts(receiver, record);
		break;
	case LAB_PACKET:
		take_packet(receiver, record);
		break;
	case LAB_ENTERED:
	case LAB_LEFT:
		take_passage(view, record);
		break;
	case LAB_BROKEN:
		break;
	}
}

bool view_age(struct view *view, enum lab_way way, int64_t now_ns, int64_t *age_ns)
{
	struct view_receiver *receiver = &view->receivers[way];
	int64_t sum_ns = 0;
	unsigned count = 0;

	for (unsigned i = 0; i < view->birds; i++) {
		const struct view_bird *bird = &receiver->birds[i];
		const int64_t one_ns = now_ns - bird->origin_ns;

		if (bird->number == 0)
			continue;
		if (one_ns > receiver->longest_age_ns)
			receiver->longest_age_ns = one_ns;
		sum_ns += one_ns;
		count++;
	}
	if (count > 0)
		*age_ns = sum_ns / count;
	return count > 0;
}

void view_forget_longest(struct view *view)
{
	for (unsigned way = 0; way < LAB_WAYS; way++)
		view->receivers[way].longest_age_ns = 0;
}

double view_error_m(const struct view *view, enum lab_way way)
{
	const struct view_receiver *receiver = &view->receivers[way];
	double sum = 0;
	unsigned count = 0;

	for (unsigned i = 0; i < view->birds; i++) {
		const struct view_bird *held = &receiver->birds[i], *true_one = &view->truth[i];

		if (held->number == 0 || true_one->number == 0)
			continue;
		sum += hypot(held->x - true_one->x, held->y - true_one->y);
		count++;
	}
	return count > 0 ? sum / count : 0;
}

int64_t view_error_ns(const struct view *view)
{
	return view->late_ns[0] > view->late_ns[1] ? view->late_ns[0] : view->late_ns[1];
}
