#include "client/lib/session.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "proto/net/net.h"
#include "proto/wire/states.h"

static const double um_per_metre = 1e6;
static const int64_t ns_per_us = 1000;

enum {
	RETRY_MS = 50, /* after a full backlog of reliable bytes */
};

/* Own entities. */

static struct session_own *own_at(struct session_publisher *publisher, unsigned index)
{
	size_t count = publisher->count > 0 ? publisher->count : 1;
	struct session_own *grown;

	if (index < publisher->count)
		return &publisher->own[index];
	while (count <= index)
		count *= 2;
	grown = realloc(publisher->own, count * sizeof(*grown));
	if (!grown)
		return NULL;
	memset(grown + publisher->count, 0, (count - publisher->count) * sizeof(*grown));
	publisher->own = grown;
	publisher->count = count;
	return &publisher->own[index];
}

void session_publish_fini(struct session_publisher *publisher)
{
	free(publisher->own);
	*publisher = (struct session_publisher){ 0 };
}

static bool is_within_limits(const struct starling *session, size_t index, size_t payload_bytes)
{
	return index < session->room.entity_limit && payload_bytes <= session->room.payload_limit;
}

static void make_pending(struct session_publisher *publisher, struct session_own *own)
{
	if (!own->is_pending)
		publisher->pending_count++;
	own->is_pending = true;
	own->is_repeated = false;
}

static void cancel(struct session_publisher *publisher, struct session_own *own)
{
	if (own->is_pending)
		publisher->pending_count--;
	own->is_pending = false;
}

static int64_t settle_span_ns(const struct starling *session)
{
	return (int64_t)(session->config.values.settle_s * 1e9);
}

static void schedule_settle(struct starling *session, int64_t due_ns)
{
	if (session->config.values.settle_s > 0 && due_ns < session->publisher.settle_ns)
		session->publisher.settle_ns = due_ns;
}

/* Sets the origin in both clocks; it is never in the future. */
static void stamp(struct starling *session, struct session_own *own, int64_t origin_us,
		  int64_t now_ns)
{
	int64_t room_us = session_time_room_us(session, now_ns);

	own->origin_us = origin_us > 0 && origin_us < room_us ? origin_us : room_us;
	own->origin_ns = now_ns - (room_us - own->origin_us) * ns_per_us;
	own->published_ns = now_ns;
}

int starling_publish(struct starling *session, unsigned index, const struct starling_state *state)
{
	struct session_publisher *publisher = &session->publisher;
	int64_t now_ns = net_now_ns();
	struct session_own *own;

	if (!session_is_in_room(session))
		return -ENOTCONN;
	if (!is_within_limits(session, index, state->payload_bytes) || !isfinite(state->x) ||
	    !isfinite(state->y) || !isfinite(state->z) ||
	    (state->payload_bytes > 0 && !state->payload))
		return -EINVAL;
	own = own_at(publisher, index);
	if (!own)
		return -ENOMEM;
	own->exists = true;
	own->x = state->x;
	own->y = state->y;
	own->z = state->z;
	own->payload_bytes = (uint8_t)state->payload_bytes;
	if (state->payload_bytes > 0)
		memcpy(own->payload, state->payload, state->payload_bytes);
	stamp(session, own, state->origin_us, now_ns);
	make_pending(publisher, own);
	session->stats.published++;
	return 0;
}

static int send_gone(struct starling *session, size_t index)
{
	const struct wire_gone gone = { .member = session->room.member,
					.index = (uint16_t)index,
					.seq = session->publisher.own[index].seq };
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	return link_send(&session->link, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, message,
			 wire_gone_encode(message, sizeof(message), &gone, 1, NULL));
}

int starling_remove(struct starling *session, unsigned index)
{
	struct session_publisher *publisher = &session->publisher;
	struct session_own *own;
	int result = 0;

	if (!session_is_in_room(session))
		return -ENOTCONN;
	if (index >= publisher->count || !publisher->own[index].exists)
		return -ENOENT;
	own = &publisher->own[index];
	if (own->was_sent)
		result = send_gone(session, index);
	if (result < 0)
		return result;
	cancel(publisher, own);
	/* Or it was removed before, made again and not sent since. */
	own->is_removed |= own->was_sent;
	own->exists = false;
	own->was_sent = false;
	return 0;
}

/* STATE. */

static int32_t grains_of(double metres, uint32_t grain_um)
{
	double grains = metres * um_per_metre / grain_um;

	if (grains <= INT32_MIN)
		return INT32_MIN;
	if (grains >= INT32_MAX)
		return INT32_MAX;
	/* Rounds without libm. */
	return (int32_t)(grains < 0 ? grains - 0.5 : grains + 0.5);
}

static struct states_record record_of(const struct starling *session, size_t index, uint16_t seq,
				      int64_t time_us)
{
	const struct session_own *own = &session->publisher.own[index];
	uint32_t grain_um = session->room.grain_um;

	return (struct states_record){
		.index = (uint16_t)index,
		.seq = seq,
		.age_us = time_us > own->origin_us ? (uint64_t)(time_us - own->origin_us) : 0,
		.position = { grains_of(own->x, grain_um), grains_of(own->y, grain_um),
			      grains_of(own->z, grain_um) },
		.payload = { own->payload, own->payload_bytes },
	};
}

/* A STATE message that is sent whenever it is full. */
struct batch {
	struct starling *session;
	enum wire_channel channel;
	enum wire_mode mode;
	int64_t time_us;
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder;
};

static void begin_batch(struct batch *batch)
{
	batch->builder =
		states_state_begin(batch->message, link_message_bytes(&batch->session->link),
				   (uint64_t)batch->time_us);
}

static void send_batch(struct batch *batch)
{
	size_t size = states_finish(&batch->builder);

	if (size > 0)
		link_send(&batch->session->link, batch->channel, batch->mode, batch->message, size);
	begin_batch(batch);
}

static bool has_room(const struct batch *batch)
{
	return batch->mode != WIRE_RELIABLE || link_has_room(&batch->session->link);
}

static void add_to_batch(struct batch *batch, const struct states_record *record)
{
	if (states_add(&batch->builder, record))
		return;
	send_batch(batch);
	states_add(&batch->builder, record);
}

static void send_pending(struct starling *session, int64_t now_ns)
{
	struct session_publisher *publisher = &session->publisher;
	struct batch batch = { .session = session,
			       .channel = WIRE_CHANNEL_STATE,
			       .mode = session->room.settings.up,
			       .time_us = session_time_room_us(session, now_ns) };

	begin_batch(&batch);
	for (size_t i = 0; i < publisher->count && publisher->pending_count > 0; i++) {
		struct session_own *own = &publisher->own[i];
		struct states_record record;

		if (!own->is_pending)
			continue;
		if (!has_room(&batch))
			break;
		own->seq++;
		record = record_of(session, i, own->seq, batch.time_us);
		add_to_batch(&batch, &record);
		own->was_sent = true;
		own->is_removed = false;
		cancel(publisher, own);
		/* A state that leaves reliably is not lost, and needs no repeat. */
		own->is_repeated = batch.mode == WIRE_RELIABLE;
		if (!own->is_repeated)
			schedule_settle(session, own->published_ns + settle_span_ns(session));
	}
	send_batch(&batch);
}

/* Repeats each own state reliably, once, when it has been the newest for long enough. */
static void send_settled(struct starling *session, int64_t now_ns)
{
	struct session_publisher *publisher = &session->publisher;
	int64_t span_ns = settle_span_ns(session);
	struct batch batch = { .session = session,
			       .channel = WIRE_CHANNEL_CONTROL,
			       .mode = WIRE_RELIABLE,
			       .time_us = session_time_room_us(session, now_ns) };

	if (now_ns < publisher->settle_ns)
		return;
	publisher->settle_ns = INT64_MAX;
	begin_batch(&batch);
	for (size_t i = 0; i < publisher->count; i++) {
		struct session_own *own = &publisher->own[i];
		struct states_record record;

		if (!own->exists || own->is_repeated || own->is_pending)
			continue;
		if (own->published_ns + span_ns > now_ns) {
			schedule_settle(session, own->published_ns + span_ns);
			continue;
		}
		if (!has_room(&batch)) {
			schedule_settle(session, now_ns + RETRY_MS * INT64_C(1000000));
			break;
		}
		record = record_of(session, i, own->seq, batch.time_us);
		add_to_batch(&batch, &record);
		own->is_repeated = true;
	}
	send_batch(&batch);
}

void session_publish_flush(struct starling *session, int64_t now_ns)
{
	if (!session_is_in_room(session))
		return;
	if (session->publisher.pending_count > 0)
		send_pending(session, now_ns);
	send_settled(session, now_ns);
}

void session_publish_restore(struct starling *session, bool is_resumed, int64_t now_ns)
{
	struct session_publisher *publisher = &session->publisher;
	int64_t room_us = session_time_room_us(session, now_ns);

	for (size_t i = 0; i < publisher->count; i++) {
		struct session_own *own = &publisher->own[i];

		own->was_sent &= is_resumed;
		own->is_removed &= is_resumed;
		cancel(publisher, own);
		if (own->is_removed)
			send_gone(session, i);
		if (!own->exists)
			continue;
		own->exists = is_within_limits(session, i, own->payload_bytes);
		if (!own->exists)
			continue;
		own->origin_us = room_us - (now_ns - own->origin_ns) / ns_per_us;
		if (own->origin_us < 0)
			own->origin_us = 0;
		own->published_ns = now_ns;
		make_pending(publisher, own);
	}
	publisher->settle_ns = INT64_MAX;
}

int64_t session_publish_deadline_ns(const struct starling *session)
{
	const struct session_publisher *publisher = &session->publisher;
	bool can_send = session->room.settings.up != WIRE_RELIABLE || link_has_room(&session->link);

	if (!session_is_in_room(session))
		return INT64_MAX;
	return publisher->pending_count > 0 && can_send ? 0 : publisher->settle_ns;
}

/* Other messages. */

void session_publish_hello(struct starling *session, struct session_link *link)
{
	const struct session_config *config = &session->config;
	const struct wire_hello hello = {
		.room = { (const uint8_t *)config->room, strlen(config->room) },
		.name = { (const uint8_t *)config->name, strlen(config->name) },
		.token = { config->token, config->values.token_bytes },
		.settings = session_config_settings(&config->values, SESSION_USUAL_GRAIN_UM),
		.resume = true,
		.ticket = { session->ticket.bytes, session->ticket.size },
	};
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	link_send(link, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, message,
		  wire_hello_encode(message, sizeof(message), &hello));
}

void session_publish_settings(struct starling *session)
{
	const struct wire_settings settings =
		session_config_settings(&session->config.values, session->room.grain_um);
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	link_send(&session->link, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, message,
		  wire_settings_encode(message, sizeof(message), &settings));
}

int starling_set_modes(struct starling *session, enum starling_mode up, enum starling_mode down)
{
	if ((unsigned)up >= WIRE_MODE_COUNT || (unsigned)down >= WIRE_MODE_COUNT)
		return -EINVAL;
	if (!session_is_in_room(session))
		return -ENOTCONN;
	session->config.values.up = up;
	session->config.values.down = down;
	session_publish_settings(session);
	return 0;
}

int starling_send(struct starling *session, enum starling_scope scope, uint32_t member,
		  const void *data, size_t data_bytes, bool reliable)
{
	const struct wire_event event = { .scope = (enum wire_scope)scope,
					  .member = scope == STARLING_TO_ONE ? member : 0,
					  .data = { data, data_bytes } };
	enum wire_channel channel = reliable ? WIRE_CHANNEL_EVENT : WIRE_CHANNEL_EVENT_FAST;
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	if (!session_is_in_room(session))
		return -ENOTCONN;
	if ((unsigned)scope >= WIRE_SCOPE_COUNT || data_bytes > WIRE_EVENT_MAX_BYTES ||
	    (data_bytes > 0 && !data) || (scope == STARLING_TO_ONE && member == 0))
		return -EINVAL;
	if (reliable && session->config.values.share_channel)
		channel = WIRE_CHANNEL_STATE;
	return link_send(&session->link, channel, reliable ? WIRE_RELIABLE : WIRE_UNSEQUENCED,
			 message, wire_event_encode(message, sizeof(message), &event));
}

void starling_flush(struct starling *session)
{
	if (!session_is_in_room(session))
		return;
	session_publish_flush(session, net_now_ns());
	link_flush(&session->link);
}
