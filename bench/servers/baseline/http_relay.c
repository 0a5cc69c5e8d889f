/*
 * A relay by polling over HTTP/1.1, to compare with: a member says where it is and hears of the
 * others in one request.
 *
 *	POST /members/ID HTTP/1.1     ID is 0 to 255; the body is the member's newest state, of
 *	Content-Length: N             1 to 256 bytes
 *
 * is answered by 200 and the newest states of all others, each with two bytes of length (big
 * endian) before it. Connections are kept; a request is read only when the one before it has been
 * answered. Anything else is answered by 400, and the connection closed. -a is the IPv4 address to
 * bind (127.0.0.1).
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "bench/servers/baseline/baseline.h"

enum {
	CLIENTS_MAX = 256,
	MEMBERS_MAX = 256,
	STATE_MAX_BYTES = 256,
	HEAD_MAX_BYTES = 2048,
	REQUEST_MAX_BYTES = HEAD_MAX_BYTES + STATE_MAX_BYTES,
	ANSWER_MAX_BYTES = 256 + MEMBERS_MAX * (2 + STATE_MAX_BYTES),
	WAIT_MS = 100,
};

struct client {
	char in[REQUEST_MAX_BYTES + 1]; /* always ends with a NUL */
	size_t in_size;
	char *out; /* NULL: nobody */
	size_t out_size, out_done;
	bool is_last; /* closed after the answer */
};

struct relay {
	int listener;
	struct pollfd polls[CLIENTS_MAX + 1]; /* the listener behind them */
	struct client clients[CLIENTS_MAX];
	struct {
		uint8_t bytes[STATE_MAX_BYTES];
		size_t size; /* 0: none yet */
	} states[MEMBERS_MAX];
};

static struct relay relay; /* of some hundred KiB; one for the program */

static void drop(struct relay *r, size_t index)
{
	close(r->polls[index].fd);
	r->polls[index].fd = -1;
	free(r->clients[index].out);
	r->clients[index].out = NULL;
}

static void take_client(struct relay *r)
{
	int fd = accept4(r->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
	size_t index = 0;
	char *out;

	while (index < CLIENTS_MAX && r->clients[index].out)
		index++;
	if (fd < 0 || index == CLIENTS_MAX || !(out = malloc(ANSWER_MAX_BYTES))) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	r->clients[index].in_size = r->clients[index].out_size = r->clients[index].out_done = 0;
	r->clients[index].is_last = false;
	r->clients[index].out = out;
	r->polls[index] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

/* Requests. */

static void answer_bad(struct client *client)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n"
				   "Connection: close\r\n\r\n";

	memcpy(client->out, text, sizeof(text) - 1);
	client->out_size = sizeof(text) - 1;
	client->is_last = true;
}

static void answer(const struct relay *r, struct client *client, unsigned member)
{
	size_t body = 0, size;

	for (unsigned i = 0; i < MEMBERS_MAX; i++)
		if (i != member && r->states[i].size > 0)
			body += 2 + r->states[i].size;
	size = (size_t)snprintf(client->out, ANSWER_MAX_BYTES,
				"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
				"Content-Length: %zu\r\n\r\n",
				body);
	for (unsigned i = 0; i < MEMBERS_MAX; i++) {
		if (i == member || r->states[i].size == 0)
			continue;
		client->out[size++] = (char)(r->states[i].size >> 8);
		client->out[size++] = (char)(r->states[i].size & 0xff);
		memcpy(client->out + size, r->states[i].bytes, r->states[i].size);
		size += r->states[i].size;
	}
	client->out_size = size;
}

/* A decimal number of at most four digits that `end` follows; or -1. */
static int read_number(const char *text, const char *end)
{
	int number = 0, digits = 0;

	for (; *text >= '0' && *text <= '9'; text++, digits++) {
		if (digits == 4)
			return -1;
		number = 10 * number + (*text - '0');
	}
	return digits > 0 && strncmp(text, end, strlen(end)) == 0 ? number : -1;
}

/* The length that the head tells; -1: none, or no good one. The head ends with an empty line. */
static int content_length(const char *head)
{
	static const char name[] = "\r\nContent-Length:";

	for (const char *line = head; (line = strstr(line, "\r\n")); line += 2) {
		if (strncasecmp(line, name, sizeof(name) - 1) != 0)
			continue;
		line += sizeof(name) - 1;
		return read_number(line + strspn(line, " "), "\r\n");
	}
	return -1;
}

/* Answers the request that has come whole; false when there is none. */
static bool serve_request(struct relay *r, struct client *client)
{
	static const char start[] = "POST /members/";
	char *end = strstr(client->in, "\r\n\r\n");
	size_t head = end ? (size_t)(end - client->in) + 4 : 0;
	int member, length;

	if (!end) {
		/* A NUL ends the text early, and so must not be in a head. */
		if (client->in_size >= HEAD_MAX_BYTES || strlen(client->in) < client->in_size)
			answer_bad(client);
		return client->out_size > 0;
	}
	end[2] = '\0';
	member = strncmp(client->in, start, sizeof(start) - 1) == 0
			 ? read_number(client->in + sizeof(start) - 1, " HTTP/1.1\r\n")
			 : -1;
	length = content_length(client->in);
	end[2] = '\r';
	if (member < 0 || member >= MEMBERS_MAX || length < 1 || length > STATE_MAX_BYTES ||
	    head > HEAD_MAX_BYTES) {
		answer_bad(client);
		return true;
	}
	if (client->in_size - head < (size_t)length)
		return false;
	memcpy(r->states[member].bytes, client->in + head, (size_t)length);
	r->states[member].size = (size_t)length;
	head += (size_t)length;
	client->in_size -= head;
	memmove(client->in, client->in + head, client->in_size + 1);
	answer(r, client, (unsigned)member);
	return true;
}

/* One client's turn. */

/* False: the connection is over. */
static bool read_more(struct client *client, int fd)
{
	ssize_t got =
		recv(fd, client->in + client->in_size, REQUEST_MAX_BYTES - client->in_size, 0);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	client->in_size += (size_t)got;
	client->in[client->in_size] = '\0';
	return got > 0;
}

static bool write_more(struct client *client, int fd)
{
	ssize_t sent = send(fd, client->out + client->out_done, client->out_size - client->out_done,
			    MSG_NOSIGNAL);

	if (sent < 0)
		return errno == EAGAIN || errno == EINTR;
	client->out_done += (size_t)sent;
	if (client->out_done < client->out_size)
		return true;
	client->out_size = client->out_done = 0;
	return !client->is_last;
}

static void serve_client(struct relay *r, size_t index)
{
	struct client *client = &r->clients[index];
	const int fd = r->polls[index].fd;
	bool is_alive = true;

	if (client->out_size > 0)
		is_alive = write_more(client, fd);
	else
		is_alive = read_more(client, fd);
	while (is_alive && client->out_size == 0 && serve_request(r, client))
		is_alive = write_more(client, fd);
	if (!is_alive)
		drop(r, index);
	else
		r->polls[index].events = client->out_size > 0 ? POLLOUT : POLLIN;
}

static void serve(struct relay *r)
{
	while (!is_stopping) {
		if (poll(r->polls, CLIENTS_MAX + 1, WAIT_MS) <= 0)
			continue;
		for (size_t i = 0; i < CLIENTS_MAX; i++)
			if (r->clients[i].out && r->polls[i].revents != 0)
				serve_client(r, i);
		if (r->polls[CLIENTS_MAX].revents != 0)
			take_client(r);
	}
}

static bool open_listener(struct relay *r, struct sockaddr_in *address)
{
	r->listener = open_at(address, SOCK_STREAM | SOCK_NONBLOCK);
	if (r->listener < 0 || listen(r->listener, CLIENTS_MAX) < 0)
		return false;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		r->polls[i].fd = -1;
	r->polls[CLIENTS_MAX] = (struct pollfd){ .fd = r->listener, .events = POLLIN };
	return true;
}

int main(int argc, char **argv)
{
	struct options options;

	if (!read_options(argc, argv, "a:s:", &options)) {
		fputs("usage: baseline-http_relay [-a ADDRESS] [-s SECONDS (1 to 3600)]\n", stderr);
		return 2;
	}
	stop_after(options.seconds);
	if (!open_listener(&relay, &options.address)) {
		fprintf(stderr, "baseline-http_relay: cannot listen: %s\n", strerror(errno));
		return 1;
	}
	say_listening(&options.address);
	serve(&relay);
	return 0;
}
