/*
 * Receiving: batches of events from the host, each brought to the rules.
 *
 * A turn takes in all that has come, within a time limit: a turn for each datagram would cost too
 * much, and a flood must not delay a flush. The limit is a part of the time that the last delivery
 * took, so that under load neither starves the other. The next turn goes on with a batch that was
 * not finished.
 *
 * While the process rests (it is stopped, or gets no processor) states gather in the kernel's
 * queue, the oldest first. A flush between them would send what is long out of date. So the turn
 * after a pause takes in all that arrived before it, whatever time that takes; the socket's buffer
 * bounds it.
 */
#include "proto/enet/host.h"
#include "proto/net/net.h"
#include "relay/peer/client_log.h"
#include "relay/server_internal.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	/* The least that receiving may take, and its part of the delivery's time before it. */
	INPUT_MS = 1,
	INPUT_PART = 2,
	/* Longer than any turn, unless the process rests. An idle relay may sleep that long, and
	 * then has nothing to catch up on. */
	PAUSE_MS = 100,
	/* ENet's time-out is only a backstop: the server measures silence itself. */
	ENET_TIMEOUT_LIMIT = 64,
	/* Several pings, so that no lost acknowledgement ends a client. */
	PINGS_A_TIMEOUT = 10,
	PING_MAX_MS = 500,
};

/* Connections. */

/*
 * How long a client has acknowledged nothing, on average, when a ping goes along with a snapshot.
 * Where no snapshot goes, ENet's own ping does, half as often.
 */
static uint32_t ping_ms(const struct config *config)
{
	const uint32_t part_ms = (uint32_t)(config->timeout_s * 1000) / PINGS_A_TIMEOUT;

	return part_ms < PING_MAX_MS ? part_ms : PING_MAX_MS;
}

void server_tune_peer(const struct server *server, unsigned peer)
{
	const struct config *config = server->config;
	const struct host_tuning tuning = { .timeout_ms = (uint32_t)(config->timeout_s * 1000),
					    .timeout_limit = ENET_TIMEOUT_LIMIT,
					    .ping_ms = 2 * ping_ms(config),
					    .joined_ping_ms = ping_ms(config) };

	host_tune(server->host, peer, &tuning);
}

static void on_connected(struct server *server, const struct host_event *event, int64_t now_ns)
{
	struct server_client *slot = &server->clients[event->peer];
	struct client *client = &slot->client;

	server_tune_peer(server, event->peer);
	if (!server->config->enet_throttle)
		host_disable_throttle(server->host, event->peer);
	host_start_sequence(server->host, event->peer, WIRE_CHANNEL_STATE,
			    (uint16_t)server->config->sequence_start);
	slot->is_open = true;
	client_open(&server->relay, client, slot, event->data, now_ns);
	client_check_channels(&server->relay, client, (unsigned)event->channels, now_ns);
	/* Its handshake may be older than the ban. */
	if (server_ban(server, &event->address, now_ns))
		client_refuse(&server->relay, client, WIRE_REASON_BANNED,
			      "an operator has banned your address; ask the operator", now_ns);
	if (server->is_stopping)
		client_goodbye(&server->relay, client, now_ns);
}

static enum wire_reason no_place_reason(const struct host_event *event)
{
	if (event->is_shut_out)
		return WIRE_REASON_BANNED;
	return event->is_address_full ? WIRE_REASON_ADDRESS_FULL : WIRE_REASON_RELAY_FULL;
}

/*
 * ENet does not answer a request for which there is no place. This answer has fewer bytes than the
 * request, whose address may be forged.
 */
static void on_no_place(struct server *server, const struct host_event *event, int64_t now_ns)
{
	const enum wire_reason reason = no_place_reason(event);
	struct accounting *accounting = &server->relay.accounting;

	accounting->declined[reason]++;
	client_log_declined(&event->address, reason, server->config);
	if (token_bucket_take(&server->declines, SERVER_DECLINES_A_SECOND, now_ns))
		host_decline(server->host, event, wire_reason_data(reason));
	else
		accounting->untold++;
}

static void on_message(struct server *server, const struct host_event *event, int64_t now_ns)
{
	struct server_client *slot = &server->clients[event->peer];
	const struct client_message message = { .channel = event->channel,
						.data = event->bytes,
						.size = event->size,
						.arrived_ns = event->arrived_ns };

	if (slot->is_open)
		client_receive(&server->relay, &slot->client, &message, now_ns);
}

static void on_event(struct server *server, const struct host_event *event, int64_t now_ns)
{
	switch (event->type) {
	case HOST_CONNECTED:
		on_connected(server, event, now_ns);
		break;
	case HOST_DISCONNECTED:
		/* The server notices silence long before ENet would: this client disconnected. */
		server_close_client(server, &server->clients[event->peer], WIRE_REASON_LEFT,
				    now_ns);
		break;
	case HOST_MESSAGE:
		on_message(server, event, now_ns);
		break;
	case HOST_NO_PLACE:
		on_no_place(server, event, now_ns);
		break;
	}
}

/* Batches. */

static bool is_finished(const struct server *server)
{
	return !server->batch || server->next == server->batch->count;
}

static void begin_batch(struct server *server, int64_t now_ns)
{
	server->batch = host_receive(server->host, now_ns);
	server->next = 0;
	for (size_t i = 0; i < SERVER_PREFETCH_STAGES; i++)
		server->prefetched[i] = 0;
}

/* Handles the rest of the batch, until the time is over. */
static void handle_batch(struct server *server, int64_t now_ns, int64_t until_ns, size_t *left)
{
	while (!is_finished(server) && *left > 0) {
		server_prefetch(server);
		on_event(server, &server->batch->events[server->next++], now_ns);
		--*left;
		if (net_now_ns() > until_ns)
			return;
	}
}

static int64_t input_ns(const struct server *server)
{
	const int64_t part_ns = server->delivery_ns / INPUT_PART;

	return part_ns > INPUT_MS * NS_PER_MS ? part_ns : INPUT_MS * NS_PER_MS;
}

static void receive_until(struct server *server, int64_t now_ns, int64_t until_ns)
{
	size_t left = SERVER_EVENTS_A_TURN;
	bool is_drained = false; /* by the last batch; more may have come since */

	handle_batch(server, now_ns, until_ns, &left);
	while (is_finished(server) && !is_drained && left > 0 && net_now_ns() <= until_ns) {
		begin_batch(server, now_ns);
		is_drained = server->batch->is_drained;
		handle_batch(server, now_ns, until_ns, &left);
	}
	server->is_behind = !is_finished(server) || !is_drained;
}

/* Pauses. */

static bool has_rested(struct server *server, int64_t now_ns)
{
	const int64_t before_ns = server->seen_ns;

	server->seen_ns = now_ns;
	return before_ns > 0 && now_ns - before_ns > PAUSE_MS * NS_PER_MS;
}

/* Takes in all that arrived before now. */
static void catch_up(struct server *server)
{
	struct net *net = net_current();
	const int socket = host_socket(server->host);
	const int64_t now_ns = net_now_ns();
	size_t left = SIZE_MAX;

	do {
		if (is_finished(server))
			begin_batch(server, now_ns);
		handle_batch(server, now_ns, INT64_MAX, &left);
		server->is_behind = !server->batch->is_drained;
	} while (server->is_behind && net_arrived_ns(net, socket) < now_ns);
}

void server_receive(struct server *server, int64_t now_ns)
{
	const bool has_rested_before = has_rested(server, now_ns);

	receive_until(server, now_ns, net_now_ns() + input_ns(server));
	if ((has_rested(server, net_now_ns()) || has_rested_before) && server->is_behind)
		catch_up(server);
}
