#include "bench/sim/cluster.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* Moved hosts are further up. */
#define MOVE_STEP UINT32_C(0x00010000)

#define NS_PER_MS INT64_C(1000000)

#define FNV_START UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

enum {
	MOVES_MAX = 250,
};

/* The digest of what was sent. */

static void digest(struct cluster *cluster, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++)
		cluster->digest = (cluster->digest ^ bytes[i]) * FNV_PRIME;
}

static void digest_number(struct cluster *cluster, uint64_t number)
{
	for (int byte = 0; byte < 8; byte++, number >>= 8)
		cluster->digest = (cluster->digest ^ (number & 0xff)) * FNV_PRIME;
}

static void digest_datagram(struct cluster *cluster, const struct sim_datagram *datagram)
{
	digest_number(cluster, (uint64_t)datagram->sent_ns);
	digest_number(cluster, (uint64_t)ntohl(datagram->from.host) << 16 | datagram->from.port);
	digest_number(cluster, (uint64_t)ntohl(datagram->to.host) << 16 | datagram->to.port);
	digest(cluster, datagram->data, datagram->size);
	cluster->datagrams++;
	cluster->bytes += datagram->size;
	if (ntohl(datagram->from.host) == CLUSTER_RELAY_HOST)
		cluster->down_bytes += datagram->size;
}

/* Links. */

/* Which client an address belongs to, or NULL: it is the relay's, or that of nobody any more. */
static struct cluster_client *client_at(struct cluster *cluster, uint32_t host)
{
	uint32_t index = (ntohl(host) - CLUSTER_CLIENT_HOSTS) % MOVE_STEP;

	if (index >= cluster->client_count || cluster->clients[index].host != host)
		return NULL;
	return &cluster->clients[index];
}

/* A datagram goes through the link of the client at one of its ends. */
static bool decide(void *context, const struct sim_datagram *datagram, struct sim_fate *fate)
{
	struct cluster *cluster = context;
	struct cluster_client *from = client_at(cluster, datagram->from.host);
	struct cluster_client *client = from ? from : client_at(cluster, datagram->to.host);
	struct link_model_fate impaired = { 0 };
	bool passes = false;

	digest_datagram(cluster, datagram);
	if (client && !client->is_cut && !cluster->is_relay_cut &&
	    (client->path_bytes == 0 || datagram->size <= client->path_bytes))
		passes = link_model_decide(from ? &client->up.impair : &client->down.impair,
					   datagram->sent_ns, datagram->size, &impaired);
	if (passes) {
		fate->delay_ns = impaired.arrives_ns - datagram->sent_ns;
		fate->is_doubled = impaired.is_doubled;
		fate->copy_delay_ns = impaired.copy_arrives_ns - datagram->sent_ns;
	}
	if (cluster->tap)
		cluster->tap(cluster->tap_context, datagram, passes ? fate : NULL);
	return passes;
}

static void start_link(struct cluster *cluster, struct cluster_link *link, uint64_t number)
{
	/* Each link draws numbers of its own, which follow from the cluster's seed and its number.
	 */
	link_model_init(&link->impair, &link->spec,
			cluster->seed * UINT64_C(0x9e3779b97f4a7c15) + number,
			sim_now_ns(cluster->sim));
}

void cluster_set_links(struct cluster *cluster, size_t client, const struct link_model_spec *up,
		       const struct link_model_spec *down)
{
	struct cluster_client *at = &cluster->clients[client];

	if (up) {
		at->up.spec = *up;
		start_link(cluster, &at->up, 2 * client + 1);
	}
	if (down) {
		at->down.spec = *down;
		start_link(cluster, &at->down, 2 * client + 2);
	}
}

/* Life. */

static bool start_relay(struct cluster *cluster, char error[SERVER_ERROR_BYTES])
{
	sim_set_host(cluster->sim, htonl(CLUSTER_RELAY_HOST));
	cluster->is_relay_up = server_init(&cluster->relay, &cluster->relay_config, error) == 0;
	cluster->relay_due_ns = sim_now_ns(cluster->sim);
	cluster->relay_starts++;
	return cluster->is_relay_up;
}

bool cluster_init(struct cluster *cluster, uint64_t seed, const struct config *config,
		  size_t clients, char error[SERVER_ERROR_BYTES])
{
	*cluster = (struct cluster){ .seed = seed, .digest = FNV_START };
	if (config)
		cluster->relay_config = *config;
	strcpy(cluster->relay_config.host, "::");
	cluster->relay_config.port = CLUSTER_PORT;
	cluster->sim = sim_create(seed);
	cluster->clients = calloc(clients, sizeof(cluster->clients[0]));
	if (!cluster->sim || !cluster->clients) {
		strcpy(error, "no memory for the simulated network");
		cluster_fini(cluster);
		return false;
	}
	cluster->client_count = clients;
	sim_set_fate(cluster->sim, decide, cluster);
	net_use_thread(sim_net(cluster->sim));
	for (size_t i = 0; i < clients; i++) {
		cluster->clients[i].host = htonl(CLUSTER_CLIENT_HOSTS + (uint32_t)i);
		cluster_set_links(cluster, i, &cluster->clients[i].up.spec,
				  &cluster->clients[i].down.spec);
	}
	if (!config || start_relay(cluster, error))
		return true;
	cluster_fini(cluster);
	return false;
}

void cluster_fini(struct cluster *cluster)
{
	for (size_t i = 0; i < cluster->client_count; i++)
		starling_close(cluster->clients[i].session);
	if (cluster->is_relay_up)
		server_fini(&cluster->relay);
	net_use_thread(NULL);
	sim_destroy(cluster->sim);
	free(cluster->clients);
	*cluster = (struct cluster){ 0 };
}

bool cluster_open(struct cluster *cluster, size_t client, const struct starling_config *config)
{
	struct cluster_client *at = &cluster->clients[client];
	struct starling_config placed = *config;

	placed.host = "10.0.0.1";
	placed.port = CLUSTER_PORT;
	sim_set_host(cluster->sim, at->host);
	at->due_ns = sim_now_ns(cluster->sim);
	return starling_open(&at->session, &placed, NULL) == 0;
}

void cluster_close(struct cluster *cluster, size_t client, bool is_killed)
{
	struct cluster_client *at = &cluster->clients[client];
	bool was_cut = at->is_cut;

	at->is_cut = was_cut || is_killed;
	starling_close(at->session);
	at->session = NULL;
	at->is_cut = was_cut;
}

void cluster_cut(struct cluster *cluster, size_t client, bool is_cut)
{
	cluster->clients[client].is_cut = is_cut;
}

void cluster_pause(struct cluster *cluster, size_t client, bool is_paused)
{
	cluster->clients[client].is_paused = is_paused;
}

void cluster_pause_relay(struct cluster *cluster, bool is_paused)
{
	cluster->is_relay_paused = is_paused;
}

void cluster_move(struct cluster *cluster, size_t client)
{
	struct cluster_client *at = &cluster->clients[client];
	uint32_t before = at->host;

	at->moves = at->moves % MOVES_MAX + 1;
	at->host = htonl(CLUSTER_CLIENT_HOSTS + (uint32_t)client + at->moves * MOVE_STEP);
	sim_move(cluster->sim, before, at->host);
}

void cluster_restart_relay(struct cluster *cluster)
{
	char error[SERVER_ERROR_BYTES];

	/* It is killed: its last words reach nobody. */
	cluster->is_relay_cut = true;
	if (cluster->is_relay_up)
		server_fini(&cluster->relay);
	cluster->is_relay_cut = false;
	start_relay(cluster, error);
}

/* Turns. */

static bool is_mail_for(const struct cluster *cluster, int socket)
{
	struct net *net = sim_net(cluster->sim);

	return net->has_buffered(net, socket);
}

static bool is_relay_due(const struct cluster *cluster, int64_t now_ns)
{
	return cluster->is_relay_up && !cluster->is_relay_paused &&
	       (cluster->relay_due_ns <= now_ns ||
		is_mail_for(cluster, server_socket(&cluster->relay)));
}

static bool is_client_due(const struct cluster *cluster, const struct cluster_client *client,
			  int64_t now_ns)
{
	return client->session && !client->is_paused &&
	       (client->due_ns <= now_ns || is_mail_for(cluster, starling_fd(client->session)));
}

static void turn_client(struct cluster *cluster, struct cluster_client *client, int64_t now_ns)
{
	int timeout_ms;

	sim_set_host(cluster->sim, client->host);
	starling_update(client->session);
	timeout_ms = starling_timeout_ms(client->session);
	client->due_ns = timeout_ms < 0 ? INT64_MAX : now_ns + timeout_ms * NS_PER_MS;
	if (client->due_ns <= now_ns)
		client->due_ns = now_ns + NS_PER_MS;
}

/* One turn of everyone who has something to do now. False when nobody has. */
static bool turn_all(struct cluster *cluster, int64_t now_ns)
{
	bool did_anything = false;

	if (is_relay_due(cluster, now_ns)) {
		sim_set_host(cluster->sim, htonl(CLUSTER_RELAY_HOST));
		cluster->relay_due_ns = server_turn(&cluster->relay, now_ns);
		/* Who still wants a turn at once waits for something that only time brings. */
		if (cluster->relay_due_ns <= now_ns)
			cluster->relay_due_ns = now_ns + NS_PER_MS;
		if (cluster->after_relay_turn)
			cluster->after_relay_turn(cluster->turn_context);
		did_anything = true;
	}
	for (size_t i = 0; i < cluster->client_count; i++) {
		if (!is_client_due(cluster, &cluster->clients[i], now_ns))
			continue;
		turn_client(cluster, &cluster->clients[i], now_ns);
		if (cluster->after_turn)
			cluster->after_turn(cluster->turn_context, i);
		did_anything = true;
	}
	return did_anything;
}

static int64_t next_ns(const struct cluster *cluster)
{
	int64_t next = sim_next_ns(cluster->sim);

	if (cluster->is_relay_up && !cluster->is_relay_paused && cluster->relay_due_ns < next)
		next = cluster->relay_due_ns;
	for (size_t i = 0; i < cluster->client_count; i++) {
		const struct cluster_client *client = &cluster->clients[i];

		if (client->session && !client->is_paused && client->due_ns < next)
			next = client->due_ns;
	}
	return next;
}

void cluster_run(struct cluster *cluster, int64_t until_ns)
{
	for (;;) {
		int64_t now_ns = sim_now_ns(cluster->sim);
		int64_t next;

		while (turn_all(cluster, now_ns))
			;
		if (now_ns >= until_ns)
			return;
		next = next_ns(cluster);
		sim_advance_to(cluster->sim, next < until_ns ? next : until_ns);
	}
}

void cluster_wake(struct cluster *cluster, size_t client)
{
	cluster->clients[client].due_ns = sim_now_ns(cluster->sim);
}

int64_t cluster_now_ns(const struct cluster *cluster)
{
	return sim_now_ns(cluster->sim);
}
