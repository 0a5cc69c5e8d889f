/*
 * enet: chapter 6: the features of ENet on top of datagrams, and a Starling
 * client's first datagram, caught live: the library connects to a socket of the tour's own.
 */
#include "client/tour/chapters/chapters.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <sys/socket.h>

#include "client/lib/starling.h"
#include "proto/wire/wire.h"

enum {
	CONNECT_BYTES = 52, /* ENet's datagram header with a sent time (4) and its CONNECT (48) */
	CATCH_TURNS = 20,   /* turns of the library until its first datagram */
	CATCH_PAUSE_MS = 10,
	SERVER_FD = 3,

	HEADER_SENT_TIME = 0x8000, /* of ENet's header; see its protocol.h */
	HEADER_PEER = 0x0fff,
	COMMAND_MASK = 0x0f,
	COMMAND_ACKNOWLEDGE = 0x80,
	COMMAND_CONNECT = 2,
};

/* Adds a number as a field, with a comment. */
static void plain(struct fields *fields, const char *name, size_t size, const char *remark)
{
	uint32_t value = fields_read(fields, size);

	fields_add(fields, name, "%" PRIu32 "%s%s", value, *remark ? ", " : "", remark);
}

static void add_connect(struct fields *fields)
{
	uint32_t value = fields_read(fields, 2);

	fields_add(fields, "peer and flags", "0x%04" PRIx32 ": %s, for peer %" PRIu32 "%s", value,
		   value & HEADER_SENT_TIME ? "a sent time follows" : "no sent time",
		   value & HEADER_PEER,
		   (value & HEADER_PEER) == HEADER_PEER ? " (not known yet)" : "");
	plain(fields, "sent time", 2, "ms, the low 16 bits of ENet's clock");
	value = fields_read(fields, 1);
	fields_add(fields, "command", "%" PRIu32 "%s%s", value & COMMAND_MASK,
		   (value & COMMAND_MASK) == COMMAND_CONNECT ? ": CONNECT" : "",
		   value & COMMAND_ACKNOWLEDGE ? ", to be acknowledged" : "");
	plain(fields, "channel", 1, "the connection itself");
	plain(fields, "reliable sequence", 2, "");
	plain(fields, "my peer number", 2, "put it on what you send me");
	plain(fields, "session in", 1, "none yet");
	plain(fields, "session out", 1, "none yet");
	plain(fields, "mtu", 4, "longest datagram");
	plain(fields, "window", 4, "reliable bytes on their way at most");
	plain(fields, "channels", 4, "");
	plain(fields, "bandwidth in", 4, "that is, no limit");
	plain(fields, "bandwidth out", 4, "that is, no limit");
	plain(fields, "throttle interval", 4, "ms");
	plain(fields, "throttle acceleration", 4, "");
	plain(fields, "throttle deceleration", 4, "");
	value = fields_read(fields, 4);
	fields_add(fields, "connect id", "0x%08" PRIx32 ", drawn by the client", value);
	value = fields_read(fields, 4);
	fields_add(fields, "our data", "%s",
		   value == wire_connect_data() ? "the letters STL and the protocol's version"
						: "not a Starling client's");
}

/* Lets a client of the library try to connect to `address`, until its datagram is there. */
static bool send_first_datagram(struct tour *tour, const struct sockaddr_in *address)
{
	struct starling_config config;
	struct starling_error error;
	struct starling *session;
	bool has_come = false;

	starling_default_config(&config);
	config.host = "127.0.0.1";
	config.port = ntohs(address->sin_port);
	if (starling_open(&session, &config, &error) < 0)
		return false;
	for (int turn = 0; turn < CATCH_TURNS && !has_come; turn++) {
		if (starling_update(session) < 0)
			break;
		starling_flush(session);
		has_come =
			step_call_unseen(tour, PICTURE_SERVER, call_poll(SERVER_FD, CATCH_PAUSE_MS))
				.result == 1;
	}
	starling_close(session);
	return has_come;
}

/* The datagram in the server's call is CONNECT, and each of its bytes has a meaning. */
static bool show_connect(struct tour *tour, const struct call *call)
{
	struct fields fields;

	if (call->result != CONNECT_BYTES)
		return false;
	fields = fields_init(call->data, CONNECT_BYTES);
	add_connect(&fields);
	step_bytes(tour, "ENet's CONNECT", call->data, CONNECT_BYTES, &fields);
	return true;
}

static bool catch_first_datagram(struct tour *tour)
{
	bool is_whole = step_party(tour, PICTURE_SERVER);
	struct call call;

	step_begin(tour, "connect");
	(void)step_call(tour, PICTURE_SERVER, call_socket(SOCK_DGRAM));
	call = step_call(tour, PICTURE_SERVER, call_bind(SERVER_FD, call_loopback(0)));
	is_whole = is_whole && !call.error && send_first_datagram(tour, &call.local);
	call = step_call(tour, PICTURE_SERVER, call_recvfrom(SERVER_FD, CALL_DATA_BYTES, 0));
	is_whole = is_whole && show_connect(tour, &call);
	if (!is_whole)
		step_variant(tour, "missing");
	(void)step_call(tour, PICTURE_SERVER, call_close(SERVER_FD));
	step_end(tour);
	return is_whole;
}

bool chapters_enet(struct tour *tour)
{
	step_begin(tour, "connection");
	step_end(tour);
	step_begin(tour, "reliable");
	step_end(tour);
	step_begin(tour, "channels");
	step_word(tour, "control", "%d", WIRE_CHANNEL_CONTROL);
	step_word(tour, "states", "%d", WIRE_CHANNEL_STATE);
	step_word(tour, "events", "%d", WIRE_CHANNEL_EVENT);
	step_word(tour, "fast", "%d", WIRE_CHANNEL_EVENT_FAST);
	step_end(tour);
	return tour->is_over || catch_first_datagram(tour);
}
