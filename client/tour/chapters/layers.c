/*
 * layers: chapter 5: one update on its way down through the layers to the frame, and up again. Its
 * bytes are those that a packet socket saw, or, where no process may have one, those that waited in
 * the receiver's socket.
 */
#include "client/tour/chapters/chapters.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "client/payload_format.h"
#include "client/tour/chapters/enet_party.h"
#include "client/tour/chapters/layer_fields.h"
#include "client/tour/chapters/own_network.h"
#include "client/tour/chapters/tap.h"
#include "client/tour/page/fold.h"
#include "client/tour/page/page.h"
#include "proto/wire/states.h"

enum {
	HOST_FD = 3, /* each host's socket, the process's first */
	TAP_FD = 4,  /* client A's */
	EVENT_MS = 1000,
	PICTURE_COLUMNS = 76,
	SEQ = 1042,
	X_GRAINS = 12500,
	Y_GRAINS = 31250,
	TABLE_ROWS = 6,
};

/* From the top down. */
enum layer {
	LAYER_PROGRAM = 0,
	LAYER_ENET,
	LAYER_UDP,
	LAYER_IP,
	LAYER_FRAME,
	LAYERS,
};

/* One update's way: the calls that it took, in order, and its bytes. */
struct journey {
	struct sockaddr_in client, server;
	bool has_tap;
	int tap_error;
	struct call build, send, frame, peek, event, read;
	bool has_frame;       /* what the tap saw; else the headers below ENet's are unknown */
	const uint8_t *bytes; /* from the highest header on that was not seen */
	size_t sizes[LAYERS]; /* what each layer adds; of the program: the message */
};

/* A call of the journey, and whose it was. */
struct made {
	enum picture_party party;
	const struct call *call;
};

/* The program's own work: a position becomes a message. */
static void make_build(struct call *call, const struct call_request *request)
{
	static const uint8_t player[] = { PAYLOAD_PLAYER };
	const struct states_record record = { .seq = SEQ,
					      .position = { X_GRAINS, Y_GRAINS, 0 },
					      .payload = { .data = player,
							   .size = sizeof(player) } };
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder = states_state_begin(message, sizeof(message), 0);

	(void)request;
	call_keep_name(call, "states_add");
	call_keep_result(call, states_add(&builder, &record));
	call_keep_arguments(call, "STATE, {seq %d, x %d, y %d, payload \"p\"}", SEQ, X_GRAINS,
			    Y_GRAINS);
	call_keep_data(call, message, states_finish(&builder));
}

/* And the way back. */
static void make_read(struct call *call, const struct call_request *request)
{
	struct states_message message;
	struct states_record record = { 0 };
	bool is_good = states_decode(request->data, request->size, &message) == WIRE_OK &&
		       states_next(&message, &record);

	call_keep_name(call, "states_next");
	call_keep_result(call, is_good);
	call_keep_arguments(call, "STATE, {seq %u, x %" PRId32 ", y %" PRId32 "}",
			    (unsigned)record.seq, record.position[0], record.position[1]);
}

static struct call_request own(void (*make)(struct call *call, const struct call_request *request),
			       const void *data, size_t size)
{
	struct call_request request = { .kind = CALL_OWN, .make = make, .fd = -1 };

	request.size = size < sizeof(request.data) ? size : sizeof(request.data);
	if (request.size > 0)
		memcpy(request.data, data, request.size);
	return request;
}

static bool start(struct tour *tour)
{
	return step_party_serving(tour, PICTURE_SERVER, enet_party_serve) &&
	       step_party_serving(tour, PICTURE_CLIENT_A, enet_party_serve);
}

/* Whether client A may open a packet socket. */
static bool may_look(struct tour *tour)
{
	struct call call = step_call_unseen(tour, PICTURE_CLIENT_A, tap_open());

	if (!call.error)
		(void)step_call_unseen(tour, PICTURE_CLIENT_A, call_close(call.fd));
	return !call.error;
}

/* Moves both processes into a network of their own, where client A may look. False: it may not. */
static bool move(struct tour *tour, struct call *make, struct call *join)
{
	*make = step_call_unseen(tour, PICTURE_SERVER, own_network_make());
	if (make->error)
		return false;
	(void)step_call_unseen(tour, PICTURE_SERVER, own_network_turn_on());
	*join = step_call_unseen(tour, PICTURE_CLIENT_A,
				 own_network_join(tour->actors[PICTURE_SERVER].pid));
	return !join->error && may_look(tour);
}

/* Starts both processes, where client A may look at frames if there is such a place. */
static bool start_parties(struct tour *tour)
{
	struct call make, join;
	bool is_there = start(tour);

	step_begin(tour, "ends");
	if (!is_there || may_look(tour))
		return is_there;
	if (move(tour, &make, &join)) {
		step_call_made(tour, PICTURE_SERVER, &make);
		step_call_made(tour, PICTURE_CLIENT_A, &join);
		step_variant(tour, "own");
		return true;
	}
	actor_stop(&tour->actors[PICTURE_SERVER]);
	actor_stop(&tour->actors[PICTURE_CLIENT_A]);
	return start(tour);
}

/* Two hosts that know each other. */
static bool ends(struct tour *tour, struct journey *journey)
{
	bool is_there = start_parties(tour);
	struct call call, connected;

	(void)step_call(tour, PICTURE_SERVER, enet_party_open(true));
	call = step_call(tour, PICTURE_SERVER, enet_party_socket());
	journey->server = call.local;
	(void)step_call(tour, PICTURE_CLIENT_A, enet_party_open(false));
	call = step_call(tour, PICTURE_CLIENT_A, enet_party_socket());
	journey->client = call.local;
	(void)step_call(tour, PICTURE_CLIENT_A, enet_party_connect(journey->server));
	call = step_call(tour, PICTURE_CLIENT_A, enet_party_receive(EVENT_MS));
	connected = step_call(tour, PICTURE_SERVER, enet_party_receive(EVENT_MS));
	is_there = is_there && call.value != 0 && connected.value != 0;
	if (!is_there)
		step_variant(tour, "missing");
	step_end(tour);
	return is_there;
}

static void tap(struct tour *tour, struct journey *journey)
{
	struct call call;

	step_begin(tour, "tap");
	call = step_call(tour, PICTURE_CLIENT_A, tap_open());
	journey->has_tap = !call.error;
	journey->tap_error = call.error;
	if (journey->has_tap) {
		(void)step_call(tour, PICTURE_CLIENT_A,
				tap_filter(TAP_FD, ntohs(journey->server.sin_port)));
		call = step_call(tour, PICTURE_CLIENT_A, tap_bind(TAP_FD));
	}
	step_word(tour, "port", "%u", ntohs(journey->server.sin_port));
	step_word(tour, "error", "%s", call_error_name(call.error));
	if (call.error)
		step_variant(tour, "unseen");
	step_end(tour);
}

/* Finds the update's bytes in what was seen. False: it did not come whole. */
static bool find_bytes(struct journey *journey)
{
	const size_t message = journey->event.size;
	const size_t datagram = journey->peek.size;

	journey->has_frame =
		journey->frame.error == 0 && journey->frame.size == datagram + LAYER_ALL_BYTES;
	journey->bytes =
		(const uint8_t *)(journey->has_frame ? journey->frame.data : journey->peek.data);
	journey->sizes[LAYER_PROGRAM] = message;
	journey->sizes[LAYER_ENET] = LAYER_ENET_BYTES;
	journey->sizes[LAYER_UDP] = LAYER_UDP_BYTES;
	journey->sizes[LAYER_IP] = LAYER_IP_BYTES;
	journey->sizes[LAYER_FRAME] = LAYER_FRAME_BYTES;
	return message > 0 && datagram == message + LAYER_ENET_BYTES && journey->read.result == 1;
}

/* All of the update's calls: they are made at once, and shown one by one afterwards. */
static bool travels(struct tour *tour, struct journey *journey)
{
	struct picture_arrow *arrow;
	bool has_come;

	step_begin(tour, "journey");
	(void)step_call(tour, PICTURE_SERVER, tap_ask(HOST_FD, IP_RECVTTL));
	(void)step_call(tour, PICTURE_SERVER, tap_ask(HOST_FD, IP_PKTINFO));
	journey->build = step_call(tour, PICTURE_CLIENT_A, own(make_build, NULL, 0));
	journey->send = step_call(tour, PICTURE_CLIENT_A,
				  enet_party_send(WIRE_CHANNEL_STATE, WIRE_UNSEQUENCED,
						  journey->build.data, journey->build.size));
	journey->frame.error = journey->tap_error;
	if (journey->has_tap)
		journey->frame = step_call(tour, PICTURE_CLIENT_A, tap_read(TAP_FD));
	journey->peek = step_call(tour, PICTURE_SERVER, tap_peek(HOST_FD));
	journey->event = step_call(tour, PICTURE_SERVER, enet_party_receive(EVENT_MS));
	journey->read = step_call(tour, PICTURE_SERVER,
				  own(make_read, journey->event.data, journey->event.size));
	has_come = find_bytes(journey);
	arrow = picture_add_arrow(&tour->picture, PICTURE_CLIENT_A);
	if (arrow)
		snprintf(arrow->text, sizeof(arrow->text), "%ld bytes", journey->peek.result);
	step_word(tour, "message", "%zu", journey->event.size);
	step_word(tour, "datagram", "%zu", journey->peek.size);
	step_word(tour, "frame", "%ld", journey->frame.result);
	if (!has_come)
		step_variant(tour, "missing");
	else if (!journey->has_frame)
		step_variant(tour, "unseen");
	step_end(tour);
	return has_come;
}

/* "[UDP 8|ENet 10|STATE 13]": what leaves a layer. */
static void write_boxes(const struct journey *journey, enum layer layer, char *out, size_t size)
{
	static const char *const names[LAYERS] = { "STATE", "ENet", "UDP", "IP", "frame" };
	size_t at = 0;

	for (int i = (int)layer; i >= LAYER_PROGRAM; i--)
		at += (size_t)snprintf(out + at, size - at, "%s%s %zu%s",
				       i == (int)layer ? "[" : "|", names[i], journey->sizes[i],
				       i == LAYER_PROGRAM ? "]" : "");
}

/* Who works at a layer, from the texts. */
static const char *who(const struct tour *tour, enum layer layer,
		       char out[static LANGUAGE_TEXT_BYTES])
{
	char key[24];

	snprintf(key, sizeof(key), "5.layer.%d", (int)layer);
	return language_text(tour->language, key, out) ? out : "";
}

/* The layers from the program down to `lowest`, each with what it got and its own header. */
static void draw_down(struct tour *tour, const struct journey *journey, enum layer lowest)
{
	char text[LANGUAGE_TEXT_BYTES], boxes[128];

	for (int layer = LAYER_PROGRAM; layer <= (int)lowest; layer++) {
		const char *label = who(tour, (enum layer)layer, text);
		size_t used;

		write_boxes(journey, (enum layer)layer, boxes, sizeof(boxes));
		used = fold_columns(label) + strlen(boxes);
		step_draw(tour, "  %s%*s%s", label,
			  used < PICTURE_COLUMNS ? (int)(PICTURE_COLUMNS - used) : 1, "", boxes);
	}
}

/* Where a layer's own bytes begin. NULL: they were not seen. */
static const uint8_t *bytes_of(const struct journey *journey, enum layer layer)
{
	const uint8_t *at = journey->bytes;

	if (!journey->has_frame && layer > LAYER_ENET)
		return NULL;
	for (int i = journey->has_frame ? LAYER_FRAME : LAYER_ENET; i > (int)layer; i--)
		at += journey->sizes[i];
	return at;
}

/* The bytes of a layer, below its picture and each with its meaning. */
static void show_bytes(struct tour *tour, const struct journey *journey, enum layer layer,
		       const char *name)
{
	const uint8_t *bytes = bytes_of(journey, layer), *ip = bytes_of(journey, LAYER_IP);
	struct fields fields;
	char hex[128] = "";

	if (!bytes)
		return;
	for (size_t i = 0; i < journey->sizes[layer]; i++)
		snprintf(hex + 3 * i, sizeof(hex) - 3 * i, "%02x ", bytes[i]);
	step_draw(tour, " ");
	step_draw(tour, "  %s", hex);
	fields = fields_init(bytes, journey->sizes[layer]);
	if (layer == LAYER_PROGRAM)
		layer_fields_add_state(&fields);
	else if (layer == LAYER_ENET)
		layer_fields_add_enet(&fields);
	else if (layer == LAYER_UDP)
		layer_fields_add_udp(&fields, ip, journey->frame.size - LAYER_FRAME_BYTES);
	else if (layer == LAYER_IP)
		layer_fields_add_ip(&fields, ip);
	else
		layer_fields_add_frame(&fields);
	step_bytes(tour, name, bytes, journey->sizes[layer], &fields);
}

/* One layer on the way down: what it adds, with the call that shows it. */
static void goes_down(struct tour *tour, const struct journey *journey, enum layer layer)
{
	static const struct {
		const char *step, *bytes;
	} names[LAYERS] = {
		{ "message", "The message" },      { "enet", "ENet's header" },
		{ "udp", "The UDP header" },       { "ip", "The IP header" },
		{ "frame", "The frame's header" },
	};
	const struct made calls[LAYERS] = {
		{ PICTURE_CLIENT_A, &journey->build },
		{ PICTURE_CLIENT_A, &journey->send },
		{ PICTURE_SERVER, &journey->peek },
		{ PICTURE_SERVER, &journey->peek },
		journey->has_tap ? (struct made){ PICTURE_CLIENT_A, &journey->frame }
				 : (struct made){ PICTURE_SERVER, &journey->peek },
	};

	if (tour->is_over)
		return;
	step_begin(tour, names[layer].step);
	draw_down(tour, journey, layer);
	show_bytes(tour, journey, layer, names[layer].bytes);
	if (layer > LAYER_ENET && !journey->has_frame)
		step_variant(tour, "unseen");
	step_call_made(tour, calls[layer].party, calls[layer].call);
	step_word(tour, "size", "%zu", journey->sizes[layer]);
	step_word(tour, "from", "%u", ntohs(journey->client.sin_port));
	step_word(tour, "to", "%u", ntohs(journey->server.sin_port));
	step_word(tour, "ttl", "%ld", journey->peek.value);
	step_end(tour);
}

/* Each layer takes its own header off. */
static void goes_up(struct tour *tour, const struct journey *journey)
{
	char text[LANGUAGE_TEXT_BYTES];
	size_t size = 0;

	step_begin(tour, "up");
	for (int layer = 0; layer < LAYERS; layer++)
		size += journey->sizes[layer];
	step_word(tour, "port", "%u", ntohs(journey->server.sin_port));
	step_word(tour, "fd", "%d", HOST_FD);
	for (int layer = LAYER_FRAME; layer >= LAYER_PROGRAM; layer--) {
		char suffix[16];

		snprintf(suffix, sizeof(suffix), ".%d", layer);
		step_draw(tour, "  %3zu  %s", size, page_text(tour, suffix, text));
		size -= journey->sizes[layer];
	}
	step_call_made(tour, PICTURE_SERVER, &journey->peek);
	step_call_made(tour, PICTURE_SERVER, &journey->event);
	step_call_made(tour, PICTURE_SERVER, &journey->read);
	step_end(tour);
}

static void levels(struct tour *tour, const struct journey *journey)
{
	char text[LANGUAGE_TEXT_BYTES];

	step_begin(tour, "levels");
	for (int row = 0; row < TABLE_ROWS; row++) {
		char suffix[16];

		snprintf(suffix, sizeof(suffix), ".%d", row);
		step_draw(tour, "  %s", page_text(tour, suffix, text));
	}
	if (journey->has_tap)
		(void)step_call(tour, PICTURE_CLIENT_A, call_close(TAP_FD));
	(void)step_call(tour, PICTURE_CLIENT_A, enet_party_close());
	(void)step_call(tour, PICTURE_SERVER, enet_party_close());
	step_end(tour);
}

bool chapters_layers(struct tour *tour)
{
	struct journey journey = { 0 };

	if (!ends(tour, &journey))
		return false;
	tap(tour, &journey);
	if (!travels(tour, &journey))
		return false;
	for (int layer = LAYER_PROGRAM; layer < LAYERS; layer++)
		goes_down(tour, &journey, (enum layer)layer);
	goes_up(tour, &journey);
	levels(tour, &journey);
	return true;
}
