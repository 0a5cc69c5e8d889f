/* What a member says: its messages, each checked, then done. */
#include "relay/peer/dialog.h"
#include "relay/peer/dialog_log.h"
#include "relay/peer/dialog_parts.h"

static void take_settings(struct house *house, struct dialog *dialog, const void *data, size_t size,
			  int64_t now_ns)
{
	struct member *member = dialog->member;
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	struct wire_settings asked, granted;

	if (!dialog_check(house, dialog, wire_settings_decode(data, size, &asked), now_ns))
		return;
	house->ledger.settings_in++;
	granted = interest_grant(house->config, &asked);
	/* What it was told so far is known of all or of nothing. */
	if (granted.interest != WIRE_ALL)
		fanout_fill_whole(&house->fanout, &house->outbox, member, now_ns);
	room_set(member->room, member, &granted);
	granted = member->settings;
	granted.echo = member->echo_asked;
	dialog_say(house, dialog, message,
		   wire_settings_encode(message, sizeof(message), &granted));
}

/*
 * When the message came to this machine: while the worker naps it may rest in the kernel's queue,
 * which is no reason to let a state wait longer, nor for a clock to be wrong. Not before the room.
 */
static int64_t arrival_ns(const struct dialog *dialog, int64_t now_ns)
{
	const int64_t created_ns = dialog->member->room->created_ns;

	if (dialog->arrived_ns == 0 || dialog->arrived_ns > now_ns)
		return now_ns;
	return dialog->arrived_ns > created_ns ? dialog->arrived_ns : created_ns;
}

static void take_states(struct house *house, struct dialog *dialog, const void *data, size_t size,
			int64_t now_ns)
{
	struct states_message message;

	if (!dialog_check(house, dialog, states_decode(data, size, &message), now_ns))
		return;
	if (room_take_states(dialog->member->room, dialog->member, &message,
			     arrival_ns(dialog, now_ns), now_ns) != 0)
		dialog_log_no_memory(dialog);
}

static void take_gone(struct house *house, struct dialog *dialog, const void *data, size_t size,
		      int64_t now_ns)
{
	struct member *member = dialog->member;
	struct wire_gone gone;
	struct wire_list list;

	if (!dialog_check(house, dialog, wire_gone_decode(data, size, &list), now_ns))
		return;
	dialog_flush_every(house, member->room, now_ns);
	while (wire_gone_next(&list, &gone)) {
		if (gone.member != member->id) {
			house->ledger.out_of_place++;
			dialog_count_fault(house, dialog, now_ns);
			return;
		}
		if (room_take_gone(member->room, member, &gone))
			fanout_gone(&house->outbox, member->room, &gone);
	}
	fanout_fill_by_turns(&house->fanout, &house->outbox, member->room, now_ns);
}

static void take_event(struct house *house, struct dialog *dialog, unsigned channel,
		       const void *data, size_t size, int64_t now_ns)
{
	const struct outbox *outbox = &house->outbox;
	struct member *member = dialog->member, *to;
	enum wire_mode mode = channel == WIRE_CHANNEL_EVENT_FAST ? WIRE_UNSEQUENCED : WIRE_RELIABLE;
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	struct wire_event event;
	uint32_t addressee;

	if (!dialog_check(house, dialog, wire_event_decode(data, size, &event), now_ns))
		return;
	if (!dialog_check(house, dialog,
			  event.scope == WIRE_TO_ONE || event.member == 0 ? WIRE_OK : WIRE_RANGE,
			  now_ns))
		return;
	house->ledger.events_in++;
	addressee = event.member;
	event.member = member->id;
	size = wire_event_encode(message, sizeof(message), &event);
	if (event.scope != WIRE_TO_ONE) {
		house->ledger.events_out += fanout_tell(
			outbox, member->room, member, event.scope == WIRE_TO_OTHERS ? member : NULL,
			(enum wire_channel)channel, mode, message, size);
		return;
	}
	to = room_find_member(member->room, addressee);
	if (to && !news_knows(to, member))
		news_tell(outbox, to);
	if (to && outbox->send(outbox->context, to->peer, (enum wire_channel)channel, mode, message,
			       size))
		house->ledger.events_out++;
	else
		house->ledger.events_astray++;
}

static void take_clock(struct house *house, struct dialog *dialog, const void *data, size_t size,
		       int64_t now_ns)
{
	const struct room *room = dialog->member->room;
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	struct wire_clock clock;

	if (!dialog_check(house, dialog, wire_clock_decode(data, size, &clock), now_ns))
		return;
	path_hear(&dialog->member->path, now_ns);
	clock.received_us = (uint64_t)room_clock_us(room, arrival_ns(dialog, now_ns));
	clock.answered_us = (uint64_t)room_clock_us(room, now_ns);
	size = wire_clock_encode(message, sizeof(message), &clock);
	house->outbox.send(house->outbox.context, dialog->peer, WIRE_CHANNEL_CONTROL,
			   WIRE_UNSEQUENCED, message, size);
}

static void report_to_path(struct house *house, const struct dialog *dialog,
			   const struct wire_report *report, int64_t now_ns)
{
	struct path *path = &dialog->member->path;
	const bool was_small = path->is_small;

	if (path_report(path, report, now_ns))
		fanout_set_path(&house->outbox, dialog->member);
	if (path->is_small && !was_small) {
		house->ledger.paths_found++;
		dialog_log_small_path(dialog);
	}
}

static void take_report(struct house *house, struct dialog *dialog, const void *data, size_t size,
			int64_t now_ns)
{
	struct wire_report report;
	enum budget_word word;

	if (!dialog_check(house, dialog, wire_report_decode(data, size, &report), now_ns))
		return;
	house->ledger.reports_in++;
	word = budget_report(&dialog->member->budget, &report,
			     lateness_ns(&house->lateness, now_ns), now_ns);
	house->ledger.reports_ignored += word != BUDGET_HEEDED;
	if (word == BUDGET_LIE && offence_lie(dialog->member, now_ns))
		dialog_log_slowed(dialog, "its REPORTs say what cannot be");
	if (word == BUDGET_HEEDED)
		report_to_path(house, dialog, &report, now_ns);
}

void dialog_take_from_member(struct house *house, struct dialog *dialog, enum wire_type type,
			     unsigned channel, const void *data, size_t size, int64_t now_ns)
{
	switch (type) {
	case WIRE_SETTINGS:
		take_settings(house, dialog, data, size, now_ns);
		break;
	case WIRE_STATE:
		take_states(house, dialog, data, size, now_ns);
		break;
	case WIRE_GONE:
		take_gone(house, dialog, data, size, now_ns);
		break;
	case WIRE_EVENT:
		take_event(house, dialog, channel, data, size, now_ns);
		break;
	case WIRE_CLOCK:
		take_clock(house, dialog, data, size, now_ns);
		break;
	case WIRE_REPORT:
		take_report(house, dialog, data, size, now_ns);
		break;
	case WIRE_LEAVE:
		dialog_take_leave(house, dialog, data, size, now_ns);
		break;
	default: /* a second HELLO */
		house->ledger.out_of_place++;
		dialog_count_fault(house, dialog, now_ns);
	}
}
