#include "relay/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "proto/net/endpoint.h"
#include "proto/net/link/impaired_net.h"
#include "proto/net/net.h"
#include "proto/net/resolve.h"
#include "proto/enet/host.h"
#include "proto/enet/platform.h"
#include "proto/enet/pool.h"
#include "proto/wire/text.h"
#include "relay/log/log.h"
#include "relay/status/counts.h"
#include "relay/control/bans.h"
#include "relay/server_internal.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	CHECK_MS = 250,
	/* While reliable messages wait, one that is there acknowledges something in less. */
	SILENT_MS = 600,
	DISCONNECT_MS = 3000, /* for a client to acknowledge that it is disconnected */
	STOP_MS = 1000,       /* the same while the relay stops */
	/* More than a message may have, so that the rules count one that is too long. */
	MESSAGE_MAX_BYTES = 4096,
	WAITING_MAX_BYTES = 256 << 10, /* incoming, of a client; ENet's own limit is 32 MiB */
};

/* Opening and closing. */

static bool read_address(const struct config *config, struct net_address *address,
			 char error[SERVER_ERROR_BYTES])
{
	char shown[CONFIG_HOST_BYTES];
	bool is_address;

	*address = (struct net_address){ .port = config->port };
	is_address = net_read_host(config->host, &address->host);
	if (is_address && !net_host_is_of_many(address))
		return true;
	snprintf(
		error, SERVER_ERROR_BYTES,
		"--host \"%s\": not an address%s; give one of this machine's, as 127.0.0.1 or ::1, "
		"or :: for all",
		text_visible(shown, sizeof(shown), config->host, strlen(config->host)),
		is_address ? " of one machine" : "");
	return false;
}

bool server_check(const struct config *config, char error[SERVER_ERROR_BYTES])
{
	struct net_address address;

	return read_address(config, &address, error);
}

/* To whoever starts the relay, when its address could not be opened. */
static const char *advice(int result)
{
	switch (result) {
	case -EADDRINUSE:
		return "stop the other server, or pass --port";
	case -EADDRNOTAVAIL:
		return "pass --host with an address of this machine, or :: for all";
	case -EINVAL:
		return "pass --host with the interface of an address from fe80::, as fe80::1%eth0";
	case -EACCES:
		return "pass --port with one from 1024, or start as root with --user";
	default:
		return "pass --host and --port";
	}
}

static int open_host(struct server *server, char error[SERVER_ERROR_BYTES])
{
	const struct config *config = server->config;
	struct host_config wanted = {
		.is_server = true,
		.is_guarded = true,
		.peers = config->clients,
		.per_address = config->per_address,
		.channels = WIRE_CHANNEL_COUNT,
		.mtu = WIRE_ENET_MTU_BYTES,
		.message_max_bytes = MESSAGE_MAX_BYTES,
		.waiting_max_bytes = WAITING_MAX_BYTES,
	};
	char endpoint[ENDPOINT_TEXT_BYTES];
	int result;

	if (!read_address(config, &wanted.address, error))
		return -EINVAL;
	result = host_open(&server->host, &wanted);
	if (result != 0) {
		endpoint_format(endpoint, config->host, config->port);
		snprintf(error, SERVER_ERROR_BYTES, "cannot open UDP %.100s: %s; %s", endpoint,
			 strerror(-result), advice(result));
	}
	return result;
}

static void set_limits(struct server *server)
{
	const struct config *config = server->config;
	struct guard_limits limits = { .peer = config->member_input,
				       .address = config->address_input,
				       .joins = config->address_joins };

	/* As if all that may connect from one address were there, and spent as much. */
	for (unsigned measure = 0; measure < INPUT_COMMANDS; measure++)
		limits.share.of[measure] = (limits.address.of[measure] + config->per_address - 1) /
					   config->per_address;
	host_set_per_address(server->host, config->per_address);
	host_set_limits(server->host, &limits);
}

int server_init(struct server *server, const struct config *config, char error[SERVER_ERROR_BYTES])
{
	struct outbox outbox = server_outbox(server);
	int result;

	*server = (struct server){ .config = config, .begun_ns = net_now_ns() };
	result = platform_init(error, SERVER_ERROR_BYTES);
	if (result == 0)
		result = open_host(server, error);
	if (result != 0)
		return result;
	set_limits(server);
	server->clients = calloc(config->clients, sizeof(server->clients[0]));
	if (!server->clients || relay_init(&server->relay, config, &outbox) != 0) {
		snprintf(error, SERVER_ERROR_BYTES,
			 "no memory for %u %s and %u %s; lower --clients or --rooms",
			 config->clients, text_plural(config->clients, "client", "clients"),
			 config->rooms, text_plural(config->rooms, "room", "rooms"));
		server_fini(server);
		return -ENOMEM;
	}
	return 0;
}

void server_close_client(struct server *server, struct server_client *slot, enum wire_reason reason,
			 int64_t now_ns)
{
	if (slot->is_open)
		client_close(&server->relay, &slot->client, reason, now_ns);
	slot->is_open = false;
}

/* A client that GOODBYE did not reach learns the reason from the DISCONNECT. */
void server_fini(struct server *server)
{
	enum wire_reason reason;

	if (!server->host)
		return;
	reason = client_goodbye_reason(server->config);
	for (size_t i = 0; server->clients && i < server->config->clients; i++)
		server_close_client(server, &server->clients[i], reason, net_now_ns());
	client_end_absent(&server->relay, reason, net_now_ns());
	for (unsigned i = 0; i < server->config->clients; i++)
		host_disconnect(server->host, i, wire_reason_data(reason), HOST_AT_ONCE);
	host_close(server->host);
	relay_fini(&server->relay);
	free(server->clients);
	*server = (struct server){ 0 };
}

static bool may_connect(void *context, const struct net_address *address)
{
	const struct server *server = context;

	return !server_ban(server, address, net_now_ns());
}

void server_use_bans(struct server *server, struct bans *bans)
{
	server->bans = bans;
	host_set_gate(server->host, may_connect, server);
}

const struct ban *server_ban(const struct server *server, const struct net_address *address,
			     int64_t now_ns)
{
	uint8_t bytes[NET_IPV6_BYTES];

	if (!server->bans || server->bans->count == 0 || !net_host_bytes(address, bytes))
		return NULL;
	return bans_find(server->bans, bytes, now_ns);
}

struct client *server_client(const struct server *server, unsigned number)
{
	struct server_client *slot = &server->clients[number];

	return slot->is_open && slot->client.state != CLIENT_DISCONNECTING ? &slot->client : NULL;
}

struct client *server_client_of(const struct member *member)
{
	struct server_client *slot = member->peer;

	return room_is_absent(member) ? NULL : &slot->client;
}

unsigned server_rtt_ms(const struct server *server, const struct member *member)
{
	const struct server_client *slot = member->peer;

	return host_peer_state(server->host, (unsigned)(slot - server->clients)).rtt_ms;
}

void server_retune(struct server *server)
{
	set_limits(server);
	for (unsigned i = 0; i < server->config->clients; i++)
		if (server->clients[i].is_open)
			server_tune_peer(server, i);
	relay_retune(&server->relay);
}

struct net_address server_address(const struct server *server)
{
	return host_address(server->host);
}

int server_socket(const struct server *server)
{
	return host_socket(server->host);
}

/* Checks, a few times a second. */

static void lose(struct server *server, unsigned number, int64_t now_ns)
{
	server_close_client(server, &server->clients[number], WIRE_REASON_LOST, now_ns);
	host_disconnect(server->host, number, wire_connect_data(), HOST_AT_ONCE);
}

/*
 * Ends a client that does not take what is sent reliably. One that is silent does not take it as it
 * is not there: it has until its time-out, or until there is no room for more, and its place is
 * kept.
 */
static void check_backlog(struct server *server, unsigned number, uint32_t silent_ms,
			  int64_t now_ns)
{
	const struct config *config = server->config;
	const bool is_silent = silent_ms > SILENT_MS,
		   is_full = host_backlog(server->host, number) > config->backlog_bytes,
		   is_stuck = config->backlog_s > 0 &&
			      (double)host_stuck_ns(server->host, number) > config->backlog_s * 1e9;

	if (is_full && is_silent)
		lose(server, number, now_ns);
	else if (is_full || (is_stuck && !is_silent))
		client_refuse(&server->relay, &server->clients[number].client, WIRE_REASON_SLOW,
			      "you do not take what the relay sends you reliably", now_ns);
}

/* Ends a client that sends nothing, acknowledges nothing, or does not go. */
static void inspect(struct server *server, unsigned number, int64_t now_ns)
{
	struct client *client = &server->clients[number].client;
	const uint32_t silent_ms = host_peer_state(server->host, number).silent_ms;

	client_check_greeting(&server->relay, client, now_ns);
	if (silent_ms > server->config->timeout_s * 1000 ||
	    (client->state == CLIENT_DISCONNECTING &&
	     now_ns - client->since_ns > DISCONNECT_MS * NS_PER_MS))
		lose(server, number, now_ns);
	else if (client->state != CLIENT_DISCONNECTING)
		check_backlog(server, number, silent_ms, now_ns);
}

static void run_checks(struct server *server, int64_t now_ns)
{
	if (now_ns < server->check_ns)
		return;
	server->check_ns = now_ns + CHECK_MS * NS_PER_MS;
	schedule_count_datagrams(&server->relay.schedule, host_stats(server->host).datagrams_in,
				 now_ns);
	host_check_peers(server->host, now_ns);
	for (unsigned i = 0; i < server->config->clients; i++)
		if (server->clients[i].is_open)
			inspect(server, i, now_ns);
	client_check_absent(&server->relay, now_ns);
}

/* The loop. */

static int64_t earlier(int64_t one_ns, int64_t other_ns)
{
	return one_ns < other_ns ? one_ns : other_ns;
}

/* The self-clocked flush is the only one whose cost matters. */
static bool is_paced(const struct server *server)
{
	return server->config->tick_hz == CONFIG_TICK_AUTO;
}

/*
 * The thread's processor time at the beginning of a delivery. Asking for it is a system call, which
 * must not delay a datagram: so server_wait asked before the sleep, and the time since then is
 * added.
 */
static int64_t cpu_before_ns(const struct server *server, int64_t now_ns)
{
	return server->woke_ns > 0 ? server->cpu_before_sleep_ns + (now_ns - server->woke_ns)
				   : net_thread_cpu_ns();
}

static void spend(struct server *server, int64_t begin_ns, int64_t before_ns)
{
	const int64_t cost_ns = is_paced(server) ? net_thread_cpu_ns() - before_ns : 0;
	const int64_t took_ns = server->delivery_ns;

	/* A delivery that waits takes longer than it costs; waking up costs more than it takes. */
	schedule_spend(&server->relay.schedule, begin_ns, begin_ns + took_ns,
		       server->woke_ns > 0 && took_ns < cost_ns ? took_ns : cost_ns);
}

/*
 * Flushes and sends. Most of a flush's cost is ENet's and the kernel's, so it is measured until the
 * last datagram is out.
 */
static void deliver(struct server *server, int64_t now_ns)
{
	struct relay *relay = &server->relay;
	const uint64_t flushes = relay->accounting.flushes;
	const bool is_due = schedule_due_ns(&relay->schedule) <= now_ns;
	const int64_t cpu_ns = is_due && is_paced(server) ? cpu_before_ns(server, now_ns) : 0;

	if (is_due)
		relay_turn(relay, now_ns);
	host_flush(server->host);
	server->delivery_ns = net_now_ns() - now_ns;
	if (relay->accounting.flushes > flushes) {
		duration_note(&server->flush, server->delivery_ns);
		spend(server, now_ns, cpu_ns);
	}
	server->woke_ns = 0;
}

int64_t server_turn(struct server *server, int64_t now_ns)
{
	int64_t next_ns;

	server->turns++;
	if (server->turns > 1 && now_ns >= server->due_ns)
		duration_note(&server->lateness, now_ns - server->due_ns);
	server_receive(server, now_ns);
	run_checks(server, now_ns);
	/* The time anew: receiving may have taken long. */
	deliver(server, net_now_ns());
	next_ns = schedule_due_ns(&server->relay.schedule);
	next_ns = earlier(next_ns, host_deadline_ns(server->host));
	if (server->is_behind)
		next_ns = now_ns;
	if (!host_is_idle(server->host) || absences_first(&server->relay.absences))
		next_ns = earlier(next_ns, server->check_ns);
	server->due_ns = next_ns;
	return next_ns;
}

void server_wait(struct server *server, int64_t until_ns)
{
	struct net *net = net_current();
	const int64_t now_ns = net_now_ns();
	/* Until the next flush is due, a turn for each datagram would send nothing. */
	const int64_t sleep_ns =
		earlier(until_ns, schedule_coalesces_until_ns(&server->relay.schedule, now_ns));

	if (net->sleep && !server->is_behind && sleep_ns > now_ns) {
		(void)net->sleep(net, host_socket(server->host), sleep_ns);
	} else {
		if (is_paced(server))
			server->cpu_before_sleep_ns = net_thread_cpu_ns();
		/* Whatever ended the wait, a turn follows. */
		(void)net->wait(net, host_socket(server->host), until_ns);
		server->woke_ns = net_now_ns();
	}
}

void server_stop(struct server *server, int64_t now_ns)
{
	server->is_stopping = true;
	server->stop_by_ns = now_ns + STOP_MS * NS_PER_MS;
	for (size_t i = 0; i < server->config->clients; i++)
		if (server->clients[i].is_open)
			client_goodbye(&server->relay, &server->clients[i].client, now_ns);
	client_end_absent(&server->relay, client_goodbye_reason(server->config), now_ns);
}

bool server_has_stopped(const struct server *server, int64_t now_ns)
{
	return server->is_stopping && (now_ns >= server->stop_by_ns || host_is_idle(server->host));
}

size_t server_backlog_bytes(const struct server *server)
{
	size_t most = 0;

	for (unsigned i = 0; i < server->config->clients; i++) {
		const size_t bytes = host_backlog(server->host, i);

		if (server->clients[i].is_open && bytes > most)
			most = bytes;
	}
	return most;
}

static uint64_t microseconds(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000 + (uint64_t)time->tv_usec;
}

static void count_peers(const struct server *server, uint64_t peers[COUNTS_PEER_STATES])
{
	static const enum counts_peer states[] = {
		[CLIENT_GREETING] = COUNTS_GREETING,
		[CLIENT_MEMBER] = COUNTS_MEMBER,
		[CLIENT_DISCONNECTING] = COUNTS_DISCONNECTING,
	};

	memset(peers, 0, COUNTS_PEER_STATES * sizeof(peers[0]));
	for (unsigned i = 0; i < server->config->clients; i++)
		if (server->clients[i].is_open)
			peers[states[server->clients[i].client.state]]++;
		else if (host_peer_state(server->host, i).is_half_open)
			peers[COUNTS_HALF_OPEN]++;
}

void server_count(const struct server *server, struct impaired_net *impaired, struct counts *counts)
{
	const struct host_stats stats = host_stats(server->host);
	struct net *net = net_current();
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage); /* which cannot fail */
	*counts = (struct counts){
		.rooms = server->relay.rooms.count,
		.members = server->relay.member_count,
		.absent = server->relay.absences.count,
		.accounting = server->relay.accounting,
		.guard = stats.guard,
		.allocations = pool_counts(),
		.turns = server->turns,
		.cpu_user_us = microseconds(&usage.ru_utime),
		.cpu_system_us = microseconds(&usage.ru_stime),
		.dropped_by_enet = stats.dropped,
		.log_dropped = log_dropped(),
		.log_left_out = log_left_out(),
		.flush = server->flush,
		.lateness = server->lateness,
		.is_impaired = impaired,
	};
	count_peers(server, counts->peers);
	net->stats(net, host_socket(server->host), &counts->net);
	if (impaired)
		impaired_net_stats(impaired, &counts->impaired);
}
