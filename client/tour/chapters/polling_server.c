/* polling_server: the server of polling: one bird, and whoever asks for it or follows it. */
#include "client/tour/chapters/polling_internal.h"

#include <inttypes.h>
#include <math.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/tour/chapters/http_text.h"
#include "proto/net/udp/udp_clock.h"

enum {
	CHILDREN_MAX = 12, /* connections at once */
	BACKLOG = 8,
	NS_PER_MS = 1000000,
	MOVE_MS = 1000 / POLLING_HZ,
};

/* A connection. Zeroed but for the descriptor: nothing has come. */
struct connection {
	int fd; /* -1: none */
	bool is_web, follows;
	char data[HTTP_TEXT_BYTES];
	size_t size;
};

struct server {
	const struct polling_sockets *sockets;
	struct connection connections[CHILDREN_MAX];
	struct sockaddr_in follower; /* on UDP; port 0: none */
	unsigned moves;
	int64_t due_ns; /* the next move */
	char bird[POLLING_TEXT_BYTES];
};

static bool open_at(int *fd, int type, in_addr_t host, struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);

	*address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = host };
	*fd = socket(AF_INET, type, 0);
	return *fd >= 0 && bind(*fd, (const struct sockaddr *)address, size) == 0 &&
	       getsockname(*fd, (struct sockaddr *)address, &size) == 0 &&
	       (type == SOCK_DGRAM || listen(*fd, BACKLOG) == 0);
}

bool polling_open(struct polling_sockets *sockets, in_addr_t host)
{
	return open_at(&sockets->web, SOCK_STREAM, host, &sockets->web_address) &&
	       open_at(&sockets->stream, SOCK_STREAM, host, &sockets->stream_address) &&
	       open_at(&sockets->datagram, SOCK_DGRAM, host, &sockets->datagram_address);
}

/* An answer that a connection has no room for ends it, as with any client that does not read. */
static void send_text(struct connection *connection, const char *text)
{
	const size_t size = strlen(text);

	if (send(connection->fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)size)
		return;
	close(connection->fd);
	connection->fd = -1;
}

static void send_datagram(const struct server *server, const struct sockaddr_in *to)
{
	/* UDP promises nothing, so neither does this. */
	(void)sendto(server->sockets->datagram, server->bird, strlen(server->bird), MSG_DONTWAIT,
		     (const struct sockaddr *)to, sizeof(*to));
}

/* The bird flies in a circle. Its place goes with the time, as ages count from there. */
static void move(struct server *server)
{
	const int64_t now_ns = udp_clock_ns();
	const double angle = 0.05 * ++server->moves;

	server->due_ns += (int64_t)MOVE_MS * NS_PER_MS;
	snprintf(server->bird, sizeof(server->bird), "%.2f %.2f %" PRId64 "\n", 9 * cos(angle),
		 9 * sin(angle), now_ns);
	for (int i = 0; i < CHILDREN_MAX; i++) {
		if (server->connections[i].fd >= 0 && server->connections[i].follows)
			send_text(&server->connections[i], server->bird);
	}
	if (server->follower.sin_port != 0)
		send_datagram(server, &server->follower);
}

static void take_in(struct server *server, int parent, bool is_web)
{
	const int fd = accept(parent, NULL, NULL), on = 1;
	int i = 0;

	if (fd < 0)
		return;
	/* A position that waits for the next one would be late. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	while (i < CHILDREN_MAX && server->connections[i].fd >= 0)
		i++;
	if (i < CHILDREN_MAX)
		server->connections[i] = (struct connection){ .fd = fd, .is_web = is_web };
	else
		close(fd);
}

static void answer_web(struct server *server, struct connection *connection)
{
	char answer[HTTP_TEXT_BYTES];

	connection->data[connection->size] = '\0';
	if (!http_text_is_asked(connection->data))
		return;
	connection->size = 0;
	send_text(connection, http_text_answer(answer, connection->data, server->bird));
}

static void answer_stream(struct server *server, struct connection *connection)
{
	const bool asks = memchr(connection->data, POLLING_ASKS, connection->size) != NULL;

	connection->follows |= memchr(connection->data, POLLING_FOLLOWS, connection->size) != NULL;
	connection->size = 0;
	if (asks)
		send_text(connection, server->bird);
}

static void read_connection(struct server *server, struct connection *connection)
{
	const size_t room = sizeof(connection->data) - 1 - connection->size;
	const ssize_t got =
		recv(connection->fd, connection->data + connection->size, room, MSG_DONTWAIT);

	/* The end of the stream, or a request that is too long. */
	if (got <= 0) {
		close(connection->fd);
		connection->fd = -1;
		return;
	}
	connection->size += (size_t)got;
	if (connection->is_web)
		answer_web(server, connection);
	else
		answer_stream(server, connection);
}

static void read_datagram(struct server *server)
{
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	char byte;

	if (recvfrom(server->sockets->datagram, &byte, 1, MSG_DONTWAIT, (struct sockaddr *)&from,
		     &size) != 1)
		return;
	if (byte == POLLING_ASKS)
		send_datagram(server, &from);
	else if (byte == POLLING_FOLLOWS)
		server->follower = from;
}

/* Until the next move. */
static void wait_and_read(struct server *server)
{
	const struct polling_sockets *sockets = server->sockets;
	struct pollfd polls[CHILDREN_MAX + 3];
	int64_t left_ns = server->due_ns - udp_clock_ns();

	for (int i = 0; i < CHILDREN_MAX; i++)
		polls[i] = (struct pollfd){ .fd = server->connections[i].fd, .events = POLLIN };
	polls[CHILDREN_MAX] = (struct pollfd){ .fd = sockets->web, .events = POLLIN };
	polls[CHILDREN_MAX + 1] = (struct pollfd){ .fd = sockets->stream, .events = POLLIN };
	polls[CHILDREN_MAX + 2] = (struct pollfd){ .fd = sockets->datagram, .events = POLLIN };
	if (poll(polls, CHILDREN_MAX + 3, left_ns > 0 ? (int)(left_ns / NS_PER_MS) + 1 : 0) <= 0)
		return;
	for (int i = 0; i < CHILDREN_MAX; i++) {
		if (polls[i].revents != 0)
			read_connection(server, &server->connections[i]);
	}
	if (polls[CHILDREN_MAX].revents != 0)
		take_in(server, sockets->web, true);
	if (polls[CHILDREN_MAX + 1].revents != 0)
		take_in(server, sockets->stream, false);
	if (polls[CHILDREN_MAX + 2].revents != 0)
		read_datagram(server);
}

void polling_serve(const struct polling_sockets *sockets)
{
	static struct server server;

	server.sockets = sockets;
	server.due_ns = udp_clock_ns();
	for (int i = 0; i < CHILDREN_MAX; i++)
		server.connections[i].fd = -1;
	for (;;) {
		if (udp_clock_ns() >= server.due_ns)
			move(&server);
		wait_and_read(&server);
	}
}
