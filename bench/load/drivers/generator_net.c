#include "bench/load/drivers/generator_net.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "bench/load/generator_ports.h"

static int64_t last_arrived_ns; /* of the last datagram; one relay at a time */

/* 0 is no host. */
struct net_address generator_net_address(int line)
{
	return (struct net_address){ .host = (uint32_t)line + 1, .port = 1 };
}

static int line_of(const struct net_address *address)
{
	return (int)address->host - 1;
}

static int net_open(struct net *net)
{
	(void)net;
	return 0;
}

/* Who opened the lines closes them. */
static void net_close(struct net *net, int socket)
{
	(void)net;
	(void)socket;
}

static int net_bind(struct net *net, int socket, const struct net_address *address)
{
	(void)net;
	(void)socket;
	(void)address;
	return 0; /* opening a line has bound it */
}

static int net_address(struct net *net, int socket, struct net_address *address)
{
	(void)net;
	(void)socket;
	*address = (struct net_address){ 0 };
	return 0;
}

/* Put together here, as the kernel takes longer for parts than for their few bytes. */
static void net_send(struct net *net, int socket, const struct net_address *to,
		     const struct net_buffer *buffers, size_t count)
{
	uint8_t data[GENERATOR_PORTS_DATAGRAM_BYTES];
	size_t size = 0;

	(void)net;
	(void)socket;
	for (size_t i = 0; i < count; i++) {
		if (buffers[i].size > sizeof(data) - size)
			return;
		if (buffers[i].size > 0)
			memcpy(data + size, buffers[i].data, buffers[i].size);
		size += buffers[i].size;
	}
	generator_ports_send(line_of(to), data, size);
}

/* Sends of all leave together, when the generator says so. */
static void net_flush(struct net *net, int socket)
{
	(void)net;
	(void)socket;
}

static size_t net_receive(struct net *net, int socket, struct net_address *from, void *data,
			  size_t capacity)
{
	uint8_t *datagram;
	size_t size;
	int line;

	(void)net;
	(void)socket;
	size = generator_ports_next(&line, &datagram, &last_arrived_ns);
	if (size == 0 || size > capacity)
		return 0;
	memcpy(data, datagram, size);
	*from = generator_net_address(line);
	return size;
}

static int64_t net_arrived(struct net *net, int socket)
{
	(void)net;
	(void)socket;
	return last_arrived_ns;
}

static bool net_has_buffered(struct net *net, int socket)
{
	(void)net;
	(void)socket;
	return false;
}

/* Who uses these sockets polls them. */
static int net_wait(struct net *net, int socket, int64_t until_ns)
{
	(void)net;
	(void)socket;
	(void)until_ns;
	return 0;
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

/* generator_ports_traffic counts what went through, for all lines together. */
static void net_stats(struct net *net, int socket, struct net_stats *stats)
{
	(void)net;
	(void)socket;
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
				  .arrived_ns = net_arrived,
				  .has_buffered = net_has_buffered,
				  .wait = net_wait,
				  .now_ns = net_now,
				  .random = net_random,
				  .stats = net_stats };

	return &net;
}
