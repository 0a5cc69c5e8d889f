#include "client/lib/session.h"

#include <string.h>

#include "proto/net/net.h"
#include "proto/wire/states.h"
#include "proto/wire/text.h"

/* Every handler returns whether the message was valid; an invalid one is counted and dropped. */

/* Own states are kept like the others' while they are echoed. */
static void apply_echo(struct starling *session)
{
	const char *name = session->config.name;
	const struct wire_bytes bytes = { (const uint8_t *)name, strlen(name) };

	if (session->room.settings.echo)
		roster_add(&session->roster, session->room.member, bytes, ROSTER_MEMBERS_MAX);
	else
		roster_remove(&session->roster, session->room.member);
}

static void enter_room(struct starling *session, const struct wire_welcome *welcome, int64_t now_ns)
{
	session->room = *welcome;
	session->room.ticket = (struct wire_bytes){ 0 }; /* the message's own bytes */
	session_time_start(session, now_ns);
	apply_echo(session);
}

/* Goes on as the member that it was: the room's clock and all that is known of the room stay. */
static void stay_in_room(struct starling *session, const struct wire_welcome *welcome,
			 int64_t now_ns)
{
	session->room = *welcome;
	session->room.ticket = (struct wire_bytes){ 0 };
	session->snapshot_window = (struct sequence_stats_window){ 0 };
	session->reporter = (struct session_reporter){ 0 };
	session->is_whole = false;
	session->status = STARLING_JOINING;
	session_time_resume(session, now_ns);
	apply_echo(session);
	session_resume_begin(session);
}

static bool on_welcome(struct starling *session, const uint8_t *data, size_t size)
{
	struct wire_welcome welcome;
	int64_t now_ns = net_now_ns();
	bool is_same;

	if (wire_welcome_decode(data, size, &welcome) != WIRE_OK ||
	    (session_is_in_room(session) && !session->is_resuming))
		return false;
	is_same = session_ticket_keep(&session->ticket, &welcome);
	if (session_is_in_room(session) && !is_same)
		session_forget_room(session, "the relay knows this member no more");
	if (session->status == STARLING_OVER)
		return true;
	if (session_is_in_room(session))
		stay_in_room(session, &welcome, now_ns);
	else
		enter_room(session, &welcome, now_ns);
	session->is_resuming = false;
	addresses_note_good(&session->relay);
	session->pause_s = session->config.values.rejoin_s;
	session->deadline_ns = INT64_MAX;
	session_notify(session, &(struct starling_event){ .type = STARLING_WELCOME,
							  .member = welcome.member });
	/* HELLO had to assume the grain. */
	if (session->config.values.interest == STARLING_RADIUS &&
	    welcome.grain_um != SESSION_USUAL_GRAIN_UM)
		session_publish_settings(session);
	session_publish_restore(session, is_same, now_ns);
	return true;
}

/* A relay that stops may be back soon; any other reason ends the session. */
static bool on_disconnect(struct starling *session, enum wire_type type, const uint8_t *data,
			  size_t size)
{
	struct wire_disconnect disconnect;
	char copy[WIRE_TEXT_MAX_BYTES + 1];
	const char *text = copy;

	if (wire_disconnect_decode(data, size, type, &disconnect) != WIRE_OK)
		return false;
	if (disconnect.text.size > 0)
		memcpy(copy, disconnect.text.data, disconnect.text.size);
	else
		text = wire_reason_text(disconnect.reason);
	copy[disconnect.text.size] = '\0';
	if (disconnect.reason == WIRE_REASON_STOPPING)
		session_lose(session, STARLING_REASON_STOPPING, text, net_now_ns());
	else
		session_end(session, (enum starling_reason)disconnect.reason, text);
	return true;
}

static bool are_settings_equal(const struct wire_settings *one, const struct wire_settings *other)
{
	return one->up == other->up && one->down == other->down && one->echo == other->echo &&
	       one->interest == other->interest && one->range == other->range;
}

static bool on_settings(struct starling *session, const uint8_t *data, size_t size)
{
	struct wire_settings settings;

	if (wire_settings_decode(data, size, &settings) != WIRE_OK)
		return false;
	if (are_settings_equal(&settings, &session->room.settings))
		return true;
	session->room.settings = settings;
	apply_echo(session);
	session_notify(session, &(struct starling_event){ .type = STARLING_SETTINGS });
	return true;
}

/* Told again, by another connection. */
static bool is_known(const struct starling *session, const struct wire_joined *joined)
{
	struct roster_member *member = roster_member(&session->roster, joined->member);

	if (!member || !member->is_doubted)
		return false;
	member->is_doubted = false;
	return strlen(member->name) == joined->name.size &&
	       memcmp(member->name, joined->name.data, joined->name.size) == 0;
}

static bool on_joined(struct starling *session, const uint8_t *data, size_t size)
{
	struct wire_list list;
	struct wire_joined joined;
	bool is_valid = true;

	if (wire_joined_decode(data, size, &list) != WIRE_OK)
		return false;
	while (wire_joined_next(&list, &joined)) {
		struct starling_event event = { .type = STARLING_MEMBER_JOINED,
						.member = joined.member };

		if (joined.member == session->room.member || is_known(session, &joined))
			continue;
		if (!roster_rename(&session->roster, joined.member, joined.name) &&
		    roster_add(&session->roster, joined.member, joined.name,
			       session->room.member_limit) < 0) {
			is_valid = false;
			continue;
		}
		event.text = roster_member(&session->roster, joined.member)->name;
		session_notify(session, &event);
	}
	return is_valid;
}

static bool on_left(struct starling *session, const uint8_t *data, size_t size)
{
	struct wire_list list;
	struct wire_left left;

	if (wire_left_decode(data, size, &list) != WIRE_OK)
		return false;
	while (wire_left_next(&list, &left)) {
		if (left.member == session->room.member ||
		    !roster_remove(&session->roster, left.member))
			continue;
		session_notify(session, &(struct starling_event){
						.type = STARLING_MEMBER_LEFT,
						.member = left.member,
						.reason = (enum starling_reason)left.reason });
	}
	return true;
}

/*
 * Repeats do not wait for SNAPSHOTs, which have a channel of their own: a reliable SNAPSHOT that a
 * repeat overtakes still comes.
 */
static enum sequence_stats_kind repeat_kind(const struct starling *session)
{
	return session->room.settings.down == WIRE_RELIABLE ? SEQUENCE_STATS_REPEAT_AHEAD
							    : SEQUENCE_STATS_REPEAT;
}

/* Takes an entity out, unless a newer state has come already. */
static bool remove_entity(struct starling *session, struct roster_member *member,
			  const struct wire_gone *gone)
{
	struct roster_entity *entity = roster_find_or_add(&session->roster, member, gone->index);
	struct track_state state = { .seq = gone->seq };
	const struct track_state *newest;
	bool was_shown;

	if (!entity)
		return false;
	newest = entity->is_gone ? &entity->gone : track_newest(&entity->track);
	sequence_stats_end(&entity->window, gone->seq, &member->counts, &session->updates);
	if (newest && wire_seq_is_newer(newest->seq, gone->seq))
		return true;
	was_shown = roster_is_shown(entity);
	/* Nothing is lost of an entity that was never seen. */
	if (!entity->window.has_newest)
		sequence_stats_receive(&entity->window, gone->seq, 0, repeat_kind(session),
				       &member->counts, &session->updates);
	state.origin_us = session_time_room_us(session, net_now_ns());
	entity->is_gone = true;
	entity->gone = state;
	if (was_shown)
		session_notify(session, &(struct starling_event){ .type = STARLING_ENTITY_GONE,
								  .member = gone->member,
								  .index = gone->index });
	return true;
}

static bool on_gone(struct starling *session, const uint8_t *data, size_t size)
{
	struct wire_list list;
	struct wire_gone gone;
	bool is_valid = true;

	if (wire_gone_decode(data, size, &list) != WIRE_OK)
		return false;
	while (wire_gone_next(&list, &gone)) {
		struct roster_member *member = roster_member(&session->roster, gone.member);

		if (member && !remove_entity(session, member, &gone))
			is_valid = false;
	}
	return is_valid;
}

/* States. */

static void keep_payload(struct roster_entity *entity, const struct states_record *record)
{
	entity->payload_bytes = (uint8_t)record->payload.size;
	if (record->payload.size > 0)
		memcpy(entity->payload, record->payload.data, record->payload.size);
}

/*
 * A newer state ends a tombstone, and so does any KEYFRAME: it came after the GONE, on the same
 * channel, so the entity is in sight again. The entity then starts anew.
 */
static bool is_hidden(struct roster_entity *entity, const struct track_state *state,
		      bool is_keyframe)
{
	if (!entity->is_gone)
		return false;
	if (!is_keyframe && !track_is_newer(state, &entity->gone))
		return true;
	entity->is_gone = false;
	entity->track = (struct track){ 0 };
	return false;
}

static void on_state(struct starling *session, struct roster_member *member,
		     struct roster_entity *entity, const struct states_message *message,
		     const struct states_record *record)
{
	bool is_repeat = message->type == WIRE_KEYFRAME;
	struct track_state state = {
		.origin_us = (int64_t)(message->time_us - record->age_us),
		.position = { record->position[0], record->position[1], record->position[2] },
		.seq = record->seq,
		.is_keyframed = is_repeat,
	};

	entity->is_doubted = false;
	if (!is_hidden(entity, &state, is_repeat)) {
		switch (track_add(&entity->track, &state)) {
		case TRACK_RESTARTED:
			sequence_stats_restart(&entity->window);
			keep_payload(entity, record);
			break;
		case TRACK_NEWEST:
			keep_payload(entity, record);
			break;
		case TRACK_OLDER:
		case TRACK_REPEATED:
			break;
		}
	}
	sequence_stats_receive(&entity->window, record->seq, record->skipped,
			       is_repeat ? repeat_kind(session) : SEQUENCE_STATS_UPDATE,
			       &member->counts, &session->updates);
}

/* False when a record breaks the room's limits, or the roster is full. */
static bool on_record(struct starling *session, struct roster_member *member,
		      const struct states_message *message, const struct states_record *record)
{
	struct roster_entity *entity;

	if (record->index >= session->room.entity_limit ||
	    record->payload.size > session->room.payload_limit)
		return false;
	entity = roster_find_or_add(&session->roster, member, record->index);
	if (!entity)
		return false;
	on_state(session, member, entity, message, record);
	if (session->on_state)
		session->on_state(session->on_state_context, message, record);
	return true;
}

static bool on_records(struct starling *session, struct states_message *message)
{
	struct states_record record;
	struct roster_member *member = NULL;
	bool is_valid = true;

	while (states_next(message, &record)) {
		/* Records of one member are adjacent. */
		if (!member || member->id != record.member)
			member = roster_member(&session->roster, record.member);
		if (!member)
			session->stats.unknown++;
		else if (!on_record(session, member, message, &record))
			is_valid = false;
	}
	return is_valid;
}

static bool on_snapshot(struct starling *session, const uint8_t *data, size_t size)
{
	struct states_message message;
	struct sequence_stats_counts change = { 0 };

	if (states_decode(data, size, &message) != WIRE_OK)
		return false;
	/* The first SNAPSHOTs may overtake WELCOME; then all members in them are unknown. */
	if (session_is_in_room(session)) {
		sequence_stats_receive(&session->snapshot_window, message.number, 0,
				       SEQUENCE_STATS_UPDATE, &change, &session->snapshots);
		if (change.received + change.late > 0)
			session_report_note(session, message.number, size);
	}
	return on_records(session, &message);
}

static bool on_keyframe(struct starling *session, const uint8_t *data, size_t size)
{
	struct states_message message;
	bool is_valid;

	if (states_decode(data, size, &message) != WIRE_OK)
		return false;
	is_valid = on_records(session, &message);
	if (message.is_last && !session->is_whole) {
		session->is_whole = true;
		if (session->status == STARLING_JOINING)
			session->status = STARLING_PLAYING;
		session_resume_finish(session);
		session_notify(session, &(struct starling_event){ .type = STARLING_READY });
	}
	return is_valid;
}

/* The rest. */

static bool is_operators_text(struct wire_bytes data)
{
	return data.size >= 1 && data.size <= WIRE_TEXT_MAX_BYTES &&
	       text_is_printable(data.data, data.size);
}

static bool on_event(struct starling *session, uint8_t channel, const uint8_t *data, size_t size)
{
	struct wire_event event;
	struct starling_event received = { .type = STARLING_MESSAGE };

	if (wire_event_decode(data, size, &event) != WIRE_OK)
		return false;
	if (event.member == WIRE_FROM_RELAY && !is_operators_text(event.data))
		return false;
	received.member = event.member;
	received.scope = (enum starling_scope)event.scope;
	received.data = event.data.data;
	received.data_bytes = event.data.size;
	if (channel != WIRE_CHANNEL_EVENT_FAST)
		session_notify(session, &received);
	else if (!event_queue_push(&session->events, &received))
		session->stats.messages_dropped++;
	return true;
}

static bool on_clock(struct starling *session, const uint8_t *data, size_t size)
{
	struct wire_clock answer;

	if (wire_clock_decode(data, size, &answer) != WIRE_OK)
		return false;
	session_time_on_answer(session, &answer, net_now_ns());
	return true;
}

/* Messages that are valid only in a room. */
static bool on_in_room(struct starling *session, enum wire_type type, const uint8_t *data,
		       size_t size)
{
	if (!session_is_in_room(session))
		return false;
	switch (type) {
	case WIRE_SETTINGS:
		return on_settings(session, data, size);
	case WIRE_JOINED:
		return on_joined(session, data, size);
	case WIRE_LEFT:
		return on_left(session, data, size);
	case WIRE_GONE:
		return on_gone(session, data, size);
	case WIRE_KEYFRAME:
		return on_keyframe(session, data, size);
	case WIRE_CLOCK:
		return on_clock(session, data, size);
	default:
		return false;
	}
}

static bool dispatch(struct starling *session, uint8_t channel, const uint8_t *data, size_t size)
{
	enum wire_type type = wire_type_of(data, size);

	/* After leaving, messages still under way are neither invalid nor missed. */
	if (session->status == STARLING_LEAVING && type != WIRE_REFUSED && type != WIRE_GOODBYE)
		return true;
	switch (type) {
	case WIRE_WELCOME:
		return on_welcome(session, data, size);
	case WIRE_REFUSED:
	case WIRE_GOODBYE:
		return on_disconnect(session, type, data, size);
	case WIRE_SNAPSHOT:
		return on_snapshot(session, data, size);
	case WIRE_EVENT:
		return on_event(session, channel, data, size);
	default:
		return on_in_room(session, type, data, size);
	}
}

void session_message_receive(struct starling *session, uint8_t channel, const uint8_t *data,
			     size_t size)
{
	if (!dispatch(session, channel, data, size))
		session->stats.malformed++;
}
