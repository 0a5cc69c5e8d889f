#include "bench/load/generator_ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
	OWN_BUFFER_BYTES = 4 << 20, /* of one line's own socket, as far as the system grants it */
	BATCH_MESSAGES = 64,
	MESSAGE_BYTES = 65535, /* the most that the kernel puts into one */
	/* Not 65,536: places pages apart would all fall into the same few sets of the cache. */
	PLACE_BYTES = MESSAGE_BYTES + 65,
	LOOPBACK_NET = 127,
	FIRST_ADDRESS = 0x7f010001, /* 127.1.0.1, line 0's; the next line's is the next */
	AHEAD_GAP_NS = 1000,
	AHEAD_TRIES = 5,
};

struct port {
	int fd;
	unsigned room; /* lines that it takes */
	unsigned lines, open;
	uint64_t drops; /* when it was closed */
};

struct line {
	unsigned port;
	bool is_open;
};

union in_control {
	struct cmsghdr header;
	uint8_t bytes[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct timespec)) +
		      CMSG_SPACE(sizeof(struct in_pktinfo))];
};

union out_control {
	struct cmsghdr header;
	uint8_t bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

/* The control data beside a message. */
struct aside {
	size_t segment_bytes; /* each datagram's, but for a shorter last */
	int64_t arrived_ns;
	int line; /* -1: it is not for any */
};

/* One for the process. */
static struct {
	struct sockaddr_storage relay;
	socklen_t relay_size;
	uint32_t own_host; /* 0: any */
	bool is_shared;
	struct port ports[GENERATOR_PORTS_LINES_MAX];
	struct line lines[GENERATOR_PORTS_LINES_MAX];
	unsigned port_count, line_count;
	uint64_t datagrams, bytes;

	/* Datagrams that leave through port `out_port`. */
	unsigned out_port, out_count;
	struct mmsghdr out[BATCH_MESSAGES];
	struct iovec out_parts[BATCH_MESSAGES];
	union out_control out_controls[BATCH_MESSAGES];
	uint8_t out_data[BATCH_MESSAGES][GENERATOR_PORTS_DATAGRAM_BYTES];

	/* The batch: what of it has not been given is from byte `at` of message `next` on. */
	int taken_line;
	unsigned count, next;
	size_t at;
	struct aside asides[BATCH_MESSAGES];
	struct mmsghdr in[BATCH_MESSAGES];
	struct iovec in_parts[BATCH_MESSAGES];
	union in_control in_controls[BATCH_MESSAGES];
	struct sockaddr_in from[BATCH_MESSAGES];
	uint8_t data[BATCH_MESSAGES][PLACE_BYTES];
} state;

/* Where to. */

static bool is_loopback(const struct sockaddr_in *address)
{
	return ntohl(address->sin_addr.s_addr) >> 24 == LOOPBACK_NET;
}

static void lay_out(void)
{
	const struct cmsghdr header = { .cmsg_level = IPPROTO_IP,
					.cmsg_type = IP_PKTINFO,
					.cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo)) };

	for (unsigned i = 0; i < BATCH_MESSAGES; i++) {
		state.in_parts[i] = (struct iovec){ state.data[i], MESSAGE_BYTES };
		state.in[i].msg_hdr = (struct msghdr){ .msg_iov = &state.in_parts[i],
						       .msg_iovlen = 1,
						       .msg_control = &state.in_controls[i] };
		state.out_parts[i].iov_base = state.out_data[i];
		state.out_controls[i].header = header;
		state.out[i].msg_hdr =
			(struct msghdr){ .msg_name = &state.relay,
					 .msg_namelen = state.relay_size,
					 .msg_iov = &state.out_parts[i],
					 .msg_iovlen = 1,
					 .msg_control = &state.out_controls[i],
					 .msg_controllen = sizeof(state.out_controls[i]) };
	}
}

int generator_ports_aim(const char *host, uint16_t port)
{
	struct sockaddr_in *four = (struct sockaddr_in *)&state.relay;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&state.relay;

	memset(&state, 0, sizeof(state));
	if (inet_pton(AF_INET, host[0] != '\0' ? host : "127.0.0.1", &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		state.relay_size = sizeof(*four);
		state.is_shared = is_loopback(four);
	} else if (inet_pton(AF_INET6, host, &six->sin6_addr) == 1) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(port);
		state.relay_size = sizeof(*six);
	} else {
		return -EINVAL;
	}
	lay_out();
	return 0;
}

void generator_ports_own(uint32_t host)
{
	state.own_host = host;
}

int generator_ports_bind_own(int fd, unsigned line)
{
	const struct sockaddr_in own = { .sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(state.own_host + line) };

	return state.own_host == 0 ? 0 : bind(fd, (const struct sockaddr *)&own, sizeof(own));
}

const struct sockaddr *generator_ports_relay(socklen_t *size)
{
	*size = state.relay_size;
	return (const struct sockaddr *)&state.relay;
}

bool generator_ports_are_shared(void)
{
	return state.is_shared;
}

/* Opening and closing. */

/*
 * A port that is everybody's has any address, and says which one each datagram came to. What may
 * not be fragmented needs no number for its fragments, which would have to be drawn for each.
 */
static int bind_shared(int fd)
{
	const struct sockaddr_in any = { .sin_family = AF_INET };
	const int on = 1, whole = IP_PMTUDISC_DO;

	setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof(whole));
	if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) < 0)
		return -1;
	return bind(fd, (const struct sockaddr *)&any, sizeof(any));
}

static int connect_own(int fd)
{
	if (generator_ports_bind_own(fd, state.line_count) < 0)
		return -1;
	return connect(fd, (const struct sockaddr *)&state.relay, state.relay_size);
}

/* Best effort: what was too little shows as drops. */
static unsigned grow_buffer(int fd, int bytes)
{
	int granted = 0;
	socklen_t size = sizeof(granted);

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &size);
	return granted > 0 ? (unsigned)granted : 0;
}

/* 0, or a negative errno value. */
static int open_port(void)
{
	const int on = 1, wanted = state.is_shared ? GENERATOR_PORTS_LINES_MAX *
							     (GENERATOR_PORTS_SHARE_BYTES / 2)
						   : OWN_BUFFER_BYTES;
	const int fd = socket(state.relay.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct port *port = &state.ports[state.port_count];
	unsigned granted;

	if (fd < 0)
		return -errno;
	/* Without these, runs come as datagrams, and datagrams when they are read. */
	setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	granted = grow_buffer(fd, wanted);
	if ((state.is_shared ? bind_shared(fd) : connect_own(fd)) < 0) {
		const int error = errno;

		close(fd);
		return -error;
	}
	*port = (struct port){ .fd = fd, .room = 1 };
	if (state.is_shared && granted > GENERATOR_PORTS_SHARE_BYTES)
		port->room = granted / GENERATOR_PORTS_SHARE_BYTES;
	state.port_count++;
	return 0;
}

static bool has_room(void)
{
	const struct port *last = state.ports + state.port_count - (state.port_count > 0);

	return state.port_count > 0 && last->fd >= 0 && last->lines < last->room;
}

int generator_ports_open(void)
{
	int error;

	if (state.line_count == GENERATOR_PORTS_LINES_MAX)
		return -EMFILE;
	if (!has_room() && (error = open_port()) < 0)
		return error;
	state.ports[state.port_count - 1].lines++;
	state.ports[state.port_count - 1].open++;
	state.lines[state.line_count] = (struct line){ state.port_count - 1, true };
	return (int)state.line_count++;
}

static struct port *port_of(int line)
{
	return &state.ports[state.lines[line].port];
}

int generator_ports_descriptor(int line)
{
	return port_of(line)->fd;
}

static uint64_t drops_of(const struct port *port)
{
	uint32_t memory[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof(memory);

	if (port->fd < 0)
		return port->drops;
	if (getsockopt(port->fd, SOL_SOCKET, SO_MEMINFO, memory, &size) < 0)
		return 0;
	return memory[SK_MEMINFO_DROPS];
}

void generator_ports_close(int line)
{
	struct port *port = port_of(line);

	if (!state.lines[line].is_open)
		return;
	generator_ports_flush();
	state.lines[line].is_open = false;
	if (--port->open > 0)
		return;
	port->drops = drops_of(port);
	close(port->fd);
	port->fd = -1;
}

void generator_ports_traffic(struct generator_ports_traffic *traffic)
{
	*traffic = (struct generator_ports_traffic){ .datagrams = state.datagrams,
						     .bytes = state.bytes };
	for (unsigned i = 0; i < state.port_count; i++)
		traffic->drops += drops_of(&state.ports[i]);
}

/* Sending. */

void generator_ports_flush(void)
{
	const int fd = state.ports[state.out_port].fd;
	unsigned done = 0;

	while (done < state.out_count) {
		const int sent = sendmmsg(fd, state.out + done, state.out_count - done,
					  MSG_DONTWAIT | MSG_NOSIGNAL);

		done += sent > 0 ? (unsigned)sent : 1; /* what is refused is lost */
	}
	state.out_count = 0;
}

static void say_source(union out_control *control, int line)
{
	const struct in_pktinfo source = { .ipi_spec_dst.s_addr =
						   htonl(FIRST_ADDRESS + (uint32_t)line) };

	memcpy(CMSG_DATA(&control->header), &source, sizeof(source));
}

void generator_ports_send(int line, const void *data, size_t size)
{
	const unsigned port = state.lines[line].port;

	if (!state.is_shared) {
		send(port_of(line)->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
		return;
	}
	if (size > GENERATOR_PORTS_DATAGRAM_BYTES)
		return;
	if (state.out_count == BATCH_MESSAGES || state.out_port != port)
		generator_ports_flush();
	state.out_port = port;
	memcpy(state.out_data[state.out_count], data, size);
	state.out_parts[state.out_count].iov_len = size;
	say_source(&state.out_controls[state.out_count], line);
	state.out_count++;
}

/* Receiving. */

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

/*
 * The kernel stamps by the clock that people set; a step of that is run_validity.h's to find. A
 * wait for a processor between the readings would move all stamps, to before the send even, so a
 * long gap is read again.
 */
static int64_t ahead_ns(void)
{
	int64_t steady_ns, set_ns, gap_ns;

	for (int tries = 0; tries < AHEAD_TRIES; tries++) {
		steady_ns = clock_ns(CLOCK_MONOTONIC);
		set_ns = clock_ns(CLOCK_REALTIME);
		gap_ns = clock_ns(CLOCK_MONOTONIC) - steady_ns;
		if (gap_ns <= AHEAD_GAP_NS)
			break;
	}
	return set_ns - steady_ns - gap_ns / 2;
}

/* The line of that address, of those that the port has. */
static int line_at(const struct in_addr *address, unsigned port)
{
	const uint32_t line = ntohl(address->s_addr) - FIRST_ADDRESS;

	if (line >= state.line_count || !state.lines[line].is_open ||
	    state.lines[line].port != port)
		return -1;
	return (int)line;
}

static void read_control(const struct cmsghdr *header, int64_t ahead, struct aside *aside)
{
	struct in_pktinfo to;
	struct timespec stamp;
	int size;

	if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_TIMESTAMPNS) {
		memcpy(&stamp, CMSG_DATA(header), sizeof(stamp));
		aside->arrived_ns = ns_of(&stamp) - ahead;
	} else if (header->cmsg_level == SOL_UDP && header->cmsg_type == UDP_GRO) {
		memcpy(&size, CMSG_DATA(header), sizeof(size));
		aside->segment_bytes = size > 0 ? (size_t)size : aside->segment_bytes;
	} else if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
		memcpy(&to, CMSG_DATA(header), sizeof(to));
		aside->line = line_at(&to.ipi_addr, state.lines[state.taken_line].port);
	}
}

static bool is_from_relay(const struct sockaddr_in *from)
{
	const struct sockaddr_in *relay = (const struct sockaddr_in *)&state.relay;

	return from->sin_addr.s_addr == relay->sin_addr.s_addr && from->sin_port == relay->sin_port;
}

static void read_aside(unsigned i, int64_t ahead)
{
	struct msghdr *message = &state.in[i].msg_hdr;
	struct aside *aside = &state.asides[i];

	*aside = (struct aside){ .segment_bytes = state.in[i].msg_len,
				 .line = state.is_shared ? -1 : state.taken_line };
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header))
		read_control(header, ahead, aside);
	if (aside->arrived_ns == 0)
		aside->arrived_ns = clock_ns(CLOCK_MONOTONIC);
	if (state.is_shared && !is_from_relay(&state.from[i]))
		aside->line = -1;
}

int64_t generator_ports_arrived_ns(struct msghdr *message)
{
	const int64_t ahead = ahead_ns();
	struct aside aside = { .arrived_ns = 0 };

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header))
		read_control(header, ahead, &aside);
	return aside.arrived_ns > 0 ? aside.arrived_ns : clock_ns(CLOCK_MONOTONIC);
}

/* The kernel overwrites these lengths with what it gave. */
static void make_room(void)
{
	for (unsigned i = 0; i < BATCH_MESSAGES; i++) {
		state.in[i].msg_hdr.msg_controllen = sizeof(state.in_controls[i]);
		state.in[i].msg_hdr.msg_name = state.is_shared ? &state.from[i] : NULL;
		state.in[i].msg_hdr.msg_namelen = state.is_shared ? sizeof(state.from[i]) : 0;
	}
}

void generator_ports_take(int line)
{
	int got;

	make_room();
	got = recvmmsg(port_of(line)->fd, state.in, BATCH_MESSAGES, MSG_DONTWAIT, NULL);
	state.taken_line = line;
	state.count = got > 0 ? (unsigned)got : 0;
	state.next = 0;
	state.at = 0;
	if (state.count > 0) {
		const int64_t ahead = ahead_ns();

		for (unsigned i = 0; i < state.count; i++)
			read_aside(i, ahead);
	}
}

size_t generator_ports_next(int *line, uint8_t **data, int64_t *arrived_ns)
{
	while (state.next < state.count) {
		const struct aside *aside = &state.asides[state.next];
		size_t size = state.in[state.next].msg_len - state.at;

		size = aside->segment_bytes < size ? aside->segment_bytes : size;
		*line = aside->line;
		*data = state.data[state.next] + state.at;
		*arrived_ns = aside->arrived_ns;
		state.at += size;
		if (state.at == state.in[state.next].msg_len) {
			state.next++;
			state.at = 0;
		}
		if (*line < 0 || size == 0 || size > GENERATOR_PORTS_DATAGRAM_BYTES)
			continue;
		state.datagrams++;
		state.bytes += size;
		return size;
	}
	return 0;
}

bool generator_ports_is_full(void)
{
	return state.count == BATCH_MESSAGES;
}
