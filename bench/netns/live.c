#include "bench/netns/live.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/load/sink_trial.h"
#include "bench/netns/live_link.h"
#include "proto/net/netns/network.h"
#include "proto/net/netns/tunnel.h"
#include "proto/cli/child.h"
#include "bench/servers/target.h"
#include "bench/servers/programs.h"
#include "bench/sim/sessions.h"

enum {
	JOIN_S = 20,
	WORDS_MAX = 40,
	NUMBER_BYTES = 24,
	SLACK_S = 20, /* beyond its plan, before a relay ends itself */
	STOP_PATIENCE_MS = 2000,
	REPORT_BYTES = 1 << 14,
	MESSAGE_RATE = 100000, /* the relay's own limit is not what is measured */
};

#define RELAY_ADDRESS "10.83.0.1" /* TUNNEL_RELAY_HOST */

/* Memory of all processes of a run: what those leave here is collected when they have ended. */
struct shared {
	struct live_link_shared links;
	struct trial_result result;
	struct sink_trial sink;       /* which leaves its results here; */
	struct trial_config config;   /* its configuration */
	struct age_distribution ages; /* over age_buckets */
	struct age_bucket age_buckets[LOG_BUCKETS_COUNT(LOG_BUCKETS_FINE)];
	size_t update_count;
	struct age_update updates[]; /* room for one of each update of a member */
};

_Static_assert((int)TRIAL_MEMBERS_MAX <= (int)MEMBER_LINKS_MAX, "each member has a link");

/* One run, and what is to be undone of it. */
struct stage {
	const struct run_ground *ground;
	const struct trial_config *config;
	struct shared *shared;
	struct target_process relay;
	struct link_emulator_config links;
	struct network networks[MEMBER_LINKS_WAYS];
	pid_t emulator_pid;
	char *error;
};

double live_seconds(const struct trial_config *config)
{
	return GENERATOR_WARM_UP_S + config->seconds + TRIAL_COOL_DOWN_S + 1;
}

/* The memory. */

static size_t updates_max(const struct trial_config *config)
{
	return (size_t)((GENERATOR_WARM_UP_S + config->seconds) * config->rate_hz) + 2;
}

static size_t bytes_of(const struct trial_config *config)
{
	return sizeof(struct shared) + updates_max(config) * sizeof(struct age_update);
}

/* To be made before the processes are. NULL with errno. */
static struct shared *open_shared(const struct trial_config *config)
{
	struct shared *shared = mmap(NULL, bytes_of(config), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		return NULL;
	/* Processes that are forked have it at the same place. */
	age_distribution_over(&shared->ages, LOG_BUCKETS_FINE, shared->age_buckets);
	shared->config = *config;
	shared->config.ages = config->ages ? &shared->ages : NULL;
	shared->sink = (struct sink_trial){ .config = &shared->config,
					    .result = &shared->result,
					    .start_ns = &shared->links.start_ns,
					    .datagrams = &shared->links.datagrams,
					    .bytes = &shared->links.bytes,
					    .updates = shared->updates,
					    .updates_max = updates_max(config),
					    .update_count = &shared->update_count };
	return shared;
}

static void close_shared(struct shared *shared)
{
	if (shared)
		munmap(shared, bytes_of(&shared->config));
}

/* Adds what was left to the config's ages and track. 0 or -ENOMEM. */
static int take_shared(const struct shared *shared, const struct trial_config *config)
{
	int status = 0;

	if (config->ages)
		age_distribution_merge(config->ages, &shared->ages);
	for (size_t i = 0; config->track && i < shared->update_count && status == 0; i++)
		status = age_track_take(config->track, shared->updates[i].now_us,
					shared->updates[i].origin_us);
	return status;
}

/* The relay. */

static bool is_ours(const struct trial_config *config)
{
	return config->carrier < TRIAL_RAW;
}

static const char *program_of(enum trial_carrier carrier)
{
	if (carrier < TRIAL_RAW)
		return "starlingd";
	if (carrier == TRIAL_HTTP)
		return "baseline-http_relay";
	return carrier < TRIAL_TCP ? "baseline-udp_relay" : "baseline-tcp_relay";
}

static void add_word(const char **words, size_t *count, const char *word)
{
	words[(*count)++] = word;
}

static void add_number(const char **words, size_t *count, const char *flag, char text[NUMBER_BYTES],
		       double number)
{
	snprintf(text, NUMBER_BYTES, "%.9g", number);
	add_word(words, count, flag);
	add_word(words, count, text);
}

static int start_relay(struct stage *stage, const char *host, int network)
{
	const struct trial_config *config = stage->config;
	const double limit_s = live_seconds(config) + JOIN_S + SLACK_S;
	const char *words[WORDS_MAX] = { program_of(config->carrier) };
	char numbers[6][NUMBER_BYTES], path[PROGRAMS_PATH_BYTES];
	size_t count = 1;

	programs_find(stage->ground->programs, words[0],
		      path); /* who starts it says when it is not there */
	add_word(words, &count, is_ours(config) ? "--host" : "-a");
	add_word(words, &count, host);
	if (is_ours(config)) {
		add_number(words, &count, "--port", numbers[0], 0);
		add_number(words, &count, "--tick", numbers[1], config->tick_hz);
		add_number(words, &count, "--clients", numbers[2], (double)config->members + 1);
		add_number(words, &count, "--message-rate", numbers[3], MESSAGE_RATE);
		add_number(words, &count, "--grain", numbers[4], config->grain_um);
		for (size_t i = 0; target_input_unlimited[i]; i++)
			add_word(words, &count, target_input_unlimited[i]);
		add_word(words, &count, "--json");
		add_word(words, &count, "--quiet");
		if (!trial_learns_budget(&config->line))
			add_word(words, &count, "--budget-fixed");
		if (config->carrier == TRIAL_SHARED)
			add_word(words, &count, "--share-channel");
		if (config->carrier == TRIAL_THROTTLED)
			add_word(words, &count, "--enet-throttle");
		if (config->sequence_down > 0)
			add_number(words, &count, "--sequence-start", numbers[5],
				   config->sequence_down);
	} else {
		add_number(words, &count, "-s", numbers[0], ceil(limit_s));
		if (config->carrier == TRIAL_NODELAY)
			add_word(words, &count, "-n");
	}
	return target_launch(&stage->relay, path, (char *const *)(uintptr_t)words,
			     stage->ground->relay_cpu, network, stage->error);
}

/* The relay's "dropped_by_enet" between the reports that the members asked it for. */
static uint64_t read_throttled(const struct target_process *relay)
{
	static const char key[] = "\"dropped_by_enet\":";
	char text[REPORT_BYTES];
	const char *first, *second;
	int on = 1;
	ssize_t size;

	ioctl(relay->out, FIONBIO, &on);
	size = read(relay->out, text, sizeof(text) - 1);
	text[size > 0 ? size : 0] = '\0';
	first = strstr(text, key);
	second = first ? strstr(first + 1, key) : NULL;
	if (!second)
		return 0;
	return strtoull(second + sizeof(key) - 1, NULL, 10) -
	       strtoull(first + sizeof(key) - 1, NULL, 10);
}

/* The link. */

static int make_network(enum member_links_way way, struct stage *stage, uint32_t host, size_t count)
{
	struct network *network = &stage->networks[way];
	const bool is_made = network_make(network, host, count, stage->error);

	stage->links.tunnels[way] = network->tunnel;
	return is_made ? 0 : -1;
}

/* In the members' namespace at the end, which those who are forked from here on share. */
static int open_tunnels(struct stage *stage)
{
	if (make_network(MEMBER_LINKS_DOWN, stage, TUNNEL_RELAY_HOST, 1) < 0 ||
	    make_network(MEMBER_LINKS_UP, stage, TUNNEL_MEMBER_HOSTS, stage->config->members) < 0 ||
	    start_relay(stage, RELAY_ADDRESS, stage->networks[MEMBER_LINKS_DOWN].space) < 0)
		return -1;
	return 0;
}

/* The link's process. */

static int start_emulator(struct stage *stage)
{
	const pid_t self = getpid();

	stage->emulator_pid = fork();
	if (stage->emulator_pid == 0) {
		child_begin(self, -1);
		child_hurry();
		live_link_run(&stage->links, stage->networks, &stage->shared->links);
		_exit(0);
	}
	if (stage->emulator_pid > 0)
		return 0;
	snprintf(stage->error, LIVE_ERROR_BYTES, "cannot start a process: %s", strerror(errno));
	return -1;
}

/* Whether the link was there to the end, and what it says of itself. */
static int end_emulator(struct stage *stage)
{
	siginfo_t info = { 0 };
	const bool has_gone =
		waitid(P_PID, (id_t)stage->emulator_pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
		info.si_pid == stage->emulator_pid;

	child_end(stage->emulator_pid, SIGTERM, STOP_PATIENCE_MS);
	stage->emulator_pid = 0;
	if (!has_gone && stage->shared->links.result.is_done)
		return 0;
	snprintf(stage->error, LIVE_ERROR_BYTES,
		 "the process that makes the lines bad has gone, or found no memory");
	return -1;
}

/* The run. */

static int set_stage(struct stage *stage)
{
	stage->shared = open_shared(stage->config);
	if (!stage->shared) {
		snprintf(stage->error, LIVE_ERROR_BYTES, "no memory: %s", strerror(errno));
		return -1;
	}
	stage->links.members = stage->config->members;
	stage->links.line = &stage->config->line;
	stage->links.seed = stage->config->seed;
	for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
		stage->networks[way] = NETWORK_NONE;
	return open_tunnels(stage) < 0 ? -1 : start_emulator(stage);
}

static enum generator_kind kind_of(enum trial_carrier carrier)
{
	if (carrier < TRIAL_RAW)
		return GENERATOR_SESSION;
	if (carrier == TRIAL_HTTP)
		return GENERATOR_HTTP;
	return carrier < TRIAL_TCP ? GENERATOR_UDP : GENERATOR_TCP;
}

static int play(struct stage *stage, struct run_result *run)
{
	const struct trial_config *config = stage->config;
	struct starling_config session;
	struct generator_config load = { .kind = kind_of(config->carrier),
					 .port = stage->relay.port,
					 .relay = stage->relay.pid,
					 .members = (unsigned)config->members,
					 .rate_hz = config->rate_hz,
					 .seconds = config->seconds,
					 .seed = config->seed,
					 .join_s = JOIN_S,
					 .is_hurried = true,
					 .is_nodelay = config->carrier != TRIAL_TCP,
					 .sink = &sink_trial,
					 .sink_context = &stage->shared->sink,
					 .own_host = TUNNEL_MEMBER_HOSTS,
					 .event_hz = config->event_hz,
					 .linger_ms = TRIAL_COOL_DOWN_S * 1000,
					 .payload_bytes = config->payload_bytes,
					 .grain_um = config->grain_um,
					 .session = &session };

	snprintf(load.host, sizeof(load.host), "%s", RELAY_ADDRESS);
	sessions_configure(config, &session);
	return run_play(stage->ground, &load, &stage->relay, "the relay", run, stage->error);
}

static int collect(const struct stage *stage, const struct generator_result *load,
		   struct trial_result *result)
{
	const struct live_link_result *links = &stage->shared->links.result;

	*result = stage->shared->result;
	result->up = links->up;
	result->down = links->down;
	result->check.validity.links_late_p99_us = links->late_p99_us;
	result->check.validity.own_drops += links->drops + links->overflown;
	result->check.late_p50_us = load->late_p50_us;
	result->check.late_max_us = load->late_max_us;
	result->check.call_p50_ns = load->call_p50_ns;
	result->check.call_p99_ns = load->call_p99_ns;
	if (is_ours(stage->config))
		result->throttled += read_throttled(&stage->relay);
	if (take_shared(stage->shared, stage->config) == 0)
		return 0;
	snprintf(stage->error, LIVE_ERROR_BYTES, "no memory for the ages over time");
	return -1;
}

static void clear_stage(struct stage *stage)
{
	child_end(stage->emulator_pid, SIGKILL, STOP_PATIENCE_MS);
	target_stop(&stage->relay, NULL);
	for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
		network_close(&stage->networks[way]);
	close_shared(stage->shared);
}

int live_run(const struct run_ground *ground, const struct trial_config *config,
	     struct trial_result *result, char error[static LIVE_ERROR_BYTES])
{
	struct stage stage = { .ground = ground, .config = config, .error = error };
	struct run_result run;
	int status = -1;

	*result = (struct trial_result){ 0 };
	if (set_stage(&stage) == 0 && play(&stage, &run) == 0 && end_emulator(&stage) == 0)
		status = collect(&stage, &run.load, result);
	clear_stage(&stage);
	return status;
}
