/*
 * The worker's inbox: what has come in goes through ENet to the rules.
 *
 * A turn takes all of it, as far as its time goes: a turn for each datagram would be dear, and a
 * flood must not keep a flush from its time. That time is a part of what the delivery before took,
 * so that under load neither starves the other.
 *
 * ENet takes no more than a batch at once, and none while it still has something to hand out. So
 * whoever stops when ENet has nothing more leaves most of the queue where it is, turn for turn, and
 * under load that queue is full for good. Hence a turn asks until the queue is known to be empty.
 */
#include "relay/worker_parts.h"

#include <enet/enet.h>

#include "proto/net/net.h"
#include "proto/enet/platform.h"
#include "relay/peer/dialog_log.h"

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
static bool note_packet(const struct worker *worker, ENetPacket *packet)
{
	if (packet->userData)
		return false;
	packet->userData = (void *)(uintptr_t)worker->arrived_ns;
	return true;
}

/* What ENet made ready since the datagram before stands at the end of its sender's list. */
static void note_packets(const struct worker *worker)
{
	const ENetListNode *end = &worker->sender->dispatchedCommands.sentinel, *node;

	for (node = end->previous; node != end; node = node->previous)
		if (!note_packet(worker, ((const ENetIncomingCommand *)node)->packet))
			return;
}

/*
 * ENet has read the datagram before. What it has to answer waits for the delivery, and goes along
 * with the states of that.
 */
static void note_read(struct worker *worker)
{
	if (!worker->sender)
		return;
	note_packets(worker);
	if (platform_has_waiting(worker->sender))
		worker_note_queued(worker, worker->sender);
	worker->sender = NULL;
}

/* Where a pointer is short it has the last bits of the time, which are enough for 2 s. */
static int64_t arrived_ns_of(const ENetPacket *packet, int64_t now_ns)
{
	const uintptr_t noted = (uintptr_t)packet->userData;

	return noted == 0 ? 0 : now_ns - (intptr_t)((uintptr_t)now_ns - noted);
}

ENetPeer *worker_peer_named(const ENetHost *host, const uint8_t *datagram, size_t bytes)
{
	size_t id;

	if (bytes < 2)
		return NULL;
	id = (size_t)(datagram[0] << 8 | datagram[1]) & ENET_PROTOCOL_MAXIMUM_PEER_ID;
	return id < host->peerCount ? &host->peers[id] : NULL;
}

/* Whose address is another's has no say in what is the peer's. */
static ENetPeer *sender_of(const ENetHost *host)
{
	ENetPeer *peer = worker_peer_named(host, host->receivedData, host->receivedDataLength);

	return peer && peer->address.host == host->receivedAddress.host &&
			       peer->address.port == host->receivedAddress.port
		       ? peer
		       : NULL;
}

/*
 * As most messages come, each a datagram's only one and unsequenced, this one need not go through
 * ENet's lists. True: it is done with.
 */
static bool take_past_enet(struct worker *worker)
{
	struct worker_peer *slot = worker_peer_of(worker, worker->sender);
	struct platform_message message;

	if (!platform_take_unsequenced(worker->sender, &message))
		return false;
	worker->sender = NULL;
	slot->dialog.arrived_ns = worker->arrived_ns;
	if (message.is_new && slot->is_open)
		dialog_take(&worker->house, &slot->dialog, message.channel, message.data,
			    message.size, worker->taken_ns);
	return true;
}

/*
 * ENet leaves who asks for a place that is not there without a word. True: that was so, and it was
 * told, unless too many asked; with fewer bytes than it took to ask, as its address may be
 * another's.
 */
static bool decline(struct worker *worker)
{
	static const enum wire_reason reasons[] = {
		[PLATFORM_FULL] = WIRE_REASON_RELAY_FULL,
		[PLATFORM_ADDRESS_FULL] = WIRE_REASON_ADDRESS_FULL,
	};
	const ENetHost *host = worker->host;
	const struct net_address to = { .host = host->receivedAddress.host,
					.port = host->receivedAddress.port };
	struct net *net = net_current();
	uint8_t datagram[PLATFORM_DECLINE_BYTES];
	const struct net_buffer buffer = { .data = datagram, .size = sizeof(datagram) };
	struct platform_connect asked;
	enum platform_place place;

	if (!platform_read_connect(&asked, host->receivedData, host->receivedDataLength))
		return false;
	place = platform_place_for(host, worker->config->clients, &asked);
	if (place == PLATFORM_PLACE)
		return false;
	worker->house.ledger.declined[reasons[place]]++;
	dialog_log_declined(&to, reasons[place], worker->config);
	if (!admit_take(&worker->declines, WORKER_DECLINES_A_SECOND, worker->taken_ns)) {
		worker->house.ledger.untold++;
		return true;
	}
	platform_write_decline(datagram, &asked, wire_reason_data(reasons[place]));
	net->send(net, platform_socket(host), &to, &buffer, 1);
	return true;
}

int ENET_CALLBACK worker_note_arrival(ENetHost *host, ENetEvent *event)
{
	struct worker *worker = host->peers[0].data;

	(void)event;
	worker->datagrams++;
	note_read(worker);
	worker->sender = sender_of(host);
	worker_prefetch(worker);
	if (!worker->sender) {
		if (decline(worker))
			return 1;
		worker_note_queued(worker, NULL); /* it may be the first one of a connection */
		return 0;
	}
	worker->arrived_ns = net_arrived_ns(net_current(), platform_socket(host));
	return take_past_enet(worker);
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

void worker_tune_peer(const struct worker *worker, ENetPeer *peer)
{
	const enet_uint32 timeout_ms = (enet_uint32)(worker->config->timeout_s * 1000);

	enet_peer_timeout(peer, ENET_TIMEOUT_LIMIT, 2 * timeout_ms, 3 * timeout_ms);
	enet_peer_ping_interval(peer, 2 * worker_ping_ms(worker->config));
}

static void take_connect(struct worker *worker, ENetPeer *peer, uint32_t data, int64_t now_ns)
{
	const struct config *config = worker->config;
	struct worker_peer *slot = worker_peer_of(worker, peer);

	if (peer->mtu > WIRE_ENET_MTU_BYTES)
		peer->mtu = WIRE_ENET_MTU_BYTES;
	slot->mtu = (uint16_t)peer->mtu;
	if (!config->enet_throttle)
		enet_peer_throttle_configure(peer, THROTTLE_INTERVAL_MS,
					     ENET_PEER_PACKET_THROTTLE_SCALE, 0);
	worker_tune_peer(worker, peer);
	begin_sequence(peer, config->sequence_start);
	slot->is_open = true;
	slot->half_open_ns = 0;
	worker_note_queued(worker, peer); /* these settings are for the client, too */
	dialog_open(&worker->house, &slot->dialog, peer, data, now_ns);
	dialog_check_channels(&worker->house, &slot->dialog, (unsigned)peer->channelCount, now_ns);
	if (worker->is_stopping)
		dialog_goodbye(&worker->house, &slot->dialog, now_ns);
}

static void take_event(struct worker *worker, ENetEvent *event, int64_t now_ns)
{
	struct worker_peer *slot = worker_peer_of(worker, event->peer);

	switch (event->type) {
	case ENET_EVENT_TYPE_CONNECT:
		take_connect(worker, event->peer, event->data, now_ns);
		break;
	case ENET_EVENT_TYPE_DISCONNECT:
		/* Silence is found by inspect, long before ENet would: this one said that it goes.
		 */
		worker_close_dialog(worker, slot, WIRE_REASON_LEFT, now_ns);
		break;
	case ENET_EVENT_TYPE_RECEIVE:
		slot->dialog.arrived_ns = arrived_ns_of(event->packet, now_ns);
		if (slot->is_open)
			dialog_take(&worker->house, &slot->dialog, event->channelID,
				    event->packet->data, event->packet->dataLength, now_ns);
		enet_packet_destroy(event->packet);
		break;
	default:
		break;
	}
}

/* Batches. */

static void tend_retransmission(struct worker *worker, int64_t now_ns)
{
	const int64_t rest_ms = (int64_t)(worker->host->connectedPeers / TEND_PEERS_A_MS);

	worker->is_untended = now_ns < worker->tend_due_ns;
	if (worker->is_untended)
		return;
	worker->tend_due_ns = now_ns + rest_ms * NS_PER_MS;
	platform_tend_retransmission(worker->host);
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
static int take_batch(struct worker *worker, ENetEvent *event, int64_t now_ns)
{
	const uint64_t before = worker->datagrams;
	int result;

	/* It limits nothing, of which ENet would tell all, reliably, when one has come or gone. */
	worker->host->recalculateBandwidthLimits = 0;
	platform_make_room(worker->host, worker->config->clients);
	if (now_ns >= worker->enet_due_ns) {
		worker->enet_due_ns = INT64_MAX;
		result = platform_service(worker->host, event);
	} else {
		result = platform_receive(worker->host, event);
	}
	/* The one that is handed out already is in no list. */
	if (result > 0 && event->type == ENET_EVENT_TYPE_RECEIVE && worker->sender == event->peer)
		note_packet(worker, event->packet);
	note_read(worker);
	worker->is_drained = was_drained(result, event, worker->datagrams - before);
	return result;
}

/* The next event that ENet has, or finds in the queue while there is time. As ENet's functions. */
static int next_event(struct worker *worker, ENetEvent *event, int64_t now_ns, int64_t until_ns)
{
	int result = enet_host_check_events(worker->host, event);

	while (result == 0 && !worker->is_drained && net_now_ns() <= until_ns)
		result = take_batch(worker, event, now_ns);
	return result;
}

static int64_t input_ns(const struct worker *worker)
{
	const int64_t part_ns = worker->delivery_ns / INPUT_PART;

	return part_ns > INPUT_MS * NS_PER_MS ? part_ns : INPUT_MS * NS_PER_MS;
}

void worker_take_datagrams(struct worker *worker, int64_t now_ns)
{
	int64_t until_ns;
	ENetEvent event;
	int result;

	worker->taken_ns = now_ns;
	tend_retransmission(worker, now_ns);
	/* From here: what was due before must not take the time of what comes in. */
	until_ns = net_now_ns() + input_ns(worker);
	worker->is_drained = false; /* it was, and more has come since */
	result = next_event(worker, &event, now_ns, until_ns);
	for (int i = 1; result > 0; i++) {
		take_event(worker, &event, now_ns);
		if (i == WORKER_EVENTS_A_TURN || net_now_ns() > until_ns)
			break;
		result = next_event(worker, &event, now_ns, until_ns);
	}
	worker->is_behind = result > 0 || !worker->is_drained;
}
