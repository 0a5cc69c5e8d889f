/* Members over plain sockets: of the raw UDP fan-out and of the TCP relay. */
#include "bench/load/generator_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "bench/load/generator_ports.h"

enum {
	FRAME_BYTES = 2 + UPDATE_BYTES,
	STREAM_BYTES = 1 << 16,
	UNSENT_BYTES = 64 * FRAME_BYTES, /* updates beyond it are not sent, so lost */
};

struct socket_line {
	/* Of a stream only; calloc's pages cost nothing until they are used. */
	int fd;
	uint64_t bytes_in;
	size_t in_size, unsent_size;
	uint8_t in[STREAM_BYTES], unsent[UNSENT_BYTES];
};

static struct socket_line *line_of(struct generator *g, unsigned member)
{
	return generator_connection(g, member);
}

static bool is_stream(const struct generator *g)
{
	return g->config->kind == GENERATOR_TCP;
}

/* 0, or a negative errno value. */
static int open_stream(struct generator *g, struct socket_line *line)
{
	const int on = 1;
	socklen_t size;
	const struct sockaddr *to = generator_ports_relay(&size);

	line->fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (line->fd < 0)
		return -errno;
	if (g->config->is_nodelay)
		setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(line->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	return connect(line->fd, to, size) < 0 ? -errno : 0;
}

/* A greeting, which is sent back: any datagram but one of an update's size. */
static void greet(struct generator *g, unsigned member)
{
	(void)g;
	generator_ports_send((int)member, "hello", 5);
}

static int start(struct generator *g, unsigned member)
{
	const int error =
		is_stream(g) ? open_stream(g, line_of(g, member)) : generator_ports_open();

	if (error < 0) {
		generator_fail(g, "cannot connect member %u: %s", member + 1, strerror(-error));
		return -1;
	}
	if (is_stream(g))
		generator_joined(g, member);
	else
		greet(g, member);
	return 0;
}

static int descriptor(struct generator *g, unsigned member)
{
	return is_stream(g) ? line_of(g, member)->fd : generator_ports_descriptor((int)member);
}

static bool is_shared(const struct generator *g)
{
	return !is_stream(g) && generator_ports_are_shared();
}

static void send_unsent(struct generator *g, struct socket_line *line)
{
	ssize_t sent = send(line->fd, line->unsent, line->unsent_size, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent < 0) {
		if (errno != EAGAIN && errno != EINTR)
			generator_fail(g, "the relay has closed a connection: %s", strerror(errno));
		return;
	}
	line->unsent_size -= (size_t)sent;
	memmove(line->unsent, line->unsent + sent, line->unsent_size);
}

static void send_update(struct generator *g, unsigned member, const struct update *update)
{
	struct socket_line *line = line_of(g, member);
	uint8_t frame[FRAME_BYTES] = { 0, UPDATE_BYTES };

	update_encode(frame + 2, update);
	if (!is_stream(g)) {
		generator_ports_send((int)member, frame + 2, UPDATE_BYTES);
	} else if (line->unsent_size + FRAME_BYTES <= UNSENT_BYTES) {
		memcpy(line->unsent + line->unsent_size, frame, FRAME_BYTES);
		line->unsent_size += FRAME_BYTES;
		send_unsent(g, line);
	}
}

static void hear_datagram(struct generator *g, unsigned member, uint8_t *data, size_t size)
{
	if (size % UPDATE_BYTES != 0)
		generator_joined(g, member);
	else
		for (size_t at = 0; at < size; at += UPDATE_BYTES)
			generator_heard(g, member, data + at, 0, 0);
}

static void receive_stream(struct generator *g, unsigned member)
{
	struct socket_line *line = line_of(g, member);
	struct iovec part = { line->in + line->in_size, STREAM_BYTES - line->in_size };
	uint8_t control[CMSG_SPACE(sizeof(struct timespec))]
		__attribute__((aligned(_Alignof(struct cmsghdr))));
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	const ssize_t got = recvmsg(line->fd, &message, MSG_DONTWAIT);
	size_t done = 0;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		generator_fail(g, "the relay has closed member %u's connection", member + 1);
		return;
	}
	line->bytes_in += (uint64_t)got;
	line->in_size += (size_t)got;
	generator_arrived(g, generator_ports_arrived_ns(&message));
	generator_turned(g);
	for (; line->in_size - done >= FRAME_BYTES; done += FRAME_BYTES)
		generator_heard(g, member, line->in + done + 2, 0, 0);
	line->in_size -= done;
	memmove(line->in, line->in + done, line->in_size);
}

static void receive(struct generator *g, unsigned member)
{
	if (is_stream(g))
		receive_stream(g, member);
	else
		generator_receive(g, member, hear_datagram);
}

static void tend(struct generator *g, unsigned member)
{
	struct socket_line *line = line_of(g, member);

	if (!g->is_joined[member])
		greet(g, member); /* the first one may have been lost */
	if (line->unsent_size > 0)
		send_unsent(g, line);
}

static void add_traffic(struct generator *g, unsigned member, struct generator_traffic *traffic)
{
	if (is_stream(g))
		traffic->bytes += line_of(g, member)->bytes_in;
}

static void close_lines(struct generator *g)
{
	for (unsigned i = 0; i < g->started; i++) {
		if (!is_stream(g))
			generator_ports_close((int)i);
		else if (line_of(g, i)->fd >= 0)
			close(line_of(g, i)->fd);
	}
}

const struct driver driver_socket = {
	.bytes = sizeof(struct socket_line),
	.start = start,
	.descriptor = descriptor,
	.is_shared = is_shared,
	.send = send_update,
	.receive = receive,
	.tend = tend,
	.traffic = add_traffic,
	.close = close_lines,
};
