/*
 * Datagrams in. ENet reads a batch of datagrams in one call, and hands out messages after it. The
 * hook before each datagram collects the messages that the datagram before it completed: so each
 * has its datagram's arrival time, and none is lost with its connection.
 *
 * Most messages come unsequenced, with none of another kind in their datagram: these pass ENet's
 * lists.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/enet/guard/datagram.h"
#include "proto/enet/host_internal.h"
#include "proto/enet/guard/guard.h"
#include "proto/enet/retransmission.h"
#include "proto/enet/unsequenced.h"
#include "proto/enet/platform.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	EVENTS_MAX = 4096, /* of a batch; ENet keeps what is beyond for the next */
	EVENTS_FIRST = 16,
	BYTES_FIRST = 2048,
	/*
	 * The retransmission timer runs at most every millisecond for so many peers: it walks over
	 * all that each of them has not acknowledged.
	 */
	TIMER_PEERS_A_MS = 200,
	ENET_BATCH_DATAGRAMS = 256, /* of enet_host_service */
	LINE_BYTES = 64,
	/* The parts of ENet's peer that a message touches: its identity and its window. */
	PEER_BYTES = offsetof(ENetPeer, outgoingDataTotal),
	WINDOW_BEGIN = offsetof(ENetPeer, dispatchedCommands),
	WINDOW_BYTES = offsetof(ENetPeer, eventData) - WINDOW_BEGIN,
};

/* The batch. */

void host_release_batch(struct host *host)
{
	for (size_t i = 0; i < host->batch.count; i++)
		if (host->events[i].type == HOST_MESSAGE && host->events[i].packet)
			enet_packet_destroy(host->events[i].packet);
	host->batch.count = 0;
	host->byte_count = 0;
}

/* One more place is kept for the event that ENet's call itself returns. */
static bool has_room(struct host *host)
{
	size_t capacity = host->event_capacity > 0 ? 2 * host->event_capacity : EVENTS_FIRST;
	struct host_event *events;

	if (host->batch.count + 1 < host->event_capacity)
		return true;
	if (capacity > EVENTS_MAX)
		return false;
	events = realloc(host->events, capacity * sizeof(events[0]));
	if (!events)
		return false;
	host->events = events;
	host->event_capacity = capacity;
	return true;
}

static bool has_byte_room(struct host *host, size_t size)
{
	size_t capacity = host->byte_capacity > 0 ? host->byte_capacity : BYTES_FIRST;
	uint8_t *bytes;

	if (size <= host->byte_capacity - host->byte_count)
		return true;
	while (capacity - host->byte_count < size)
		capacity *= 2;
	bytes = realloc(host->bytes, capacity);
	if (!bytes)
		return false;
	host->bytes = bytes;
	host->byte_capacity = capacity;
	return true;
}

/* Call it when has_room. */
static void append(struct host *host, const struct host_event *event)
{
	host->events[host->batch.count++] = *event;
}

/* Sets where the messages lie that are not in ENet's packets: the batch's bytes may have moved. */
static void finish(struct host *host)
{
	const uint8_t *at = host->bytes;

	for (size_t i = 0; i < host->batch.count; i++) {
		struct host_event *event = &host->events[i];

		if (event->type != HOST_MESSAGE || event->packet)
			continue;
		event->bytes = at;
		at += event->size;
	}
	host->batch.events = host->events;
}

/* Noting. */

static void note_packet(struct host *host, const ENetPeer *peer, uint8_t channel,
			ENetPacket *packet, int64_t arrived_ns)
{
	append(host, &(struct host_event){ .type = HOST_MESSAGE,
					   .peer = (uint16_t)host_number(host, peer),
					   .channel = channel,
					   .arrived_ns = arrived_ns,
					   .bytes = packet->data,
					   .size = packet->dataLength,
					   .packet = packet });
}

/* Collects the messages that the datagram completed which ENet has just read. */
static void note_read(struct host *host)
{
	ENetPeer *peer = host->sender;

	host->sender = NULL;
	if (!peer)
		return;
	while (peer->state == ENET_PEER_STATE_CONNECTED && has_room(host)) {
		enet_uint8 channel;
		ENetPacket *packet = enet_peer_receive(peer, &channel);

		if (!packet)
			break;
		note_packet(host, peer, channel, packet, host->arrived_ns);
	}
	/* ENet's answers go along with the next message to the peer. */
	if (platform_has_waiting(peer))
		host_note_queued(host, peer);
}

static void note_message(struct host *host, const ENetPeer *peer,
			 const struct unsequenced_message *message)
{
	if (!message->is_new)
		return;
	memcpy(host->bytes + host->byte_count, message->data, message->size);
	host->byte_count += message->size;
	append(host, &(struct host_event){ .type = HOST_MESSAGE,
					   .peer = (uint16_t)host_number(host, peer),
					   .channel = message->channel,
					   .arrived_ns = host->arrived_ns,
					   .size = message->size });
}

/* Takes the messages of a datagram of unsequenced ones. True: ENet must not read it. */
static bool take_past_lists(struct host *host)
{
	struct unsequenced_message messages[UNSEQUENCED_SEVERAL_MAX];
	ENetPeer *peer = host->sender;
	size_t count = 1;

	if (!has_room(host) || !has_byte_room(host, host->enet->receivedDataLength))
		return false;
	if (!unsequenced_receive(peer, messages)) /* most are alone */
		count = unsequenced_receive_several(peer, messages,
						    host->event_capacity - host->batch.count - 1);
	for (size_t i = 0; i < count; i++)
		note_message(host, peer, &messages[i]);
	if (count > 0 && host->guard)
		guard_note_commands(host->guard, peer, count, host->now_ns);
	if (count > 0)
		host->sender = NULL;
	return count > 0;
}

/* Notes a request for which there is no place: ENet would not answer it. */
static void note_no_place(struct host *host, const struct connect_request *asked,
			  enum host_place place)
{
	const ENetHost *enet = host->enet;

	if (!has_room(host))
		return;
	append(host, &(struct host_event){ .type = HOST_NO_PLACE,
					   .is_address_full = place == HOST_PLACE_ADDRESS_FULL,
					   .is_shut_out = place == HOST_PLACE_SHUT,
					   .address = { .host = enet->receivedAddress.host,
							.port = enet->receivedAddress.port },
					   .asker = { asked->peer, asked->connection } });
}

/* Whether the request at hand finds a place. */
static bool may_connect(struct host *host)
{
	struct connect_request asked;
	enum host_place place;

	if (!connect_read(&asked, host->enet->receivedData, host->enet->receivedDataLength))
		return true;
	place = host_place_for(host, &asked);
	if (place != HOST_PLACE)
		note_no_place(host, &asked, place);
	return place == HOST_PLACE;
}

void host_decline(struct host *host, const struct host_event *event, uint32_t data)
{
	const struct connect_request asked = { .peer = event->asker.peer,
					       .connection = event->asker.connection };
	struct net *net = net_current();
	uint8_t datagram[CONNECT_DECLINE_BYTES];
	const struct net_buffer buffer = { .data = datagram, .size = sizeof(datagram) };

	connect_write_decline(datagram, &asked, data);
	net->send(net, host_socket(host), &event->address, &buffer, 1);
}

/* Senders. */

/* The peer that the datagram's first bytes name, which may be forged; NULL: none. */
static ENetPeer *peer_named(const ENetHost *enet, const uint8_t *datagram, size_t bytes)
{
	const uint16_t id = datagram_peer_id(datagram, bytes);

	return id < enet->peerCount ? &enet->peers[id] : NULL;
}

/* A datagram from another address must not touch the peer that it names. */
static ENetPeer *sender_of(const ENetHost *enet)
{
	ENetPeer *peer = peer_named(enet, enet->receivedData, enet->receivedDataLength);

	return peer && peer->address.host == enet->receivedAddress.host &&
			       peer->address.port == enet->receivedAddress.port
		       ? peer
		       : NULL;
}

static void fetch(const void *from, size_t bytes)
{
	const char *const begin = from, *const end = begin + bytes;

	for (const char *at = begin - (uintptr_t)begin % LINE_BYTES; at < end; at += LINE_BYTES)
		__builtin_prefetch(at, 1);
}

/* Fetches the peers of the datagrams ahead: few of thousands are in the cache. */
static void prefetch(struct host *host)
{
	host->prefetched -= host->prefetched > 0;
	for (; host->prefetched < HOST_PREFETCH; host->prefetched++) {
		size_t bytes;
		const uint8_t *head =
			net_peek(net_current(), host_socket(host), host->prefetched, &bytes);
		const ENetPeer *peer = head ? peer_named(host->enet, head, bytes) : NULL;

		if (!peer)
			break;
		fetch(peer, PEER_BYTES);
		fetch((const char *)peer + WINDOW_BEGIN, WINDOW_BYTES);
	}
}

/* Whether ENet is to read the datagram at hand. */
static bool passes_guard(struct host *host)
{
	if (!host->guard)
		return true;
	if (!guard_judge(host->guard, host->enet, host->sender, host->now_ns)) {
		host->sender = NULL;
		return false;
	}
	return host->sender || may_connect(host);
}

/* Whether the budgets of the datagram's sender let it be read. */
static bool is_affordable(struct host *host)
{
	return !host->guard ||
	       guard_admit(host->guard, host->sender, host_peer_network(host, host->sender),
			   host->enet->receivedDataLength, host->now_ns);
}

int ENET_CALLBACK host_intercept(ENetHost *enet, ENetEvent *event)
{
	struct host *host = enet->peers[0].data;

	(void)event;
	host->stats.datagrams_in++;
	note_read(host);
	host->sender = sender_of(enet);
	prefetch(host);
	if (host->sender) {
		if (!is_affordable(host)) {
			host->sender = NULL;
			return 1;
		}
		host->arrived_ns = net_arrived_ns(net_current(), host_socket(host));
		if (take_past_lists(host))
			return 1;
	}
	if (!passes_guard(host))
		return 1;
	if (!host->sender)
		host_note_queued(host, NULL); /* it may begin a connection */
	return 0;
}

/* ENet's events. */

/* A server takes the client's MTU; a client keeps its own, whatever the server allows. */
static void settle_mtu(struct host *host, ENetPeer *peer)
{
	struct host_peer *own = host_peer_of(host, peer);

	if (host->is_server)
		own->mtu = (uint16_t)(peer->mtu < host->enet->mtu ? peer->mtu : host->enet->mtu);
	peer->mtu = own->mtu;
}

static void note_connected(struct host *host, ENetPeer *peer, uint32_t data)
{
	host_peer_of(host, peer)->half_open_ns = 0;
	if (host->guard)
		guard_note_connected(host->guard, peer, host->now_ns);
	settle_mtu(host, peer);
	append(host, &(struct host_event){ .type = HOST_CONNECTED,
					   .peer = (uint16_t)host_number(host, peer),
					   .data = data,
					   .channels = peer->channelCount,
					   .address = { .host = peer->address.host,
							.port = peer->address.port } });
}

static void note_event(struct host *host, const ENetEvent *event, int64_t arrived_ns)
{
	switch (event->type) {
	case ENET_EVENT_TYPE_CONNECT:
		note_connected(host, event->peer, event->data);
		break;
	case ENET_EVENT_TYPE_DISCONNECT:
		append(host, &(struct host_event){ .type = HOST_DISCONNECTED,
						   .peer = (uint16_t)host_number(host, event->peer),
						   .data = event->data });
		break;
	case ENET_EVENT_TYPE_RECEIVE:
		note_packet(host, event->peer, event->channelID, event->packet, arrived_ns);
		break;
	case ENET_EVENT_TYPE_NONE:
		break;
	}
}

/* Notes what ENet has ready without looking at the net. */
static void note_ready(struct host *host)
{
	ENetEvent event;

	while (has_room(host) && enet_host_check_events(host->enet, &event) > 0)
		note_event(host, &event, 0);
}

/* Calling ENet. */

static void run_retransmission_timer(struct host *host, int64_t now_ns)
{
	const int64_t rest_ms = (int64_t)(host->enet->connectedPeers / TIMER_PEERS_A_MS);

	if (host->retransmitted_ns == now_ns && host->is_server)
		return;
	host->is_timer_due = now_ns < host->retransmit_due_ns;
	if (host->is_timer_due)
		return;
	host->retransmitted_ns = now_ns;
	host->retransmit_due_ns = now_ns + rest_ms * NS_PER_MS;
	retransmission_run_timer(host->enet);
}

/* Services ENet's host, as enet_host_service does. */
static int serve(struct host *host, ENetEvent *event, int64_t now_ns)
{
	if (!host->is_server)
		return enet_host_service(host->enet, event, 0);
	/* ENet would send all peers, reliably, their shares of an unlimited bandwidth. */
	host->enet->recalculateBandwidthLimits = 0;
	platform_reserve_peers(host->enet, host->peers_max);
	if (now_ns < host->enet_due_ns)
		return platform_receive(host->enet, event);
	host->enet_due_ns = INT64_MAX;
	return retransmission_service(host->enet, event);
}

/*
 * Whether ENet left nothing in the net's queue. It stops after so many datagrams, and at an event
 * that is no message.
 */
static bool was_drained(const struct host *host, int result, const ENetEvent *event, uint64_t came)
{
	if (result > 0 && event->type != ENET_EVENT_TYPE_RECEIVE)
		return false;
	return came < (host->is_server ? PLATFORM_BATCH_DATAGRAMS : ENET_BATCH_DATAGRAMS);
}

static void read_batch(struct host *host, int64_t now_ns)
{
	const uint64_t before = host->stats.datagrams_in;
	ENetEvent event = { .type = ENET_EVENT_TYPE_NONE };
	int result;

	run_retransmission_timer(host, now_ns);
	result = serve(host, &event, now_ns);
	if (result > 0)
		note_event(host, &event, host->sender == event.peer ? host->arrived_ns : 0);
	note_read(host);
	host->batch.is_drained =
		was_drained(host, result, &event, host->stats.datagrams_in - before);
}

const struct host_batch *host_receive(struct host *host, int64_t now_ns)
{
	host->now_ns = now_ns;
	host_release_batch(host);
	note_ready(host);
	host->batch.is_drained = host->batch.count == 0;
	if (host->batch.count == 0 && has_room(host)) {
		read_batch(host, now_ns);
		note_ready(host);
	}
	host->batch.is_drained &= host->batch.count + 1 < EVENTS_MAX;
	finish(host);
	return &host->batch;
}
