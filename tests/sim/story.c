#include "tests/sim/story.h"

#include <stdio.h>
#include <string.h>

#include "tests/sim/story_check.h"

#define MS INT64_C(1000000)

enum {
	STEP_MS = 50,
	TROUBLE_STEPS = 120, /* six seconds, longer than the time-outs below */
	CALM_MS = 30000,     /* for all to be back: time-outs, and a pause before the last try */
	QUIET_MS = 2000,     /* then for the last states to settle */
	SMALL_BACKLOG_BYTES = 4096,
};

_Static_assert((int)TROUBLE_STEPS <= (int)STORY_EVENTS_MAX,
	       "a client sends at most one event a step");

static bool happens(struct story *story, unsigned per_mille)
{
	return random_below(&story->random, 1000) < per_mille;
}

static int64_t pick(struct story *story, int64_t least, int64_t most)
{
	return least + (int64_t)random_below(&story->random, (uint64_t)(most - least) + 1);
}

static bool may(const struct story *story, enum story_plot part)
{
	return (story->plot & (unsigned)part) != 0;
}

/* Links */

/* An impaired link that still carries enough for a connection to live. */
static struct link_model_spec bad_line(struct story *story)
{
	struct link_model_spec spec = { 0 };

	spec.start.delay_ns = pick(story, 0, 150) * MS;
	if (happens(story, 500))
		spec.start.jitter_ns = pick(story, 0, 30) * MS;
	spec.start.jitter = (enum link_model_jitter)pick(story, 0, 2);
	spec.start.loss = (link_model_share)pick(story, 0, 20) * (UINT64_C(1) << 32) / 100;
	spec.start.has_burst = happens(story, 500);
	spec.start.burst = (link_model_share)pick(story, 0, 50) * (UINT64_C(1) << 32) / 100;
	spec.start.duplicate = (link_model_share)pick(story, 0, 5) * (UINT64_C(1) << 32) / 100;
	spec.start.reorder = (link_model_share)pick(story, 0, 5) * (UINT64_C(1) << 32) / 100;
	spec.start.hold_ns = pick(story, 1, 50) * MS;
	return spec;
}

static struct link_model_spec good_line(void)
{
	return (struct link_model_spec){ .start.delay_ns = 20 * MS };
}

static void lay_lines(struct story *story, bool are_bad)
{
	for (size_t i = 0; i < story->client_count; i++) {
		struct link_model_spec up = are_bad ? bad_line(story) : good_line();
		struct link_model_spec down = are_bad ? bad_line(story) : good_line();

		cluster_set_links(&story->cluster, i, &up, &down);
	}
}

/* A client's actions */

static void open_client(struct story *story, size_t n)
{
	struct story_client *client = &story->clients[n];
	struct starling_config config;
	char name[16];

	starling_default_config(&config);
	snprintf(name, sizeof(name), "client %zu", n);
	config.name = name;
	config.timeout_s = STORY_TIMEOUT_MS / 1e3;
	config.up = (enum starling_mode)pick(story, 0, 2);
	config.down = (enum starling_mode)pick(story, 0, 2);
	client->interest = STARLING_ALL;
	if (may(story, STORY_SIGHT))
		client->interest = (enum starling_interest)pick(story, 0, 2);
	client->range = 0;
	if (client->interest == STARLING_RADIUS)
		client->range = (uint32_t)pick(story, 1000, 80000);
	if (client->interest == STARLING_NEAREST)
		client->range = (uint32_t)pick(story, 1, 8);
	config.interest = client->interest;
	config.radius_m = client->range / 1e3;
	config.nearest = client->range;
	story_open_client(story, n, &config);
}

void story_open_client(struct story *story, size_t n, const struct starling_config *config)
{
	struct story_client *client = &story->clients[n];

	client->is_open = true;
	memset(client->own, 0, sizeof(client->own));
	memset(client->views, 0, sizeof(client->views));
	if (!cluster_open(&story->cluster, n, config))
		story_fail(story, "client %zu could not be opened", n);
}

void story_close_client(struct story *story, size_t n, bool is_killed)
{
	story->clients[n].is_open = false;
	story->clients[n].is_over = false;
	story_note_break(&story->clients[n]);
	cluster_close(&story->cluster, n, is_killed);
}

static void publish(struct story *story, size_t n)
{
	struct story_client *client = &story->clients[n];
	struct starling *session = story->cluster.clients[n].session;

	for (unsigned index = 0; index < STORY_ENTITIES_MAX; index++) {
		struct starling_state state = { 0 };

		/* One draw a statement: within an initializer their order would be the compiler's.
		 */
		state.x = (double)pick(story, -50000, 50000) / 1000;
		state.y = (double)pick(story, -50000, 50000) / 1000;
		state.z = (double)pick(story, 0, 2000) / 1000;
		if (client->own[index].exists && may(story, STORY_REMOVALS) && happens(story, 10)) {
			if (starling_remove(session, index) == 0)
				client->own[index].exists = false;
			continue;
		}
		if (!happens(story, 700) || starling_publish(session, index, &state) != 0)
			continue;
		client->own[index].exists = true;
		client->own[index].x = state.x;
		client->own[index].y = state.y;
		client->own[index].z = state.z;
	}
}

void story_send_event(struct story *story, size_t n)
{
	struct story_client *client = &story->clients[n];
	uint32_t number = client->sent + 1;
	uint8_t data[5] = { (uint8_t)n, (uint8_t)number, (uint8_t)(number >> 8),
			    (uint8_t)(number >> 16), (uint8_t)(number >> 24) };

	if (starling_send(story->cluster.clients[n].session, STARLING_TO_ALL, 0, data, sizeof(data),
			  true) == 0)
		story_note_sent(client);
}

static void trouble_client(struct story *story, size_t n)
{
	struct cluster *cluster = &story->cluster;
	struct cluster_client *at = &cluster->clients[n];

	if (may(story, STORY_CUTS) && happens(story, at->is_cut ? 40 : 6))
		cluster_cut(cluster, n, !at->is_cut);
	if (may(story, STORY_PAUSES) && happens(story, at->is_paused ? 100 : 6))
		cluster_pause(cluster, n, !at->is_paused);
	if (may(story, STORY_MOVES) && happens(story, 4))
		cluster_move(cluster, n);
	if (!at->session) {
		if (happens(story, 50))
			open_client(story, n);
		return;
	}
	if (may(story, STORY_COMINGS) && happens(story, 8)) {
		story_close_client(story, n, happens(story, 500));
		return;
	}
	if (at->is_paused)
		return;
	publish(story, n);
	if (happens(story, 100))
		story_send_event(story, n);
	cluster_wake(cluster, n);
}

static void trouble_relay(struct story *story)
{
	struct cluster *cluster = &story->cluster;

	if (may(story, STORY_PAUSES) && happens(story, cluster->is_relay_paused ? 150 : 5))
		cluster_pause_relay(cluster, !cluster->is_relay_paused);
	if (may(story, STORY_RESTARTS) && happens(story, 4))
		cluster_restart_relay(cluster);
}

/* The parts of a story */

void story_step(struct story *story, int64_t milliseconds)
{
	cluster_run(&story->cluster, cluster_now_ns(&story->cluster) + milliseconds * MS);
	story_check_events(story);
	for (size_t n = 0; n < story->client_count; n++)
		if (story->clients[n].is_over)
			story_close_client(story, n, false);
	story_check_states(story);
	story_check_relay(story);
}

static void trouble(struct story *story)
{
	size_t first = (size_t)pick(story, 1, (int64_t)story->client_count);

	for (size_t n = 0; n < first; n++)
		open_client(story, n);
	for (int i = 0; i < TROUBLE_STEPS && story->error[0] == '\0'; i++) {
		for (size_t n = 0; n < story->client_count; n++)
			trouble_client(story, n);
		trouble_relay(story);
		story_step(story, STEP_MS);
	}
}

static bool is_everyone_in(const struct story *story)
{
	for (size_t n = 0; n < story->client_count; n++) {
		const struct starling *session = story->cluster.clients[n].session;

		if (session && starling_status(session) != STARLING_PLAYING)
			return false;
	}
	return true;
}

void story_heal(struct story *story)
{
	lay_lines(story, false);
	for (size_t n = 0; n < story->client_count; n++) {
		cluster_cut(&story->cluster, n, false);
		cluster_pause(&story->cluster, n, false);
	}
	cluster_pause_relay(&story->cluster, false);
}

void story_calm(struct story *story)
{
	story_heal(story);
	/* A client that the relay forgot finds out after its own time-out. */
	for (int ms = 0; ms < 2 * STORY_TIMEOUT_MS && story->error[0] == '\0'; ms += STEP_MS)
		story_step(story, STEP_MS);
	for (int ms = 0; ms < CALM_MS && !is_everyone_in(story) && story->error[0] == '\0';
	     ms += STEP_MS)
		story_step(story, STEP_MS);
	if (!is_everyone_in(story))
		story_fail(story, "not everyone was in the room %d s after the trouble",
			   (CALM_MS + 2 * STORY_TIMEOUT_MS) / 1000);
	for (int ms = 0; ms < QUIET_MS && story->error[0] == '\0'; ms += STEP_MS)
		story_step(story, STEP_MS);
}

/* The relay is told to stop at any moment, and must end in time. */
static void stop(struct story *story)
{
	struct cluster *cluster = &story->cluster;
	int64_t start_ns = cluster_now_ns(cluster);

	cluster_pause_relay(cluster, false);
	server_stop(&cluster->relay, start_ns);
	cluster->relay_due_ns = start_ns;
	while (!server_has_stopped(&cluster->relay, cluster_now_ns(cluster)) &&
	       story->error[0] == '\0') {
		story_step(story, 10);
		if (cluster_now_ns(cluster) - start_ns > 1020 * MS)
			story_fail(story, "the relay had not stopped after 1.02 s");
	}
}

static bool begin(struct story *story)
{
	char error[SERVER_ERROR_BYTES];
	struct config config;

	config_default(&config);
	/* More slots than clients, since a killed client leaves its slot behind. */
	config.clients = 32;
	config.timeout_s = STORY_TIMEOUT_MS / 1e3;
	config.grace_s = STORY_GRACE_MS / 1e3;
	config.tick_hz = happens(story, 500) ? 0 : (double)pick(story, 10, 60);
	/* Where processes stall, some relays soon disconnect a member that acknowledges nothing. */
	if (may(story, STORY_PAUSES) && happens(story, 300))
		config.backlog_bytes = SMALL_BACKLOG_BYTES;
	if (cluster_init(&story->cluster, story->seed, &config, story->client_count, error))
		return true;
	story_fail(story, "no cluster: %s", error);
	return false;
}

bool story_tell(struct story *story, uint64_t seed, unsigned plot, const char *trace_path)
{
	memset(story, 0, sizeof(*story));
	story->seed = seed;
	story->plot = plot;
	story->random = random_init(seed);
	story->client_count = (size_t)pick(story, 2, STORY_CLIENTS_MAX);
	if (!begin(story))
		return false;
	if (trace_path)
		cluster_trace_start(&story->trace, &story->cluster, trace_path);
	story->memory_bytes = story_memory_bytes();
	lay_lines(story, may(story, STORY_LOSSY));
	trouble(story);
	if (may(story, STORY_STOP) && story->error[0] == '\0')
		stop(story);
	else if (story->error[0] == '\0')
		story_calm(story);
	if (!may(story, STORY_STOP) && story->error[0] == '\0') {
		story_check_complete(story);
		story_check_views(story);
	}
	story->datagrams = story->cluster.datagrams;
	story->digest = story->cluster.digest;
	cluster_trace_stop(&story->trace);
	cluster_fini(&story->cluster);
	return story->error[0] == '\0';
}
