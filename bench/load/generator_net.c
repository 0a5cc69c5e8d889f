#include "bench/load/generator_net.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "bench/load/generator_ports.h"

/* The datagram that ENet gets next; one for the process, as ENet's functions carry no context. */
static struct {
	int line;
	size_t size; /* 0: none */
	uint8_t data[GENERATOR_PORTS_DATAGRAM_BYTES];
} given;

void generator_net_give(int line, const uint8_t *data, size_t size)
{
	given.line = line;
	given.size = size <= sizeof(given.data) ? size : 0;
	memcpy(given.data, data, given.size);
}

static int net_open(struct net *net)
{
	(void)net;
	return generator_ports_open();
}

static void net_close(struct net *net, int line)
{
	(void)net;
	generator_ports_close(line);
}

static int net_bind(struct net *net, int line, const struct net_address *address)
{
	(void)net;
	(void)line;
	(void)address;
	return 0; /* opening has bound it */
}

/* Also where a datagram is from, which is to be what ENet was told to connect to. */
static int net_address(struct net *net, int line, struct net_address *address)
{
	socklen_t size;
	/* The port stands at the same place in an address of IPv6. */
	const struct sockaddr_in *relay = (const struct sockaddr_in *)generator_ports_relay(&size);

	(void)net;
	(void)line;
	*address = (struct net_address){ .host = htonl(INADDR_LOOPBACK),
					 .port = ntohs(relay->sin_port) };
	return 0;
}

/* Put together here, as the kernel takes longer for parts than for their few bytes. */
static void net_send(struct net *net, int line, const struct net_address *to,
		     const struct net_buffer *buffers, size_t count)
{
	uint8_t data[GENERATOR_PORTS_DATAGRAM_BYTES];
	size_t size = 0;

	(void)net;
	(void)to;
	for (size_t i = 0; i < count; i++) {
		if (buffers[i].size > sizeof(data) - size)
			return;
		if (buffers[i].size > 0)
			memcpy(data + size, buffers[i].data, buffers[i].size);
		size += buffers[i].size;
	}
	generator_ports_send(line, data, size);
}

/* What all send goes together, when the generator says so. */
static void net_flush(struct net *net, int line)
{
	(void)net;
	(void)line;
}

static bool net_held(struct net *net, int line)
{
	(void)net;
	return line == given.line && given.size > 0;
}

static size_t net_receive(struct net *net, int line, struct net_address *from, void *data,
			  size_t capacity)
{
	const size_t size = given.size;

	if (!net_held(net, line))
		return 0;
	given.size = 0;
	if (size > capacity)
		return 0;
	memcpy(data, given.data, size);
	net_address(net, line, from);
	return size;
}

/* Who uses these sockets polls them. */
static int net_wait(struct net *net, int line, int64_t until_ns)
{
	(void)until_ns;
	return net_held(net, line);
}

static int64_t net_now(struct net *net)
{
	struct timespec now = { 0 };

	(void)net;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static uint32_t net_random(struct net *net)
{
	uint32_t bits = 0;

	(void)net;
	if (getrandom(&bits, sizeof(bits), 0) != (ssize_t)sizeof(bits))
		bits = (uint32_t)net_now(net);
	return bits;
}

/* What went through is counted by generator_ports_traffic, of all lines together. */
static void net_stats(struct net *net, int line, struct net_stats *stats)
{
	(void)net;
	(void)line;
	*stats = (struct net_stats){ 0 };
}

struct net *generator_net(void)
{
	static struct net net = { .open = net_open,
				  .close = net_close,
				  .bind = net_bind,
				  .address = net_address,
				  .send = net_send,
				  .flush = net_flush,
				  .receive = net_receive,
				  .has_buffered = net_held,
				  .wait = net_wait,
				  .now_ns = net_now,
				  .random = net_random,
				  .stats = net_stats };

	return &net;
}
