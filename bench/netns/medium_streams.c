/*
 * A TCP proxy over the model of stream.h: each member connects to a socket of its own, and has a
 * connection to the relay. What a side has sent is read as soon as the model has room for it.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/netns/medium_way.h"
#include "bench/netns/stream.h"

struct connection {
	int fds[LANES_WAYS]; /* where bytes on their way up, and down, are read from; -1: none */
	struct stream streams[LANES_WAYS];
};

static struct connection *connection_of(const struct medium *medium, size_t member)
{
	return (struct connection *)medium->state + member;
}

static bool open_state(struct medium *medium)
{
	const size_t members = medium->config->members;

	medium->state = calloc(members, sizeof(struct connection));
	for (size_t i = 0; medium->state && i < members; i++)
		for (int way = 0; way < LANES_WAYS; way++)
			connection_of(medium, i)->fds[way] = -1;
	return medium->state;
}

static bool is_open(const struct connection *connection)
{
	return connection->fds[LANES_UP] >= 0;
}

static void drop(struct connection *connection)
{
	for (int way = 0; way < LANES_WAYS; way++) {
		if (connection->fds[way] >= 0)
			close(connection->fds[way]);
		connection->fds[way] = -1;
	}
}

/* Nagle's rule is the model's, so the real sockets must not follow it. */
static void take_connection(struct medium *medium, size_t member)
{
	const struct medium_config *config = medium->config;
	struct connection *connection = connection_of(medium, member);
	const int from =
		accept4(config->listening[member], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	const int to = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	connection->fds[LANES_UP] = from;
	connection->fds[LANES_DOWN] = to;
	for (int way = 0; way < LANES_WAYS; way++)
		stream_init(&connection->streams[way], &medium->lanes.lanes[member][way].impair,
			    config->is_nagle);
	/* On the loopback connect does not wait; only then the socket must not block. */
	if (from < 0 || to < 0 ||
	    connect(to, (const struct sockaddr *)&config->relay, sizeof(config->relay)) < 0) {
		drop(connection);
		return;
	}
	setsockopt(from, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static size_t watch(struct medium *medium)
{
	const size_t members = medium->config->members;
	const int64_t now_ns = medium_now_ns();

	for (size_t i = 0; i < members; i++) {
		struct connection *connection = connection_of(medium, i);
		struct pollfd *polls = &medium->polls[2 * i];

		for (int way = 0; way < LANES_WAYS; way++)
			polls[way] = (struct pollfd){ .fd = connection->fds[way] };
		for (int way = 0; way < LANES_WAYS; way++) {
			struct stream *stream = &connection->streams[way];
			const uint8_t *data;

			if (stream_room(stream) > 0)
				polls[way].events |= POLLIN;
			/* Still here after a turn, so the other side's socket was full. */
			if (is_open(connection) && stream_ready(stream, now_ns, &data) > 0)
				polls[1 - way].events |= POLLOUT;
		}
		if (!is_open(connection))
			polls[LANES_UP] = (struct pollfd){ .fd = medium->config->listening[i],
							   .events = POLLIN };
	}
	return 2 * members;
}

static bool read_more(struct connection *connection, int way)
{
	struct stream *stream = &connection->streams[way];
	uint8_t data[1 << 14];
	size_t room = stream_room(stream);
	ssize_t got;

	if (room == 0)
		return true;
	got = recv(connection->fds[way], data, room < sizeof(data) ? room : sizeof(data),
		   MSG_DONTWAIT);
	if (got > 0)
		stream_write(stream, medium_now_ns(), data, (size_t)got);
	return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool write_more(struct medium *medium, struct connection *connection, int way)
{
	struct stream *stream = &connection->streams[way];
	const uint8_t *data;
	size_t size;

	while ((size = stream_ready(stream, medium_now_ns(), &data)) > 0) {
		const int64_t due_ns = stream_ready_since_ns(stream);
		const ssize_t sent =
			send(connection->fds[1 - way], data, size, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0)
			return errno == EAGAIN || errno == EINTR;
		medium_note_late(medium, due_ns);
		stream_consume(stream, (size_t)sent);
	}
	return true;
}

static void turn(struct medium *medium, int64_t now_ns)
{
	(void)now_ns;
	for (size_t i = 0; i < medium->config->members; i++) {
		struct connection *connection = connection_of(medium, i);
		bool is_alive = true;

		if (!is_open(connection)) {
			if (medium->polls[2 * i].revents != 0)
				take_connection(medium, i);
			continue;
		}
		for (size_t way = 0; way < LANES_WAYS && is_alive; way++)
			if (medium->polls[2 * i + way].revents & (POLLIN | POLLHUP | POLLERR))
				is_alive = read_more(connection, (int)way);
		for (int way = 0; way < LANES_WAYS && is_alive; way++)
			is_alive = write_more(medium, connection, way);
		if (!is_alive)
			drop(connection);
	}
}

static int64_t next_ns(const struct medium *medium)
{
	int64_t next_ns = INT64_MAX;

	for (size_t i = 0; i < medium->config->members; i++)
		for (int way = 0; way < LANES_WAYS; way++) {
			const struct connection *connection = connection_of(medium, i);
			const struct stream *stream = &connection->streams[way];
			const int64_t due_ns =
				is_open(connection) ? stream_next_ns(stream) : INT64_MAX;

			/* What is due but found no room waits for that, not for the time. */
			if (due_ns < next_ns &&
			    !(medium->polls[2 * i + 1 - (size_t)way].events & POLLOUT))
				next_ns = due_ns;
		}
	return next_ns;
}

static void count(const struct medium *medium, uint64_t *datagrams, uint64_t *bytes)
{
	*datagrams = *bytes = 0;
	for (size_t i = 0; i < medium->config->members; i++)
		for (int way = 0; way < LANES_WAYS; way++) {
			*datagrams += connection_of(medium, i)->streams[way].sent;
			*bytes += connection_of(medium, i)->streams[way].sent_bytes;
		}
}

static uint64_t drops(const struct medium *medium)
{
	(void)medium;
	return 0;
}

const struct medium_way medium_streams = {
	.open = open_state,
	.watch = watch,
	.turn = turn,
	.next_ns = next_ns,
	.count = count,
	.drops = drops,
};
