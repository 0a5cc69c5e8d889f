/*
 * stream: the lab's fourth way, the kernel's TCP: a server that writes each update that the relay
 * sends to the client that has connected, and the client.
 */
#include "client/lab/receiver.h"
#include "client/lab/update.h"
#include "proto/net/netns/tunnel.h"
#include "proto/net/udp/udp_clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	WAITING_MAX_BYTES = 1 << 20, /* for a client that takes nothing for long */
	CONNECT_TRIES = 100,
	CONNECT_PAUSE_US = 50000,
	POLL_MS = 50,
};

static const int64_t counts_each_ns = 100000000;

static struct sockaddr_in address_of(uint32_t host, uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(host) };
}

/* The server. */

struct stream_server {
	int listening, client; /* -1: none */
	uint8_t waiting[WAITING_MAX_BYTES];
	size_t size;
};

static bool listen_for_client(struct stream_server *server, int records)
{
	const struct sockaddr_in own = address_of(TUNNEL_RELAY_HOST, STAGE_STREAM_PORT);

	server->client = -1;
	server->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->listening >= 0 &&
	    bind(server->listening, (const struct sockaddr *)&own, sizeof(own)) == 0 &&
	    listen(server->listening, 1) == 0)
		return true;
	stage_break(records, "the stream's server: %s", strerror(errno));
	return false;
}

static void write_waiting(struct stream_server *server)
{
	const ssize_t sent = server->client < 0 || server->size == 0
				     ? 0
				     : send(server->client, server->waiting, server->size,
					    MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent <= 0)
		return;
	server->size -= (size_t)sent;
	memmove(server->waiting, server->waiting + sent, server->size);
}

/* A stream leaves nothing out, so what has no room ends it. */
static void on_server_update(void *context, struct lab_record *record)
{
	struct stream_server *server = context;
	uint8_t message[LAB_MESSAGE_MAX_BYTES];
	const size_t size = lab_update_write_message(record, message);

	if (server->client < 0)
		return;
	if (size > sizeof(server->waiting) - server->size) {
		close(server->client);
		server->client = -1;
		server->size = 0;
		return;
	}
	memcpy(server->waiting + server->size, message, size);
	server->size += size;
}

static void take_client(struct stream_server *server)
{
	const int on = 1;

	server->client = accept4(server->listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (server->client >= 0)
		setsockopt(server->client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void on_server_turn(void *context, struct starling *session)
{
	struct stream_server *server = context;

	(void)session;
	if (server->client < 0)
		take_client(server);
	write_waiting(server);
}

void stream_server_run(int records)
{
	static struct stream_server server; /* too large for a stack */
	const struct receiver_watch watch = { .update = on_server_update,
					      .turn = on_server_turn,
					      .context = &server };
	struct starling *session;

	if (!listen_for_client(&server, records))
		return;
	session = stage_join(records, "TCP server", STARLING_UNSEQUENCED);
	if (session)
		receiver_follow(session, records, &watch);
}

/* The client. */

struct stream_client {
	int socket, records;
	uint8_t data[4096];
	size_t size;
	uint64_t delivered;
	int64_t counted_ns;
};

/* The server may not be there yet, and the line may lose. */
static int connect_from(uint32_t own_host)
{
	const struct sockaddr_in own = address_of(own_host, 0),
				 server = address_of(TUNNEL_RELAY_HOST, STAGE_STREAM_PORT);

	for (int i = 0; i < CONNECT_TRIES; i++) {
		const int stream = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (stream >= 0 && bind(stream, (const struct sockaddr *)&own, sizeof(own)) == 0 &&
		    connect(stream, (const struct sockaddr *)&server, sizeof(server)) == 0)
			return stream;
		close(stream);
		usleep(CONNECT_PAUSE_US);
	}
	return -1;
}

static bool take_messages(struct stream_client *client)
{
	size_t at = 0;

	for (;;) {
		struct lab_record record = { .kind = LAB_UPDATE, .way = LAB_STREAM };
		const int size =
			lab_update_read_message(&record, client->data + at, client->size - at);

		if (size < 0)
			return false;
		if (size == 0)
			break;
		at += (size_t)size;
		client->delivered++;
		lab_record_send(client->records, &record);
	}
	client->size -= at;
	memmove(client->data, client->data + at, client->size);
	return true;
}

static void send_counts(struct stream_client *client)
{
	struct lab_record record = { .kind = LAB_COUNTS,
				     .way = LAB_STREAM,
				     .at_ns = udp_clock_ns(),
				     .delivered = client->delivered };

	if (record.at_ns < client->counted_ns + counts_each_ns)
		return;
	client->counted_ns = record.at_ns;
	lab_record_send(client->records, &record);
}

/* Whether it may go on. */
static bool read_stream(struct stream_client *client)
{
	struct pollfd readable = { .fd = client->socket, .events = POLLIN };
	ssize_t got;

	if (poll(&readable, 1, POLL_MS) <= 0)
		return true;
	got = recv(client->socket, client->data + client->size, sizeof(client->data) - client->size,
		   0);
	if (got <= 0)
		return false;
	client->size += (size_t)got;
	return take_messages(client);
}

void stream_receiver_run(uint32_t own_host, int records)
{
	struct stream_client client = { .socket = connect_from(own_host), .records = records };
	struct lab_record ready = { .kind = LAB_READY, .way = LAB_STREAM };

	if (client.socket < 0) {
		stage_break(records, "the stream's client cannot connect: %s", strerror(errno));
		return;
	}
	lab_record_send(records, &ready);
	while (read_stream(&client))
		send_counts(&client);
	stage_break(records, "the stream has ended");
}
