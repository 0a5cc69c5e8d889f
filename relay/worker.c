#include "relay/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <enet/enet.h>

#include "proto/net/endpoint.h"
#include "proto/net/impaired.h"
#include "proto/net/net.h"
#include "proto/enet/platform.h"
#include "proto/enet/pool.h"
#include "proto/wire/text.h"
#include "relay/report.h"
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
	WAITING_DATA_MAX_BYTES = 256 << 10, /* incoming, of a client; ENet's own limit is 32 MiB */
};

struct worker_peer *worker_peer_of(const struct worker *worker, const ENetPeer *peer)
{
	return &worker->peers[peer - worker->host->peers];
}

/* Life. */

static void tune_host(struct worker *worker)
{
	ENetHost *host = worker->host;

	platform_seed(host);
	host->mtu = WIRE_ENET_MTU_BYTES;
	host->duplicatePeers = worker->config->per_address;
	host->maximumPacketSize = PACKET_MAX_BYTES;
	host->maximumWaitingData = WAITING_DATA_MAX_BYTES;
	host->peers[0].data = worker; /* for the hook, which has nothing else to go by */
	host->intercept = worker_note_arrival;
}

static bool read_address(const struct config *config, ENetAddress *address,
			 char error[WORKER_ERROR_BYTES])
{
	char shown[CONFIG_HOST_BYTES];

	*address = (ENetAddress){ .port = config->port };
	if (enet_address_set_host_ip(address, config->host) == 0)
		return true;
	snprintf(error, WORKER_ERROR_BYTES,
		 "cannot bind to \"%s\": not an address; give one of this machine's, as 127.0.0.1 "
		 "or ::1, or :: for all",
		 text_visible(shown, sizeof(shown), config->host, strlen(config->host)));
	return false;
}

bool worker_check(const struct config *config, char error[WORKER_ERROR_BYTES])
{
	ENetAddress address;

	return read_address(config, &address, error);
}

static int open_host(struct worker *worker, char error[WORKER_ERROR_BYTES])
{
	const struct config *config = worker->config;
	char endpoint[ENDPOINT_TEXT_BYTES];
	ENetAddress address;

	if (!read_address(config, &address, error))
		return -EINVAL;
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

	*worker = (struct worker){ .config = config, .begun_ns = net_now_ns() };
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

void worker_close_dialog(struct worker *worker, struct worker_peer *slot, enum wire_reason reason,
			 int64_t now_ns)
{
	if (slot->is_open)
		dialog_close(&worker->house, &slot->dialog, reason, now_ns);
	slot->is_open = false;
}

/* Whom GOODBYE did not reach is told by the DISCONNECT alone. */
void worker_fini(struct worker *worker)
{
	enum wire_reason reason;

	if (!worker->host)
		return;
	reason = dialog_goodbye_reason(worker->config);
	for (size_t i = 0; worker->peers && i < worker->host->peerCount; i++)
		worker_close_dialog(worker, &worker->peers[i], reason, net_now_ns());
	for (size_t i = 0; i < worker->host->peerCount; i++)
		if (worker->host->peers[i].state != ENET_PEER_STATE_DISCONNECTED)
			enet_peer_disconnect_now(&worker->host->peers[i], wire_reason_data(reason));
	platform_flush(worker->host);
	enet_host_destroy(worker->host);
	house_fini(&worker->house);
	free(worker->peers);
	*worker = (struct worker){ 0 };
}

void worker_retune(struct worker *worker)
{
	worker->host->duplicatePeers = worker->config->per_address;
	for (size_t i = 0; i < worker->host->peerCount; i++)
		if (worker->peers[i].is_open)
			worker_tune_peer(worker, &worker->host->peers[i]);
	house_retune(&worker->house);
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

	worker_set_mtu(slot, peer);
	dialog_check_greeting(house, dialog, now_ns);
	if (dialog->state != DIALOG_PARTED &&
	    worker_backlog_of(peer) > worker->config->backlog_bytes)
		dialog_refuse(house, dialog, WIRE_REASON_SLOW,
			      "you do not take what the relay sends you reliably", now_ns);
	if (silent_ms > worker->config->timeout_s * 1000 ||
	    (dialog->state == DIALOG_PARTED && now_ns - dialog->since_ns > PARTED_MS * NS_PER_MS)) {
		worker_close_dialog(worker, slot, WIRE_REASON_LOST, now_ns);
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

/* Only a flush that sets the time of the next by its cost need be asked for it. */
static bool is_paced(const struct worker *worker)
{
	return worker->config->tick_hz == CONFIG_TICK_AUTO;
}

/*
 * The processor time that was spent when a delivery begins. To ask for it takes a system call, for
 * which no datagram is to wait: so it was asked for before the sleep, and what was done since the
 * waking took as long as it took.
 */
static int64_t spent_before_ns(const struct worker *worker, int64_t now_ns)
{
	return worker->woke_ns > 0 ? worker->asleep_spent_ns + (now_ns - worker->woke_ns)
				   : net_spent_ns();
}

static void spend(struct worker *worker, int64_t begin_ns, int64_t before_ns)
{
	const int64_t cost_ns = is_paced(worker) ? net_spent_ns() - before_ns : 0;
	const int64_t took_ns = worker->delivery_ns;

	/* One that sleeps or waits takes longer than it costs; to wake costs more than it takes. */
	house_spend(&worker->house, begin_ns, begin_ns + took_ns,
		    worker->woke_ns > 0 && took_ns < cost_ns ? took_ns : cost_ns);
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
	const int64_t spent_ns = is_due && is_paced(worker) ? spent_before_ns(worker, now_ns) : 0;

	if (is_due)
		house_turn(house, now_ns);
	worker_flush_queues(worker);
	platform_flush(worker->host);
	worker->delivery_ns = net_now_ns() - now_ns;
	if (house->ledger.flushes > flushes)
		spend(worker, now_ns, spent_ns);
	worker->woke_ns = 0;
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
	worker_take_datagrams(worker, now_ns);
	keep_house(worker, now_ns);
	/* The time anew: taking what has come in may have been long. */
	deliver(worker, net_now_ns());
	next_ns = house_due_ns(&worker->house);
	worker->enet_due_ns = enet_due_ns(worker);
	next_ns = earlier(next_ns, worker->enet_due_ns);
	next_ns = earlier(next_ns, net_next_ns(net_current(), platform_socket(worker->host)));
	if (!is_idle(worker))
		next_ns = earlier(next_ns, worker->housekeeping_ns);
	return next_ns;
}

/*
 * While a flush rests, a turn for each datagram would change nothing of what goes out. So it is
 * left in the kernel's queue for a while, and comes in with others.
 */
static int64_t nap_until_ns(const struct worker *worker, int64_t now_ns)
{
	return earlier(house_rests_until_ns(&worker->house, now_ns),
		       now_ns + nap_longest_ns(&worker->nap, worker->config->tick_hz > 0));
}

void worker_wait(struct worker *worker, int64_t until_ns)
{
	struct net *net = net_current();
	const int64_t now_ns = net_now_ns();
	const int64_t nap_ns = earlier(until_ns, nap_until_ns(worker, now_ns));

	if (net->nap && !worker->is_behind && nap_ns > now_ns) {
		(void)net->nap(net, platform_socket(worker->host), nap_ns);
	} else {
		if (is_paced(worker))
			worker->asleep_spent_ns = net_spent_ns();
		/* A time that has come, a datagram and a signal all mean the same: take a turn. */
		(void)net->wait(net, platform_socket(worker->host), until_ns);
		worker->woke_ns = net_now_ns();
	}
}

void worker_stop(struct worker *worker, int64_t now_ns)
{
	worker->is_stopping = true;
	worker->stop_by_ns = now_ns + STOP_MS * NS_PER_MS;
	for (size_t i = 0; i < worker->host->peerCount; i++)
		if (worker->peers[i].is_open)
			dialog_goodbye(&worker->house, &worker->peers[i].dialog, now_ns);
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

static struct report_work work_of(const struct worker *worker)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage); /* which cannot fail */
	return (struct report_work){
		.turns = worker->turns,
		.cpu_user_us = microseconds(&usage.ru_utime),
		.cpu_system_us = microseconds(&usage.ru_stime),
		.allocations = pool_counts(),
	};
}

bool worker_report(const struct worker *worker, struct impaired *impaired, FILE *out, bool json)
{
	struct net *net = net_current();
	const struct report_work work = work_of(worker);
	struct net_stats stats;
	struct impaired_stats lines = { .overflown = 0 };
	const struct report report = {
		.uptime_ns = net_now_ns() - worker->begun_ns,
		.house = &worker->house,
		.net = &stats,
		.work = &work,
		.impaired = impaired ? &lines : NULL,
	};

	net->stats(net, platform_socket(worker->host), &stats);
	if (impaired)
		impaired_stats(impaired, &lines);
	return report_print(out, json, &report);
}
