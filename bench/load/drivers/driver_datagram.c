/* Members over plain UDP: an update is a datagram up, and a part of one down. */
#include "bench/load/generator_internal.h"

#include <string.h>

#include "bench/load/generator_ports.h"

/* A greeting, which is sent back: a byte, as no update has. */
static void greet(unsigned member)
{
	generator_ports_send((int)member, "?", 1);
}

static int start(struct generator *g, unsigned member)
{
	const int error = generator_ports_open();

	if (error < 0) {
		generator_fail(g, "cannot connect member %u: %s", member + 1, strerror(-error));
		return -1;
	}
	greet(member);
	return 0;
}

static int descriptor(struct generator *g, unsigned member)
{
	(void)g;
	return generator_ports_descriptor((int)member);
}

static bool is_shared(const struct generator *g)
{
	(void)g;
	return generator_ports_are_shared();
}

static void send_update(struct generator *g, unsigned member, const struct update *update)
{
	uint8_t bytes[SINK_BYTES_MAX];

	generator_ports_send((int)member, bytes, g->sink->encode(g, update, bytes));
}

static void hear(struct generator *g, unsigned member, uint8_t *data, size_t size)
{
	if (size == 1)
		generator_joined(g, member);
	else
		g->sink->hear(g, member, data, size);
}

static void receive(struct generator *g, unsigned member)
{
	generator_receive(g, member, hear);
}

/* The first greeting may have been lost. */
static void tend(struct generator *g, unsigned member)
{
	if (!g->is_joined[member])
		greet(member);
}

static void close_sockets(struct generator *g)
{
	for (unsigned i = 0; i < g->started; i++)
		generator_ports_close((int)i);
}

const struct driver driver_datagram = {
	.start = start,
	.descriptor = descriptor,
	.is_shared = is_shared,
	.send = send_update,
	.receive = receive,
	.tend = tend,
	.close = close_sockets,
};
