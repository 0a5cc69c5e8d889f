#include "client/lab/view.h"

#include <math.h>

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
	set_bird(&view->truth[record->bird], record);
}

static void take_update(struct view_receiver *receiver, const struct lab_record *record)
{
	struct view_bird *bird = &receiver->birds[record->bird];

	if (record->number <= bird->number)
		return;
	set_bird(bird, record);
	receiver->newest_at_ns = record->at_ns;
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
