/*
 * A session as a script: a relay and three clients of the library on a simulated network. The input
 * is operations of three bytes: what happens (a byte), to which client, and how. Clients open,
 * publish, remove, send, ask for other modes, leave and are killed; links lose, double and reorder,
 * are cut, move and heal; processes stall, and the relay is killed. A stranger sends bytes, and
 * something in the middle sends what the last client said once more, as it was or with a byte of
 * it changed.
 *
 * After it the links are whole, and what holds in every story (tests/sim/story_check.h) must hold.
 * Where datagrams of the last client were forged, the relay must still balance its accounting and
 * be within its limits, and the other two must play and see each other.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/enet/pool.h"
#include "relay/log/log.h"
#include "tests/sim/story_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	CLIENTS = 3,
	FORGED = CLIENTS - 1, /* the client whose datagrams may be forged */
	OPERATION_BYTES = 3,
	OPERATIONS_MAX = 200,
	TOLD_MAX = 16, /* of its last datagrams to the relay */
	TOLD_BYTES = 1400,
	STRANGER_BYTES = 64,
	PASS_MS = 8, /* each value of a byte */
	SPEECHES_MAX = 60,
	STEP_MS = 50,
	CALM_MS = 36000,
	QUIET_MS = 2000,
};

#define STRANGER_HOST UINT32_C(0x0a7f0001)
#define MS            INT64_C(1000000)

static struct script {
	struct story story;
	const uint8_t *at, *end;
	int stranger;
	bool has_forged;
	struct told {
		uint8_t bytes[TOLD_BYTES];
		size_t size;
	} told[TOLD_MAX];
	size_t told_count;
} script;

static void fail(const char *why)
{
	fprintf(stderr, "%s\n", why);
	abort();
}

static struct starling *session_of(size_t n)
{
	return script.story.cluster.clients[n].session;
}

/* Clients. */

static void open_client(size_t n, uint8_t how)
{
	static const char *const names[CLIENTS] = { "0", "1", "2" };
	struct starling_config config;

	if (session_of(n))
		return;
	starling_default_config(&config);
	config.name = names[n];
	config.timeout_s = STORY_TIMEOUT_MS / 1e3;
	config.up = (enum starling_mode)(how % 3);
	config.down = (enum starling_mode)(how / 3 % 3);
	story_open_client(&script.story, n, &config);
}

static void publish(size_t n, uint8_t how)
{
	const struct starling_state state = {
		.x = how, .y = -how, .payload = &how, .payload_bytes = how % 2
	};
	const unsigned index = how % STORY_ENTITIES_MAX;
	struct story_own *own = &script.story.clients[n].own[index];

	if (session_of(n) && starling_publish(session_of(n), index, &state) == 0)
		*own = (struct story_own){ true, state.x, state.y, state.z };
}

static void remove_entity(size_t n, uint8_t how)
{
	const unsigned index = how % STORY_ENTITIES_MAX;

	if (session_of(n) && starling_remove(session_of(n), index) == 0)
		script.story.clients[n].own[index].exists = false;
}

static void send_event(size_t n)
{
	if (session_of(n) && script.story.clients[n].sent < SPEECHES_MAX)
		story_send_event(&script.story, n);
}

static void set_modes(size_t n, uint8_t how)
{
	if (session_of(n))
		(void)starling_set_modes(session_of(n), (enum starling_mode)(how % 3),
					 (enum starling_mode)(how / 3 % 3));
}

static void close_client(size_t n, uint8_t how)
{
	if (session_of(n))
		story_close_client(&script.story, n, how & 1);
}

/* Links. */

static void set_links(size_t n, uint8_t how)
{
	const link_model_share all = UINT64_C(1) << 32, half = all / 2;
	struct link_model_spec spec = { .start = { .delay_ns = (how & 7) * MS,
						   .hold_ns = 20 * MS } };

	spec.start.loss = how & 8 ? half : 0;
	spec.start.duplicate = how & 16 ? half : 0;
	spec.start.reorder = how & 32 ? half : 0;
	cluster_set_links(&script.story.cluster, n, how & 64 ? NULL : &spec,
			  how & 128 ? NULL : &spec);
}

static void send_to_relay(int socket, const uint8_t *bytes, size_t size)
{
	const struct net_address to = { .host = htonl(CLUSTER_RELAY_HOST), .port = CLUSTER_PORT };
	const struct net_buffer buffer = { .data = bytes, .size = size };
	struct net *net = sim_net(script.story.cluster.sim);

	(void)net->send(net, socket, &to, &buffer, 1);
}

static void speak_as_stranger(uint8_t how)
{
	const size_t left = (size_t)(script.end - script.at);
	const size_t asked = how % STRANGER_BYTES, size = asked < left ? asked : left;

	send_to_relay(script.stranger, script.at, size);
	script.at += size;
}

/* Which datagram, what is added to a byte, and to which: as it was where that is 0. */
static void forge(uint8_t which, uint8_t by)
{
	const size_t kept = script.told_count < TOLD_MAX ? script.told_count : TOLD_MAX;
	struct told told;

	if (!session_of(FORGED) || starling_fd(session_of(FORGED)) < 0 || kept == 0)
		return;
	told = script.told[which % kept];
	if (told.size > 0 && script.at < script.end)
		told.bytes[*script.at++ % told.size] ^= by;
	script.has_forged = true;
	send_to_relay(starling_fd(session_of(FORGED)), told.bytes, told.size);
}

static void note(void *context, const struct sim_datagram *datagram, const struct sim_fate *fate)
{
	struct told *told = &script.told[script.told_count % TOLD_MAX];

	(void)context;
	(void)fate;
	if (datagram->from.host != script.story.cluster.clients[FORGED].host ||
	    datagram->size > TOLD_BYTES)
		return;
	memcpy(told->bytes, datagram->data, datagram->size);
	told->size = datagram->size;
	script.told_count++;
}

/* The script. */

static void pass(uint8_t how)
{
	story_step(&script.story, 1 + how * PASS_MS);
}

static void happen(uint8_t what, size_t n, uint8_t how)
{
	struct cluster *cluster = &script.story.cluster;
	struct cluster_client *client = &cluster->clients[n];

	switch (what % 16) {
	case 0:
		open_client(n, how);
		break;
	case 1:
	case 2:
		publish(n, how);
		break;
	case 3:
		remove_entity(n, how);
		break;
	case 4:
		send_event(n);
		break;
	case 5:
		set_modes(n, how);
		break;
	case 6:
		close_client(n, how);
		break;
	case 7:
		set_links(n, how);
		break;
	case 8:
		cluster_cut(cluster, n, !client->is_cut);
		break;
	case 9:
		cluster_pause(cluster, n, !client->is_paused);
		break;
	case 10:
		cluster_move(cluster, n);
		break;
	case 11:
		if (how < 64)
			cluster_restart_relay(cluster);
		else
			cluster_pause_relay(cluster, !cluster->is_relay_paused);
		break;
	case 12:
		speak_as_stranger(how);
		break;
	case 13:
		forge((uint8_t)(what / 16), how);
		break;
	default:
		pass(how);
		break;
	}
	if (session_of(n))
		cluster_wake(cluster, n);
}

static void set_up(void)
{
	const struct net_address from = { .host = htonl(STRANGER_HOST), .port = 1 };
	char error[SERVER_ERROR_BYTES];
	struct config config;
	struct net *net;

	config_default(&config);
	config.clients = 16;
	config.timeout_s = STORY_TIMEOUT_MS / 1e3;
	config.grace_s = STORY_GRACE_MS / 1e3;
	config.tick_hz = 0;
	memset(&script.story, 0, sizeof(script.story));
	script.story.plot = STORY_EVERYTHING;
	script.story.client_count = CLIENTS;
	script.story.memory_bytes = story_memory_bytes();
	if (!cluster_init(&script.story.cluster, 1, &config, CLIENTS, error))
		fail(error);
	script.story.cluster.tap = note;
	net = sim_net(script.story.cluster.sim);
	script.stranger = net->open(net);
	if (script.stranger < 0 || net->bind(net, script.stranger, &from) != 0)
		fail("no socket for the stranger");
	script.has_forged = false;
	script.told_count = 0;
}

/* Ends. */

static bool are_honest_in(void)
{
	bool are_in = true;

	for (size_t n = 0; n < FORGED; n++)
		are_in &= !session_of(n) || starling_status(session_of(n)) == STARLING_PLAYING;
	return are_in;
}

/* As story_calm, but for what a forged client may hear and see. */
static void calm_honest(void)
{
	struct story *story = &script.story;
	int ms = 0, in_ms = 0;

	story_heal(story);
	while (ms < CALM_MS && in_ms < QUIET_MS) {
		story_step(story, STEP_MS);
		story->error[0] = '\0';
		ms += STEP_MS;
		in_ms = are_honest_in() && ms > 2 * STORY_TIMEOUT_MS ? in_ms + STEP_MS : 0;
	}
}

static void check_honest(void)
{
	if (!are_honest_in())
		fail("a forged datagram of another keeps a client out");
	for (size_t n = 0; n < FORGED; n++) {
		const struct story_client *other = &script.story.clients[(n + 1) % FORGED];
		struct starling_entity entity;

		if (!session_of(n))
			continue;
		for (unsigned i = 0; i < STORY_ENTITIES_MAX && other->is_open; i++)
			if (other->own[i].exists !=
			    starling_entity(session_of(n), other->member, i, &entity))
				fail("a forged datagram of another makes entities differ");
	}
}

static void end(void)
{
	struct story *story = &script.story;

	if (script.has_forged) {
		calm_honest();
		story_check_relay(story);
		check_honest();
	} else {
		story_calm(story);
		story_check_complete(story);
		story_check_views(story);
	}
	if (story->error[0] != '\0')
		fail(story->error);
	cluster_fini(&story->cluster);
	pool_drop();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	log_open(LOG_WARNING);
	script.at = data;
	script.end = data + size;
	set_up();
	for (int i = 0; i < OPERATIONS_MAX && script.end - script.at >= OPERATION_BYTES; i++) {
		const uint8_t *operation = script.at;

		script.at += OPERATION_BYTES;
		happen(operation[0], operation[1] % CLIENTS, operation[2]);
	}
	end();
	return 0;
}
