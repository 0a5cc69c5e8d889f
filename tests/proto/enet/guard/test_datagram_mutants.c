/*
 * Datagrams of ENet's with bytes changed, removed, and combined anew: ENet reads each one to its
 * end that the reader accepts.
 */
#include "proto/enet/guard/datagram.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <enet/enet.h>

#include "proto/enet/platform.h"
#include "proto/net/net.h"
#include "tests/fixtures/enet/enet_fixture.h"
#include "tests/fixtures/enet/enet_talk.h"

#define MS INT64_C(1000000)

enum {
	KEPT = 256,
	MUTATED = 20000,
	MARK_BYTES = 16,
	ROOM_BYTES = DATAGRAM_MAX_BYTES + 64,
};

static struct enet_fixture fixture;

/* Some of the datagrams that passed from the client to the server. */
static struct kept {
	uint8_t bytes[DATAGRAM_MAX_BYTES];
	size_t size;
} kept[KEPT];
static size_t kept_count;

static void keep(const struct sim_datagram *datagram)
{
	struct kept *place = &kept[kept_count % KEPT];

	if (datagram->to.port != ENET_FIXTURE_PORT || datagram->serial % 7 != 0)
		return;
	memcpy(place->bytes, datagram->data, datagram->size);
	place->size = datagram->size;
	kept_count++;
}

/* A datagram from the client to the server, with a mark as its last command. */
struct mutant {
	uint8_t bytes[ROOM_BYTES];
	size_t size;
	enet_uint32 mark;
};

static void put(struct mutant *mutant, const void *bytes, size_t size)
{
	if (size > ROOM_BYTES - mutant->size)
		size = ROOM_BYTES - mutant->size;
	memcpy(mutant->bytes + mutant->size, bytes, size);
	mutant->size += size;
}

static void put_head(struct mutant *mutant)
{
	const ENetPeer *peer = fixture.to_client;
	const unsigned id = peer->incomingPeerID |
			    (unsigned)peer->incomingSessionID
				    << ENET_PROTOCOL_HEADER_SESSION_SHIFT |
			    ENET_PROTOCOL_HEADER_FLAG_SENT_TIME;
	const uint8_t head[] = { (uint8_t)(id >> 8), (uint8_t)id, 0x12, 0x34 };

	put(mutant, head, sizeof(head));
}

/* The commands of a datagram that passed, or some of them. */
static void put_commands(struct mutant *mutant, struct random *random)
{
	const struct kept *from = &kept[random_below(random, KEPT)];
	struct datagram datagram;
	struct datagram_command command;

	datagram_open(&datagram, from->bytes, from->size);
	while (datagram_next(&datagram, &command))
		if (random_below(random, 4) > 0)
			put(mutant, command.whole, command.whole_size);
}

/* THROTTLE_CONFIGURE: its effect shows that ENet read up to it. */
static void put_mark(struct mutant *mutant)
{
	const ENetProtocolThrottleConfigure mark = {
		.header = { .command = ENET_PROTOCOL_COMMAND_THROTTLE_CONFIGURE |
				       ENET_PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE,
			    .channelID = DATAGRAM_CHANNEL_NONE },
		.packetThrottleInterval = ENET_HOST_TO_NET_32(mutant->mark),
	};

	_Static_assert(sizeof(mark) == MARK_BYTES, "nothing between the fields");
	put(mutant, &mark, sizeof(mark));
}

static uint8_t other_byte(uint8_t byte, struct random *random)
{
	static const uint8_t edges[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };

	switch (random_below(random, 3)) {
	case 0:
		return edges[random_below(random, sizeof(edges))];
	case 1:
		return (uint8_t)random_u64(random);
	default:
		return byte ^ (uint8_t)(1 << random_below(random, 8));
	}
}

/* Changes bytes, in commands and fields more than in data; or removes some. */
static void mutate(struct mutant *mutant, struct random *random)
{
	const size_t first = sizeof(ENetProtocolHeader);
	size_t span = mutant->size - first, at;

	if (span > 0 && random_below(random, 8) == 0)
		mutant->size -= random_below(random, span < 30 ? span : 30);
	span = mutant->size - first;
	if (span > 60 && random_below(random, 4) > 0)
		span = 60;
	for (size_t i = random_below(random, 4); span > 0 && i > 0; i--) {
		at = first + random_below(random, span);
		mutant->bytes[at] = other_byte(mutant->bytes[at], random);
	}
}

static void make_mutant(struct mutant *mutant, struct random *random)
{
	mutant->size = 0;
	mutant->mark = (enet_uint32)random_u64(random);
	put_head(mutant);
	put_commands(mutant, random);
	if (random_below(random, 3) == 0)
		put_commands(mutant, random);
	mutate(mutant, random);
	put_mark(mutant);
}

static bool ends_with_mark(const struct mutant *mutant, const struct datagram_command *last)
{
	return last->kind == DATAGRAM_THROTTLE_CONFIGURE &&
	       last->whole_size == (size_t)(mutant->bytes + mutant->size - last->whole);
}

/*
 * Whether ENet stops at the command because of the connection: it ends there, has no such channel,
 * or has other fragments of the message that contradict this one.
 */
static bool hangs_on_connection(const struct datagram_command *command, unsigned messages)
{
	switch (command->kind) {
	case DATAGRAM_DISCONNECT:
		return true;
	case DATAGRAM_FRAGMENT:
	case DATAGRAM_UNRELIABLE_FRAGMENT:
		return messages > 0 || command->fragment.start == 0 ||
		       command->channel >= ENET_TALK_CHANNELS;
	default:
		return datagram_is_message(command) && command->channel >= ENET_TALK_CHANNELS;
	}
}

/* Whether the reader accepts it, and ENet has no reason of its own to stop before the mark. */
static bool is_for_enet(const struct mutant *mutant)
{
	struct datagram datagram;
	struct datagram_command command = { 0 };
	unsigned messages = 0;

	datagram_open(&datagram, mutant->bytes, mutant->size);
	while (datagram_next(&datagram, &command)) {
		if (hangs_on_connection(&command, messages))
			return false;
		messages += command.size > 0 || datagram_is_message(&command);
	}
	return datagram.error == DATAGRAM_OK && ends_with_mark(mutant, &command);
}

static void open_connected(uint64_t seed)
{
	enet_fixture_open(&fixture, seed);
	enet_fixture_connect(&fixture);
}

static void give(const struct mutant *mutant)
{
	const struct net_address to = { .host = htonl(INADDR_LOOPBACK), .port = ENET_FIXTURE_PORT };
	const struct net_buffer part = { mutant->bytes, mutant->size };
	struct net *net = net_current();

	net->send(net, platform_socket(fixture.client), &to, &part, 1);
	platform_flush(fixture.client);
	sim_advance_to(fixture.sim, net_now_ns() + 1 * MS);
	enet_fixture_serve(fixture.server, &fixture.server_received, &fixture.to_client);
}

static void enet_reads_each_accepted_datagram_to_its_end(void **state)
{
	struct random random = random_init(1);
	struct mutant mutant;
	unsigned given = 0;

	(void)state;
	for (uint64_t seed = 1; kept_count < KEPT; seed++)
		enet_talk(seed, keep);
	open_connected(1);
	for (uint64_t i = 0; i < MUTATED; i++) {
		make_mutant(&mutant, &random);
		if (!is_for_enet(&mutant))
			continue;
		given++;
		give(&mutant);
		if (fixture.to_client->packetThrottleInterval != mutant.mark)
			fail_msg("mutant %llu: ENet stopped", (unsigned long long)i);
		enet_fixture_close(&fixture);
		fixture = (struct enet_fixture){ 0 };
		open_connected(i);
	}
	enet_fixture_close(&fixture);
	/* The reader accepted many, and refused many. */
	assert_in_range(given, MUTATED / 10, MUTATED * 9 / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enet_reads_each_accepted_datagram_to_its_end),
	};

	return cmocka_run_group_tests_name("datagram_mutants", tests, NULL, NULL);
}
