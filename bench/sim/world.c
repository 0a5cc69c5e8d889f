#include "bench/sim/world.h"

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

static void digest(struct world *world, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++)
		world->digest = (world->digest ^ bytes[i]) * FNV_PRIME;
}

static void digest_number(struct world *world, uint64_t number)
{
	for (int byte = 0; byte < 8; byte++, number >>= 8)
		world->digest = (world->digest ^ (number & 0xff)) * FNV_PRIME;
}

static void digest_datagram(struct world *world, const struct sim_datagram *datagram)
{
	digest_number(world, (uint64_t)datagram->sent_ns);
	digest_number(world, (uint64_t)ntohl(datagram->from.host) << 16 | datagram->from.port);
	digest_number(world, (uint64_t)ntohl(datagram->to.host) << 16 | datagram->to.port);
	digest(world, datagram->data, datagram->size);
	world->datagrams++;
	world->bytes += datagram->size;
	if (ntohl(datagram->from.host) == WORLD_RELAY_HOST)
		world->down_bytes += datagram->size;
}

/* Lines. */

/* Which client an address belongs to, or NULL: it is the relay's, or that of nobody any more. */
static struct world_client *client_at(struct world *world, uint32_t host)
{
	uint32_t index = (ntohl(host) - WORLD_CLIENT_HOSTS) % MOVE_STEP;

	if (index >= world->client_count || world->clients[index].host != host)
		return NULL;
	return &world->clients[index];
}

/* What becomes of a datagram: it goes through the line of the client at one of its ends. */
static bool decide(void *context, const struct sim_datagram *datagram, struct sim_fate *fate)
{
	struct world *world = context;
	struct world_client *from = client_at(world, datagram->from.host);
	struct world_client *client = from ? from : client_at(world, datagram->to.host);
	struct link_model_fate impaired = { 0 };
	bool passes = false;

	digest_datagram(world, datagram);
	if (client && !client->is_cut && !world->is_relay_cut &&
	    (client->path_bytes == 0 || datagram->size <= client->path_bytes))
		passes = link_model_decide(from ? &client->up.impair : &client->down.impair,
					   datagram->sent_ns, datagram->size, &impaired);
	if (passes) {
		fate->delay_ns = impaired.arrives_ns - datagram->sent_ns;
		fate->is_doubled = impaired.is_doubled;
		fate->copy_delay_ns = impaired.copy_arrives_ns - datagram->sent_ns;
	}
	if (world->tap)
		world->tap(world->tap_context, datagram, passes ? fate : NULL);
	return passes;
}

static void start_line(struct world *world, struct world_line *line, uint64_t number)
{
	/* Each line has luck of its own, which follows from the world's seed and its number. */
	link_model_init(&line->impair, &line->spec,
			world->seed * UINT64_C(0x9e3779b97f4a7c15) + number,
			sim_now_ns(world->sim));
}

void world_set_lines(struct world *world, size_t client, const struct link_model_spec *up,
		     const struct link_model_spec *down)
{
	struct world_client *at = &world->clients[client];

	if (up) {
		at->up.spec = *up;
		start_line(world, &at->up, 2 * client + 1);
	}
	if (down) {
		at->down.spec = *down;
		start_line(world, &at->down, 2 * client + 2);
	}
}

/* Life. */

static bool start_relay(struct world *world, char error[SERVER_ERROR_BYTES])
{
	sim_set_host(world->sim, htonl(WORLD_RELAY_HOST));
	world->is_relay_up = server_init(&world->relay, &world->relay_config, error) == 0;
	world->relay_due_ns = sim_now_ns(world->sim);
	world->relay_starts++;
	return world->is_relay_up;
}

bool world_init(struct world *world, uint64_t seed, const struct config *config, size_t clients,
		char error[SERVER_ERROR_BYTES])
{
	*world = (struct world){ .seed = seed, .digest = FNV_START };
	if (config)
		world->relay_config = *config;
	world->relay_config.port = WORLD_PORT;
	world->sim = sim_create(seed);
	world->clients = calloc(clients, sizeof(world->clients[0]));
	if (!world->sim || !world->clients) {
		strcpy(error, "no memory for the simulated network");
		world_fini(world);
		return false;
	}
	world->client_count = clients;
	sim_set_fate(world->sim, decide, world);
	net_use_thread(sim_net(world->sim));
	for (size_t i = 0; i < clients; i++) {
		world->clients[i].host = htonl(WORLD_CLIENT_HOSTS + (uint32_t)i);
		world_set_lines(world, i, &world->clients[i].up.spec, &world->clients[i].down.spec);
	}
	if (!config || start_relay(world, error))
		return true;
	world_fini(world);
	return false;
}

void world_fini(struct world *world)
{
	for (size_t i = 0; i < world->client_count; i++)
		starling_close(world->clients[i].session);
	if (world->is_relay_up)
		server_fini(&world->relay);
	net_use_thread(NULL);
	sim_destroy(world->sim);
	free(world->clients);
	*world = (struct world){ 0 };
}

bool world_open(struct world *world, size_t client, const struct starling_config *config)
{
	struct world_client *at = &world->clients[client];
	struct starling_config placed = *config;

	placed.host = "10.0.0.1";
	placed.port = WORLD_PORT;
	sim_set_host(world->sim, at->host);
	at->due_ns = sim_now_ns(world->sim);
	return starling_open(&at->session, &placed, NULL) == 0;
}

void world_close(struct world *world, size_t client, bool is_killed)
{
	struct world_client *at = &world->clients[client];
	bool was_cut = at->is_cut;

	at->is_cut = was_cut || is_killed;
	starling_close(at->session);
	at->session = NULL;
	at->is_cut = was_cut;
}

void world_cut(struct world *world, size_t client, bool is_cut)
{
	world->clients[client].is_cut = is_cut;
}

void world_pause(struct world *world, size_t client, bool is_paused)
{
	world->clients[client].is_paused = is_paused;
}

void world_pause_relay(struct world *world, bool is_paused)
{
	world->is_relay_paused = is_paused;
}

void world_move(struct world *world, size_t client)
{
	struct world_client *at = &world->clients[client];
	uint32_t before = at->host;

	at->moves = at->moves % MOVES_MAX + 1;
	at->host = htonl(WORLD_CLIENT_HOSTS + (uint32_t)client + at->moves * MOVE_STEP);
	sim_move(world->sim, before, at->host);
}

void world_restart_relay(struct world *world)
{
	char error[SERVER_ERROR_BYTES];

	/* What it would say as it ends reaches nobody: it is killed. */
	world->is_relay_cut = true;
	if (world->is_relay_up)
		server_fini(&world->relay);
	world->is_relay_cut = false;
	start_relay(world, error);
}

/* Turns. */

static bool is_mail_for(const struct world *world, int socket)
{
	struct net *net = sim_net(world->sim);

	return net->has_buffered(net, socket);
}

static bool is_relay_due(const struct world *world, int64_t now_ns)
{
	return world->is_relay_up && !world->is_relay_paused &&
	       (world->relay_due_ns <= now_ns || is_mail_for(world, server_socket(&world->relay)));
}

static bool is_client_due(const struct world *world, const struct world_client *client,
			  int64_t now_ns)
{
	return client->session && !client->is_paused &&
	       (client->due_ns <= now_ns || is_mail_for(world, starling_fd(client->session)));
}

static void turn_client(struct world *world, struct world_client *client, int64_t now_ns)
{
	int timeout_ms;

	sim_set_host(world->sim, client->host);
	starling_update(client->session);
	timeout_ms = starling_timeout_ms(client->session);
	client->due_ns = timeout_ms < 0 ? INT64_MAX : now_ns + timeout_ms * NS_PER_MS;
	if (client->due_ns <= now_ns)
		client->due_ns = now_ns + NS_PER_MS;
}

/* One turn of everyone who has something to do now. False when nobody has. */
static bool turn_all(struct world *world, int64_t now_ns)
{
	bool did_anything = false;

	if (is_relay_due(world, now_ns)) {
		sim_set_host(world->sim, htonl(WORLD_RELAY_HOST));
		world->relay_due_ns = server_turn(&world->relay, now_ns);
		/* Who still wants a turn at once waits for something that only time brings. */
		if (world->relay_due_ns <= now_ns)
			world->relay_due_ns = now_ns + NS_PER_MS;
		did_anything = true;
	}
	for (size_t i = 0; i < world->client_count; i++) {
		if (!is_client_due(world, &world->clients[i], now_ns))
			continue;
		turn_client(world, &world->clients[i], now_ns);
		if (world->after_turn)
			world->after_turn(world->turn_context, i);
		did_anything = true;
	}
	return did_anything;
}

static int64_t next_ns(const struct world *world)
{
	int64_t next = sim_next_ns(world->sim);

	if (world->is_relay_up && !world->is_relay_paused && world->relay_due_ns < next)
		next = world->relay_due_ns;
	for (size_t i = 0; i < world->client_count; i++) {
		const struct world_client *client = &world->clients[i];

		if (client->session && !client->is_paused && client->due_ns < next)
			next = client->due_ns;
	}
	return next;
}

void world_run(struct world *world, int64_t until_ns)
{
	for (;;) {
		int64_t now_ns = sim_now_ns(world->sim);
		int64_t next;

		while (turn_all(world, now_ns))
			;
		if (now_ns >= until_ns)
			return;
		next = next_ns(world);
		sim_advance_to(world->sim, next < until_ns ? next : until_ns);
	}
}

void world_wake(struct world *world, size_t client)
{
	world->clients[client].due_ns = sim_now_ns(world->sim);
}

int64_t world_now_ns(const struct world *world)
{
	return sim_now_ns(world->sim);
}
