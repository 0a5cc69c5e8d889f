#include "proto/net/sim/sim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/net/random.h"
#include "proto/net/sim/sim_queue.h"

enum {
	PORTS = 65536,
	PORT_FIRST_FREE = 49152, /* where port 0 is looked for, as RFC 6335 has it */
	HOST_ANY = 0,
};

struct sim_socket {
	bool is_open, is_bound;
	struct net_address address;
	size_t next_on_port; /* the next socket bound to this port, plus 1; 0: the last */
	struct sim_flight *inbox, **inbox_end;
	size_t inbox_count;
	struct net_stats stats;
};

struct sim {
	struct net net;
	int64_t now_ns, delay_ns;
	uint64_t sent; /* datagrams, ever */
	uint32_t
		host; /* where sockets that are opened now are; HOST_ANY: on no host of their own */
	struct random random;
	sim_fate_function *decide;
	void *context;
	sim_end_function *see_end;
	void *end_context;
	struct sim_queue queue;
	struct sim_socket *sockets; /* closed ones are used again, the lowest first */
	size_t socket_count;
	unsigned next_port;
	size_t on_port[PORTS]; /* the first socket bound to each port, plus 1; 0: none */
};

static struct sim_socket *find(struct sim *sim, int number)
{
	const size_t index = (size_t)number - SIM_SOCKET_FIRST;

	if (number < SIM_SOCKET_FIRST || index >= sim->socket_count || !sim->sockets[index].is_open)
		return NULL;
	return &sim->sockets[index];
}

/* Addresses */

static bool is_taken(const struct sim *sim, const struct net_address *address)
{
	for (size_t i = sim->on_port[address->port]; i; i = sim->sockets[i - 1].next_on_port) {
		const uint32_t host = sim->sockets[i - 1].address.host;

		if (host == address->host || host == HOST_ANY || address->host == HOST_ANY)
			return true;
	}
	return false;
}

/* Fills in a free port, each in its turn. */
static bool choose_port(struct sim *sim, struct net_address *address)
{
	for (unsigned tries = PORT_FIRST_FREE; tries < PORTS; tries++) {
		address->port = (uint16_t)sim->next_port;
		if (++sim->next_port == PORTS)
			sim->next_port = PORT_FIRST_FREE;
		if (!is_taken(sim, address))
			return true;
	}
	return false;
}

static int bind_socket(struct sim *sim, struct sim_socket *socket, struct net_address address)
{
	if (socket->is_bound)
		return -EINVAL;
	if (address.host == HOST_ANY || address.host == NET_HOST_ANY_IPV4)
		address.host = sim->host;
	if (address.port == 0 ? !choose_port(sim, &address) : is_taken(sim, &address))
		return -EADDRINUSE;
	socket->is_bound = true;
	socket->address = address;
	socket->next_on_port = sim->on_port[address.port];
	sim->on_port[address.port] = (size_t)(socket - sim->sockets) + 1;
	return 0;
}

static void unbind_socket(struct sim *sim, const struct sim_socket *socket)
{
	const size_t number = (size_t)(socket - sim->sockets) + 1;
	size_t *link = &sim->on_port[socket->address.port];

	while (*link != number)
		link = &sim->sockets[*link - 1].next_on_port;
	*link = socket->next_on_port;
}

static struct sim_socket *find_receiver(struct sim *sim, const struct net_address *to)
{
	/* At most one matches: bind lets host 0 share its port with nobody. */
	for (size_t i = sim->on_port[to->port]; i; i = sim->sockets[i - 1].next_on_port) {
		struct sim_socket *socket = &sim->sockets[i - 1];

		if (socket->address.host == to->host || socket->address.host == HOST_ANY)
			return socket;
	}
	return NULL;
}

/* Datagrams */

static void put_into_inbox(struct sim_socket *socket, struct sim_flight *flight)
{
	flight->next = NULL;
	if (socket->inbox_count++ == 0)
		socket->inbox_end = &socket->inbox;
	*socket->inbox_end = flight;
	socket->inbox_end = &flight->next;
}

static void tell_end(const struct sim *sim, const struct sim_flight *flight, enum sim_end end)
{
	const struct sim_datagram datagram = { .from = flight->from,
					       .to = flight->to,
					       .data = flight->data,
					       .size = flight->size,
					       .sent_ns = flight->sent_ns,
					       .serial = flight->serial };

	sim->see_end(sim->end_context, &datagram, sim->now_ns, end);
}

static void deliver(struct sim *sim, struct sim_flight *flight)
{
	struct sim_socket *socket = find_receiver(sim, &flight->to);
	enum sim_end end = SIM_ARRIVED;

	if (!socket)
		end = SIM_UNKNOWN;
	else if (socket->inbox_count == SIM_INBOX_DATAGRAMS)
		end = SIM_FULL;
	if (sim->see_end)
		tell_end(sim, flight, end);
	if (end == SIM_ARRIVED) {
		put_into_inbox(socket, flight);
		return;
	}
	if (end == SIM_FULL)
		socket->stats.dropped_kernel++;
	free(flight);
}

static void deliver_due(struct sim *sim)
{
	while (sim_queue_next_ns(&sim->queue) <= sim->now_ns)
		deliver(sim, sim_queue_take(&sim->queue));
}

static struct sim_flight *take_from_inbox(struct sim_socket *socket)
{
	struct sim_flight *flight = socket->inbox;

	socket->inbox = flight->next;
	socket->inbox_count--;
	return flight;
}

static bool launch(struct sim *sim, const struct sim_datagram *datagram, int64_t delay_ns)
{
	struct sim_flight *flight = malloc(sizeof(*flight) + datagram->size);
	int64_t due_ns = sim->now_ns;

	if (!flight)
		return false;
	if (delay_ns > INT64_MAX - 1 - due_ns)
		due_ns = INT64_MAX - 1;
	else if (delay_ns > 0)
		due_ns += delay_ns;
	flight->from = datagram->from;
	flight->to = datagram->to;
	flight->sent_ns = datagram->sent_ns;
	flight->serial = datagram->serial;
	flight->size = datagram->size;
	memcpy(flight->data, datagram->data, datagram->size);
	if (sim_queue_add(&sim->queue, due_ns, flight))
		return true;
	free(flight);
	return false;
}

/* Asks for the datagram's fate and sends it on its way, or not. False when out of memory. */
static bool send_off(struct sim *sim, const struct sim_datagram *datagram)
{
	struct sim_fate fate = { .delay_ns = sim->delay_ns };
	bool is_off;

	if (sim->decide && !sim->decide(sim->context, datagram, &fate))
		return true;
	is_off = launch(sim, datagram, fate.delay_ns);
	if (fate.is_doubled)
		is_off &= launch(sim, datagram, fate.copy_delay_ns);
	deliver_due(sim);
	return is_off;
}

/* Joins the buffers. 0 when the datagram is empty or too large. */
static size_t gather(uint8_t *bytes, const struct net_buffer *buffers, size_t count)
{
	size_t size = 0;

	for (size_t i = 0; i < count; i++) {
		if (buffers[i].size > NET_DATAGRAM_MAX_BYTES - size)
			return 0;
		if (buffers[i].size > 0)
			memcpy(bytes + size, buffers[i].data, buffers[i].size);
		size += buffers[i].size;
	}
	return size;
}

/* `struct net` */

static int open_socket(struct net *net)
{
	struct sim *sim = net->state;
	size_t index = 0;

	while (index < sim->socket_count && sim->sockets[index].is_open)
		index++;
	if (index == sim->socket_count) {
		struct sim_socket *grown =
			realloc(sim->sockets, (index + 1) * sizeof(*sim->sockets));

		if (!grown)
			return -ENOMEM;
		sim->sockets = grown;
		sim->socket_count++;
	}
	sim->sockets[index] = (struct sim_socket){ .is_open = true };
	return SIM_SOCKET_FIRST + (int)index;
}

static void close_socket(struct net *net, int number)
{
	struct sim *sim = net->state;
	struct sim_socket *socket = find(sim, number);

	if (!socket)
		return;
	if (socket->is_bound)
		unbind_socket(sim, socket);
	while (socket->inbox_count > 0)
		free(take_from_inbox(socket));
	*socket = (struct sim_socket){ 0 };
}

static int bind_to(struct net *net, int number, const struct net_address *address)
{
	struct sim *sim = net->state;
	struct sim_socket *socket = find(sim, number);

	return socket ? bind_socket(sim, socket, *address) : -EBADF;
}

static int address_of(struct net *net, int number, struct net_address *address)
{
	const struct sim_socket *socket = find(net->state, number);

	if (!socket)
		return -EBADF;
	*address = socket->address;
	return 0;
}

static void send_to(struct net *net, int number, const struct net_address *to,
		    const struct net_buffer *buffers, size_t count)
{
	struct sim *sim = net->state;
	struct sim_socket *socket = find(sim, number);
	uint8_t bytes[NET_DATAGRAM_MAX_BYTES];
	struct sim_datagram datagram = { .to = *to, .data = bytes, .sent_ns = sim->now_ns };

	if (!socket)
		return;
	datagram.size = gather(bytes, buffers, count);
	if (datagram.size == 0 || to->port == 0 ||
	    (!socket->is_bound && bind_socket(sim, socket, (struct net_address){ 0 }) != 0)) {
		socket->stats.dropped_unsendable++;
		return;
	}
	datagram.from = socket->address;
	if (datagram.from.host == HOST_ANY)
		datagram.from.host = htonl(INADDR_LOOPBACK);
	datagram.serial = sim->sent++;
	if (!send_off(sim, &datagram)) {
		socket->stats.dropped_congested++;
		return;
	}
	socket->stats.datagrams_out++;
	socket->stats.bytes_out += datagram.size;
	socket->stats.calls_out++;
}

/* A datagram leaves at once: sending takes no virtual time. */
static void flush(struct net *net, int number)
{
	(void)net;
	(void)number;
}

static size_t receive(struct net *net, int number, struct net_address *from, void *data,
		      size_t capacity)
{
	struct sim_socket *socket = find(net->state, number);

	while (socket && socket->inbox_count > 0) {
		struct sim_flight *flight = take_from_inbox(socket);
		const size_t size = flight->size;

		socket->stats.calls_in++;
		if (size > capacity) {
			socket->stats.dropped_truncated++;
			free(flight);
			continue;
		}
		memcpy(data, flight->data, size);
		*from = flight->from;
		free(flight);
		socket->stats.datagrams_in++;
		socket->stats.bytes_in += size;
		return size;
	}
	return 0;
}

static bool has_buffered(struct net *net, int number)
{
	const struct sim_socket *socket = find(net->state, number);

	return socket && socket->inbox_count > 0;
}

static int wait_until(struct net *net, int number, int64_t until_ns)
{
	struct sim *sim = net->state;
	const struct sim_socket *socket = find(sim, number);
	const int64_t next_ns = sim_next_ns(sim);

	if (!socket)
		return -EBADF;
	if (socket->inbox_count > 0)
		return 1;
	if (next_ns < until_ns)
		until_ns = next_ns;
	if (until_ns == INT64_MAX)
		return -EDEADLK;
	sim_advance_to(sim, until_ns);
	return socket->inbox_count > 0;
}

static int64_t now(struct net *net)
{
	return sim_now_ns(net->state);
}

static uint32_t random_bits(struct net *net)
{
	struct sim *sim = net->state;

	return (uint32_t)(random_u64(&sim->random) >> 32);
}

static void stats_of(struct net *net, int number, struct net_stats *stats)
{
	const struct sim_socket *socket = find(net->state, number);

	*stats = socket ? socket->stats : (struct net_stats){ 0 };
}

/* The sim itself */

struct sim *sim_create(uint64_t seed)
{
	struct sim *sim = calloc(1, sizeof(*sim));

	if (!sim)
		return NULL;
	sim->net = (struct net){
		.state = sim,
		.open = open_socket,
		.close = close_socket,
		.bind = bind_to,
		.address = address_of,
		.send = send_to,
		.flush = flush,
		.receive = receive,
		.has_buffered = has_buffered,
		.wait = wait_until,
		.now_ns = now,
		.random = random_bits,
		.stats = stats_of,
	};
	sim->now_ns = SIM_START_NS;
	sim->delay_ns = SIM_DELAY_NS;
	sim->next_port = PORT_FIRST_FREE;
	sim->random = random_init(seed);
	return sim;
}

void sim_destroy(struct sim *sim)
{
	if (!sim)
		return;
	for (size_t i = 0; i < sim->socket_count; i++)
		close_socket(&sim->net, SIM_SOCKET_FIRST + (int)i);
	sim_queue_fini(&sim->queue);
	free(sim->sockets);
	free(sim);
}

struct net *sim_net(struct sim *sim)
{
	return &sim->net;
}

void sim_set_delay(struct sim *sim, int64_t delay_ns)
{
	sim->delay_ns = delay_ns;
}

void sim_set_fate(struct sim *sim, sim_fate_function *decide, void *context)
{
	sim->decide = decide;
	sim->context = context;
}

void sim_set_end(struct sim *sim, sim_end_function *see, void *context)
{
	sim->see_end = see;
	sim->end_context = context;
}

void sim_set_host(struct sim *sim, uint32_t host)
{
	sim->host = host;
}

void sim_move(struct sim *sim, uint32_t from, uint32_t to)
{
	for (size_t i = 0; i < sim->socket_count; i++)
		if (sim->sockets[i].is_bound && sim->sockets[i].address.host == from)
			sim->sockets[i].address.host = to;
}

int64_t sim_now_ns(const struct sim *sim)
{
	return sim->now_ns;
}

int64_t sim_next_ns(const struct sim *sim)
{
	return sim_queue_next_ns(&sim->queue);
}

void sim_advance_to(struct sim *sim, int64_t ns)
{
	if (ns <= sim->now_ns)
		return;
	sim->now_ns = ns;
	deliver_due(sim);
}
