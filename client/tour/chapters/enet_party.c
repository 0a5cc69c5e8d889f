#include "client/tour/chapters/enet_party.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "proto/enet/host.h"
#include "proto/enet/platform.h"

enum {
	PEER = 0, /* each host's only one */
	EVENTS_MAX = 32,
	EVENT_BYTES = 64,
	NS_PER_MS = 1000000,
	TIMEOUT_MS = 10000,
	TIMEOUT_LIMIT = 32,
	PING_MS = 60000, /* what the tour shows is not to be mixed with pings */
	WAITING_MAX_BYTES = 1 << 16,
};

/* An event of ENet's, kept until the tour asks for it. */
struct event {
	enum host_event_type type;
	uint8_t channel;
	int64_t ns;
	size_t size;
	uint8_t data[EVENT_BYTES];
};

/* The process's own. */
static struct host *host;
static struct event events[EVENTS_MAX];
static size_t event_count;
static bool is_held;

static void keep_event(const struct host_event *came, int64_t now_ns)
{
	const struct host_tuning tuning = { .timeout_ms = TIMEOUT_MS,
					    .timeout_limit = TIMEOUT_LIMIT,
					    .ping_ms = PING_MS };
	struct event *event;

	if (came->type == HOST_CONNECTED) {
		host_disable_own_throttle(host, PEER);
		host_tune(host, PEER, &tuning);
	}
	if (event_count == EVENTS_MAX)
		return;
	event = &events[event_count++];
	*event = (struct event){ .type = came->type, .channel = came->channel, .ns = now_ns };
	if (came->type != HOST_MESSAGE)
		return;
	event->size = came->size < EVENT_BYTES ? came->size : EVENT_BYTES;
	memcpy(event->data, came->bytes, event->size);
}

/* Lets ENet work: takes what came in, and sends what is due. */
static void work(void)
{
	const struct host_batch *batch;

	if (!host || is_held)
		return;
	do {
		int64_t now_ns = net_now_ns();

		batch = host_receive(host, now_ns);
		for (size_t i = 0; i < batch->count; i++)
			keep_event(&batch->events[i], now_ns);
	} while (!batch->is_drained);
	host_flush(host);
}

void enet_party_hold(void)
{
	is_held = true;
}

/* Waits for the host's socket and for `line`, at most until `until_ns` or ENet's deadline. */
static void wait(struct pollfd *line, int64_t until_ns)
{
	struct pollfd waits[2] = { *line, { .fd = -1, .events = POLLIN } };
	int64_t now_ns = net_now_ns();
	int timeout_ms = -1;

	if (host && !is_held) {
		int64_t deadline_ns = host_deadline_ns(host);

		waits[1].fd = host_socket(host);
		until_ns = deadline_ns < until_ns ? deadline_ns : until_ns;
	}
	if (until_ns != INT64_MAX)
		timeout_ms = until_ns > now_ns ? (int)((until_ns - now_ns) / NS_PER_MS) + 1 : 0;
	if (poll(waits, 2, timeout_ms) <= 0)
		waits[0].revents = 0;
	line->revents = waits[0].revents;
}

void enet_party_serve(void *state)
{
	struct pollfd line = { .fd = ACTOR_LINE, .events = POLLIN };
	char why[PLATFORM_WHY_BYTES];

	(void)state;
	if (platform_init(why, sizeof(why)) < 0)
		return;
	for (;;) {
		work();
		wait(&line, INT64_MAX);
		if (line.revents != 0 && !actor_make_call())
			return;
	}
}

/* Whether there is a host; else the call fails. */
static bool has_host(struct call *call)
{
	if (host)
		return true;
	errno = EBADF;
	call_keep_result(call, -1);
	call_keep_arguments(call, "host");
	return false;
}

static void make_open(struct call *call, const struct call_request *request)
{
	const struct host_config config = {
		.address = { .host = htonl(INADDR_LOOPBACK) },
		.is_server = request->number,
		.peers = 1,
		.channels = WIRE_CHANNEL_COUNT,
		.mtu = WIRE_ENET_MTU_BYTES,
		.message_max_bytes = WIRE_MESSAGE_MAX_BYTES,
		.waiting_max_bytes = WAITING_MAX_BYTES,
	};
	int result = host_open(&host, &config);

	errno = -result;
	call_keep_name(call, "host_open");
	call_keep_result(call, result < 0 ? -1 : 0);
	call_keep_arguments(call, "&host, {127.0.0.1, port 0, %s, %d channels}",
			    request->number ? "server" : "client", WIRE_CHANNEL_COUNT);
	if (host)
		call->fd = host_socket(host);
}

struct call_request enet_party_open(bool is_server)
{
	return (struct call_request){
		.kind = CALL_OWN, .make = make_open, .fd = -1, .number = is_server
	};
}

static void make_socket(struct call *call, const struct call_request *request)
{
	(void)request;
	call_keep_name(call, "host_socket");
	if (!has_host(call))
		return;
	call->fd = host_socket(host);
	call_keep_result(call, call->fd);
	call_keep_arguments(call, "host");
}

struct call_request enet_party_socket(void)
{
	return (struct call_request){ .kind = CALL_OWN, .make = make_socket, .fd = -1 };
}

static void make_connect(struct call *call, const struct call_request *request)
{
	const struct net_address to = { .host = request->address.sin_addr.s_addr,
					.port = ntohs(request->address.sin_port) };
	char text[CALL_ADDRESS_TEXT_BYTES];
	int result;

	call_keep_name(call, "host_connect");
	if (!has_host(call))
		return;
	result = host_connect(host, &to, wire_connect_data(), WIRE_ENET_MTU_BYTES);
	host_flush(host);
	errno = -result;
	call_keep_result(call, result < 0 ? -1 : 0);
	call_keep_arguments(call, "host, %s, 0x%08x, %d",
			    call_address_text(&request->address, text),
			    (unsigned)wire_connect_data(), WIRE_ENET_MTU_BYTES);
	call->fd = host_socket(host);
}

struct call_request enet_party_connect(struct sockaddr_in to)
{
	return (struct call_request){
		.kind = CALL_OWN, .make = make_connect, .fd = -1, .address = to
	};
}

/* A message in a call's arguments: as text where it is text, else its size. */
static const char *shown(const void *data, size_t size, char text[static EVENT_BYTES + 4])
{
	const uint8_t *bytes = data;
	bool is_text = size > 0 && size < EVENT_BYTES;

	for (size_t i = 0; i < size && is_text; i++)
		is_text = bytes[i] >= ' ' && bytes[i] < 0x7f;
	if (is_text)
		snprintf(text, EVENT_BYTES + 4, "\"%.*s\"", (int)size, (const char *)data);
	else
		snprintf(text, EVENT_BYTES + 4, "(%zu bytes)", size);
	return text;
}

static void record_event(struct call *call, const struct event *event)
{
	char text[EVENT_BYTES + 4];

	call_keep_result(call, 1);
	call->begin_ns = call->end_ns = event->ns;
	call->value = 1 + (long)event->type;
	if (event->type == HOST_CONNECTED)
		call_keep_arguments(call, "host, {HOST_CONNECTED}");
	else if (event->type == HOST_DISCONNECTED)
		call_keep_arguments(call, "host, {HOST_DISCONNECTED}");
	else
		call_keep_arguments(call, "host, {HOST_MESSAGE, channel %u, %s}",
				    (unsigned)event->channel,
				    shown(event->data, event->size, text));
	call_keep_data(call, event->data, event->size);
}

static void make_receive(struct call *call, const struct call_request *request)
{
	const int64_t until_ns = net_now_ns() + (int64_t)request->size * NS_PER_MS;
	struct pollfd none = { .fd = -1 };

	call_keep_name(call, "host_receive");
	if (!has_host(call))
		return;
	is_held = false;
	work();
	while (event_count == 0 && net_now_ns() < until_ns) {
		wait(&none, until_ns);
		work();
	}
	call->fd = host_socket(host);
	if (event_count == 0) {
		call_keep_result(call, 0);
		call_keep_arguments(call, "host, nothing for %zu ms", request->size);
		return;
	}
	record_event(call, &events[0]);
	event_count--;
	memmove(&events[0], &events[1], event_count * sizeof(events[0]));
}

struct call_request enet_party_receive(unsigned limit_ms)
{
	return (struct call_request){
		.kind = CALL_OWN, .make = make_receive, .fd = -1, .size = limit_ms
	};
}

static void make_send(struct call *call, const struct call_request *request)
{
	static const char *const modes[WIRE_MODE_COUNT] = { "UNSEQUENCED", "SEQUENCED",
							    "RELIABLE" };
	char text[EVENT_BYTES + 4];
	bool is_taken;

	call_keep_name(call, "host_send");
	if (!has_host(call))
		return;
	is_taken = host_send(host, PEER, (uint8_t)request->fd, (enum wire_mode)request->number,
			     HOST_QUEUED, request->data, request->size);
	host_flush(host);
	call_keep_result(call, is_taken);
	call_keep_arguments(call, "host, 0, %d, %s, %s, %zu", request->fd, modes[request->number],
			    shown(request->data, request->size, text), request->size);
	call_keep_data(call, request->data, request->size);
	call->fd = host_socket(host);
}

struct call_request enet_party_send(enum wire_channel channel, enum wire_mode mode,
				    const void *data, size_t size)
{
	struct call_request request = {
		.kind = CALL_OWN, .make = make_send, .fd = (int)channel, .number = (int)mode
	};

	request.size = size < sizeof(request.data) ? size : sizeof(request.data);
	memcpy(request.data, data, request.size);
	return request;
}

static void make_disconnect(struct call *call, const struct call_request *request)
{
	(void)request;
	call_keep_name(call, "host_disconnect");
	if (!has_host(call))
		return;
	host_disconnect(host, PEER, 0, HOST_WHEN_DELIVERED);
	host_flush(host);
	call_keep_result(call, 0);
	call_keep_arguments(call, "host, 0, 0, HOST_WHEN_DELIVERED");
	call->fd = host_socket(host);
}

struct call_request enet_party_disconnect(void)
{
	return (struct call_request){ .kind = CALL_OWN, .make = make_disconnect, .fd = -1 };
}

static void make_close(struct call *call, const struct call_request *request)
{
	(void)request;
	call_keep_name(call, "host_close");
	if (!has_host(call))
		return;
	host_close(host);
	host = NULL;
	event_count = 0;
	call_keep_result(call, 0);
	call_keep_arguments(call, "host");
}

struct call_request enet_party_close(void)
{
	return (struct call_request){ .kind = CALL_OWN, .make = make_close, .fd = -1 };
}
