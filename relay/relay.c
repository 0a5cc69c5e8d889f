#include "relay/relay.h"

#include "relay/room/membership.h"

int relay_init(struct relay *relay, const struct config *config, const struct outbox *outbox)
{
	int result;

	*relay = (struct relay){ .config = config, .outbox = *outbox };
	result = rooms_init(&relay->rooms, config->rooms);
	if (result == 0)
		result = schedule_init(&relay->schedule, config);
	if (result != 0)
		relay_fini(relay);
	return result;
}

void relay_fini(struct relay *relay)
{
	rooms_fini(&relay->rooms);
	closed_rooms_fini(&relay->closed);
	schedule_fini(&relay->schedule);
	fanout_fini(&relay->fanout);
	absences_fini(&relay->absences);
}

void relay_retune(struct relay *relay)
{
	for (size_t i = 0; i < relay->rooms.count; i++) {
		const struct room *room = relay->rooms.list[i];

		for (size_t n = 0; n < room->member_count; n++)
			congestion_retune(&receiver_of(room->members[n])->congestion,
					  relay->config);
	}
}

struct room *relay_add(struct relay *relay, struct wire_bytes name, int64_t now_ns)
{
	struct room *room =
		rooms_add(&relay->rooms, relay->config, &relay->accounting, name, now_ns);

	if (room)
		schedule_add(&relay->schedule, &room->schedule, room, now_ns);
	return room;
}

static int64_t earlier(int64_t one_ns, int64_t other_ns)
{
	return one_ns < other_ns ? one_ns : other_ns;
}

/* When the room wants something besides a flush. */
static int64_t timer_ns(const struct room *room)
{
	const int64_t states_ns = earlier(room->keyframe_due_ns, room->views_due_ns);
	const int64_t lists_ns = earlier(room->membership.due_ns, room->gones_due_ns);

	return earlier(earlier(states_ns, lists_ns), room->sync_due_ns);
}

static void update(struct relay *relay, struct room *room)
{
	const struct schedule_facts facts = { .members = room->member_count,
					      .is_dear = room->part.is_on,
					      .is_amid_pass = room_is_amid_pass(room),
					      .states = room->dirty_count,
					      .since_ns = room->dirty_since_ns,
					      .timer_ns = timer_ns(room) };

	schedule_update(&relay->schedule, &room->schedule, &facts);
}

void relay_update(struct relay *relay, struct room *room)
{
	if (room->member_count > 0) {
		update(relay, room);
		return;
	}
	schedule_remove(&relay->schedule, &room->schedule);
	rooms_remove(&relay->rooms, room);
}

static void flush(struct relay *relay, struct room *room, int64_t now_ns)
{
	relay->accounting.flushes += room->dirty_count > 0;
	fanout_flush(&relay->fanout, &relay->outbox, room, now_ns);
}

void relay_flush(struct relay *relay, struct room *room, int64_t now_ns)
{
	flush(relay, room, now_ns);
	schedule_flushed(&relay->schedule, &room->schedule, now_ns);
	update(relay, room);
}

/* Where a flush of everything would keep others waiting, a part of it goes. */
static void flush_part(struct relay *relay, struct room *room, int64_t now_ns)
{
	room_hold_back(room, now_ns);
	flush(relay, room, now_ns);
	room_take_back(room);
}

static void flush_in_turn(struct relay *relay, struct room *room, int64_t now_ns)
{
	if (relay->rooms.count > 1 && relay->config->tick_hz == CONFIG_TICK_AUTO)
		flush_part(relay, room, now_ns);
	else
		flush(relay, room, now_ns);
	schedule_flushed_in_turn(&relay->schedule, &room->schedule,
				 fanout_batch_bytes(&relay->fanout), FANOUT_MESSAGE_RECORD_BYTES,
				 now_ns);
	update(relay, room);
}

static void run_timers(struct relay *relay, struct room *room, int64_t now_ns)
{
	if (room->keyframe_due_ns <= now_ns)
		fanout_keyframe_at_rest(&relay->fanout, &relay->outbox, room, now_ns);
	if (room->views_due_ns <= now_ns)
		fanout_serve_views(&relay->fanout, &relay->outbox, room, now_ns);
	if (room->membership.due_ns <= now_ns)
		membership_notify_all(&relay->outbox, room, now_ns);
	if (room->gones_due_ns <= now_ns)
		fanout_serve_gones(&relay->outbox, room, now_ns);
	if (room->sync_due_ns <= now_ns)
		fanout_sync(&relay->fanout, &relay->outbox, room, now_ns);
	update(relay, room);
}

int64_t relay_turn(struct relay *relay, int64_t now_ns)
{
	struct schedule_turn turn = { .now_ns = now_ns };
	struct room *room;

	while ((room = schedule_next_flush(&relay->schedule, &turn)))
		flush_in_turn(relay, room, now_ns);
	schedule_begin_timers(&relay->schedule, &turn);
	while ((room = schedule_next_timer(&turn)))
		run_timers(relay, room, now_ns);
	return schedule_due_ns(&relay->schedule);
}
