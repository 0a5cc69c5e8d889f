/*
 * Members over ENet: of the naive relay, and of ours. All are peers of one host, by their own
 * numbers, each on a line of its own (generator_net.h).
 */
#include "bench/load/generator_internal.h"

#include <stdio.h>
#include <string.h>

#include "bench/load/drivers/generator_net.h"
#include "bench/load/generator_ports.h"
#include "proto/enet/guard/datagram.h"
#include "proto/enet/host.h"
#include "proto/enet/platform.h"
#include "proto/wire/states.h"
#include "proto/wire/wire.h"

enum {
	NAIVE_CHANNELS = 2,
	NAIVE_MTU_BYTES = 1400, /* ENet's default */
	ROOM_ENTITY = 0,
	ROOM_BYTES = 16,
	/* A relay that is there answers at once. ENet asks to connect four times in so long. */
	ANSWER_MS = 4000,
	/* As our client does it (client/lib/session_link.c). */
	PING_MS = 1000,
	TIMEOUT_MS = 8000,
	TIMEOUT_LIMIT = 32,
	GAME_MESSAGE_MS =
		2000,    /* a relay says something to its clients at least twice in so long */
	SERVICE_MS = 10, /* between looks at what ENet has to do by itself */
	/* After so many, what is due is sent: it waits for no more than some 20 us of reading, and
	 * leaves together. */
	MESSAGES_A_TURN = 16,
};

static const int64_t ns_per_ms = 1000000;

struct enet_line {
	bool is_connected;
	int64_t since_ns; /* that it waits for the answer: to connect, then to its HELLO */
	uint16_t seq;
};

/* One for the process, as the lines are (generator_ports.h). */
static struct host *host;
static int64_t serviced_ns;

static struct enet_line *line_of(struct generator *g, unsigned member)
{
	return generator_connection(g, member);
}

static bool is_ours(const struct generator *g)
{
	return g->config->kind == GENERATOR_STARLING;
}

/* Opening. */

static int open_host(const struct generator *g)
{
	const struct host_config config = {
		.is_server = true, /* it gathers, as one of many peers has to */
		.peers = g->pace.members,
		.channels = is_ours(g) ? WIRE_CHANNEL_COUNT : NAIVE_CHANNELS,
		.mtu = is_ours(g) ? WIRE_ENET_MTU_BYTES : NAIVE_MTU_BYTES,
		.message_max_bytes = DATAGRAM_MESSAGE_MAX_BYTES,
		.waiting_max_bytes = DATAGRAM_MESSAGE_MAX_BYTES,
	};

	return host_open(&host, &config);
}

static int open_lines(struct generator *g)
{
	char why[PLATFORM_WHY_BYTES];

	net_use(generator_net());
	host = NULL;
	serviced_ns = generator_now_ns();
	if (platform_init(why, sizeof(why)) != 0)
		generator_fail(g, "%s", why);
	else if (open_host(g) != 0)
		generator_fail(g, "not enough memory for %u members", g->pace.members);
	else
		return 0;
	return -1;
}

static int start(struct generator *g, unsigned member)
{
	const int line = generator_ports_open();
	const struct net_address to = generator_net_address(line);

	line_of(g, member)->since_ns = generator_now_ns();
	if (line < 0 ||
	    host_add_connection(host, &to, is_ours(g) ? wire_connect_data() : 0) != (int)member) {
		generator_fail(g, "cannot open member %u's connection", member + 1);
		return -1;
	}
	host_flush(host);
	return 0;
}

static int descriptor(struct generator *g, unsigned member)
{
	(void)g;
	return generator_ports_descriptor((int)member);
}

static bool is_shared(const struct generator *g)
{
	(void)g;
	return generator_ports_are_shared();
}

/* Sending. */

static enum wire_mode mode_of(const struct generator *g)
{
	return g->config->is_reliable ? WIRE_RELIABLE : WIRE_UNSEQUENCED;
}

static void send_bytes(unsigned member, uint8_t channel, enum wire_mode mode, const void *data,
		       size_t size)
{
	host_send(host, member, channel, mode, HOST_IN_TURN, data, size);
	host_flush(host);
}

/* The position goes as one, and the rest of the 32 bytes as payload. */
static void send_state(struct generator *g, unsigned member, const struct update *update,
		       const uint8_t *bytes)
{
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	struct states_record record = { .index = ROOM_ENTITY,
					.seq = line_of(g, member)->seq++,
					.payload = { bytes, UPDATE_PAYLOAD_BYTES } };
	struct states_builder builder = states_state_begin(message, sizeof(message), 0);

	memcpy(record.position, update->position, sizeof(record.position));
	states_add(&builder, &record);
	send_bytes(member, WIRE_CHANNEL_STATE, mode_of(g), message, states_finish(&builder));
}

static void send_update(struct generator *g, unsigned member, const struct update *update)
{
	uint8_t bytes[UPDATE_BYTES];

	update_encode(bytes, update);
	if (is_ours(g))
		send_state(g, member, update, bytes);
	else
		send_bytes(member, 0, mode_of(g), bytes, sizeof(bytes));
}

static void say_hello(struct generator *g, unsigned member)
{
	static const struct wire_bytes name = { (const uint8_t *)"member", 6 };
	const struct generator_config *config = g->config;
	char room[ROOM_BYTES];
	const int size = snprintf(room, sizeof(room), "r%u", generator_room(config, member));
	const struct wire_hello hello = {
		.room = { (const uint8_t *)room, (size_t)size },
		.name = name,
		.settings = { .up = mode_of(g),
			      .down = mode_of(g),
			      .interest = config->interest,
			      .range = config->interest == WIRE_ALL ? 0 : config->interest_range }
	};
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	send_bytes(member, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, message,
		   wire_hello_encode(message, sizeof(message), &hello));
}

/* Hearing. */

static void hear_states(struct generator *g, unsigned member, const uint8_t *data, size_t size)
{
	struct states_record records[STATES_RECORDS_MAX];
	struct states_message message;
	size_t count;

	if (states_decode_all(data, size, &message, records, &count) == WIRE_OK)
		generator_heard_records(g, member, records, count);
}

static void hear_gone(struct generator *g, unsigned member, const uint8_t *data, size_t size)
{
	struct wire_list list;
	struct wire_gone gone;

	if (wire_gone_decode(data, size, &list) != WIRE_OK)
		return;
	while (wire_gone_next(&list, &gone))
		generator_gone(g, member, gone.member, gone.seq);
}

/* The system may grant less than was asked for. */
static void hear_welcome(struct generator *g, unsigned member, const uint8_t *data, size_t size)
{
	struct wire_welcome welcome;

	if (wire_welcome_decode(data, size, &welcome) != WIRE_OK)
		return;
	g->is_granted = welcome.settings.interest != WIRE_ALL;
	generator_joined(g, member);
}

/* Of these, others of the same load may be in; all else is the bench's, or says of a member. */
static bool is_full(enum wire_reason reason)
{
	return reason == WIRE_REASON_ROOM_FULL || reason == WIRE_REASON_RELAY_FULL ||
	       reason == WIRE_REASON_ADDRESS_FULL;
}

static void hear_farewell(struct generator *g, unsigned member, const uint8_t *data, size_t size)
{
	struct wire_disconnect farewell;

	if (wire_disconnect_decode(data, size, (enum wire_type)data[0], &farewell) == WIRE_OK)
		generator_refuse(g, member,
				 is_full(farewell.reason) ? GENERATOR_FULL : GENERATOR_PARTED,
				 farewell.reason, farewell.text);
}

static void hear_message(struct generator *g, unsigned member, const uint8_t *data, size_t size)
{
	switch (wire_type_of(data, size)) {
	case WIRE_SNAPSHOT:
	case WIRE_KEYFRAME: /* repeats what rests, when updates are seldom */
		hear_states(g, member, data, size);
		break;
	case WIRE_GONE:
		hear_gone(g, member, data, size);
		break;
	case WIRE_WELCOME:
		hear_welcome(g, member, data, size);
		break;
	case WIRE_REFUSED:
	case WIRE_GOODBYE:
		hear_farewell(g, member, data, size);
		break;
	default:
		break;
	}
}

static void hear_packet(struct generator *g, unsigned member, const uint8_t *data, size_t size)
{
	if (is_ours(g))
		hear_message(g, member, data, size);
	else if (size == UPDATE_BYTES)
		generator_heard(g, member, data, 0, 0);
}

/* The relay's DISCONNECT, or ENet's own: 0, when nothing came for long. */
static void hear_disconnect(struct generator *g, unsigned member, uint32_t data)
{
	const bool is_starling = (data & ~UINT32_C(0xff)) == WIRE_MAGIC;
	enum wire_reason reason;

	if (g->is_out[member])
		return; /* it was told why */
	if (is_ours(g) && wire_data_reason(data, &reason) && is_full(reason)) {
		const char *text = wire_reason_text(reason);

		generator_refuse(
			g, member, GENERATOR_FULL, reason,
			(struct wire_bytes){ .data = (const uint8_t *)text, .size = strlen(text) });
		return;
	}
	if (!is_ours(g) && is_starling)
		generator_fail(g,
			       "the relay disconnected member %u: it is a Starling relay, which "
			       "does not speak the naive relay's protocol; give --contender "
			       "starling",
			       member + 1);
	else if (is_ours(g) && !g->is_joined[member] && line_of(g, member)->is_connected)
		generator_fail(g,
			       "the relay disconnected member %u without a word: it does not speak "
			       "this protocol; give its kind with --contender",
			       member + 1);
	else
		generator_fail(g, "member %u has lost its connection", member + 1);
}

static void hear_connected(struct generator *g, unsigned member)
{
	const struct host_tuning tuning = { .timeout_ms = TIMEOUT_MS,
					    .timeout_limit = TIMEOUT_LIMIT,
					    .ping_ms = PING_MS };

	/* The relay's throttle is the relay's. */
	host_disable_own_throttle(host, member);
	line_of(g, member)->is_connected = true;
	line_of(g, member)->since_ns = generator_now_ns();
	if (is_ours(g)) {
		host_tune(host, member, &tuning);
		say_hello(g, member);
	} else {
		generator_joined(g, member);
	}
}

static void hear(struct generator *g, const struct host_event *event)
{
	switch (event->type) {
	case HOST_CONNECTED:
		hear_connected(g, event->peer);
		break;
	case HOST_MESSAGE:
		if (event->arrived_ns > 0)
			generator_arrived(g, event->arrived_ns);
		hear_packet(g, event->peer, event->bytes, event->size);
		break;
	case HOST_DISCONNECTED:
		hear_disconnect(g, event->peer, event->data);
		break;
	case HOST_NO_PLACE:
		break;
	}
}

static void receive_batch(struct generator *g, const struct host_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		hear(g, &batch->events[i]);
		if ((i + 1) % MESSAGES_A_TURN == 0)
			generator_turned(g);
	}
}

/* Takes what the lines have. ENet's own work is that of `service`. */
static void receive_all(struct generator *g)
{
	const struct host_batch *batch;

	do {
		batch = host_receive(host, serviced_ns);
		receive_batch(g, batch);
	} while (!batch->is_drained);
	host_flush(host);
}

static void receive(struct generator *g, unsigned member)
{
	generator_ports_take((int)member);
	receive_all(g);
}

/* Pings, retransmissions, and the end of who is silent: the host notes when these are due. */
static void service(struct generator *g)
{
	if (generator_now_ns() - serviced_ns < SERVICE_MS * ns_per_ms)
		return;
	host_deadline_ns(host);
	serviced_ns = generator_now_ns();
	receive_all(g);
}

/* A request without an answer: the relay is full, or not of this kind. */
static void watch_answer(struct generator *g, unsigned member)
{
	const struct enet_line *line = line_of(g, member);
	const int64_t now_ns = generator_now_ns();

	if (g->is_joined[member] || now_ns - line->since_ns < ANSWER_MS * ns_per_ms)
		return;
	/* ENet takes who connects as long as it has places, and is silent when it has not. */
	if (!line->is_connected && g->joined > 0 &&
	    now_ns - g->time_ns < GAME_MESSAGE_MS * ns_per_ms)
		generator_refuse(g, member, GENERATOR_UNANSWERED, WIRE_REASON_RELAY_FULL,
				 (struct wire_bytes){ 0 });
	else if (line->is_connected && g->joined == 0)
		generator_fail(g,
			       "the relay took member %u's connection and does not answer its "
			       "HELLO: it does not speak this protocol; give its kind with "
			       "--contender",
			       member + 1);
}

static void tend(struct generator *g, unsigned member)
{
	service(g);
	watch_answer(g, member);
}

static void close_lines(struct generator *g)
{
	for (unsigned i = 0; host && i < g->started; i++)
		host_disconnect(host, i, 0, HOST_AT_ONCE);
	host_close(host);
	for (unsigned i = 0; i < g->started; i++)
		generator_ports_close((int)i);
	net_use(NULL);
}

const struct driver driver_enet = {
	.bytes = sizeof(struct enet_line),
	.open = open_lines,
	.start = start,
	.descriptor = descriptor,
	.is_shared = is_shared,
	.send = send_update,
	.receive = receive,
	.tend = tend,
	.close = close_lines,
};
