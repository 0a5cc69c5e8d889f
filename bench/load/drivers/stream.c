#include "bench/load/drivers/stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "bench/load/generator_internal.h"
#include "bench/load/generator_ports.h"

static int fail(struct generator *g, unsigned member, int error)
{
	generator_fail(g, "cannot connect member %u: %s", member + 1, strerror(error));
	return -1;
}

int stream_open(struct generator *g, struct stream *stream, unsigned member, bool is_nodelay)
{
	const int on = 1;
	socklen_t size;
	const struct sockaddr *to = generator_ports_relay(&size);

	stream->fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (stream->fd < 0)
		return fail(g, member, errno);
	if (is_nodelay)
		setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(stream->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	if (generator_ports_bind_own(stream->fd, member) < 0 ||
	    (connect(stream->fd, to, size) < 0 && errno != EINPROGRESS))
		return fail(g, member, errno);
	stream_tend(g, stream, member);
	return 0;
}

void stream_close(struct stream *stream)
{
	if (stream->fd > 0)
		close(stream->fd);
	stream->fd = 0;
}

/* A connection that is being made is writable once it is, or is not. */
static void finish_connecting(struct generator *g, const struct stream *stream, unsigned member)
{
	struct pollfd pollfd = { .fd = stream->fd, .events = POLLOUT };
	socklen_t size = sizeof(int);
	int error = 0;

	if (poll(&pollfd, 1, 0) <= 0)
		return;
	getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (error != 0)
		fail(g, member, error);
	else
		generator_joined(g, member);
}

void stream_tend(struct generator *g, struct stream *stream, unsigned member)
{
	if (!g->is_joined[member])
		finish_connecting(g, stream, member);
	else if (stream->out_size > 0)
		stream_send(g, stream, member);
}

bool stream_add(struct stream *stream, const void *bytes, size_t size, size_t most)
{
	if (stream->out_size + size > most || most > STREAM_OUT_BYTES)
		return false;
	memcpy(stream->out + stream->out_size, bytes, size);
	stream->out_size += size;
	return true;
}

void stream_send(struct generator *g, struct stream *stream, unsigned member)
{
	ssize_t sent = send(stream->fd, stream->out, stream->out_size, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent < 0) {
		if (errno != EAGAIN && errno != EINTR)
			generator_fail(g, "the relay has closed member %u's connection: %s",
				       member + 1, strerror(errno));
		return;
	}
	stream->out_size -= (size_t)sent;
	memmove(stream->out, stream->out + sent, stream->out_size);
}

bool stream_receive(struct generator *g, struct stream *stream, unsigned member)
{
	struct iovec part = { stream->in + stream->in_size, STREAM_IN_BYTES - stream->in_size };
	uint8_t control[CMSG_SPACE(sizeof(struct timespec))]
		__attribute__((aligned(_Alignof(struct cmsghdr))));
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	const ssize_t got = recvmsg(stream->fd, &message, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got <= 0) {
		generator_fail(g, "the relay has closed member %u's connection", member + 1);
		return false;
	}
	stream->bytes_in += (uint64_t)got;
	stream->in_size += (size_t)got;
	generator_arrived(g, generator_ports_arrived_ns(&message));
	generator_turned(g);
	return true;
}

void stream_consume(struct stream *stream, size_t size)
{
	stream->in_size -= size;
	memmove(stream->in, stream->in + size, stream->in_size);
}

/* The driver's own. */

struct stream *stream_of(const struct generator *g, unsigned member)
{
	return generator_connection(g, member);
}

int stream_descriptor(struct generator *g, unsigned member)
{
	return stream_of(g, member)->fd;
}

void stream_tend_member(struct generator *g, unsigned member)
{
	stream_tend(g, stream_of(g, member), member);
}

void stream_traffic(struct generator *g, unsigned member, struct generator_traffic *traffic)
{
	traffic->bytes += stream_of(g, member)->bytes_in;
}

void stream_close_all(struct generator *g)
{
	for (unsigned i = 0; i < g->started; i++)
		stream_close(stream_of(g, i));
}
