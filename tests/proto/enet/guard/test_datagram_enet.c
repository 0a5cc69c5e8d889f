/*
 * The reader beside ENet itself: all datagrams between two unmodified hosts are well-formed, and
 * each command has the values that ENet's own structs show.
 */
#include "proto/enet/guard/datagram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <enet/enet.h>

#include "tests/fixtures/enet/enet_talk.h"

enum {
	TALKS = 300, /* seeds */
	OF_EACH_KIND = 1000,
};

/* The commands that passed, by kind, as each side counts them, and the rare ones. */
static struct counts {
	unsigned read[DATAGRAM_KIND_COUNT], theirs[DATAGRAM_KIND_COUNT];
	unsigned most, asked_again, given_up, settings_with_request;
} counts;

static enet_uint16 u16(enet_uint16 value)
{
	return ENET_NET_TO_HOST_16(value);
}

static enet_uint32 u32(enet_uint32 value)
{
	return ENET_NET_TO_HOST_32(value);
}

/* ENet's structs. */

static void same_connection(const ENetProtocol *theirs, const struct datagram_command *ours)
{
	const ENetProtocolVerifyConnect *shared = &theirs->verifyConnect;
	const struct datagram_connection *connection = &ours->connection;

	assert_int_equal(connection->peer, u16(shared->outgoingPeerID));
	assert_int_equal(connection->incoming_session, shared->incomingSessionID);
	assert_int_equal(connection->outgoing_session, shared->outgoingSessionID);
	assert_int_equal(connection->mtu, u32(shared->mtu));
	assert_int_equal(connection->window_bytes, u32(shared->windowSize));
	assert_int_equal(connection->channels, u32(shared->channelCount));
	assert_int_equal(connection->incoming_bandwidth, u32(shared->incomingBandwidth));
	assert_int_equal(connection->outgoing_bandwidth, u32(shared->outgoingBandwidth));
	assert_int_equal(connection->throttle_interval_ms, u32(shared->packetThrottleInterval));
	assert_int_equal(connection->throttle_acceleration,
			 u32(shared->packetThrottleAcceleration));
	assert_int_equal(connection->throttle_deceleration,
			 u32(shared->packetThrottleDeceleration));
	assert_int_equal(connection->id, u32(shared->connectID));
	if (ours->kind == DATAGRAM_CONNECT)
		assert_int_equal(connection->data, u32(theirs->connect.data));
}

static void same_fragment(const ENetProtocolSendFragment *theirs,
			  const struct datagram_fragment *ours)
{
	assert_int_equal(ours->start, u16(theirs->startSequenceNumber));
	assert_int_equal(ours->count, u32(theirs->fragmentCount));
	assert_int_equal(ours->number, u32(theirs->fragmentNumber));
	assert_int_equal(ours->total_bytes, u32(theirs->totalLength));
	assert_int_equal(ours->offset_bytes, u32(theirs->fragmentOffset));
}

static void same_settings(const ENetProtocol *theirs, const struct datagram_command *ours)
{
	const ENetProtocolThrottleConfigure *throttle = &theirs->throttleConfigure;
	const ENetProtocolBandwidthLimit *bandwidth = &theirs->bandwidthLimit;

	if (ours->kind == DATAGRAM_BANDWIDTH_LIMIT) {
		assert_int_equal(ours->bandwidth.incoming, u32(bandwidth->incomingBandwidth));
		assert_int_equal(ours->bandwidth.outgoing, u32(bandwidth->outgoingBandwidth));
	} else {
		assert_int_equal(ours->throttle.interval_ms, u32(throttle->packetThrottleInterval));
		assert_int_equal(ours->throttle.acceleration,
				 u32(throttle->packetThrottleAcceleration));
		assert_int_equal(ours->throttle.deceleration,
				 u32(throttle->packetThrottleDeceleration));
	}
}

/* Compares the fields of a kind; returns how many bytes of data ENet says that the command has. */
static size_t same_fields(const ENetProtocol *theirs, const struct datagram_command *ours)
{
	switch (theirs->header.command & ENET_PROTOCOL_COMMAND_MASK) {
	case ENET_PROTOCOL_COMMAND_ACKNOWLEDGE:
		assert_int_equal(ours->acknowledge.number,
				 u16(theirs->acknowledge.receivedReliableSequenceNumber));
		assert_int_equal(ours->acknowledge.sent_time,
				 u16(theirs->acknowledge.receivedSentTime));
		return 0;
	case ENET_PROTOCOL_COMMAND_CONNECT:
	case ENET_PROTOCOL_COMMAND_VERIFY_CONNECT:
		same_connection(theirs, ours);
		return 0;
	case ENET_PROTOCOL_COMMAND_DISCONNECT:
		assert_int_equal(ours->disconnect_data, u32(theirs->disconnect.data));
		return 0;
	case ENET_PROTOCOL_COMMAND_BANDWIDTH_LIMIT:
	case ENET_PROTOCOL_COMMAND_THROTTLE_CONFIGURE:
		same_settings(theirs, ours);
		return 0;
	case ENET_PROTOCOL_COMMAND_SEND_RELIABLE:
		return u16(theirs->sendReliable.dataLength);
	case ENET_PROTOCOL_COMMAND_SEND_UNRELIABLE:
		assert_int_equal(ours->unreliable_number,
				 u16(theirs->sendUnreliable.unreliableSequenceNumber));
		return u16(theirs->sendUnreliable.dataLength);
	case ENET_PROTOCOL_COMMAND_SEND_UNSEQUENCED:
		assert_int_equal(ours->group, u16(theirs->sendUnsequenced.unsequencedGroup));
		return u16(theirs->sendUnsequenced.dataLength);
	case ENET_PROTOCOL_COMMAND_SEND_FRAGMENT:
	case ENET_PROTOCOL_COMMAND_SEND_UNRELIABLE_FRAGMENT:
		same_fragment(&theirs->sendFragment, &ours->fragment);
		return u16(theirs->sendFragment.dataLength);
	default:
		return 0;
	}
}

/* Compares the command with ENet's at `at`; returns its size. */
static size_t same_command(const uint8_t *at, size_t left, const struct datagram_command *ours)
{
	const size_t fields = enet_protocol_command_size(at[0]);
	ENetProtocol theirs = { 0 };
	size_t data;

	assert_in_range(fields, sizeof(ENetProtocolCommandHeader), left);
	memcpy(&theirs, at, fields);
	assert_int_equal(ours->kind | ours->flags, theirs.header.command);
	assert_int_equal(ours->channel, theirs.header.channelID);
	assert_int_equal(ours->number, u16(theirs.header.reliableSequenceNumber));
	data = same_fields(&theirs, ours);
	assert_int_equal(ours->size, data);
	assert_ptr_equal(ours->data, at + fields);
	assert_ptr_equal(ours->whole, at);
	assert_int_equal(ours->whole_size, fields + data);
	counts.theirs[theirs.header.command & ENET_PROTOCOL_COMMAND_MASK]++;
	return fields + data;
}

static size_t same_head(const uint8_t *bytes, const struct datagram *datagram)
{
	ENetProtocolHeader head;
	enet_uint16 id;

	memcpy(&head, bytes, sizeof(head));
	id = u16(head.peerID);
	assert_int_equal(datagram->peer, id & ENET_PROTOCOL_MAXIMUM_PEER_ID);
	assert_int_equal(datagram->session, (id & ENET_PROTOCOL_HEADER_SESSION_MASK) >>
						    ENET_PROTOCOL_HEADER_SESSION_SHIFT);
	assert_int_equal(datagram->has_sent_time, (id & ENET_PROTOCOL_HEADER_FLAG_SENT_TIME) != 0);
	if (!datagram->has_sent_time)
		return offsetof(ENetProtocolHeader, sentTime);
	assert_int_equal(datagram->sent_time, u16(head.sentTime));
	return sizeof(head);
}

static void note(const struct datagram *datagram, const struct datagram_command *command)
{
	counts.read[command->kind]++;
	counts.asked_again += command->kind == DATAGRAM_CONNECT &&
			      command->connection.incoming_session != DATAGRAM_SESSION_UNKNOWN;
	counts.given_up +=
		command->kind == DATAGRAM_DISCONNECT && datagram->peer == DATAGRAM_NOBODY;
	counts.settings_with_request +=
		command->kind == DATAGRAM_THROTTLE_CONFIGURE && datagram->peer == DATAGRAM_NOBODY;
	if (datagram->commands > counts.most)
		counts.most = datagram->commands;
}

static void compare(const struct sim_datagram *sent)
{
	const uint8_t *bytes = sent->data;
	struct datagram datagram;
	struct datagram_command command;
	struct datagram_unsequenced alone;
	size_t at;

	datagram_open(&datagram, bytes, sent->size);
	at = same_head(bytes, &datagram);
	while (datagram_next(&datagram, &command)) {
		at += same_command(bytes + at, sent->size - at, &command);
		note(&datagram, &command);
	}
	if (datagram.error != DATAGRAM_OK)
		fail_msg("ENet's datagram %s", datagram_error_text(datagram.error));
	assert_int_equal(at, sent->size);
	assert_int_equal(datagram_check(bytes, sent->size), DATAGRAM_OK);
	assert_int_equal(datagram_read_unsequenced(&alone, bytes, sent->size),
			 datagram.commands == 1 && !datagram.has_sent_time &&
				 command.kind == DATAGRAM_UNSEQUENCED);
}

static void each_datagram_of_enet_is_read_as_enet_wrote_it(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= TALKS; seed++)
		enet_talk(seed, compare);
	for (int kind = DATAGRAM_ACKNOWLEDGE; kind < DATAGRAM_KIND_COUNT; kind++) {
		assert_int_equal(counts.read[kind], counts.theirs[kind]);
		assert_in_range(counts.read[kind], OF_EACH_KIND, UINT32_MAX);
	}
	/* The rare ones came, too. */
	assert_int_equal(counts.most, DATAGRAM_COMMANDS_MAX);
	assert_in_range(counts.asked_again, 1, UINT32_MAX);
	assert_in_range(counts.given_up, 1, UINT32_MAX);
	assert_in_range(counts.settings_with_request, 1, UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_datagram_of_enet_is_read_as_enet_wrote_it),
	};

	return cmocka_run_group_tests_name("datagram_enet", tests, NULL, NULL);
}
