#include "proto/net/udp/udp.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "proto/net/udp/udp_internal.h"

enum {
	NS_PER_S = 1000000000,
};

/*
 * By descriptor, for the whole process, as the kernel numbers them. An entry belongs to the thread
 * that uses the socket; atomic, because a number closed by one thread may be opened by another.
 */
static _Atomic(struct udp_socket *) sockets[UDP_DESCRIPTORS_MAX];

/* See udp_set_wait_mask. `deliverable` is what the mask leaves open. */
static struct {
	bool is_set;
	sigset_t blocked, deliverable;
} wait_mask;

static struct udp_socket *find(int descriptor)
{
	if (descriptor < 0 || descriptor >= UDP_DESCRIPTORS_MAX)
		return NULL;
	return atomic_load_explicit(&sockets[descriptor], memory_order_acquire);
}

/*
 * Asks for UDP_BUFFER_BYTES, beyond the system's limit where we may, and returns what was granted.
 * The kernel doubles the number for its own book-keeping; so it is halved here.
 */
static uint32_t ask_for_buffer(int descriptor, int forced_option, int option)
{
	const int asked = UDP_BUFFER_BYTES;
	int granted = 0;
	socklen_t size = sizeof(granted);

	if (setsockopt(descriptor, SOL_SOCKET, forced_option, &asked, sizeof(asked)) != 0)
		setsockopt(descriptor, SOL_SOCKET, option, &asked, sizeof(asked));
	if (getsockopt(descriptor, SOL_SOCKET, option, &granted, &size) != 0)
		return 0;
	return (uint32_t)granted / 2;
}

/*
 * Forbids fragments, and ignores messages about the path's MTU. A dual-stack socket has both
 * options, one for each family.
 */
static void keep_whole(const struct udp_socket *socket)
{
	const int ipv4 = IP_PMTUDISC_PROBE, ipv6 = IPV6_PMTUDISC_PROBE;

	setsockopt(socket->descriptor, IPPROTO_IP, IP_MTU_DISCOVER, &ipv4, sizeof(ipv4));
	if (socket->family == AF_INET6)
		setsockopt(socket->descriptor, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &ipv6,
			   sizeof(ipv6));
}

static void set_options(struct udp_socket *socket)
{
	const int on = 1;

	/* All best effort: ENet allows a broadcast address; drops are only counted; a kernel before
	 * 5.0 gives datagrams one by one. */
	setsockopt(socket->descriptor, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	setsockopt(socket->descriptor, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
	setsockopt(socket->descriptor, SOL_UDP, UDP_GRO, &on, sizeof(on));
	setsockopt(socket->descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	if (!socket->has_any_size)
		keep_whole(socket);
	socket->stats.receive_buffer_bytes =
		ask_for_buffer(socket->descriptor, SO_RCVBUFFORCE, SO_RCVBUF);
	socket->stats.send_buffer_bytes =
		ask_for_buffer(socket->descriptor, SO_SNDBUFFORCE, SO_SNDBUF);
}

static int open_family(sa_family_t family)
{
	const int off = 0;
	const int descriptor = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (descriptor < 0)
		return -errno;
	if (family == AF_INET6 &&
	    setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) != 0) {
		close(descriptor);
		return -EAFNOSUPPORT;
	}
	return descriptor;
}

/* Dual-stack, or plain IPv4 where that is all there is. */
static int open_descriptor(sa_family_t *family)
{
	int descriptor;

	*family = AF_INET6;
	descriptor = open_family(*family);
	/* IPv4 may work whatever the reason (no such family, a sandbox). */
	if (descriptor < 0 && descriptor != -EMFILE && descriptor != -ENFILE) {
		*family = AF_INET;
		descriptor = open_family(*family);
	}
	return descriptor;
}

static uint32_t udp_random(struct net *net)
{
	uint32_t bits;

	(void)net;
	/* At most 256 bytes are given whole; EINTR only while the system's pool is still filling.
	 */
	while (getrandom(&bits, sizeof(bits), 0) != (ssize_t)sizeof(bits)) {
		if (errno != EINTR)
			return (uint32_t)
				udp_clock_ns(); /* a kernel without it: ENet's own choice */
	}
	return bits;
}

static uint64_t udp_network(struct net *net, const struct net_address *address)
{
	(void)net;
	return udp_address_network(address);
}

static uint64_t random_64(struct net *net)
{
	return (uint64_t)udp_random(net) << 32 | udp_random(net);
}

/* Mapped, not allocated: zeroed, and a page costs nothing until a batch reaches it. */
static struct udp_socket *map_socket(struct net *net)
{
	struct udp_socket *socket = mmap(NULL, sizeof(*socket), PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (socket == MAP_FAILED)
		return NULL;
	madvise(socket, sizeof(*socket), MADV_NOHUGEPAGE); /* which take 2 MiB at the first touch */
	udp_in_init(&socket->in);
	socket->out.key = random_64(net);
	return socket;
}

static int udp_open(struct net *net)
{
	struct udp_socket *opened;
	sa_family_t family;
	const int descriptor = open_descriptor(&family);

	if (descriptor < 0)
		return descriptor;
	if (descriptor >= UDP_DESCRIPTORS_MAX) {
		close(descriptor);
		return -EMFILE;
	}
	opened = map_socket(net);
	if (!opened) {
		close(descriptor);
		return -ENOMEM;
	}
	opened->descriptor = descriptor;
	opened->family = family;
	opened->has_any_size = net->has_any_size;
	set_options(opened);
	atomic_store_explicit(&sockets[descriptor], opened, memory_order_release);
	return descriptor;
}

static void udp_close(struct net *net, int descriptor)
{
	struct udp_socket *socket = find(descriptor);

	(void)net;
	if (!socket)
		return;
	udp_out_flush(socket);
	/* First out of the table: the number is somebody else's from the close on. */
	atomic_store_explicit(&sockets[descriptor], NULL, memory_order_release);
	munmap(socket, sizeof(*socket));
	close(descriptor);
}

/*
 * Puts an IPv4 socket at the number of a dual-stack socket that is bound to an IPv4 address, which
 * saves the kernel a layer for each datagram. Best effort: the dual-stack socket works too.
 */
static void narrow(struct udp_socket *socket)
{
	const int descriptor = open_family(AF_INET);

	if (descriptor < 0)
		return;
	if (dup3(descriptor, socket->descriptor, O_CLOEXEC) == socket->descriptor) {
		socket->family = AF_INET;
		set_options(socket);
	}
	close(descriptor);
}

/* Whether a socket bound to it receives at more than one address of this machine. */
static bool is_any(const union udp_sockaddr *address)
{
	static const struct in6_addr mapped_any = { .s6_addr[10] = 0xff, .s6_addr[11] = 0xff };

	if (address->any.sa_family == AF_INET)
		return address->in.sin_addr.s_addr == htonl(INADDR_ANY);
	return IN6_IS_ADDR_UNSPECIFIED(&address->in6.sin6_addr) ||
	       IN6_ARE_ADDR_EQUAL(&address->in6.sin6_addr, &mapped_any);
}

/* Before the bind, so that the first datagram's address is known, too. */
static void keep_paths(struct net *net, struct udp_socket *socket)
{
	const uint64_t key[2] = { random_64(net), random_64(net) };

	paths_init(&socket->paths, key);
	udp_source_ask(socket->descriptor, socket->family);
	socket->has_paths = true;
}

static int udp_bind(struct net *net, int descriptor, const struct net_address *address)
{
	struct udp_socket *socket = find(descriptor);
	union udp_sockaddr wanted;
	int result;

	if (!socket)
		return -EBADF;
	if (socket->family == AF_INET6 && udp_address_look(address, &wanted) &&
	    wanted.any.sa_family == AF_INET)
		narrow(socket);
	result = udp_address_to_bind(socket->family, address, &wanted);
	if (result == 0 && is_any(&wanted))
		keep_paths(net, socket);
	if (result == 0 && bind(descriptor, &wanted.any, udp_sockaddr_bytes(&wanted)) != 0)
		result = -errno;
	return result;
}

static int udp_address(struct net *net, int descriptor, struct net_address *address)
{
	union udp_sockaddr bound = { 0 };
	socklen_t size = sizeof(bound);

	(void)net;
	if (!find(descriptor))
		return -EBADF;
	if (getsockname(descriptor, &bound.any, &size) != 0)
		return -errno;
	address->port = ntohs(bound.in.sin_port); /* at the same place in both */
	return udp_address_name(&bound.any, &address->host) ? 0 : -EADDRNOTAVAIL;
}

static void udp_send(struct net *net, int descriptor, const struct net_address *to,
		     const struct net_buffer *buffers, size_t count)
{
	struct udp_socket *socket = find(descriptor);

	(void)net;
	if (socket)
		udp_out_add(socket, to, buffers, count);
}

static void udp_flush(struct net *net, int descriptor)
{
	struct udp_socket *socket = find(descriptor);

	(void)net;
	if (socket)
		udp_out_flush(socket);
}

static size_t udp_receive(struct net *net, int descriptor, struct net_address *from, void *data,
			  size_t capacity)
{
	struct udp_socket *socket = find(descriptor);

	(void)net;
	from->port = 0;
	return socket ? udp_in_take(socket, from, data, capacity) : 0;
}

static int64_t udp_arrived_ns(struct net *net, int descriptor)
{
	const struct udp_socket *socket = find(descriptor);

	(void)net;
	return socket ? socket->in.arrived_ns : 0;
}

static const uint8_t *udp_peek(struct net *net, int descriptor, unsigned steps, size_t *bytes)
{
	const struct udp_socket *socket = find(descriptor);

	(void)net;
	return socket ? udp_in_peek(&socket->in, steps, bytes) : NULL;
}

static bool udp_has_buffered(struct net *net, int descriptor)
{
	const struct udp_socket *socket = find(descriptor);

	(void)net;
	return socket && socket->in.next < socket->in.count;
}

/*
 * Delivers pending signals that only `wait` unblocks, and returns whether there were any. ppoll
 * does not deliver them when a descriptor is ready, so on a busy socket they would wait for ever.
 */
static bool take_signals(void)
{
	const struct timespec at_once = { 0 };
	sigset_t pending;

	if (!wait_mask.is_set || sigpending(&pending) != 0 ||
	    sigandset(&pending, &pending, &wait_mask.deliverable) != 0 || sigisemptyset(&pending))
		return false;
	return ppoll(NULL, 0, &at_once, &wait_mask.blocked) < 0 && errno == EINTR;
}

/* As ppoll, until a time. `poll` NULL: sleeps whatever arrives. */
static int sleep_until(struct pollfd *poll, int64_t until_ns)
{
	struct timespec timeout;
	const struct timespec *limit = NULL;

	if (until_ns != INT64_MAX) {
		const int64_t now_ns = udp_clock_ns();
		const int64_t left_ns = until_ns > now_ns ? until_ns - now_ns : 0;

		timeout = (struct timespec){ .tv_sec = left_ns / NS_PER_S,
					     .tv_nsec = left_ns % NS_PER_S };
		limit = &timeout;
	}
	return ppoll(poll, poll ? 1 : 0, limit, wait_mask.is_set ? &wait_mask.blocked : NULL);
}

static int udp_wait(struct net *net, int descriptor, int64_t until_ns)
{
	struct pollfd poll = { .fd = descriptor, .events = POLLIN };
	struct udp_socket *socket = find(descriptor);
	int ready;

	(void)net;
	if (!socket)
		return -EBADF;
	udp_out_flush(socket);
	/* Before the sleep, not after it: then a datagram waits. */
	if (wait_mask.is_set) {
		socket->stats.calls_wait++;
		if (take_signals())
			return -EINTR;
	}
	if (socket->in.next < socket->in.count)
		return 1;
	socket->in.is_drained = false; /* what ppoll finds must be asked for */
	socket->stats.calls_wait++;
	ready = sleep_until(&poll, until_ns);
	return ready < 0 ? -errno : ready;
}

static int udp_sleep(struct net *net, int descriptor, int64_t until_ns)
{
	struct udp_socket *socket = find(descriptor);

	(void)net;
	if (!socket)
		return -EBADF;
	udp_out_flush(socket);
	if (socket->in.next < socket->in.count)
		return 0;
	socket->in.is_drained = false; /* what comes meanwhile must be asked for */
	socket->stats.calls_wait++;
	return sleep_until(NULL, until_ns) < 0 ? -errno : 0;
}

static int64_t udp_now_ns(struct net *net)
{
	(void)net;
	return udp_clock_ns();
}

static int64_t udp_thread_cpu_ns(struct net *net)
{
	struct timespec spent;

	(void)net;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
	return (int64_t)spent.tv_sec * NS_PER_S + spent.tv_nsec;
}

static void udp_stats(struct net *net, int descriptor, struct net_stats *stats)
{
	const struct udp_socket *socket = find(descriptor);

	(void)net;
	*stats = socket ? socket->stats : (struct net_stats){ 0 };
}

struct net *udp_net(void)
{
	static struct net instance = {
		.open = udp_open,
		.close = udp_close,
		.bind = udp_bind,
		.address = udp_address,
		.send = udp_send,
		.flush = udp_flush,
		.receive = udp_receive,
		.arrived_ns = udp_arrived_ns,
		.peek = udp_peek,
		.has_buffered = udp_has_buffered,
		.wait = udp_wait,
		.sleep = udp_sleep,
		.now_ns = udp_now_ns,
		.thread_cpu_ns = udp_thread_cpu_ns,
		.random = udp_random,
		.network = udp_network,
		.stats = udp_stats,
	};

	return &instance;
}

struct net udp_net_any_size(void)
{
	struct net net = *udp_net();

	net.has_any_size = true;
	return net;
}

void udp_set_wait_mask(const sigset_t *blocked)
{
	wait_mask.is_set = blocked != NULL;
	if (!blocked)
		return;
	wait_mask.blocked = *blocked;
	sigfillset(&wait_mask.deliverable);
	for (int i = 1; i <= SIGRTMAX; i++)
		if (sigismember(blocked, i) == 1)
			sigdelset(&wait_mask.deliverable, i);
}
