/* Sending: the rules' messages go to the host. */
#include "proto/enet/host.h"
#include "relay/server_internal.h"

static unsigned number_of(const struct server *server, const void *peer)
{
	return (unsigned)((const struct server_client *)peer - server->clients);
}

/* An event may be longer than an unknown path takes, and cannot be split into two messages. */
static enum host_send_as way_of(enum wire_channel channel, enum wire_mode mode, const void *data,
				size_t size)
{
	if (channel == WIRE_CHANNEL_STATE)
		return HOST_IN_TURN;
	return mode == WIRE_RELIABLE && wire_type_of(data, size) == WIRE_EVENT ? HOST_CUT
									       : HOST_QUEUED;
}

static bool send_message(void *context, void *peer, enum wire_channel channel, enum wire_mode mode,
			 const void *data, size_t size)
{
	struct server *server = context;

	return size > 0 && host_send(server->host, number_of(server, peer), (uint8_t)channel, mode,
				     way_of(channel, mode, data, size), data, size);
}

static size_t backlog(void *context, void *peer)
{
	const struct server *server = context;

	return host_backlog(server->host, number_of(server, peer));
}

/*
 * Some bindings connect with one channel unless they are told otherwise. A client with too few may
 * be somebody's first try, and not read messages yet: so the DISCONNECT carries the reason, too.
 */
static void disconnect(void *context, void *peer, enum wire_reason reason)
{
	struct server *server = context;
	const uint32_t data =
		reason == WIRE_REASON_CHANNELS ? wire_reason_data(reason) : wire_connect_data();

	host_disconnect(server->host, number_of(server, peer), data, HOST_WHEN_DELIVERED);
}

static void replace(void *context, void *peer)
{
	struct server *server = context;
	const unsigned number = number_of(server, peer);

	client_replaced(&server->clients[number].client, net_now_ns());
	server_close_client(server, &server->clients[number], WIRE_REASON_LOST, net_now_ns());
	host_disconnect(server->host, number, wire_connect_data(), HOST_AT_ONCE);
}

static size_t message_bytes(void *context, void *peer)
{
	const struct server *server = context;

	return host_peer_state(server->host, number_of(server, peer)).message_bytes;
}

static void set_message_bytes(void *context, void *peer, size_t bytes)
{
	struct server *server = context;

	host_set_message_bytes(server->host, number_of(server, peer), bytes);
}

static struct net_address address_of(void *context, void *peer)
{
	const struct server *server = context;

	return host_peer_state(server->host, number_of(server, peer)).address;
}

struct outbox server_outbox(struct server *server)
{
	return (struct outbox){ .context = server,
				.send = send_message,
				.backlog = backlog,
				.disconnect = disconnect,
				.replace = replace,
				.message_bytes = message_bytes,
				.set_message_bytes = set_message_bytes,
				.address = address_of };
}
