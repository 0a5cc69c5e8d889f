#include "tests/attack/session_deeds.h"

#include <string.h>

#include "proto/enet/guard/datagram.h"
#include "proto/wire/states.h"
#include "proto/wire/wire.h"

enum {
	CROWD = 150,
	CROWD_HOST = 3,
	CROWD_PASS_MS = 1500,
	LONG_MTU = 4096,
	MTU_AT = 12, /* in a CONNECT's datagram */
	PING_DATAGRAMS = 2000,
	PING_BYTES = 4,
	COMMANDS = 32, /* in a datagram */
	MESSAGES = 40,
	MESSAGE_MAX_BYTES = 1000,
	SHOUTS_AT_ONCE = 2,
	REPLAYS = 5, /* ENet numbers an address's sessions from 0 to 3 */
	SESSIONS = 4,
	SESSION_SHIFT = 12,
	PEER_MASK = 0xfff,
	SETTLE_MS = 150,
	CHAT_S = 4,
	CHAT_AT_ONCE = 4,
	DEAF_MS = 4000,
	DEAF_EACH_MS = 200,
	NOT_SENT = 0xf000, /* the number of what no server has sent so soon */
};

static uint8_t *put_u16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

static uint8_t *put_command(uint8_t *at, unsigned kind, unsigned channel, unsigned number)
{
	*at++ = (uint8_t)(kind | DATAGRAM_FLAG_ACKNOWLEDGE);
	*at++ = (uint8_t)channel;
	return put_u16(at, number);
}

static uint8_t *put_head(uint8_t *at, unsigned peer)
{
	at = put_u16(at, DATAGRAM_HEAD_SENT_TIME | peer);
	return put_u16(at, (uint16_t)(raw_now_ns() / 1000000));
}

/* More sessions. */

void session_deeds_crowd(struct raw_peer *stranger, session_deeds_pass *pass)
{
	static struct raw_peer crowd[CROWD];

	for (int i = 0; i < CROWD; i++) {
		uint8_t bytes[RAW_PEER_CONNECT_BYTES];

		if (!raw_peer_open(&crowd[i], CROWD_HOST, stranger->port))
			continue;
		raw_peer_write_connect(&crowd[i], bytes);
		raw_peer_send(&crowd[i], bytes, sizeof(bytes));
		pass(1);
		raw_peer_receive(&crowd[i]);
	}
	for (int passed = 0; passed < CROWD_PASS_MS; passed += 10) {
		for (int i = 0; i < CROWD; i++)
			raw_peer_receive(&crowd[i]);
		pass(10);
	}
}

void session_deeds_ask_for_a_long_mtu(struct raw_peer *stranger, session_deeds_pass *pass)
{
	uint8_t bytes[RAW_PEER_CONNECT_BYTES];

	raw_peer_write_connect(stranger, bytes);
	put_u16(bytes + MTU_AT, 0);
	put_u16(bytes + MTU_AT + 2, LONG_MTU);
	for (int i = 0; i < 3 && !stranger->is_connected; i++) {
		raw_peer_send(stranger, bytes, sizeof(bytes));
		pass(SETTLE_MS);
		raw_peer_receive(stranger);
		pass(SETTLE_MS);
		raw_peer_receive(stranger);
	}
}

/* One session. */

void session_deeds_ping(struct raw_peer *stranger, session_deeds_pass *pass)
{
	for (int i = 0; i < PING_DATAGRAMS; i++) {
		uint8_t bytes[4 + COMMANDS * PING_BYTES], *at = put_head(bytes, stranger->peer);

		for (int n = 0; n < COMMANDS; n++)
			at = put_command(at, DATAGRAM_PING, DATAGRAM_CHANNEL_NONE,
					 ++stranger->number);
		raw_peer_send(stranger, bytes, sizeof(bytes));
		if (i % 4 == 0)
			pass(1);
	}
	pass(2 * SETTLE_MS);
}

static void send_message(struct raw_peer *stranger, unsigned channel, unsigned number,
			 const uint8_t *message, size_t size)
{
	uint8_t bytes[4 + 4 + 2 + MESSAGE_MAX_BYTES], *at = put_head(bytes, stranger->peer);

	at = put_command(at, DATAGRAM_RELIABLE, channel, number);
	at = put_u16(at, (unsigned)size);
	memcpy(at, message, size);
	raw_peer_send(stranger, bytes, (size_t)(at - bytes) + size);
}

void session_deeds_chat(struct raw_peer *stranger, session_deeds_pass *pass)
{
	static const uint8_t word = 'c';
	const int64_t end_ns = raw_now_ns() + CHAT_S * INT64_C(1000000000);
	unsigned number = 0;

	while (raw_now_ns() < end_ns) {
		for (int i = 0; i < CHAT_AT_ONCE; i++)
			send_message(stranger, 1, ++number & 0xffff, &word, 1);
		pass(1);
	}
}

void session_deeds_shout(struct raw_peer *peer)
{
	static const uint8_t message[MESSAGE_MAX_BYTES];
	static unsigned number;

	for (int i = 0; i < SHOUTS_AT_ONCE; i++)
		send_message(peer, 1, ++number & 0xffff, message, sizeof(message));
}

static void say_hello(struct raw_peer *stranger)
{
	static const struct wire_hello hello = { .room = { (const uint8_t *)"lobby", 5 },
						 .name = { (const uint8_t *)"stranger", 8 } };
	uint8_t message[MESSAGE_MAX_BYTES];

	send_message(stranger, WIRE_CHANNEL_CONTROL, 1, message,
		     wire_hello_encode(message, sizeof(message), &hello));
}

void session_deeds_become_member(struct raw_peer *peer, session_deeds_pass *pass)
{
	say_hello(peer);
	pass(SETTLE_MS);
}

void session_deeds_never_acknowledge(struct raw_peer *stranger, session_deeds_pass *pass)
{
	stranger->is_silent = true;
	say_hello(stranger);
	for (int passed = 0; passed < DEAF_MS && !stranger->is_ended; passed += DEAF_EACH_MS) {
		uint8_t bytes[2 + 8], *at = put_u16(bytes, stranger->peer);

		*at++ = DATAGRAM_ACKNOWLEDGE;
		*at++ = DATAGRAM_CHANNEL_NONE;
		at = put_u16(at, NOT_SENT);
		at = put_u16(at, NOT_SENT);
		put_u16(at, (uint16_t)(raw_now_ns() / 1000000));
		raw_peer_send(stranger, bytes, sizeof(bytes));
		pass(DEAF_EACH_MS);
	}
}

/* As a member of our relay does; to a naive server they are bytes. */
static void send_messages(struct raw_peer *stranger, session_deeds_pass *pass)
{
	uint8_t message[MESSAGE_MAX_BYTES];

	session_deeds_become_member(stranger, pass);
	for (unsigned number = 1; number <= MESSAGES; number++) {
		const struct states_record record = { .seq = (uint16_t)number };
		struct states_builder builder = states_state_begin(message, sizeof(message), 0);

		states_add(&builder, &record);
		send_message(stranger, WIRE_CHANNEL_STATE, number, message,
			     states_finish(&builder));
		pass(1);
	}
	pass(SETTLE_MS);
}

static void disconnect(struct raw_peer *stranger, unsigned peer)
{
	uint8_t bytes[4 + 4 + 4] = { 0 }, *at = put_head(bytes, peer);

	put_command(at, DATAGRAM_DISCONNECT, DATAGRAM_CHANNEL_NONE, ++stranger->number);
	raw_peer_send(stranger, bytes, sizeof(bytes));
}

/* Whatever came of it, so that the next replay finds no session of this address. */
static void end_any_session(struct raw_peer *stranger, session_deeds_pass *pass)
{
	for (unsigned session = 0; session < SESSIONS; session++)
		disconnect(stranger, (stranger->peer & PEER_MASK) | session << SESSION_SHIFT);
	pass(SETTLE_MS);
}

void session_deeds_replay(struct raw_peer *stranger, session_deeds_pass *pass)
{
	static struct raw_peer_record record;
	unsigned first;

	stranger->record = &record;
	if (!raw_peer_connect(stranger, 3))
		return;
	send_messages(stranger, pass);
	disconnect(stranger, stranger->peer);
	stranger->record = NULL;
	pass(SETTLE_MS);
	stranger->is_silent = true;
	first = stranger->acknowledged;
	for (int i = 0; i < REPLAYS; i++) {
		for (size_t n = 0; n < record.count; n++) {
			raw_peer_send(stranger, record.datagrams[n].bytes,
				      record.datagrams[n].size);
			pass(1);
		}
		end_any_session(stranger, pass);
	}
	stranger->replayed = stranger->acknowledged - first;
	stranger->acknowledged = first;
}
