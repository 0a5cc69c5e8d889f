#include "tests/answers_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/net/resolve.h"
#include "proto/net/udp.h"

#define MS INT64_C(1000000)

uint32_t answers_stage_host(const char *host)
{
	struct net_address address;

	if (net_resolve(host, 1, &address, 1) != 1)
		fail_msg("%s is no address", host);
	return address.host;
}

/* At the loopback address of the family in which it asks, so that no asked one is nearer to it. */
static int open_guest(struct net *net, const char *asks)
{
	const char *const own = strchr(asks, ':') ? "::1" : "127.0.0.1";
	const struct net_address address = { .host = answers_stage_host(own) };
	const int guest = net->open(net);

	assert_true(guest >= 0);
	if (!strchr(asks, '%')) /* which is reached from its own kind */
		assert_int_equal(net->bind(net, guest, &address), 0);
	return guest;
}

void answers_stage_open(struct answers_stage *stage, const char *relay, const char *const *asked)
{
	struct net *net = udp_net();
	struct net_address any = { .host = answers_stage_host(relay) };

	*stage = (struct answers_stage){ .net = net, .relay = net->open(net) };
	assert_true(stage->relay >= 0);
	assert_int_equal(net->bind(net, stage->relay, &any), 0);
	assert_int_equal(net->address(net, stage->relay, &any), 0);
	stage->port = any.port;
	for (size_t i = 0; asked[i]; i++) {
		stage->guests[i] = open_guest(net, asked[i]);
		stage->count++;
		answers_stage_ask(stage, i, asked[i]);
	}
}

void answers_stage_close(struct answers_stage *stage)
{
	if (!stage->net)
		return;
	for (size_t i = 0; i < stage->count; i++)
		stage->net->close(stage->net, stage->guests[i]);
	stage->net->close(stage->net, stage->relay);
	stage->net = NULL;
}

static void send_number(struct answers_stage *stage, int socket, const struct net_address *to,
			int number)
{
	char text[16];
	const struct net_buffer part = { text, 4 };

	snprintf(text, sizeof(text), "%4d", number);
	stage->net->send(stage->net, socket, to, &part, 1);
}

/* Takes the numbers from 0 in order; says where the last was from. */
static void take_numbers(struct answers_stage *stage, int socket, struct net_address *from)
{
	struct net *net = stage->net;
	char text[16];
	size_t size;

	for (int i = 0; i < ANSWERS_EACH; i++) {
		net->wait(net, socket, net->now_ns(net) + 1000 * MS);
		size = net->receive(net, socket, from, text, sizeof(text) - 1);
		text[size] = '\0';
		assert_int_equal(size, 4);
		assert_int_equal(atoi(text), i);
	}
}

void answers_stage_ask(struct answers_stage *stage, size_t guest, const char *host)
{
	const struct net_address to = { answers_stage_host(host), stage->port };

	for (int i = 0; i < ANSWERS_EACH; i++)
		send_number(stage, stage->guests[guest], &to, i);
	stage->net->flush(stage->net, stage->guests[guest]);
	take_numbers(stage, stage->relay, &stage->at[guest]);
}

void answers_stage_answer(struct answers_stage *stage)
{
	for (int i = 0; i < ANSWERS_EACH; i++)
		for (size_t guest = 0; guest < stage->count; guest++)
			send_number(stage, stage->relay, &stage->at[guest], i);
	stage->net->flush(stage->net, stage->relay);
}

void answers_stage_expect(struct answers_stage *stage, size_t guest, const char *host)
{
	struct net_address from;
	char text[NET_TEXT_BYTES];

	take_numbers(stage, stage->guests[guest], &from);
	net_host_text(&from, text);
	if (host && from.host != answers_stage_host(host))
		fail_msg("asked at %s, answered from %s", host, text);
	assert_int_equal(from.port, stage->port);
}

struct net_stats answers_stage_stats(const struct answers_stage *stage)
{
	struct net_stats stats;

	stage->net->stats(stage->net, stage->relay, &stats);
	return stats;
}
