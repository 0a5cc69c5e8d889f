/*
 * The server's inbox: what has come in goes through ENet to the rules.
 *
 * A turn takes all of it, as far as its time goes: a turn for each datagram would be dear, and a
 * flood must not keep a flush from its time. That time is a part of what the delivery before took,
 * so that under load neither starves the other.
 *
 * ENet takes no more than a batch at once, and none while it still has something to hand out. So
 * whoever stops when ENet has nothing more leaves most of the queue where it is, turn for turn, and
 * under load that queue is full for good. Hence a turn asks until the queue is known to be empty.
 */
#include "relay/server_internal.h"

#include <enet/enet.h>

#include "proto/net/net.h"
#include "proto/enet/datagram.h"
#include "proto/enet/platform.h"
#include "relay/peer/client_log.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	/* Input has so much of a turn at least, and a part of what the delivery before it took:
	 * less would starve it under load, more would let a flood keep a flush from its time. */
	INPUT_MS = 1,
	INPUT_PART = 2,
	/* Retransmission is tended at most every ms for so many peers: it walks over what each of
	 * them has not acknowledged, and in a crowd that would be most of a turn. */
	TEND_PEERS_A_MS = 200,
	/* ENet's time-out is only a backstop: silence is measured by the datagrams that come in. */
	ENET_TIMEOUT_LIMIT = 64,
	/* Neutral throttle: no change for better or worse, measured over five seconds. */
	THROTTLE_INTERVAL_MS = 5000,
};

/* When. */

/*
 * ENet reads a batch of datagrams before it hands out the first message of it. So that each message
 * keeps the time at which its own datagram came, that is noted with the packet. What was held up
 * for order comes with the datagram that made it complete.
 */
static bool note_packet(const struct server *server, ENetPacket *packet)
{
	if (packet->userData)
		return false;
	packet->userData = (void *)(uintptr_t)server->arrived_ns;
	return true;
}

/* What ENet made ready since the datagram before stands at the end of its sender's list. */
static void note_packets(const struct server *server)
{
	const ENetListNode *end = &server->sender->dispatchedCommands.sentinel, *node;

	for (node = end->previous; node != end; node = node->previous)
		if (!note_packet(server, ((const ENetIncomingCommand *)node)->packet))
			return;
}

/*
 * ENet has read the datagram before. What it has to answer waits for the delivery, and goes along
 * with the states of that.
 */
static void note_read(struct server *server)
{
	if (!server->sender)
		return;
	note_packets(server);
	if (platform_has_waiting(server->sender))
		server_note_queued(server, server->sender);
	server->sender = NULL;
}

/* Where a pointer is short it has the last bits of the time, which are enough for 2 s. */
static int64_t arrived_ns_of(const ENetPacket *packet, int64_t now_ns)
{
	const uintptr_t noted = (uintptr_t)packet->userData;

	return noted == 0 ? 0 : now_ns - (intptr_t)((uintptr_t)now_ns - noted);
}

ENetPeer *server_peer_named(const ENetHost *host, const uint8_t *datagram, size_t bytes)
{
	const uint16_t id = datagram_peer_id(datagram, bytes);

	return id < host->peerCount ? &host->peers[id] : NULL;
}

/* Whose address is another's has no say in what is the peer's. */
static ENetPeer *sender_of(const ENetHost *host)
{
	ENetPeer *peer = server_peer_named(host, host->receivedData, host->receivedDataLength);

	return peer && peer->address.host == host->receivedAddress.host &&
			       peer->address.port == host->receivedAddress.port
		       ? peer
		       : NULL;
}

/*
 * As most messages come, each a datagram's only one and unsequenced, this one need not go through
 * ENet's lists. True: it is done with.
 */
static bool take_past_enet(struct server *server)
{
	struct server_peer *slot = server_peer_of(server, server->sender);
	struct platform_message message;

	if (!platform_take_unsequenced(server->sender, &message))
		return false;
	server->sender = NULL;
	slot->client.arrived_ns = server->arrived_ns;
	if (message.is_new && slot->is_open)
		client_receive(&server->relay, &slot->client, message.channel, message.data,
			       message.size, server->taken_ns);
	return true;
}

/*
 * ENet leaves who asks for a place that is not there without a word. True: that was so, and it was
 * told, unless too many asked; with fewer bytes than it took to ask, as its address may be
 * another's.
 */
static bool decline(struct server *server)
{
	static const enum wire_reason reasons[] = {
		[PLATFORM_FULL] = WIRE_REASON_RELAY_FULL,
		[PLATFORM_ADDRESS_FULL] = WIRE_REASON_ADDRESS_FULL,
	};
	const ENetHost *host = server->host;
	const struct net_address to = { .host = host->receivedAddress.host,
					.port = host->receivedAddress.port };
	struct net *net = net_current();
	uint8_t datagram[PLATFORM_DECLINE_BYTES];
	const struct net_buffer buffer = { .data = datagram, .size = sizeof(datagram) };
	struct platform_connect asked;
	enum platform_place place;

	if (!platform_read_connect(&asked, host->receivedData, host->receivedDataLength))
		return false;
	place = platform_place_for(host, server->config->clients, &asked);
	if (place == PLATFORM_PLACE)
		return false;
	server->relay.accounting.declined[reasons[place]]++;
	client_log_declined(&to, reasons[place], server->config);
	if (!admit_take(&server->declines, SERVER_DECLINES_A_SECOND, server->taken_ns)) {
		server->relay.accounting.untold++;
		return true;
	}
	platform_write_decline(datagram, &asked, wire_reason_data(reasons[place]));
	net->send(net, platform_socket(host), &to, &buffer, 1);
	return true;
}

int ENET_CALLBACK server_note_arrival(ENetHost *host, ENetEvent *event)
{
	struct server *server = host->peers[0].data;

	(void)event;
	server->datagrams++;
	note_read(server);
	server->sender = sender_of(host);
	server_prefetch(server);
	if (!server->sender) {
		if (decline(server))
			return 1;
		server_note_queued(server, NULL); /* it may be the first one of a connection */
		return 0;
	}
	server->arrived_ns = net_arrived_ns(net_current(), platform_socket(host));
	return take_past_enet(server);
}

/* Events. */

/*
 * ENet numbers the packets of an unreliable sequenced channel in 16 bits, and sends the one after
 * number 65,535 reliably, so that the numbers can begin again behind it. To the receiver a start
 * further on is a jump, as if packets were lost. How many channels there are is the client's word.
 */
static void begin_sequence(ENetPeer *peer, unsigned start)
{
	if (start > 0 && peer->channelCount > WIRE_CHANNEL_STATE)
		peer->channels[WIRE_CHANNEL_STATE].outgoingUnreliableSequenceNumber =
			(enet_uint16)start;
}

void server_tune_peer(const struct server *server, ENetPeer *peer)
{
	const enet_uint32 timeout_ms = (enet_uint32)(server->config->timeout_s * 1000);

	enet_peer_timeout(peer, ENET_TIMEOUT_LIMIT, 2 * timeout_ms, 3 * timeout_ms);
	enet_peer_ping_interval(peer, 2 * server_ping_ms(server->config));
}

static void take_connect(struct server *server, ENetPeer *peer, uint32_t data, int64_t now_ns)
{
	const struct config *config = server->config;
	struct server_peer *slot = server_peer_of(server, peer);

	if (peer->mtu > WIRE_ENET_MTU_BYTES)
		peer->mtu = WIRE_ENET_MTU_BYTES;
	slot->mtu = (uint16_t)peer->mtu;
	if (!config->enet_throttle)
		enet_peer_throttle_configure(peer, THROTTLE_INTERVAL_MS,
					     ENET_PEER_PACKET_THROTTLE_SCALE, 0);
	server_tune_peer(server, peer);
	begin_sequence(peer, config->sequence_start);
	slot->is_open = true;
	slot->half_open_ns = 0;
	server_note_queued(server, peer); /* these settings are for the client, too */
	client_open(&server->relay, &slot->client, peer, data, now_ns);
	client_check_channels(&server->relay, &slot->client, (unsigned)peer->channelCount, now_ns);
	if (server->is_stopping)
		client_goodbye(&server->relay, &slot->client, now_ns);
}

static void take_event(struct server *server, ENetEvent *event, int64_t now_ns)
{
	struct server_peer *slot = server_peer_of(server, event->peer);

	switch (event->type) {
	case ENET_EVENT_TYPE_CONNECT:
		take_connect(server, event->peer, event->data, now_ns);
		break;
	case ENET_EVENT_TYPE_DISCONNECT:
		/* Silence is found by inspect, long before ENet would: this one said that it goes.
		 */
		server_close_dialog(server, slot, WIRE_REASON_LEFT, now_ns);
		break;
	case ENET_EVENT_TYPE_RECEIVE:
		slot->client.arrived_ns = arrived_ns_of(event->packet, now_ns);
		if (slot->is_open)
			client_receive(&server->relay, &slot->client, event->channelID,
				       event->packet->data, event->packet->dataLength, now_ns);
		enet_packet_destroy(event->packet);
		break;
	default:
		break;
	}
}

/* Batches. */

static void tend_retransmission(struct server *server, int64_t now_ns)
{
	const int64_t rest_ms = (int64_t)(server->host->connectedPeers / TEND_PEERS_A_MS);

	server->is_untended = now_ns < server->tend_due_ns;
	if (server->is_untended)
		return;
	server->tend_due_ns = now_ns + rest_ms * NS_PER_MS;
	platform_run_retransmission_timer(server->host);
}

/*
 * Whether the kernel's queue was empty after enet_host_service, which took so many datagrams from
 * it. ENet stops after a batch, even where that holds nothing to hand out, and at an event of its
 * own making, which is any but a message.
 */
static bool was_drained(int result, const ENetEvent *event, uint64_t came)
{
	if (result > 0 && event->type != ENET_EVENT_TYPE_RECEIVE)
		return false;
	return result < 0 || came < PLATFORM_BATCH_DATAGRAMS;
}

/*
 * Lets ENet take datagrams, and notes whether there may be more. As enet_host_service, which looks
 * for none while it has something to hand out: so nothing may be left of that.
 */
static int take_batch(struct server *server, ENetEvent *event, int64_t now_ns)
{
	const uint64_t before = server->datagrams;
	int result;

	/* It limits nothing, of which ENet would tell all, reliably, when one has come or gone. */
	server->host->recalculateBandwidthLimits = 0;
	platform_reserve_peers(server->host, server->config->clients);
	if (now_ns >= server->enet_due_ns) {
		server->enet_due_ns = INT64_MAX;
		result = platform_service(server->host, event);
	} else {
		result = platform_receive(server->host, event);
	}
	/* The one that is handed out already is in no list. */
	if (result > 0 && event->type == ENET_EVENT_TYPE_RECEIVE && server->sender == event->peer)
		note_packet(server, event->packet);
	note_read(server);
	server->is_drained = was_drained(result, event, server->datagrams - before);
	return result;
}

/* The next event that ENet has, or finds in the queue while there is time. As ENet's functions. */
static int next_event(struct server *server, ENetEvent *event, int64_t now_ns, int64_t until_ns)
{
	int result = enet_host_check_events(server->host, event);

	while (result == 0 && !server->is_drained && net_now_ns() <= until_ns)
		result = take_batch(server, event, now_ns);
	return result;
}

static int64_t input_ns(const struct server *server)
{
	const int64_t part_ns = server->delivery_ns / INPUT_PART;

	return part_ns > INPUT_MS * NS_PER_MS ? part_ns : INPUT_MS * NS_PER_MS;
}

void server_take_datagrams(struct server *server, int64_t now_ns)
{
	int64_t until_ns;
	ENetEvent event;
	int result;

	server->taken_ns = now_ns;
	tend_retransmission(server, now_ns);
	/* From here: what was due before must not take the time of what comes in. */
	until_ns = net_now_ns() + input_ns(server);
	server->is_drained = false; /* it was, and more has come since */
	result = next_event(server, &event, now_ns, until_ns);
	for (int i = 1; result > 0; i++) {
		take_event(server, &event, now_ns);
		if (i == SERVER_EVENTS_A_TURN || net_now_ns() > until_ns)
			break;
		result = next_event(server, &event, now_ns, until_ns);
	}
	server->is_behind = result > 0 || !server->is_drained;
}
