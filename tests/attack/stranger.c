/*
 * A stranger to an ENet server on loopback, with datagrams made by hand, and an honest client
 * beside it, which says how the server is.
 *
 *	stranger KIND PORT
 *
 * KIND, by the rows of what plain ENet allows:
 *	blindjoin   a handshake in another's name, whose answers it never sees
 *	amplify     a CONNECT in another's name
 *	flood       300 CONNECTs that are never answered
 *	leak        messages of 16 KB of which no byte is sent
 *	bitmap      fragments that claim a million pieces each
 *	hold        unreliable messages that wait for a reliable one, in the worst order
 *	waits       unreliable messages of which only the first piece comes, then a reliable message
 *	compressed  compressed datagrams, as short as their head
 *	oversize    datagrams longer than ENet's longest
 *	garbage     random bytes, in random lengths
 *	rush        sound datagrams, many times as many as any game sends
 *	mutants     CONNECTs of another connection each, with one byte changed
 *	crowd       150 connections
 *	mtu         a CONNECT that asks for the longest datagrams
 *	pings       PINGs that want an answer, 32 in each datagram
 *	chat        reliable messages for five seconds
 *	deaf        a member that acknowledges nothing that it was sent
 *	replay      a whole session, sent again after its end
 *	port0       CONNECTs from port 0, where no answer can go
 *	blindkill   DISCONNECTs in the honest client's name, whose number is guessed
 *	nothing     the honest client alone
 *
 * All is over after some seconds. Then it prints one line of JSON: bytes that the stranger (or the
 * other, in whose name it sent) sent and got; the honest client's slowest answer and what it was
 * sent in fragments; how many reliable messages of the stranger were acknowledged, and how many in
 *a session that was sent again; the MTU that it was granted; and how long one more client took to
 * connect, or -1 for more than a second. Exit status 0; 1: the honest client
 * found no server; 2: misuse.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/net/random.h"
#include "tests/attack/forged_deeds.h"
#include "tests/attack/raw_peer.h"
#include "tests/attack/session_deeds.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	MESSAGE_BYTES = 64, /* of the honest client */
	MESSAGE_EACH_MS = 20,
	PING_EACH_MS = 10,
	PEERS_GUESSED = 4,
	FLOOD_CONNECTS = 300,
	LEAKS = 20,
	LEAK_BYTES = 16384,
	BITMAP_DATAGRAMS = 32,
	BITMAP_PIECES = 1 << 20,
	HOLD_DATAGRAMS = 1250,
	HOLD_RELIABLE_NUMBER = 1000,
	WAITS = 6000,
	WAITING_BYTES = 2048,
	PIECE_BYTES = 256,
	PIECES = 4, /* in a datagram */
	COMPRESSED_DATAGRAMS = 300,
	OVERSIZE_DATAGRAMS = 300,
	OVERSIZE_BYTES = 4097,
	GARBAGE_DATAGRAMS = 20000,
	RUSH_DATAGRAMS = 40000,
	MUTANTS = 600,
	MUTABLE_FROM = 4, /* a datagram's head stays, so that ENet sees the rest */
	COMMANDS = 32,    /* in a datagram */
	FRAGMENT_BYTES = 24,
	UNRELIABLE_BYTES = 8,
};

static struct raw_peer honest, stranger;
static bool is_talking; /* the honest client, to the others */

static uint8_t *put_u16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

static uint8_t *put_u32(uint8_t *at, uint32_t value)
{
	return put_u16(put_u16(at, value >> 16), value & 0xffff);
}

/* The honest client. */

static void talk(void)
{
	static uint16_t group;
	uint8_t bytes[10 + MESSAGE_BYTES] = { 0 }, *at = put_u16(bytes, honest.peer);

	at = put_u16(at, 0x4901); /* unsequenced, on channel 1 */
	at = put_u16(at, 0);
	at = put_u16(at, ++group);
	put_u16(at, MESSAGE_BYTES);
	raw_peer_send(&honest, bytes, sizeof(bytes));
}

static void pass_ms(int64_t ms)
{
	static int64_t turn;

	for (const int64_t end = turn + ms; turn < end; turn++) {
		if (turn % PING_EACH_MS == 0)
			raw_peer_ping(&honest);
		if (is_talking && turn % MESSAGE_EACH_MS == 0)
			talk();
		(void)poll(NULL, 0, 1);
		raw_peer_receive(&honest);
		if (stranger.is_connected)
			raw_peer_receive(&stranger);
	}
}

/* Without a connection. */

static void send_connect(void)
{
	uint8_t bytes[RAW_PEER_CONNECT_BYTES];

	raw_peer_write_connect(&stranger, bytes);
	raw_peer_send(&stranger, bytes, sizeof(bytes));
}

static void join_blindly(void)
{
	send_connect();
	pass_ms(100);
	for (uint16_t id = 0; id < PEERS_GUESSED; id++) {
		uint8_t bytes[10], *at = put_u16(bytes, id);

		at = put_u16(at, 0x01ff); /* ACKNOWLEDGE, of number 1 and time 0 */
		at = put_u16(at, 1);
		at = put_u16(at, 1);
		put_u16(at, 0);
		raw_peer_send(&stranger, bytes, sizeof(bytes));
	}
	pass_ms(1500);
}

static void amplify(void)
{
	send_connect();
	pass_ms(2000);
}

static void flood(void)
{
	for (int i = 0; i < FLOOD_CONNECTS; i++) {
		send_connect();
		if (i % COMMANDS == 0)
			pass_ms(1);
	}
	pass_ms(300);
}

static void send_mutants(void)
{
	struct random random = random_init(18);

	for (int i = 0; i < MUTANTS; i++) {
		uint8_t bytes[RAW_PEER_CONNECT_BYTES];
		const uint64_t at = random_below(&random, sizeof(bytes) - MUTABLE_FROM);

		raw_peer_write_connect(&stranger, bytes);
		bytes[MUTABLE_FROM + at] = (uint8_t)random_u64(&random);
		raw_peer_send(&stranger, bytes, sizeof(bytes));
		if (i % COMMANDS == 0)
			pass_ms(1);
	}
	pass_ms(300);
}

/* Over a connection. */

/* To the server, with a sent time. */
static uint8_t *put_head(uint8_t *at)
{
	at = put_u16(at, 0x8000 | stranger.peer);
	return put_u16(at, (uint16_t)(raw_now_ns() / NS_PER_MS));
}

/* The first of so many fragments of a reliable message, without data. */
static uint8_t *put_fragment(uint8_t *at, uint16_t number, uint32_t pieces, uint32_t bytes)
{
	at = put_u16(at, 0x8800);
	at = put_u16(at, number);
	at = put_u16(at, number);
	at = put_u16(at, 0);
	at = put_u32(at, pieces);
	at = put_u32(at, 0);
	at = put_u32(at, bytes);
	return put_u32(at, 0);
}

static void leak(void)
{
	for (uint16_t n = 1; n <= LEAKS; n++) {
		uint8_t bytes[4 + FRAGMENT_BYTES];

		put_fragment(put_head(bytes), n, 1, LEAK_BYTES);
		raw_peer_send(&stranger, bytes, sizeof(bytes));
		pass_ms(5);
	}
	pass_ms(500);
}

static void bitmap(void)
{
	uint16_t number = 0;

	for (int i = 0; i < BITMAP_DATAGRAMS; i++) {
		uint8_t bytes[4 + COMMANDS * FRAGMENT_BYTES], *at = put_head(bytes);

		for (int n = 0; n < COMMANDS; n++)
			at = put_fragment(at, ++number, BITMAP_PIECES, 1);
		raw_peer_send(&stranger, bytes, sizeof(bytes));
		pass_ms(5);
	}
	pass_ms(500);
}

static void hold(void)
{
	uint16_t number = UINT16_MAX;

	for (int i = 0; i < HOLD_DATAGRAMS; i++) {
		uint8_t bytes[2 + COMMANDS * UNRELIABLE_BYTES], *at = put_u16(bytes, stranger.peer);

		for (int n = 0; n < COMMANDS; n++) {
			at = put_u16(at, 0x0700);
			at = put_u16(at, HOLD_RELIABLE_NUMBER);
			at = put_u16(at, number--);
			at = put_u16(at, 0);
		}
		raw_peer_send(&stranger, bytes, sizeof(bytes));
		if (i % 4 == 0)
			pass_ms(1);
	}
	pass_ms(2000);
}

/* The first piece of an unreliable message; no other comes. */
static uint8_t *put_first_piece(uint8_t *at, uint16_t number)
{
	at = put_u16(at, 0x0c01);
	at = put_u16(at, 0);
	at = put_u16(at, number);
	at = put_u16(at, PIECE_BYTES);
	at = put_u32(at, WAITING_BYTES / PIECE_BYTES);
	at = put_u32(at, 0);
	at = put_u32(at, WAITING_BYTES);
	at = put_u32(at, 0);
	memset(at, 0, PIECE_BYTES);
	return at + PIECE_BYTES;
}

static void send_reliable(void)
{
	uint8_t bytes[4 + 6 + 1], *at = put_head(bytes);

	at = put_u16(at, 0x8601);
	at = put_u16(at, 1);
	at = put_u16(at, 1);
	*at = 0;
	raw_peer_send(&stranger, bytes, sizeof(bytes));
}

static void make_wait(void)
{
	uint16_t number = 0;

	for (int i = 0; i < WAITS; i++) {
		uint8_t bytes[4 + PIECES * (FRAGMENT_BYTES + PIECE_BYTES)], *at = put_head(bytes);

		for (int n = 0; n < PIECES; n++)
			at = put_first_piece(at, ++number);
		raw_peer_send(&stranger, bytes, sizeof(bytes));
		if (i % 4 == 0)
			pass_ms(1);
	}
	for (int i = 0; i < 5; i++) {
		send_reliable();
		pass_ms(100);
	}
}

static void send_compressed(void)
{
	for (int i = 0; i < COMPRESSED_DATAGRAMS; i++) {
		uint8_t bytes[3];

		put_u16(bytes, 0xc000 | stranger.peer);
		bytes[2] = 0;
		raw_peer_send(&stranger, bytes, (size_t)(2 + i % 2));
		if (i % COMMANDS == 0)
			pass_ms(1);
	}
	pass_ms(300);
}

static void send_oversize(void)
{
	static uint8_t bytes[OVERSIZE_BYTES];

	for (int i = 0; i < OVERSIZE_DATAGRAMS; i++) {
		raw_peer_send(&stranger, bytes, sizeof(bytes));
		if (i % COMMANDS == 0)
			pass_ms(1);
	}
	pass_ms(300);
}

static void send_garbage(void)
{
	struct random random = random_init(18);

	for (int i = 0; i < GARBAGE_DATAGRAMS; i++) {
		uint8_t bytes[256];

		for (size_t n = 0; n < sizeof(bytes); n++)
			bytes[n] = (uint8_t)random_u64(&random);
		raw_peer_send(&stranger, bytes, random_below(&random, sizeof(bytes) + 1));
		if (i % COMMANDS == 0)
			pass_ms(1);
	}
	pass_ms(300);
}

/* Each holds one unsequenced command, whose group is its number. */
static void rush(void)
{
	for (int i = 0; i < RUSH_DATAGRAMS; i++) {
		uint8_t bytes[16], *at = put_u16(bytes, stranger.peer);

		at = put_u16(at, 0x4901);
		at = put_u16(at, 0);
		at = put_u16(at, (uint16_t)(i + 1));
		at = put_u16(at, 1);
		*at++ = 'r';
		raw_peer_send(&stranger, bytes, (size_t)(at - bytes));
		if (i % COMMANDS == 0)
			pass_ms(1);
	}
	pass_ms(300);
}

static void crowd(void)
{
	session_deeds_crowd(&stranger, pass_ms);
}

static void ask_for_a_long_mtu(void)
{
	session_deeds_ask_for_a_long_mtu(&stranger, pass_ms);
}

static void ping(void)
{
	session_deeds_ping(&stranger, pass_ms);
}

static void chat(void)
{
	session_deeds_chat(&stranger, pass_ms);
}

/* A naive server sends that on, and keeps it for those who have not acknowledged it. */
static void shout_ms(int64_t ms)
{
	for (; ms > 0; ms--) {
		if (is_talking)
			session_deeds_shout(&honest);
		pass_ms(1);
	}
}

static void be_deaf(void)
{
	session_deeds_never_acknowledge(&stranger, shout_ms);
}

static void replay(void)
{
	session_deeds_replay(&stranger, pass_ms);
}

static void connect_from_port_0(void)
{
	forged_deeds_connect_from_port_0(&stranger, pass_ms);
}

static void kill_blindly(void)
{
	session_deeds_become_member(&honest, pass_ms);
	forged_deeds_guess_disconnects(&stranger, &honest, pass_ms);
}

static void do_nothing(void)
{
	pass_ms(1000);
}

static const struct kind {
	const char *name;
	bool is_connected;
	void (*run)(void);
} kinds[] = {
	{ "blindjoin", false, join_blindly },
	{ "amplify", false, amplify },
	{ "flood", false, flood },
	{ "leak", true, leak },
	{ "bitmap", true, bitmap },
	{ "hold", true, hold },
	{ "waits", true, make_wait },
	{ "compressed", true, send_compressed },
	{ "oversize", false, send_oversize },
	{ "garbage", true, send_garbage },
	{ "rush", true, rush },
	{ "mutants", false, send_mutants },
	{ "crowd", false, crowd },
	{ "mtu", false, ask_for_a_long_mtu },
	{ "pings", true, ping },
	{ "chat", true, chat },
	{ "deaf", true, be_deaf },
	{ "replay", false, replay },
	{ "port0", false, connect_from_port_0 },
	{ "blindkill", false, kill_blindly },
	{ "nothing", false, do_nothing },
};

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static double join_ms(uint16_t port)
{
	struct raw_peer newcomer;
	const int64_t begin_ns = raw_now_ns();
	const bool is_connected =
		raw_peer_open(&newcomer, 1, port) && raw_peer_connect(&newcomer, 1);

	raw_peer_close(&newcomer);
	return is_connected ? (double)(raw_now_ns() - begin_ns) / 1e6 : -1;
}

static void print(uint16_t port)
{
	const double slowest_ms = raw_peer_slowest_ms(&honest);

	raw_peer_count(&stranger);
	printf("{\"sent_bytes\":%" PRIu64 ",\"got_bytes\":%" PRIu64 ",\"got_datagrams\":%" PRIu64
	       ",\"slowest_ms\":%.1f,\"fragment_bytes\":%" PRIu64
	       ",\"acknowledged\":%u,\"replayed\":%u,\"mtu\":%u,\"join_ms\":%.1f}\n",
	       stranger.sent_bytes, stranger.got_bytes, stranger.got_datagrams, slowest_ms,
	       honest.fragment_bytes, stranger.acknowledged, stranger.replayed, stranger.mtu,
	       join_ms(port));
}

int main(int argc, char **argv)
{
	const struct kind *kind = argc >= 3 ? kind_of(argv[1]) : NULL;
	const uint16_t port = kind ? (uint16_t)atoi(argv[2]) : 0;

	if (!kind || port == 0)
		return 2;
	is_talking = argc > 3;
	if (!raw_peer_open(&honest, 1, port) || !raw_peer_connect(&honest, 3) ||
	    !raw_peer_open(&stranger, 2, port) ||
	    (kind->is_connected && !raw_peer_connect(&stranger, 3)))
		return 1;
	kind->run();
	print(port);
	raw_peer_close(&stranger);
	raw_peer_close(&honest);
	return 0;
}
