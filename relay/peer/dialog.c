#include "relay/peer/dialog.h"

#include <stdio.h>
#include <string.h>

#include "relay/peer/dialog_log.h"
#include "relay/peer/dialog_parts.h"

static struct wire_bytes bytes_of(const char *text)
{
	return (struct wire_bytes){ .data = (const uint8_t *)text, .size = strlen(text) };
}

void dialog_say(struct house *house, const struct dialog *dialog, const void *data, size_t size)
{
	house->outbox.send(house->outbox.context, dialog->peer, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE,
			   data, size);
}

static void set_state(struct dialog *dialog, enum dialog_state state, int64_t now_ns)
{
	dialog->state = state;
	dialog->since_ns = now_ns;
}

void dialog_flush_every(struct house *house, struct room *room, int64_t now_ns)
{
	if (house->config->every)
		house_flush(house, room, now_ns);
}

/* Parting. */

/* Takes the member out of its room, and tells the others why. */
static void part(struct house *house, struct dialog *dialog, enum wire_reason reason,
		 int64_t now_ns)
{
	struct member *member = dialog->member;
	struct room *room;

	if (member)
		dialog_log_left(dialog, reason);
	set_state(dialog, DIALOG_PARTED, now_ns);
	dialog->member = NULL;
	if (!member)
		return;
	room = member->room;
	dialog_flush_every(house, room, now_ns);
	room_remove_member(room, member);
	house->member_count--;
	news_left(&house->outbox, room, member, reason, now_ns);
	room_free_member(member);
	fanout_fill_by_turns(&house->fanout, &house->outbox, room, now_ns);
	house_remove_if_empty(house, room);
}

static void farewell(struct house *house, struct dialog *dialog, enum wire_type type,
		     enum wire_reason reason, const char *text, int64_t now_ns)
{
	struct wire_farewell words = { .reason = reason, .text = bytes_of(text) };
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	size_t size = wire_farewell_encode(message, sizeof(message), type, &words);
	bool is_slow = reason == WIRE_REASON_SLOW;

	if (dialog->state == DIALOG_PARTED)
		return;
	house->ledger.parted[reason]++;
	/*
	 * One who takes nothing would never get to a word that waits its turn in the backlog; and a
	 * DISCONNECT right behind it would have ENet throw away what the client has not read. Such
	 * a client is told out of order, and given the time that the worker gives to those who
	 * parted.
	 */
	house->outbox.send(house->outbox.context, dialog->peer, WIRE_CHANNEL_CONTROL,
			   is_slow ? WIRE_UNSEQUENCED : WIRE_RELIABLE, message, size);
	part(house, dialog, reason, now_ns);
	if (!is_slow)
		house->outbox.disconnect(house->outbox.context, dialog->peer, reason);
}

void dialog_refuse(struct house *house, struct dialog *dialog, enum wire_reason reason,
		   const char *text, int64_t now_ns)
{
	if (dialog->state == DIALOG_PARTED)
		return;
	dialog_log_refused(dialog, NULL, reason, text);
	farewell(house, dialog, WIRE_REFUSED, reason, text, now_ns);
}

static void refuse_hello(struct house *house, struct dialog *dialog, const struct wire_hello *hello,
			 const struct admit_refusal *refusal, int64_t now_ns)
{
	dialog_log_refused(dialog, hello, refusal->reason, refusal->text);
	farewell(house, dialog, WIRE_REFUSED, refusal->reason, refusal->text, now_ns);
}

enum wire_reason dialog_goodbye_reason(const struct config *config)
{
	return config->goodbye_for_good ? WIRE_REASON_CLOSING : WIRE_REASON_STOPPING;
}

void dialog_goodbye(struct house *house, struct dialog *dialog, int64_t now_ns)
{
	const enum wire_reason reason = dialog_goodbye_reason(house->config);

	farewell(house, dialog, WIRE_GOODBYE, reason, wire_reason_text(reason), now_ns);
}

void dialog_close(struct house *house, struct dialog *dialog, enum wire_reason reason,
		  int64_t now_ns)
{
	if (dialog->state == DIALOG_PARTED)
		return;
	house->ledger.parted[reason]++;
	if (!dialog->member)
		dialog_log_gone(dialog, reason);
	part(house, dialog, reason, now_ns);
}

void dialog_count_fault(struct house *house, struct dialog *dialog, int64_t now_ns)
{
	char text[WIRE_TEXT_MAX_BYTES + 1];

	if (++dialog->malformed < house->config->malformed)
		return;
	snprintf(text, sizeof(text), "%u of your messages could not be read; see PROTOCOL.md",
		 dialog->malformed);
	dialog_refuse(house, dialog, WIRE_REASON_MALFORMED, text, now_ns);
}

bool dialog_check(struct house *house, struct dialog *dialog, enum wire_error error, int64_t now_ns)
{
	if (error == WIRE_OK)
		return true;
	house->ledger.malformed[error]++;
	dialog_count_fault(house, dialog, now_ns);
	return false;
}

/* Opening. */

void dialog_open(struct house *house, struct dialog *dialog, void *peer, uint32_t connect_data,
		 int64_t now_ns)
{
	struct admit_refusal refusal;

	*dialog = (struct dialog){ .peer = peer,
				   .since_ns = now_ns,
				   .message_rate = house->config->message_rate };
	if (house->outbox.address)
		dialog->address = house->outbox.address(house->outbox.context, peer);
	dialog_log_connected(dialog);
	house->ledger.clients++;
	if (admit_is_version(connect_data))
		return;
	if (admit_is_starling(connect_data)) {
		admit_version_refusal(connect_data, &refusal);
		dialog_refuse(house, dialog, refusal.reason, refusal.text, now_ns);
		return;
	}
	house->ledger.strangers++;
	dialog_log_stranger(dialog);
	set_state(dialog, DIALOG_PARTED, now_ns);
	house->outbox.disconnect(house->outbox.context, peer, WIRE_REASON_VERSION);
}

void dialog_check_channels(struct house *house, struct dialog *dialog, unsigned channels,
			   int64_t now_ns)
{
	char text[WIRE_TEXT_MAX_BYTES + 1];

	if (dialog->state != DIALOG_GREETING || channels >= WIRE_CHANNEL_COUNT)
		return;
	snprintf(text, sizeof(text), "you connected with %u of %d channels; ask your ENet for %d",
		 channels, WIRE_CHANNEL_COUNT, WIRE_CHANNEL_COUNT);
	dialog_refuse(house, dialog, WIRE_REASON_CHANNELS, text, now_ns);
}

void dialog_check_greeting(struct house *house, struct dialog *dialog, int64_t now_ns)
{
	if (dialog->state == DIALOG_GREETING &&
	    (double)(now_ns - dialog->since_ns) > house->config->hello_s * 1e9)
		dialog_refuse(house, dialog, WIRE_REASON_SILENT,
			      "you connected and did not say HELLO in time", now_ns);
}

/* Joining. */

/* The longest that a state waits for its flush. */
static uint32_t flush_us(const struct config *config)
{
	if (config->tick_hz == CONFIG_TICK_AUTO)
		return (uint32_t)(config->max_delay_ms * 1e3);
	return config->tick_hz > 0 ? (uint32_t)(1e6 / config->tick_hz) : 0;
}

static void welcome(struct house *house, const struct dialog *dialog, int64_t now_ns)
{
	const struct config *config = house->config;
	const struct member *member = dialog->member;
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	struct wire_welcome words = {
		.member = member->id,
		.clock_us = (uint64_t)room_clock_us(member->room, now_ns),
		.settings = member->settings,
		.grain_um = config->grain_um,
		.flush_us = flush_us(config),
		.member_limit = member->room->member_limit,
		.entity_limit = config->entities,
		.payload_limit = config->payload_bytes,
		.message_rate = dialog->message_rate,
	};

	dialog_say(house, dialog, message, wire_welcome_encode(message, sizeof(message), &words));
}

static void begin_path(struct house *house, struct member *member)
{
	const struct outbox *outbox = &house->outbox;

	path_init(&member->path, outbox->message_bytes
					 ? outbox->message_bytes(outbox->context, member->peer)
					 : WIRE_MESSAGE_MAX_BYTES);
	house->ledger.paths_told += member->path.is_told;
}

static void join(struct house *house, struct dialog *dialog, struct room *room,
		 const struct wire_hello *hello, int64_t now_ns)
{
	struct wire_settings granted = interest_grant(house->config, &hello->settings);

	dialog->member = room_add_member(room, hello->name, &granted, dialog->peer);
	if (!dialog->member) {
		house_remove_if_empty(house, room);
		dialog_refuse(house, dialog, WIRE_REASON_RELAY_FULL, "the relay has no memory left",
			      now_ns);
		return;
	}
	budget_init(&dialog->member->budget, house->config, now_ns);
	begin_path(house, dialog->member);
	set_state(dialog, DIALOG_MEMBER, now_ns);
	house->member_count++;
	house->ledger.members++;
	dialog_log_joined(dialog);
	welcome(house, dialog, now_ns);
	news_joined(&house->outbox, room, dialog->member, now_ns);
	dialog_flush_every(house, room, now_ns);
	fanout_fill_by_turns(&house->fanout, &house->outbox, room, now_ns);
}

/* What the members of a room were told may have become less, not more. `room`: NULL for a new one.
 */
static unsigned member_limit(const struct config *config, const struct room *room)
{
	return room && room->member_limit < config->members ? room->member_limit : config->members;
}

static void take_hello(struct house *house, struct dialog *dialog, const void *data, size_t size,
		       int64_t now_ns)
{
	struct wire_hello hello;
	enum wire_error error = wire_hello_decode(data, size, &hello);
	struct admit_refusal refusal;
	struct admit_house facts;
	struct room *room;

	if (error != WIRE_OK && admit_name_refusal(data, size, &refusal)) {
		house->ledger.malformed[error]++;
		dialog_refuse(house, dialog, refusal.reason, refusal.text, now_ns);
		return;
	}
	if (!dialog_check(house, dialog, error, now_ns))
		return;
	room = house_find(house, hello.room);
	facts = (struct admit_house){ .room_exists = room != NULL,
				      .room_count = house->room_count,
				      .member_count = room ? room->member_count : 0,
				      .member_limit = member_limit(house->config, room) };
	if (!admit_hello(house->config, &facts, &hello, &refusal)) {
		refuse_hello(house, dialog, &hello, &refusal, now_ns);
		return;
	}
	if (!room)
		room = house_add(house, hello.room, now_ns);
	if (!room) {
		dialog_refuse(house, dialog, WIRE_REASON_RELAY_FULL, "the relay has no memory left",
			      now_ns);
		return;
	}
	join(house, dialog, room, &hello, now_ns);
}

void dialog_take_leave(struct house *house, struct dialog *dialog, const void *data, size_t size,
		       int64_t now_ns)
{
	if (!dialog_check(house, dialog, wire_leave_decode(data, size), now_ns))
		return;
	house->ledger.parted[WIRE_REASON_LEFT]++;
	part(house, dialog, WIRE_REASON_LEFT, now_ns);
	house->outbox.disconnect(house->outbox.context, dialog->peer, WIRE_REASON_LEFT);
}

/* Which channels a type may come in on, one bit each; 0: never from a client. */
static unsigned channels_of(const struct config *config, enum wire_type type)
{
	switch (type) {
	case WIRE_HELLO:
	case WIRE_SETTINGS:
	case WIRE_GONE:
	case WIRE_CLOCK:
	case WIRE_REPORT:
	case WIRE_LEAVE:
		return 1u << WIRE_CHANNEL_CONTROL;
	case WIRE_STATE:
		return 1u << WIRE_CHANNEL_CONTROL | 1u << WIRE_CHANNEL_STATE;
	case WIRE_EVENT:
		return 1u << WIRE_CHANNEL_EVENT | 1u << WIRE_CHANNEL_EVENT_FAST |
		       (config->share_channel ? 1u << WIRE_CHANNEL_STATE : 0);
	default:
		return 0;
	}
}

void dialog_take(struct house *house, struct dialog *dialog, unsigned channel, const void *data,
		 size_t size, int64_t now_ns)
{
	enum wire_type type = wire_type_of(data, size);
	unsigned channels = channels_of(house->config, type);

	if (dialog->state == DIALOG_PARTED)
		return;
	house->ledger.messages_in++;
	if (!admit_take(&dialog->budget, dialog->message_rate, now_ns)) {
		house->ledger.rate_limited++;
		if (dialog->member && offence_flood(dialog->member, dialog->message_rate, now_ns))
			dialog_log_slowed(dialog, "it says far more messages than it may");
		return;
	}
	if (size > WIRE_MESSAGE_MAX_BYTES || channels == 0) {
		enum wire_error error = size == 0 ? WIRE_SHORT : WIRE_TYPE;

		dialog_check(house, dialog, size > WIRE_MESSAGE_MAX_BYTES ? WIRE_TOO_LONG : error,
			     now_ns);
		return;
	}
	if (!(channels & 1u << channel) ||
	    (dialog->state == DIALOG_GREETING && type != WIRE_HELLO)) {
		house->ledger.out_of_place++;
		dialog_count_fault(house, dialog, now_ns);
		return;
	}
	if (dialog->state == DIALOG_GREETING)
		take_hello(house, dialog, data, size, now_ns);
	else
		dialog_take_from_member(house, dialog, type, channel, data, size, now_ns);
}
