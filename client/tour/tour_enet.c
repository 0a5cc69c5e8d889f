/*
 * tour_enet: the tour's fourth part: the features of ENet on top of datagrams, and a Starling
 * client's first datagram, caught live: the library connects to a socket of the tour's own.
 */
#include "client/tour/tour_steps.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <sys/socket.h>

#include "client/lib/starling.h"
#include "client/tour/tour_fields.h"
#include "client/tour/tour_socket.h"
#include "proto/wire/wire.h"

enum {
	CONNECT_BYTES = 52, /* ENet's datagram header with a sent time (4) and its CONNECT (48) */
	CATCH_TURNS = 20,   /* turns of the library until its first datagram */
	CATCH_PAUSE_MS = 10,

	HEADER_SENT_TIME = 0x8000, /* of ENet's header; see its protocol.h */
	HEADER_PEER = 0x0fff,
	COMMAND_MASK = 0x0f,
	COMMAND_ACKNOWLEDGE = 0x80,
	COMMAND_CONNECT = 2,
};

/* Adds a number as a field, with a comment. */
static void plain(struct tour_fields *fields, const char *name, size_t size, const char *remark)
{
	uint32_t value = tour_fields_read(fields, size);

	tour_fields_add(fields, name, "%" PRIu32 "%s%s", value, *remark ? ", " : "", remark);
}

static void add_connect(struct tour_fields *fields)
{
	uint32_t value = tour_fields_read(fields, 2);

	tour_fields_add(fields, "peer and flags", "0x%04" PRIx32 ": %s, for peer %" PRIu32 "%s",
			value, value & HEADER_SENT_TIME ? "a sent time follows" : "no sent time",
			value & HEADER_PEER,
			(value & HEADER_PEER) == HEADER_PEER ? " (not known yet)" : "");
	plain(fields, "sent time", 2, "ms, the low 16 bits of ENet's clock");
	value = tour_fields_read(fields, 1);
	tour_fields_add(fields, "command", "%" PRIu32 "%s%s", value & COMMAND_MASK,
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
	value = tour_fields_read(fields, 4);
	tour_fields_add(fields, "connect id", "0x%08" PRIx32 ", drawn by the client", value);
	value = tour_fields_read(fields, 4);
	tour_fields_add(fields, "our data", "%s",
			value == wire_connect_data() ? "the letters STL and the protocol's version"
						     : "not a Starling client's");
}

/* Lets a client of the library try to connect to `address`, until its datagram is at `fd`. */
static bool catch_first_datagram(struct tour *tour, int fd, const struct sockaddr_in *address)
{
	struct starling_config config;
	struct starling_error error;
	struct starling *session;
	bool has_come = false;

	starling_default_config(&config);
	config.host = "127.0.0.1";
	config.port = ntohs(address->sin_port);
	if (starling_open(&session, &config, &error) < 0) {
		tour_explain(tour, "The client library could not open a session: %s", error.text);
		return false;
	}
	for (int turn = 0; turn < CATCH_TURNS && !has_come; turn++) {
		if (starling_update(session) < 0)
			break;
		starling_flush(session);
		has_come = tour_poll(fd, CATCH_PAUSE_MS).result == 1;
	}
	starling_close(session);
	if (!has_come)
		tour_explain(tour, "The client library sent nothing that reached our socket.");
	return has_come;
}

static bool show_connect(struct tour *tour, int fd)
{
	struct sockaddr_in address, from;
	uint8_t data[2048];
	struct tour_fields fields;
	struct tour_call call;

	if (tour_set_timeout(fd).error || tour_getsockname(fd, &address).error ||
	    !catch_first_datagram(tour, fd, &address))
		return false;
	call = tour_recvfrom(fd, (char *)data, sizeof(data), 0, &from);
	tour_show(tour, &call,
		  "Caught live: our client library was told that a relay is at this socket's "
		  "address. There is none, only the tour; but this is what it sent first.");
	if (call.result != CONNECT_BYTES) {
		tour_explain(
			tour,
			"That is not the %d bytes of ENet 1.3's CONNECT, so it is not taken apart "
			"here.",
			CONNECT_BYTES);
		return false;
	}
	fields = tour_fields_init(data, (size_t)call.result);
	add_connect(&fields);
	tour_fields_show(
		tour, "ENet's CONNECT", data, (size_t)call.result, &fields,
		"ENet writes numbers with the high byte first. The relay looks at the last four "
		"bytes and refuses a stranger, or another version, before anything else.");
	return true;
}

static void what_enet_adds(struct tour *tour)
{
	tour_explain(
		tour,
		"ENet keeps datagrams and adds what a game misses. A connection: two ends that "
		"know each other, ping each other, and notice when the other is gone.");
	tour_explain(
		tour,
		"Reliability where it is asked for: such a packet is numbered, acknowledged, and "
		"sent again until it was. Each packet chooses: a tag in the game must arrive; a "
		"position need not, the next one is on its way.");
	tour_explain(
		tour,
		"Sequencing and channels: what must come in order waits only for its own channel. "
		"Starling uses four: %d control, %d states, %d events that must arrive, %d events "
		"that need not. So a lost chat line holds up no position.",
		WIRE_CHANNEL_CONTROL, WIRE_CHANNEL_STATE, WIRE_CHANNEL_EVENT,
		WIRE_CHANNEL_EVENT_FAST);
}

bool tour_enet(struct tour *tour)
{
	struct sockaddr_in wish = tour_loopback(0);
	struct tour_call call;
	bool is_whole = false;
	int fd;

	tour_title(tour, "What ENet adds");
	what_enet_adds(tour);
	if (tour->is_over)
		return true;
	call = tour_socket(SOCK_DGRAM);
	fd = (int)call.result;
	if (call.error) {
		tour_explain(tour, "No socket can be had here, so its bytes are not shown.");
		return false;
	}
	if (!tour_bind(fd, &wish).error)
		is_whole = show_connect(tour, fd);
	tour_close(fd);
	return is_whole;
}
