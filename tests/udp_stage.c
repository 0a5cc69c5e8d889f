#include "tests/udp_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "proto/net/udp.h"

enum {
	HEAR_MS = 1000,
};

int udp_stage_open(struct net *net, struct net_address *address)
{
	const int socket = net->open(net);

	assert_true(socket >= 0);
	*address = (struct net_address){ .host = htonl(INADDR_LOOPBACK), .port = 0 };
	assert_int_equal(net->bind(net, socket, address), 0);
	assert_int_equal(net->address(net, socket, address), 0);
	return socket;
}

int udp_stage_set_up(void **state)
{
	static struct udp_stage stage;

	stage.net = udp_net();
	stage.a = udp_stage_open(stage.net, &stage.at_a);
	stage.b = udp_stage_open(stage.net, &stage.at_b);
	*state = &stage;
	return 0;
}

int udp_stage_tear_down(void **state)
{
	struct udp_stage *stage = *state;

	stage->net->close(stage->net, stage->a);
	stage->net->close(stage->net, stage->b);
	return 0;
}

void udp_stage_send(struct udp_stage *stage, int socket, struct net_address to, const char *text)
{
	const struct net_buffer part = { text, strlen(text) };

	stage->net->send(stage->net, socket, &to, &part, 1);
}

void udp_stage_send_raw(int descriptor, struct net_address to, const void *data, size_t size)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons(to.port),
					     .sin_addr.s_addr = to.host };

	assert_int_equal(sendto(descriptor, data, size, 0, (const struct sockaddr *)&address,
				sizeof(address)),
			 size);
}

void udp_stage_send_to_nobody(struct udp_stage *stage)
{
	/* Where no other test's socket can be: not of the ports that are given out. */
	const struct net_address closed = { .host = htonl(0x7f090909), .port = 9 };
	const int on = 1;

	assert_int_equal(setsockopt(stage->a, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)), 0);
	udp_stage_send(stage, stage->a, closed, "anybody?");
	stage->net->flush(stage->net, stage->a);
}

const char *udp_stage_hear(struct udp_stage *stage, int socket)
{
	static char text[NET_DATAGRAM_MAX_BYTES + 1];
	struct net *net = stage->net;
	struct net_address from;
	size_t size;

	net->wait(net, socket, net->now_ns(net) + HEAR_MS * INT64_C(1000000));
	size = net->receive(net, socket, &from, text, NET_DATAGRAM_MAX_BYTES);
	text[size] = '\0';
	return text;
}

void udp_stage_send_numbers(struct udp_stage *stage, int count)
{
	char text[16];

	for (int i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "%d", i);
		udp_stage_send(stage, stage->a, stage->at_b, text);
	}
	stage->net->flush(stage->net, stage->a);
}

void udp_stage_hear_numbers(struct udp_stage *stage, int first, int count)
{
	char text[16];

	for (int i = first; i < count; i++) {
		snprintf(text, sizeof(text), "%d", i);
		assert_string_equal(udp_stage_hear(stage, stage->b), text);
	}
}

struct net_stats udp_stage_stats(struct udp_stage *stage, int socket)
{
	struct net_stats stats;

	stage->net->stats(stage->net, socket, &stats);
	return stats;
}
