/*
 * A relay over TCP, to compare with: frames of two bytes of length (big endian) and so many bytes.
 * A frame that has come whole is sent on to all other clients; what goes to one client in one turn
 * of the loop goes in one write. -n sets TCP_NODELAY; -a is the IPv4 address to bind (127.0.0.1).
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>

#include "bench/servers/baseline/baseline.h"

enum {
	CLIENTS_MAX = 4095,
	FRAME_MAX_BYTES = 2 + 1200,
	IN_BYTES = 1 << 14,
	OUT_BYTES = 1 << 20, /* a client that lets more wait is dropped */
	EVENTS_MAX = 64,
	WAIT_MS = 100,
};

struct client {
	int fd; /* -1: nobody */
	uint8_t *out;
	size_t out_size;
	uint8_t in[IN_BYTES];
	size_t in_size;
};

struct relay {
	int listener, epoll;
	bool is_nodelay;
	struct client clients[CLIENTS_MAX];
	unsigned used; /* clients from here on were never there */
};

static struct relay relay; /* of some MiB; one for the program */

static void drop(struct client *client)
{
	close(client->fd);
	free(client->out);
	client->fd = -1;
	client->out = NULL;
}

static void take_client(struct relay *r)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = accept4(r->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
	struct client *client = NULL;

	for (unsigned i = 0; i < CLIENTS_MAX && !client; i++)
		if (i >= r->used || r->clients[i].fd < 0)
			client = &r->clients[i];
	if (fd < 0 || !client || !(client->out = malloc(OUT_BYTES))) {
		close(fd);
		return;
	}
	client->fd = fd;
	client->in_size = client->out_size = 0;
	if (client - r->clients >= r->used)
		r->used++;
	if (r->is_nodelay)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	event.data.u32 = (uint32_t)(client - r->clients);
	epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void send_on(struct relay *r, const struct client *from, const uint8_t *frame, size_t size)
{
	for (unsigned i = 0; i < r->used; i++) {
		struct client *client = &r->clients[i];

		if (client == from || client->fd < 0)
			continue;
		if (client->out_size + size > OUT_BYTES) {
			drop(client);
			continue;
		}
		memcpy(client->out + client->out_size, frame, size);
		client->out_size += size;
	}
}

static void read_client(struct relay *r, struct client *client)
{
	ssize_t got = recv(client->fd, client->in + client->in_size, IN_BYTES - client->in_size, 0);
	size_t done = 0;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		drop(client);
		return;
	}
	client->in_size += (size_t)got;
	while (client->in_size - done >= 2) {
		const uint8_t *frame = client->in + done;
		size_t size = 2 + ((size_t)frame[0] << 8 | frame[1]);

		if (size > FRAME_MAX_BYTES) {
			drop(client);
			return;
		}
		if (client->in_size - done < size)
			break;
		send_on(r, client, frame, size);
		done += size;
	}
	memmove(client->in, client->in + done, client->in_size - done);
	client->in_size -= done;
}

static void write_all(struct relay *r)
{
	for (unsigned i = 0; i < r->used; i++) {
		struct client *client = &r->clients[i];
		ssize_t sent;

		if (client->fd < 0 || client->out_size == 0)
			continue;
		sent = send(client->fd, client->out, client->out_size, MSG_NOSIGNAL);
		if (sent <= 0) /* what is wrong shows when it is read next */
			continue;
		memmove(client->out, client->out + sent, client->out_size - (size_t)sent);
		client->out_size -= (size_t)sent;
	}
}

static bool has_unsent(const struct relay *r)
{
	for (unsigned i = 0; i < r->used; i++)
		if (r->clients[i].fd >= 0 && r->clients[i].out_size > 0)
			return true;
	return false;
}

static void serve(struct relay *r)
{
	struct epoll_event events[EVENTS_MAX];

	while (!is_stopping) {
		/* Bytes that a full socket did not take are tried again soon. */
		int count = epoll_wait(r->epoll, events, EVENTS_MAX, has_unsent(r) ? 1 : WAIT_MS);

		for (int i = 0; i < count; i++) {
			uint32_t index = events[i].data.u32;

			if (index == CLIENTS_MAX)
				take_client(r);
			else if (r->clients[index].fd >= 0)
				read_client(r, &r->clients[index]);
		}
		write_all(r);
	}
}

static bool open_listener(struct relay *r, struct sockaddr_in *address)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = CLIENTS_MAX };

	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	r->listener = open_at(address, SOCK_STREAM | SOCK_NONBLOCK);
	return r->epoll >= 0 && r->listener >= 0 && listen(r->listener, CLIENTS_MAX) == 0 &&
	       epoll_ctl(r->epoll, EPOLL_CTL_ADD, r->listener, &event) == 0;
}

int main(int argc, char **argv)
{
	struct options options;

	if (!read_options(argc, argv, "a:ns:", &options)) {
		fputs("usage: baseline-tcp_relay [-a ADDRESS] [-n] [-s SECONDS (1 to 3600)]\n",
		      stderr);
		return 2;
	}
	stop_after(options.seconds);
	relay.is_nodelay = options.is_nodelay;
	if (!open_listener(&relay, &options.address)) {
		fprintf(stderr, "baseline-tcp_relay: cannot listen: %s\n", strerror(errno));
		return 1;
	}
	say_listening(&options.address);
	serve(&relay);
	return 0;
}
