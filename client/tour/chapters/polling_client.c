/* polling_client: the clients of polling, which block in their calls as a beginner's do. */
#include "client/tour/chapters/polling_internal.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/tour/chapters/http_text.h"
#include "proto/net/udp/udp_clock.h"

enum {
	SETTLE_MS = 150, /* for what is still on the way before and after the questions */
	RETRY_MS = 250,  /* a datagram may be lost, and so may its answer */
	NS_PER_MS = 1000000,
};

struct client {
	volatile struct polling_account *account;
	const volatile struct polling_traffic *traffic;
	const struct polling_sockets *sockets;
	in_addr_t host;
	int fd;
	char data[HTTP_TEXT_BYTES + 1]; /* what has come and was not taken yet, with a NUL */
	size_t size;
};

/* Opens the client's socket from its own address to the server's. */
static bool open_socket(struct client *client, int type, const struct sockaddr_in *to)
{
	const struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = client->host };
	const struct timeval retry = { .tv_usec = RETRY_MS * 1000 };
	const int on = 1;

	client->fd = socket(AF_INET, type, 0);
	if (client->fd < 0 || bind(client->fd, (const struct sockaddr *)&own, sizeof(own)) < 0 ||
	    connect(client->fd, (const struct sockaddr *)to, sizeof(*to)) < 0)
		return false;
	if (type == SOCK_DGRAM)
		return setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &retry, sizeof(retry)) == 0;
	client->account->waits++;
	return setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0;
}

/* The origin of a position, its last number. */
static int64_t origin_of(const char *position)
{
	char *end;

	strtod(position, &end);
	strtod(end, &end);
	return strtoll(end, NULL, 10);
}

static void take(struct client *client, const char *position)
{
	polling_account_take(client->account, origin_of(position), udp_clock_ns());
	client->account->answers++;
}

/* Waits for more on the stream. */
static bool read_more(struct client *client)
{
	ssize_t got;

	if (client->size == sizeof(client->data) - 1)
		return false;
	got = recv(client->fd, client->data + client->size, sizeof(client->data) - 1 - client->size,
		   0);
	if (got <= 0)
		return false;
	client->size += (size_t)got;
	client->data[client->size] = '\0';
	return true;
}

static bool send_text(const struct client *client, const char *text)
{
	return send(client->fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

static bool open_web(struct client *client)
{
	return open_socket(client, SOCK_STREAM, &client->sockets->web_address);
}

static bool ask_web(struct client *client)
{
	char request[HTTP_TEXT_BYTES];
	const char *body = NULL;

	client->size = 0;
	if (!send_text(client, http_text_request(request, "/bird", NULL)))
		return false;
	while (!body) {
		if (!read_more(client))
			return false;
		body = http_text_body(client->data);
	}
	client->account->waits++;
	take(client, body);
	return true;
}

static bool ask_web_anew(struct client *client)
{
	bool is_answered = open_web(client) && ask_web(client);

	close(client->fd);
	return is_answered;
}

static bool open_nothing(struct client *client)
{
	(void)client;
	return true;
}

static bool open_stream(struct client *client)
{
	return open_socket(client, SOCK_STREAM, &client->sockets->stream_address);
}

/* Takes the next line of the stream, a position. */
static bool take_line(struct client *client)
{
	char *end;

	while (!(end = memchr(client->data, '\n', client->size))) {
		if (!read_more(client))
			return false;
	}
	take(client, client->data);
	client->size -= (size_t)(end + 1 - client->data);
	memmove(client->data, end + 1, client->size);
	return true;
}

static bool ask_stream(struct client *client)
{
	static const char question[] = { POLLING_ASKS, '\0' };

	client->account->waits++;
	return send_text(client, question) && take_line(client);
}

static bool open_datagram(struct client *client)
{
	return open_socket(client, SOCK_DGRAM, &client->sockets->datagram_address);
}

/* Takes the next datagram; when none comes in time, says `text` again. */
static bool take_datagram(struct client *client, const char *text)
{
	ssize_t got = recv(client->fd, client->data, sizeof(client->data) - 1, 0);

	while (got < 0) {
		/* That may fail as well while nobody is there. */
		(void)send_text(client, text);
		got = recv(client->fd, client->data, sizeof(client->data) - 1, 0);
	}
	client->data[got] = '\0';
	take(client, client->data);
	return true;
}

static bool ask_datagram(struct client *client)
{
	static const char question[] = { POLLING_ASKS, '\0' };

	client->account->waits++;
	return send_text(client, question) && take_datagram(client, question);
}

static bool follow_stream(struct client *client)
{
	static const char wish[] = { POLLING_FOLLOWS, '\0' };
	bool goes_on = send_text(client, wish);

	while (goes_on)
		goes_on = take_line(client);
	return false;
}

static bool follow_datagrams(struct client *client)
{
	static const char wish[] = { POLLING_FOLLOWS, '\0' };
	bool goes_on = send_text(client, wish);

	while (goes_on)
		goes_on = take_datagram(client, wish);
	return false;
}

/* A way: opens, asks once, and follows; without `follow` it asks over and over. */
static const struct {
	bool (*open)(struct client *client);
	bool (*ask)(struct client *client);
	bool (*follow)(struct client *client);
} ways[POLLING_WAYS] = {
	[POLLING_HTTP_NEW] = { open_nothing, ask_web_anew, NULL },
	[POLLING_HTTP_KEPT] = { open_web, ask_web, NULL },
	[POLLING_TCP] = { open_stream, ask_stream, follow_stream },
	[POLLING_UDP] = { open_datagram, ask_datagram, follow_datagrams },
};

/* All questions, with what they cost. The connection that is kept is no part of that. */
static void ask_all(struct client *client, enum polling_way way)
{
	volatile struct polling_account *account = client->account;
	int64_t begin_ns;

	poll(NULL, 0, SETTLE_MS);
	account->packets_before = client->traffic->packets;
	account->bytes_before = client->traffic->bytes;
	account->waits = 0;
	begin_ns = udp_clock_ns();
	for (int i = 0; i < POLLING_QUESTIONS; i++) {
		if (!ways[way].ask(client))
			return;
	}
	account->spent_ns = udp_clock_ns() - begin_ns;
	poll(NULL, 0, SETTLE_MS);
	account->has_done = true;
	pause();
}

static void ask_for_ever(struct client *client, enum polling_way way)
{
	int64_t due_ns = udp_clock_ns();

	while (ways[way].ask(client)) {
		int64_t now_ns = udp_clock_ns();

		due_ns += (int64_t)1000 / POLLING_HZ * NS_PER_MS;
		if (due_ns > now_ns)
			poll(NULL, 0, (int)((due_ns - now_ns) / NS_PER_MS));
		else
			due_ns = now_ns;
	}
}

void polling_view(struct polling_shared *shared, enum polling_way way, in_addr_t host,
		  const struct polling_sockets *sockets)
{
	struct client client = { .account = &shared->accounts[way],
				 .traffic = &shared->traffic[way],
				 .sockets = sockets,
				 .host = host };

	if (!ways[way].open(&client))
		return;
	if (shared->task == POLLING_ASK)
		ask_all(&client, way);
	else if (ways[way].follow)
		ways[way].follow(&client);
	else
		ask_for_ever(&client, way);
}
