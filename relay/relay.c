#include "relay/relay.h"

#include "relay/schedule/tick.h"

int relay_init(struct relay *relay, const struct config *config, const struct outbox *outbox)
{
	*relay = (struct relay){ .config = config, .outbox = *outbox };
	if (config->tick_hz == CONFIG_TICK_AUTO)
		pacer_init(&relay->pacer, config->flush_share,
			   (int64_t)(config->max_delay_ms * 1e6));
	return rooms_init(&relay->rooms, config->rooms);
}

void relay_fini(struct relay *relay)
{
	rooms_fini(&relay->rooms);
}

void relay_retune(struct relay *relay)
{
	for (size_t i = 0; i < relay->rooms.count; i++)
		for (size_t n = 0; n < relay->rooms.list[i]->member_count; n++)
			congestion_retune(&relay->rooms.list[i]->members[n]->congestion,
					  relay->config);
}

struct room *relay_add(struct relay *relay, struct wire_bytes name, int64_t now_ns)
{
	const uint64_t number = relay->accounting.rooms;
	struct room *room =
		rooms_add(&relay->rooms, relay->config, &relay->accounting, name, now_ns);

	if (!room)
		return NULL;
	if (number == 0)
		relay->phase_ns = now_ns;
	if (relay->config->tick_hz > 0)
		room->phase_ns =
			tick_phase_ns(relay->config->tick_hz, number, relay->phase_ns, now_ns);
	return room;
}

void relay_remove_if_empty(struct relay *relay, struct room *room)
{
	if (room->member_count == 0)
		rooms_remove(&relay->rooms, room);
}

void relay_flush(struct relay *relay, struct room *room, int64_t now_ns)
{
	relay->accounting.flushes += room->dirty_count > 0;
	room->begun_ns = room->flushed_ns = now_ns;
	fanout_flush(&relay->fanout, &relay->outbox, room, now_ns);
}

/* The same in a turn, after which relay_spend says when it was out. */
static void flush_in_turn(struct relay *relay, struct room *room, int64_t now_ns)
{
	relay_flush(relay, room, now_ns);
	room->is_going_out = true;
	if (relay->config->tick_hz > 0 && room->member_count >= ALIGNMENT_MEMBERS_LEAST)
		room->phase_ns -= alignment_note(
			&room->alignment, tick_period_ns(relay->config->tick_hz),
			fanout_batch_bytes(&relay->fanout), FANOUT_MESSAGE_RECORD_BYTES, now_ns);
}

/* When it is a room's turn to be flushed; INT64_MAX when nothing in it waits. */
static int64_t flush_due_ns(const struct relay *relay, const struct room *room)
{
	if (relay->config->tick_hz == CONFIG_TICK_AUTO && room->dirty_count > 0)
		return pacer_due_ns(&relay->pacer, room_waits_since_ns(room));
	return fanout_due_ns(room);
}

/* Rooms to flush in one turn, the one that has waited longest first. */
struct along {
	struct room *rooms[RELAY_ALONG_ROOMS];
	size_t count;
};

/* Puts it where it belongs, as far as it is one of the oldest. */
static void sort_in(struct along *along, struct room *room)
{
	const int64_t since_ns = room_waits_since_ns(room);
	size_t at = along->count;

	if (at < RELAY_ALONG_ROOMS)
		along->count++;
	else if (since_ns >= room_waits_since_ns(along->rooms[--at]))
		return;
	for (; at > 0 && since_ns < room_waits_since_ns(along->rooms[at - 1]); at--)
		along->rooms[at] = along->rooms[at - 1];
	along->rooms[at] = room;
}

/* The room that has waited longest, and those that have since before `almost_ns`. */
static void gather(const struct relay *relay, struct along *along, int64_t almost_ns)
{
	struct room *oldest = NULL;

	along->count = 0;
	for (size_t i = 0; i < relay->rooms.count; i++) {
		struct room *room = relay->rooms.list[i];

		if (room->dirty_count == 0)
			continue;
		if (room_waits_since_ns(room) <= almost_ns)
			sort_in(along, room);
		else if (!oldest || room_waits_since_ns(room) < room_waits_since_ns(oldest))
			oldest = room;
	}
	if (along->count == 0 && oldest)
		sort_in(along, oldest);
}

/*
 * The oldest, and with it those that would all but have to be next: each turn has a cost of its
 * own, which hundreds of rooms that wait as long as they may need not pay one by one. No more than
 * so many receivers: they leave together, so that each would wait for all.
 */
static void flush_oldest(struct relay *relay, int64_t now_ns)
{
	const int64_t most_ns = relay->pacer.max_delay_ns;
	struct along along;
	size_t members = 0;

	gather(relay, &along, now_ns - (most_ns - most_ns / RELAY_ALONG_PART));
	if (along.count == 0 || flush_due_ns(relay, along.rooms[0]) > now_ns)
		return;
	relay->waited_ns = now_ns - room_waits_since_ns(along.rooms[0]);
	relay->went_states = 0;
	for (size_t i = 0; i < along.count; i++) {
		members += along.rooms[i]->member_count;
		if (i > 0 && members > RELAY_ALONG_MEMBERS)
			return;
		relay->went_states += along.rooms[i]->dirty_count;
		flush_in_turn(relay, along.rooms[i], now_ns);
	}
}

static void flush_all_due(struct relay *relay, int64_t now_ns)
{
	for (size_t i = 0; i < relay->rooms.count; i++)
		if (flush_due_ns(relay, relay->rooms.list[i]) <= now_ns)
			flush_in_turn(relay, relay->rooms.list[i], now_ns);
}

int64_t relay_due_ns(const struct relay *relay)
{
	int64_t next_ns = INT64_MAX;

	for (size_t i = 0; i < relay->rooms.count; i++) {
		const struct room *room = relay->rooms.list[i];
		int64_t due_ns = flush_due_ns(relay, room);

		if (room->keyframe_due_ns < due_ns)
			due_ns = room->keyframe_due_ns;
		if (room->tend_due_ns < due_ns)
			due_ns = room->tend_due_ns;
		if (room->fill_due_ns < due_ns)
			due_ns = room->fill_due_ns;
		if (room->membership.due_ns < due_ns)
			due_ns = room->membership.due_ns;
		if (due_ns < next_ns)
			next_ns = due_ns;
	}
	return next_ns;
}

int64_t relay_turn(struct relay *relay, int64_t now_ns)
{
	if (relay->config->tick_hz == CONFIG_TICK_AUTO)
		flush_oldest(relay, now_ns);
	else
		flush_all_due(relay, now_ns);
	for (size_t i = 0; i < relay->rooms.count; i++) {
		struct room *room = relay->rooms.list[i];

		if (room->keyframe_due_ns <= now_ns)
			fanout_keyframe_at_rest(&relay->fanout, &relay->outbox, room, now_ns);
		if (room->tend_due_ns <= now_ns)
			fanout_tend(&relay->fanout, &relay->outbox, room, now_ns);
		if (room->membership.due_ns <= now_ns)
			membership_notify_all(&relay->outbox, room, now_ns);
		if (room->fill_due_ns <= now_ns)
			fanout_fill(&relay->fanout, &relay->outbox, room, now_ns);
	}
	return relay_due_ns(relay);
}

/* Whether there is a next flush of the room to come in for: something waits, or did just before. */
static bool is_busy(const struct room *room, int64_t now_ns)
{
	return room->dirty_count > 0 ||
	       (room->flushed_ns > 0 &&
		now_ns < tick_next_ns(room->config->tick_hz, room->phase_ns, room->flushed_ns));
}

/*
 * At a fixed rhythm: when a room in which something waits, or would, is next due. When nothing
 * happens anywhere, there is nothing to rest for.
 */
static int64_t next_tick_ns(const struct relay *relay, int64_t now_ns)
{
	int64_t until_ns = INT64_MAX;
	bool is_any_busy = false;

	for (size_t i = 0; i < relay->rooms.count; i++) {
		const struct room *room = relay->rooms.list[i];
		const int64_t due_ns = room->dirty_count > 0 ? flush_due_ns(relay, room)
							     : tick_next_ns(relay->config->tick_hz,
									    room->phase_ns, now_ns);

		is_any_busy |= is_busy(room, now_ns);
		until_ns = due_ns < until_ns ? due_ns : until_ns;
	}
	return is_any_busy ? until_ns : now_ns;
}

int64_t relay_rests_until_ns(const struct relay *relay, int64_t now_ns)
{
	if (relay->config->tick_hz == CONFIG_TICK_AUTO)
		return pacer_due_ns(&relay->pacer, now_ns);
	return relay->config->tick_hz > 0 ? next_tick_ns(relay, now_ns) : now_ns;
}

static size_t members_going_out(const struct relay *relay)
{
	size_t members = 0;

	for (size_t i = 0; i < relay->rooms.count; i++)
		if (relay->rooms.list[i]->is_going_out)
			members += relay->rooms.list[i]->member_count;
	return members;
}

/*
 * Rooms that go out in one turn share its time by their receivers. With the self-clocked flush each
 * is out after its own part of it: what comes while others are flushed waits since it came, or it
 * would wait longer than it may by up to a turn. At a fixed rhythm that is when the turn is over,
 * from which input has its time.
 */
static int64_t out_ns(const struct relay *relay, const struct room *room, int64_t begin_ns,
		      int64_t end_ns, size_t members)
{
	if (relay->config->tick_hz != CONFIG_TICK_AUTO || room->member_count >= members)
		return end_ns;
	return begin_ns + (int64_t)((double)(end_ns - begin_ns) * (double)room->member_count /
				    (double)members);
}

void relay_spend(struct relay *relay, int64_t begin_ns, int64_t end_ns, int64_t cost_ns)
{
	const size_t members = members_going_out(relay);

	pacer_spend(&relay->pacer, begin_ns, cost_ns, relay->waited_ns, relay->went_states);
	flush_latency_note(&relay->flush_latency, end_ns - begin_ns, end_ns);
	for (size_t i = 0; i < relay->rooms.count; i++) {
		struct room *room = relay->rooms.list[i];

		if (room->is_going_out)
			room->flushed_ns = out_ns(relay, room, begin_ns, end_ns, members);
		room->is_going_out = false;
	}
}
