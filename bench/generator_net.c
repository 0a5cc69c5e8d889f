#include "bench/generator_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
	BUFFER_BYTES = 4 << 20, /* of a socket, as far as the system grants it */
	BATCH_MESSAGES = 64,
	MESSAGE_BYTES = 65535, /* the most that the kernel puts into one */
	/* Not 65,536: places pages apart would all fall into the same few sets of the cache. */
	PLACE_BYTES = MESSAGE_BYTES + 65,
};

union control {
	struct cmsghdr header;
	uint8_t bytes[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct timespec))];
};

/* One for the process, as ENet's own functions carry no context. */
static struct {
	struct sockaddr_storage relay;
	socklen_t relay_size;
	uint16_t port;
	uint64_t sent;
	/* The datagram that ENet gets next. */
	int given_socket;
	size_t given_size;
	uint8_t given[GENERATOR_NET_DATAGRAM_BYTES];
	/* The batch: what of it has not been given is from byte `at` of message `next` on. */
	unsigned count, next;
	size_t at;
	size_t segment_bytes; /* of the message: each datagram's, but for a shorter last */
	int64_t arrived_ns;   /* the message's */
	/* What the clock of the stamps is ahead of the steady one, as of the caller's turn. */
	int64_t ahead_ns;
	uint64_t turn;
	struct iovec parts[BATCH_MESSAGES];
	struct mmsghdr in[BATCH_MESSAGES];
	union control controls[BATCH_MESSAGES];
	uint8_t data[BATCH_MESSAGES][PLACE_BYTES];
} state;

int generator_net_aim(const char *host, uint16_t port)
{
	struct sockaddr_in *four = (struct sockaddr_in *)&state.relay;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&state.relay;

	memset(&state, 0, sizeof(state));
	state.given_socket = -1;
	state.port = port;
	for (unsigned i = 0; i < BATCH_MESSAGES; i++) {
		state.parts[i] = (struct iovec){ state.data[i], MESSAGE_BYTES };
		state.in[i].msg_hdr.msg_iov = &state.parts[i];
		state.in[i].msg_hdr.msg_iovlen = 1;
		state.in[i].msg_hdr.msg_control = &state.controls[i];
		state.in[i].msg_hdr.msg_controllen = sizeof(state.controls[i]);
	}
	if (inet_pton(AF_INET, host[0] != '\0' ? host : "127.0.0.1", &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		state.relay_size = sizeof(*four);
		return 0;
	}
	if (inet_pton(AF_INET6, host, &six->sin6_addr) != 1)
		return -EINVAL;
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(port);
	state.relay_size = sizeof(*six);
	return 0;
}

const struct sockaddr *generator_net_relay(socklen_t *size)
{
	*size = state.relay_size;
	return (const struct sockaddr *)&state.relay;
}

int generator_net_socket(void)
{
	const int bytes = BUFFER_BYTES, on = 1;
	const int fd = socket(state.relay.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	/* Best effort: what was too little shows as drops, and runs come as datagrams. */
	setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	if (connect(fd, (const struct sockaddr *)&state.relay, state.relay_size) < 0) {
		const int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

static int64_t ns_of(const struct timespec *time)
{
	return time->tv_sec * INT64_C(1000000000) + time->tv_nsec;
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now = { 0 };

	clock_gettime(clock, &now);
	return ns_of(&now);
}

/* The kernel stamps by the clock that people set; a step of that is conduct.h's to find. */
static int64_t ahead_ns(void)
{
	const int64_t steady_ns = clock_ns(CLOCK_MONOTONIC);

	return clock_ns(CLOCK_REALTIME) - steady_ns;
}

static int64_t arrival_of(struct msghdr *message, int64_t ahead)
{
	struct timespec stamp;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&stamp, CMSG_DATA(header), sizeof(stamp));
		return ns_of(&stamp) - ahead;
	}
	return clock_ns(CLOCK_MONOTONIC);
}

int64_t generator_net_arrived_ns(struct msghdr *message)
{
	return arrival_of(message, ahead_ns());
}

static unsigned take_one(int socket)
{
	const ssize_t got = recvmsg(socket, &state.in[0].msg_hdr, MSG_DONTWAIT);

	state.in[0].msg_len = got > 0 ? (unsigned)got : 0;
	return got >= 0;
}

static unsigned take_batch(int socket)
{
	const int got = recvmmsg(socket, state.in, BATCH_MESSAGES, MSG_DONTWAIT, NULL);

	return got > 0 ? (unsigned)got : 0;
}

void generator_net_take(int socket, struct generator_net_habit *habit, uint64_t turn)
{
	const bool is_many = habit->is_many || (habit->turn > 0 && habit->turn + 1 == turn) ||
			     ++habit->takes % GENERATOR_NET_SWEEP == 0;

	if (state.turn != turn) {
		state.turn = turn;
		state.ahead_ns = ahead_ns();
	}
	/* The kernel overwrites these lengths with what it gave. */
	for (unsigned i = 0; i < state.count; i++)
		state.in[i].msg_hdr.msg_controllen = sizeof(state.controls[i]);
	state.count = is_many ? take_batch(socket) : take_one(socket);
	state.next = 0;
	state.at = 0;
	habit->turn = turn;
	habit->is_many = is_many && state.count > 1;
}

static size_t segment_bytes(struct mmsghdr *message)
{
	int size = 0;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(&message->msg_hdr); header;
	     header = CMSG_NXTHDR(&message->msg_hdr, header))
		if (header->cmsg_level == SOL_UDP && header->cmsg_type == UDP_GRO)
			memcpy(&size, CMSG_DATA(header), sizeof(size));
	return size > 0 ? (size_t)size : message->msg_len;
}

size_t generator_net_next(uint8_t **data, int64_t *arrived_ns)
{
	while (state.next < state.count) {
		struct mmsghdr *message = &state.in[state.next];
		size_t size;

		if (state.at == 0) {
			state.segment_bytes = segment_bytes(message);
			state.arrived_ns = arrival_of(&message->msg_hdr, state.ahead_ns);
		}
		size = message->msg_len - state.at;
		size = state.segment_bytes < size ? state.segment_bytes : size;
		*data = state.data[state.next] + state.at;
		*arrived_ns = state.arrived_ns;
		state.at += size;
		if (state.at == message->msg_len) {
			state.next++;
			state.at = 0;
		}
		if (size > 0 && size <= GENERATOR_NET_DATAGRAM_BYTES)
			return size;
	}
	return 0;
}

void generator_net_send(int socket, const void *data, size_t size)
{
	state.sent += send(socket, data, size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

uint64_t generator_net_sent(void)
{
	return state.sent;
}

void generator_net_give(int socket, const uint8_t *data, size_t size)
{
	state.given_socket = socket;
	state.given_size = size <= sizeof(state.given) ? size : 0;
	memcpy(state.given, data, state.given_size);
}

uint64_t generator_net_drops(int socket)
{
	uint32_t memory[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof(memory);

	if (getsockopt(socket, SOL_SOCKET, SO_MEMINFO, memory, &size) < 0)
		return 0;
	return memory[SK_MEMINFO_DROPS];
}

/* What ENet asks for. */

static int net_open(struct net *net)
{
	(void)net;
	return generator_net_socket();
}

static void net_close(struct net *net, int socket)
{
	(void)net;
	close(socket);
}

static int net_bind(struct net *net, int socket, const struct net_address *address)
{
	(void)net;
	(void)socket;
	(void)address;
	return 0; /* connecting has bound it */
}

static int net_address(struct net *net, int socket, struct net_address *address)
{
	(void)net;
	(void)socket;
	*address = (struct net_address){ .host = htonl(INADDR_LOOPBACK), .port = state.port };
	return 0;
}

/*
 * At once: a member has one update at a time to send. What is refused is lost. Put together here,
 * as the kernel takes longer for parts than for their few bytes.
 */
static void net_send(struct net *net, int socket, const struct net_address *to,
		     const struct net_buffer *buffers, size_t count)
{
	uint8_t data[GENERATOR_NET_DATAGRAM_BYTES];
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
	generator_net_send(socket, data, size);
}

static void net_flush(struct net *net, int socket)
{
	(void)net;
	(void)socket;
}

static size_t net_receive(struct net *net, int socket, struct net_address *from, void *data,
			  size_t capacity)
{
	const size_t size = state.given_size;

	if (socket != state.given_socket || size == 0)
		return 0;
	state.given_size = 0;
	if (size > capacity)
		return 0;
	memcpy(data, state.given, size);
	net_address(net, socket, from);
	return size;
}

static bool net_held(struct net *net, int socket)
{
	(void)net;
	return socket == state.given_socket && state.given_size > 0;
}

/* Who uses these sockets polls them. */
static int net_wait(struct net *net, int socket, int64_t until_ns)
{
	(void)until_ns;
	return net_held(net, socket);
}

static int64_t net_now(struct net *net)
{
	(void)net;
	return clock_ns(CLOCK_MONOTONIC);
}

static uint32_t net_random(struct net *net)
{
	uint32_t bits = 0;

	(void)net;
	if (getrandom(&bits, sizeof(bits), 0) != (ssize_t)sizeof(bits))
		bits = (uint32_t)net_now(net);
	return bits;
}

static void net_stats(struct net *net, int socket, struct net_stats *stats)
{
	(void)net;
	*stats = (struct net_stats){ .dropped_kernel = generator_net_drops(socket) };
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
				  .held = net_held,
				  .wait = net_wait,
				  .now_ns = net_now,
				  .random = net_random,
				  .stats = net_stats };

	return &net;
}
