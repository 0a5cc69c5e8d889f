#include "proto/net/link/impaired_net.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "proto/net/random.h"
#include "proto/net/link/delay_queue.h"

enum {
	SOCKETS_MAX = 65536,     /* a power of two: a socket's place is its number's last bits */
	DATAGRAMS_A_LOOK = 1024, /* taken from below before the caller gets those that are due */
};

/* One direction of one socket. */
struct link {
	bool is_perfect;
	struct link_model model;
	struct delay_queue queue;
	uint64_t overflown;
};

struct impaired_socket {
	int number; /* below, and here */
	struct link in, out;
	uint64_t truncated;
};

struct impaired_net {
	struct net net, *below;
	struct link_model_spec in, out;
	uint64_t seed;
	int64_t start_ns;
	_Atomic uint64_t opened; /* sockets, ever */
	struct delay_queue_pool pool;
	pthread_mutex_t mutex; /* of `closed` */
	struct impaired_net_stats closed;
	/* An entry belongs to the thread that uses the socket. */
	_Atomic(struct impaired_socket *) sockets[SOCKETS_MAX];
};

static _Atomic(struct impaired_socket *) *place_of(struct impaired_net *impaired, int number)
{
	return &impaired->sockets[(unsigned)number % SOCKETS_MAX];
}

static struct impaired_socket *find(struct impaired_net *impaired, int number)
{
	struct impaired_socket *socket =
		atomic_load_explicit(place_of(impaired, number), memory_order_acquire);

	return socket && socket->number == number ? socket : NULL;
}

static int64_t now_of(const struct impaired_net *impaired)
{
	return impaired->below->now_ns(impaired->below);
}

/* Links */

static void start_link(struct link *link, const struct impaired_net *impaired,
		       const struct link_model_spec *spec, uint64_t seed)
{
	link->is_perfect = link_model_is_perfect(spec);
	link_model_init(&link->model, spec, seed, impaired->start_ns);
}

/* Decides about a datagram and puts it on the link, if at all. */
static void enter(struct impaired_net *impaired, struct link *link, const struct net_address *peer,
		  const struct net_buffer *buffers, size_t count)
{
	struct link_model_fate fate;
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += buffers[i].size;
	if (!link_model_decide(&link->model, now_of(impaired), size, &fate))
		return;
	link->overflown += !delay_queue_add(&link->queue, &impaired->pool, fate.arrives_ns, peer,
					    buffers, count);
	if (fate.is_doubled)
		link->overflown += !delay_queue_add(&link->queue, &impaired->pool,
						    fate.copy_arrives_ns, peer, buffers, count);
}

static bool has_due(const struct impaired_net *impaired, const struct link *link)
{
	return link->queue.first > 0 &&
	       delay_queue_next_ns(&link->queue, &impaired->pool) <= now_of(impaired);
}

/* Receives the datagrams that the net below has now. */
static void look_below(struct impaired_net *impaired, struct impaired_socket *socket)
{
	struct net *below = impaired->below;
	uint8_t data[NET_ANY_SIZE_MAX_BYTES];

	for (int i = 0; i < DATAGRAMS_A_LOOK; i++) {
		struct net_address from = { .port = 0 };
		const size_t size =
			below->receive(below, socket->number, &from, data, net_max_bytes(below));
		const struct net_buffer buffer = { .data = data, .size = size };

		if (size == 0 && (!below->has_any_size || from.port == 0))
			return;
		enter(impaired, &socket->in, &from, &buffer, 1);
	}
}

/* Hands the first out of the link out to the net below. */
static void release_first(struct impaired_net *impaired, struct impaired_socket *socket)
{
	struct net *below = impaired->below;
	struct delay_queue *queue = &socket->out.queue;
	const uint8_t *bytes;
	const struct delay_queue_item *item = delay_queue_first(queue, &impaired->pool, &bytes);
	const struct net_buffer buffer = { .data = bytes, .size = item->size };

	below->send(below, socket->number, &item->peer, &buffer, 1);
	delay_queue_remove_first(queue, &impaired->pool);
}

static void release_due(struct impaired_net *impaired, struct impaired_socket *socket)
{
	while (has_due(impaired, &socket->out))
		release_first(impaired, socket);
}

/* Hands the first out of the link in to the caller. False: it was over the capacity. */
static bool take_first(struct impaired_net *impaired, struct impaired_socket *socket,
		       struct net_address *from, void *data, size_t capacity, size_t *size)
{
	struct delay_queue *queue = &socket->in.queue;
	const uint8_t *bytes;
	const struct delay_queue_item *item = delay_queue_first(queue, &impaired->pool, &bytes);
	const bool fits = item->size <= capacity;

	*size = item->size;
	if (fits) {
		memcpy(data, bytes, *size);
		*from = item->peer;
	} else {
		socket->truncated++;
	}
	delay_queue_remove_first(queue, &impaired->pool);
	return fits;
}

/* `struct net` */

static int open_socket(struct net *net)
{
	struct impaired_net *impaired = net->state;
	struct net *below = impaired->below;
	struct impaired_socket *socket, *nobody = NULL;
	const int number = below->open(below);
	uint64_t seed;

	if (number < 0)
		return number;
	socket = calloc(1, sizeof(*socket));
	if (!socket) {
		below->close(below, number);
		return -ENOMEM;
	}
	seed = random_at(impaired->seed, atomic_fetch_add(&impaired->opened, 1));
	socket->number = number;
	start_link(&socket->in, impaired, &impaired->in, random_at(seed, 0));
	start_link(&socket->out, impaired, &impaired->out, random_at(seed, 1));
	if (atomic_compare_exchange_strong(place_of(impaired, number), &nobody, socket))
		return number;
	below->close(below, number);
	free(socket);
	return -EMFILE;
}

static void add_stats(struct impaired_net_stats *sum, const struct impaired_socket *socket)
{
	link_model_stats_add(&sum->in, &socket->in.model.stats);
	link_model_stats_add(&sum->out, &socket->out.model.stats);
	sum->overflown += socket->in.overflown + socket->out.overflown;
	sum->overflown_in += socket->in.overflown;
	sum->under_way_in += socket->in.queue.count;
	sum->under_way_out += socket->out.queue.count;
}

static void close_socket(struct net *net, int number)
{
	struct impaired_net *impaired = net->state;
	struct impaired_socket *socket = find(impaired, number);

	if (!socket)
		return;
	while (socket->out.queue.first > 0)
		release_first(impaired, socket);
	while (socket->in.queue.first > 0)
		delay_queue_remove_first(&socket->in.queue, &impaired->pool);
	pthread_mutex_lock(&impaired->mutex);
	add_stats(&impaired->closed, socket);
	pthread_mutex_unlock(&impaired->mutex);
	/* First out of the table: the number may be somebody else's from the close on. */
	atomic_store_explicit(place_of(impaired, number), NULL, memory_order_release);
	free(socket);
	impaired->below->close(impaired->below, number);
}

static int bind_socket(struct net *net, int number, const struct net_address *address)
{
	struct impaired_net *impaired = net->state;

	return impaired->below->bind(impaired->below, number, address);
}

static int address_of(struct net *net, int number, struct net_address *address)
{
	struct impaired_net *impaired = net->state;

	return impaired->below->address(impaired->below, number, address);
}

/* Whether the net below would send it; otherwise that net counts the drop. */
static bool is_sendable(const struct net *below, const struct net_address *to,
			const struct net_buffer *buffers, size_t count)
{
	const size_t max_bytes = net_max_bytes(below);
	size_t size = 0;

	for (size_t i = 0; i < count && size <= max_bytes; i++) {
		if (buffers[i].size > max_bytes)
			return false;
		size += buffers[i].size;
	}
	return (size > 0 || below->has_any_size) && size <= max_bytes && to->port != 0;
}

static void send_datagram(struct net *net, int number, const struct net_address *to,
			  const struct net_buffer *buffers, size_t count)
{
	struct impaired_net *impaired = net->state;
	struct net *below = impaired->below;
	struct impaired_socket *socket = find(impaired, number);

	if (!socket || socket->out.is_perfect || !is_sendable(below, to, buffers, count))
		below->send(below, number, to, buffers, count);
	else
		enter(impaired, &socket->out, to, buffers, count);
}

static void flush(struct net *net, int number)
{
	struct impaired_net *impaired = net->state;
	struct impaired_socket *socket = find(impaired, number);

	if (socket)
		release_due(impaired, socket);
	impaired->below->flush(impaired->below, number);
}

static size_t receive(struct net *net, int number, struct net_address *from, void *data,
		      size_t capacity)
{
	struct impaired_net *impaired = net->state;
	struct net *below = impaired->below;
	struct impaired_socket *socket = find(impaired, number);
	size_t size;

	from->port = 0;
	if (!socket || socket->in.is_perfect)
		return below->receive(below, number, from, data, capacity);
	if (!has_due(impaired, &socket->in))
		look_below(impaired, socket);
	while (has_due(impaired, &socket->in))
		if (take_first(impaired, socket, from, data, capacity, &size))
			return size;
	return 0;
}

static bool has_buffered(struct net *net, int number)
{
	struct impaired_net *impaired = net->state;
	const struct impaired_socket *socket = find(impaired, number);

	return (socket && has_due(impaired, &socket->in)) ||
	       impaired->below->has_buffered(impaired->below, number);
}

static int64_t earlier(int64_t one_ns, int64_t other_ns)
{
	return one_ns < other_ns ? one_ns : other_ns;
}

static int64_t next_ns(struct net *net, int number)
{
	struct impaired_net *impaired = net->state;
	const struct impaired_socket *socket = find(impaired, number);
	const int64_t below_ns = net_next_ns(impaired->below, number);

	if (!socket)
		return below_ns;
	return earlier(below_ns, earlier(delay_queue_next_ns(&socket->in.queue, &impaired->pool),
					 delay_queue_next_ns(&socket->out.queue, &impaired->pool)));
}

static int wait_until(struct net *net, int number, int64_t until_ns)
{
	struct impaired_net *impaired = net->state;
	struct net *below = impaired->below;
	struct impaired_socket *socket = find(impaired, number);

	if (!socket)
		return below->wait(below, number, until_ns);
	for (;;) {
		int result;

		release_due(impaired, socket);
		if (has_due(impaired, &socket->in)) {
			below->flush(below, number);
			return 1;
		}
		result = below->wait(below, number, earlier(until_ns, next_ns(net, number)));
		if (result < 0 || (result > 0 && socket->in.is_perfect))
			return result;
		if (result > 0)
			look_below(impaired, socket);
		if (has_due(impaired, &socket->in))
			return 1;
		if (until_ns <= now_of(impaired))
			return 0;
	}
}

static int64_t now_ns(struct net *net)
{
	return now_of(net->state);
}

static int64_t thread_cpu_ns(struct net *net)
{
	struct impaired_net *impaired = net->state;
	struct net *below = impaired->below;

	return below->thread_cpu_ns ? below->thread_cpu_ns(below) : 0;
}

static uint64_t network(struct net *net, const struct net_address *address)
{
	const struct impaired_net *impaired = net->state;

	return net_network(impaired->below, address);
}

static uint32_t random_bits(struct net *net)
{
	struct impaired_net *impaired = net->state;

	return impaired->below->random(impaired->below);
}

static void stats_of(struct net *net, int number, struct net_stats *stats)
{
	struct impaired_net *impaired = net->state;
	const struct impaired_socket *socket = find(impaired, number);

	impaired->below->stats(impaired->below, number, stats);
	if (socket)
		stats->dropped_truncated += socket->truncated;
}

/* The net itself */

struct impaired_net *impaired_net_create(struct net *below, const struct link_model_spec *in,
					 const struct link_model_spec *out, uint64_t seed)
{
	struct impaired_net *impaired = calloc(1, sizeof(*impaired));

	if (!impaired)
		return NULL;
	if (delay_queue_pool_init(&impaired->pool, net_max_bytes(below)) < 0) {
		free(impaired);
		return NULL;
	}
	pthread_mutex_init(&impaired->mutex, NULL); /* which cannot fail on Linux */
	impaired->below = below;
	impaired->in = *in;
	impaired->out = *out;
	impaired->seed = seed;
	impaired->start_ns = now_of(impaired);
	impaired->net = (struct net){
		.state = impaired,
		.has_any_size = below->has_any_size,
		.open = open_socket,
		.close = close_socket,
		.bind = bind_socket,
		.address = address_of,
		.send = send_datagram,
		.flush = flush,
		.receive = receive,
		.has_buffered = has_buffered,
		.next_ns = next_ns,
		.wait = wait_until,
		.now_ns = now_ns,
		.thread_cpu_ns = thread_cpu_ns,
		.random = random_bits,
		.network = network,
		.stats = stats_of,
	};
	return impaired;
}

void impaired_net_destroy(struct impaired_net *impaired)
{
	if (!impaired)
		return;
	for (size_t i = 0; i < SOCKETS_MAX; i++) {
		const struct impaired_socket *socket = atomic_load(&impaired->sockets[i]);

		if (socket)
			close_socket(&impaired->net, socket->number);
	}
	delay_queue_pool_fini(&impaired->pool);
	pthread_mutex_destroy(&impaired->mutex);
	free(impaired);
}

struct net *impaired_net_as_net(struct impaired_net *impaired)
{
	return &impaired->net;
}

void impaired_net_stats(struct impaired_net *impaired, struct impaired_net_stats *stats)
{
	pthread_mutex_lock(&impaired->mutex);
	*stats = impaired->closed;
	pthread_mutex_unlock(&impaired->mutex);
	for (size_t i = 0; i < SOCKETS_MAX; i++) {
		const struct impaired_socket *socket = atomic_load(&impaired->sockets[i]);

		if (socket)
			add_stats(stats, socket);
	}
}
