#include "relay/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <enet/enet.h>

#include "proto/net/endpoint.h"
#include "proto/net/impaired.h"
#include "proto/net/net.h"
#include "proto/net/platform.h"
#include "proto/net/pool.h"
#include "proto/text.h"
#include "relay/log.h"
#include "relay/worker_parts.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	HOUSEKEEPING_MS = 250,
	HALF_OPEN_MS = 3000, /* a handshake takes this long at most; a forged one ends here */
	PARTED_MS = 3000,    /* to acknowledge a farewell in */
	STOP_MS = 1000,      /* the same while the relay is stopping */
	/* More than a message may have, so that one too long is counted, and not held up by ENet.
	 */
	PACKET_MAX_BYTES = 4096,
	/* Input has so much of a turn at least, and a part of what the delivery before it took:
	 * less would starve it under load, more would let a flood keep a flush from its time. */
	INPUT_MS = 1,
	INPUT_PART = 2,
	ENET_BATCH_DATAGRAMS = 256, /* as many enet_host_service takes at once */
	/* Retransmission is tended at most every ms for so many peers: it walks over what each of
	 * them has not acknowledged, and in a crowd that would be most of a turn. */
	TEND_PEERS_A_MS = 200,
	WAITING_DATA_MAX_BYTES = 256 << 10, /* incoming, of a client; ENet's own limit is 32 MiB */
	/* ENet's time-out is only a backstop: silence is measured by the datagrams that come in. */
	ENET_TIMEOUT_LIMIT = 64,
	/* Neutral throttle: no change for better or worse, measured over five seconds. */
	THROTTLE_INTERVAL_MS = 5000,
};

struct worker_peer {
	struct dialog dialog;
	bool is_open;         /* the dialog has been opened and not yet closed */
	int64_t half_open_ns; /* since when it has been seen half-open; 0: it is not */
	int64_t arrived_ns;   /* when its newest datagram came to this machine */
};

static struct worker_peer *peer_of(const struct worker *worker, const ENetPeer *peer)
{
	return &worker->peers[peer - worker->host->peers];
}

/* Life. */

/*
 * ENet's hook for each datagram, before it reads it. Which peer sent it is said by its first bytes;
 * whose address is another's has no say in it.
 */
static int ENET_CALLBACK note_arrival(ENetHost *host, ENetEvent *event)
{
	struct worker *worker = host->peers[0].data;
	ENetPeer *peer;
	size_t id;

	(void)event;
	worker->datagrams++;
	if (host->receivedDataLength < 2)
		return 0;
	id = (size_t)(host->receivedData[0] << 8 | host->receivedData[1]) &
	     ENET_PROTOCOL_MAXIMUM_PEER_ID;
	if (id >= host->peerCount)
		return 0;
	peer = &host->peers[id];
	if (peer->address.host == host->receivedAddress.host &&
	    peer->address.port == host->receivedAddress.port)
		peer_of(worker, peer)->arrived_ns =
			net_arrived_ns(net_current(), platform_socket(host));
	return 0;
}

static void tune_host(struct worker *worker)
{
	ENetHost *host = worker->host;

	platform_seed(host);
	host->mtu = WIRE_ENET_MTU_BYTES;
	host->duplicatePeers = worker->config->per_address;
	host->maximumPacketSize = PACKET_MAX_BYTES;
	host->maximumWaitingData = WAITING_DATA_MAX_BYTES;
	host->peers[0].data = worker; /* for the hook, which has nothing else to go by */
	host->intercept = note_arrival;
}

static int open_host(struct worker *worker, char error[WORKER_ERROR_BYTES])
{
	const struct config *config = worker->config;
	ENetAddress address = { .port = config->port };
	char endpoint[ENDPOINT_TEXT_BYTES];

	if (enet_address_set_host_ip(&address, config->host) != 0) {
		snprintf(error, WORKER_ERROR_BYTES,
			 "cannot bind to \"%s\": not an address; give one of this machine's, as "
			 "127.0.0.1 or ::1, or :: for all",
			 config->host);
		return -EINVAL;
	}
	errno = 0;
	worker->host = enet_host_create(&address, config->clients, WIRE_CHANNEL_COUNT, 0, 0);
	if (worker->host)
		return 0;
	if (errno == EADDRINUSE)
		snprintf(error, WORKER_ERROR_BYTES,
			 "cannot bind UDP port %u: %s; stop the other server, or pass --port",
			 config->port, strerror(errno));
	else {
		endpoint_format(endpoint, config->host, config->port);
		snprintf(error, WORKER_ERROR_BYTES,
			 "cannot open UDP %.100s: %s; pass --host and --port", endpoint,
			 strerror(errno ? errno : ENOMEM));
	}
	return errno ? -errno : -ENOMEM;
}

int worker_init(struct worker *worker, const struct config *config, char error[WORKER_ERROR_BYTES])
{
	struct outbox outbox = worker_outbox(worker);
	int result;

	*worker = (struct worker){ .config = config };
	result = platform_init(error, WORKER_ERROR_BYTES);
	if (result == 0)
		result = open_host(worker, error);
	if (result != 0)
		return result;
	worker->peers = calloc(config->clients, sizeof(worker->peers[0]));
	if (!worker->peers || house_init(&worker->house, config, &outbox) != 0) {
		snprintf(error, WORKER_ERROR_BYTES,
			 "no memory for %u %s and %u %s; lower --clients or --rooms",
			 config->clients, text_plural(config->clients, "client", "clients"),
			 config->rooms, text_plural(config->rooms, "room", "rooms"));
		worker_fini(worker);
		return -ENOMEM;
	}
	tune_host(worker);
	return 0;
}

static void close_dialog(struct worker *worker, struct worker_peer *slot, enum wire_reason reason,
			 int64_t now_ns)
{
	if (slot->is_open)
		dialog_close(&worker->house, &slot->dialog, reason, now_ns);
	slot->is_open = false;
}

void worker_fini(struct worker *worker)
{
	if (!worker->host)
		return;
	for (size_t i = 0; worker->peers && i < worker->host->peerCount; i++)
		close_dialog(worker, &worker->peers[i], WIRE_REASON_STOPPING, net_now_ns());
	for (size_t i = 0; i < worker->host->peerCount; i++)
		if (worker->host->peers[i].state != ENET_PEER_STATE_DISCONNECTED)
			enet_peer_disconnect_now(&worker->host->peers[i], wire_connect_data());
	platform_flush(worker->host);
	enet_host_destroy(worker->host);
	house_fini(&worker->house);
	free(worker->peers);
	*worker = (struct worker){ 0 };
}

struct net_address worker_address(const struct worker *worker)
{
	return (struct net_address){ .host = worker->host->address.host,
				     .port = worker->host->address.port };
}

int worker_socket(const struct worker *worker)
{
	return platform_socket(worker->host);
}

/* Datagrams in. */

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

static void take_connect(struct worker *worker, ENetPeer *peer, uint32_t data, int64_t now_ns)
{
	const struct config *config = worker->config;
	struct worker_peer *slot = peer_of(worker, peer);
	enet_uint32 timeout_ms = (enet_uint32)(config->timeout_s * 1000);

	if (peer->mtu > WIRE_ENET_MTU_BYTES)
		peer->mtu = WIRE_ENET_MTU_BYTES;
	if (!config->enet_throttle)
		enet_peer_throttle_configure(peer, THROTTLE_INTERVAL_MS,
					     ENET_PEER_PACKET_THROTTLE_SCALE, 0);
	enet_peer_timeout(peer, ENET_TIMEOUT_LIMIT, 2 * timeout_ms, 3 * timeout_ms);
	begin_sequence(peer, config->sequence_start);
	slot->is_open = true;
	slot->half_open_ns = 0;
	slot->arrived_ns = 0;
	dialog_open(&worker->house, &slot->dialog, peer, data, now_ns);
	if (worker->is_stopping)
		dialog_goodbye(&worker->house, &slot->dialog, "the relay is stopping", now_ns);
}

static void take_event(struct worker *worker, ENetEvent *event, int64_t now_ns)
{
	struct worker_peer *slot = peer_of(worker, event->peer);

	switch (event->type) {
	case ENET_EVENT_TYPE_CONNECT:
		take_connect(worker, event->peer, event->data, now_ns);
		break;
	case ENET_EVENT_TYPE_DISCONNECT:
		/* Silence is found by inspect, long before ENet would: this one said that it goes.
		 */
		close_dialog(worker, slot, WIRE_REASON_LEFT, now_ns);
		break;
	case ENET_EVENT_TYPE_RECEIVE:
		slot->dialog.arrived_ns = slot->arrived_ns;
		if (slot->is_open)
			dialog_take(&worker->house, &slot->dialog, event->channelID,
				    event->packet->data, event->packet->dataLength, now_ns);
		enet_packet_destroy(event->packet);
		break;
	default:
		break;
	}
}

static void tend_retransmission(struct worker *worker, int64_t now_ns)
{
	const int64_t rest_ms = (int64_t)(worker->host->connectedPeers / TEND_PEERS_A_MS);

	worker->is_untended = now_ns < worker->tend_due_ns;
	if (worker->is_untended)
		return;
	worker->tend_due_ns = now_ns + rest_ms * NS_PER_MS;
	platform_tend_retransmission(worker->host);
}

/* Lets ENet take datagrams. As enet_host_service; notes whether there may be more. */
static int take_batch(struct worker *worker, ENetEvent *event)
{
	const uint64_t before = worker->datagrams;
	uint64_t came;
	int result;

	platform_make_room(worker->host, worker->config->clients);
	result = enet_host_service(worker->host, event, 0);
	came = worker->datagrams - before;
	/* ENet first hands out what it has, and does not look for more before that is gone; and it
	 * stops at an event of its own making, and after so many datagrams. */
	worker->is_drained = result <= 0 || (came > 0 && came < ENET_BATCH_DATAGRAMS &&
					     event->type == ENET_EVENT_TYPE_RECEIVE);
	return result;
}

static int64_t input_ns(const struct worker *worker)
{
	const int64_t part_ns = worker->delivery_ns / INPUT_PART;

	return part_ns > INPUT_MS * NS_PER_MS ? part_ns : INPUT_MS * NS_PER_MS;
}

/*
 * Takes what has come in: all of it, as far as its time goes, since a turn for each datagram would
 * be dear, and a flood must not keep a flush from its time.
 */
static void take_datagrams(struct worker *worker, int64_t now_ns)
{
	int64_t until_ns;
	ENetEvent event;
	int result;

	tend_retransmission(worker, now_ns);
	/* From here: what was due before must not take the time of what comes in. */
	until_ns = net_now_ns() + input_ns(worker);
	result = take_batch(worker, &event);
	for (int i = 1; result > 0; i++) {
		take_event(worker, &event, now_ns);
		if (i == WORKER_EVENTS_A_TURN || net_now_ns() > until_ns)
			break;
		result = enet_host_check_events(worker->host, &event);
		if (result <= 0 && !worker->is_drained)
			result = take_batch(worker, &event);
	}
	worker->is_behind = result > 0;
}

/* Housekeeping, a few times a second. */

static bool is_half_open(const ENetPeer *peer)
{
	return peer->state == ENET_PEER_STATE_ACKNOWLEDGING_CONNECT ||
	       peer->state == ENET_PEER_STATE_CONNECTION_PENDING;
}

static void reap_half_open(struct worker_peer *slot, ENetPeer *peer, int64_t now_ns)
{
	if (!is_half_open(peer))
		slot->half_open_ns = 0;
	else if (slot->half_open_ns == 0)
		slot->half_open_ns = now_ns;
	else if (now_ns - slot->half_open_ns > HALF_OPEN_MS * NS_PER_MS)
		enet_peer_reset(peer);
}

/* A peer that says nothing, takes nothing, or does not go. */
static void inspect(struct worker *worker, struct worker_peer *slot, ENetPeer *peer, int64_t now_ns)
{
	struct house *house = &worker->house;
	struct dialog *dialog = &slot->dialog;
	enet_uint32 silent_ms = worker->host->serviceTime - peer->lastReceiveTime;

	dialog_check_greeting(house, dialog, now_ns);
	if (dialog->state != DIALOG_PARTED &&
	    worker_backlog_of(peer) > worker->config->backlog_bytes)
		dialog_refuse(house, dialog, WIRE_REASON_SLOW,
			      "you do not take what the relay sends you reliably", now_ns);
	if (silent_ms > worker->config->timeout_s * 1000 ||
	    (dialog->state == DIALOG_PARTED && now_ns - dialog->since_ns > PARTED_MS * NS_PER_MS)) {
		close_dialog(worker, slot, WIRE_REASON_LOST, now_ns);
		enet_peer_disconnect_now(peer, wire_connect_data());
	}
}

static void keep_house(struct worker *worker, int64_t now_ns)
{
	if (now_ns < worker->housekeeping_ns)
		return;
	worker->housekeeping_ns = now_ns + HOUSEKEEPING_MS * NS_PER_MS;
	nap_count(&worker->nap, worker->datagrams, now_ns);
	platform_trim(worker->host);
	for (size_t i = 0; i < worker->host->peerCount; i++) {
		ENetPeer *peer = &worker->host->peers[i];

		reap_half_open(&worker->peers[i], peer, now_ns);
		if (worker->peers[i].is_open)
			inspect(worker, &worker->peers[i], peer, now_ns);
	}
}

/* Whether any peer slot is in use; an idle relay need not keep house. */
static bool is_idle(const struct worker *worker)
{
	for (size_t i = 0; i < worker->host->peerCount; i++)
		if (worker->host->peers[i].state != ENET_PEER_STATE_DISCONNECTED)
			return false;
	return true;
}

/* The loop. */

static int64_t earlier(int64_t one_ns, int64_t other_ns)
{
	return one_ns < other_ns ? one_ns : other_ns;
}

/*
 * Flushes and sends. What a flush costs is mostly ENet's and the kernel's part, so it is measured
 * until the last datagram is out.
 */
static void deliver(struct worker *worker, int64_t now_ns)
{
	struct house *house = &worker->house;
	const uint64_t flushes = house->ledger.flushes;
	const bool is_due = house_due_ns(house) <= now_ns;
	const int64_t spent_ns = is_due ? net_spent_ns() : 0;

	if (is_due)
		house_turn(house, now_ns);
	if (worker->has_queued)
		worker_flush_queues(worker);
	platform_flush(worker->host);
	worker->delivery_ns = net_now_ns() - now_ns;
	if (house->ledger.flushes > flushes)
		house_spend(house, now_ns, now_ns + worker->delivery_ns, net_spent_ns() - spent_ns);
}

/*
 * ENet's next time for a peer may be one that passed, or one too late, until retransmission is
 * tended; so where it was not, that is the time to go by.
 */
static int64_t enet_due_ns(const struct worker *worker)
{
	struct net *net = net_current();

	if (worker->is_untended && !worker->is_behind &&
	    !net->held(net, platform_socket(worker->host)))
		return worker->tend_due_ns;
	return platform_deadline_ns(worker->host);
}

int64_t worker_turn(struct worker *worker, int64_t now_ns)
{
	int64_t next_ns;

	worker->turns++;
	take_datagrams(worker, now_ns);
	keep_house(worker, now_ns);
	/* The time anew: taking what has come in may have been long. */
	deliver(worker, net_now_ns());
	next_ns = house_due_ns(&worker->house);
	next_ns = earlier(next_ns, enet_due_ns(worker));
	next_ns = earlier(next_ns, net_next_ns(net_current(), platform_socket(worker->host)));
	if (!is_idle(worker))
		next_ns = earlier(next_ns, worker->housekeeping_ns);
	return next_ns;
}

/*
 * While a flush rests, a turn for each datagram would change nothing of what goes out. So it is
 * left in the kernel's queue for a while, and comes in with others.
 */
static int64_t nap_until_ns(const struct worker *worker)
{
	const int64_t now_ns = net_now_ns();

	return earlier(house_rests_until_ns(&worker->house, now_ns),
		       now_ns + nap_longest_ns(&worker->nap, worker->config->tick_hz > 0));
}

void worker_wait(const struct worker *worker, int64_t until_ns)
{
	struct net *net = net_current();
	const int64_t nap_ns = earlier(until_ns, nap_until_ns(worker));

	if (net->nap && !worker->is_behind && nap_ns > net_now_ns()) {
		(void)net->nap(net, platform_socket(worker->host), nap_ns);
		return;
	}
	/* A time that has come, a datagram and a signal all mean the same: take a turn. */
	(void)net->wait(net, platform_socket(worker->host), until_ns);
}

void worker_stop(struct worker *worker, int64_t now_ns)
{
	worker->is_stopping = true;
	worker->stop_by_ns = now_ns + STOP_MS * NS_PER_MS;
	for (size_t i = 0; i < worker->host->peerCount; i++)
		if (worker->peers[i].is_open)
			dialog_goodbye(&worker->house, &worker->peers[i].dialog,
				       "the relay is stopping", now_ns);
}

bool worker_has_stopped(const struct worker *worker, int64_t now_ns)
{
	return worker->is_stopping && (now_ns >= worker->stop_by_ns || is_idle(worker));
}

size_t worker_backlog_bytes(const struct worker *worker)
{
	size_t most = 0;

	for (size_t i = 0; i < worker->host->peerCount; i++) {
		size_t bytes = worker_backlog_of(&worker->host->peers[i]);

		if (worker->peers[i].is_open && bytes > most)
			most = bytes;
	}
	return most;
}

static uint64_t microseconds(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000 + (uint64_t)time->tv_usec;
}

static struct ledger_work work_of(const struct worker *worker)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage); /* which cannot fail */
	return (struct ledger_work){
		.turns = worker->turns,
		.cpu_user_us = microseconds(&usage.ru_utime),
		.cpu_system_us = microseconds(&usage.ru_stime),
		.allocations = pool_counts(),
	};
}

void worker_report(const struct worker *worker, struct impaired *impaired, FILE *out, bool json)
{
	struct net *net = net_current();
	struct ledger_work work = work_of(worker);
	struct net_stats stats;
	struct impaired_stats lines;

	net->stats(net, platform_socket(worker->host), &stats);
	if (impaired)
		impaired_stats(impaired, &lines);
	ledger_print(out, json, &worker->house.ledger, &stats, &work, impaired ? &lines : NULL,
		     worker->house.room_count, worker->house.member_count);
}
