#include "bench/netns/live.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/servers/child.h"
#include "bench/servers/contender.h"
#include "bench/sim/interrupt.h"
#include "bench/netns/live_shared.h"
#include "bench/netns/namespaces.h"
#include "bench/servers/programs.h"
#include "bench/netns/trial_live.h"
#include "bench/netns/tunnel.h"

enum {
	WORDS_MAX = 24,
	NUMBER_BYTES = 24,
	LOOK_STEPS = 10,
	STEP_MS = 10,
	SLACK_S = 10, /* beyond its plan, before the members are ended */
	STOP_PATIENCE_MS = 2000,
	REPORT_BYTES = 1 << 14,
	MESSAGE_RATE = 100000, /* the relay's own limit is not what is measured */
};

/* One run, and what is to be undone of it. */
struct stage {
	struct run_validity_look first_look, last_look; /* at the machine and the processes */
	const struct live *live;
	const struct trial_config *config;
	struct live_shared *shared;
	struct contender_relay relay;
	struct link_emulator_config links;
	struct trial_place place;
	pid_t emulator_pid, members_pid;
	char *error;
};

/* The first two processors that we may use, if there are two. */
static void choose_processors(struct live *live)
{
	cpu_set_t cpus;

	live->relay_cpu = live->members_cpu = -1;
	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0 || CPU_COUNT(&cpus) < 2)
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE && live->members_cpu < 0; cpu++)
		if (CPU_ISSET((size_t)cpu, &cpus))
			*(live->relay_cpu < 0 ? &live->relay_cpu : &live->members_cpu) = cpu;
}

void live_init(struct live *live, const char *folder)
{
	*live = (struct live){ .folder = folder };
	choose_processors(live);
	interrupt_watch();
}

double live_seconds(const struct trial_config *config)
{
	return TRIAL_LIVE_WARM_UP_S + config->seconds + TRIAL_LIVE_COOL_DOWN_S + 1;
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
	const double limit_s = live_seconds(config) + TRIAL_LIVE_JOIN_S + 2 * SLACK_S;
	const char *words[WORDS_MAX] = { program_of(config->carrier) };
	char numbers[6][NUMBER_BYTES], path[PROGRAMS_PATH_BYTES];
	size_t count = 1;

	programs_find(stage->live->folder, words[0],
		      path); /* who starts it says when it is not there */
	add_word(words, &count, is_ours(config) ? "--host" : "-a");
	add_word(words, &count, host);
	if (is_ours(config)) {
		add_number(words, &count, "--port", numbers[0], 0);
		add_number(words, &count, "--tick", numbers[1], config->tick_hz);
		add_number(words, &count, "--clients", numbers[2], (double)config->members + 1);
		add_number(words, &count, "--message-rate", numbers[3], MESSAGE_RATE);
		add_number(words, &count, "--grain", numbers[4], config->grain_um);
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
	return contender_launch(&stage->relay, path, (char *const *)(uintptr_t)words,
				stage->live->relay_cpu, network, stage->error);
}

/* The relay's "dropped_by_enet" between the reports that the members asked it for. */
static uint64_t read_throttled(const struct contender_relay *relay)
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

static int make_tunnel(enum member_links_way way, struct stage *stage, uint32_t host, size_t count)
{
	stage->links.namespaces[way] = namespaces_make(stage->error);
	if (stage->links.namespaces[way] < 0)
		return -1;
	stage->links.tunnels[way] = tunnel_open(host, count, stage->error);
	return stage->links.tunnels[way] < 0 ? -1 : 0;
}

/* In the members' namespace at the end, which those who are forked from here on share. */
static int open_tunnels(struct stage *stage)
{
	if (make_tunnel(MEMBER_LINKS_DOWN, stage, TUNNEL_RELAY_HOST, 1) < 0 ||
	    make_tunnel(MEMBER_LINKS_UP, stage, TUNNEL_MEMBER_HOSTS, stage->config->members) < 0 ||
	    start_relay(stage, "10.83.0.1", stage->links.namespaces[MEMBER_LINKS_DOWN]) < 0)
		return -1;
	stage->place.to = (struct sockaddr_in){ .sin_family = AF_INET,
						.sin_port = htons(stage->relay.port),
						.sin_addr.s_addr = htonl(TUNNEL_RELAY_HOST) };
	return 0;
}

/* Processes. */

/*
 * What sends and what makes the lines bad do little and must do it on time; so before what else the
 * machine does, where that is permitted. It goes on without, and the checks tell.
 */
static void hurry(void)
{
	const struct sched_param first = { .sched_priority = 1 };

	sched_setscheduler(0, SCHED_RR, &first);
}

static void become_child(pid_t parent, int cpu)
{
	child_begin(parent, cpu);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	hurry();
}

static int start_processes(struct stage *stage)
{
	const pid_t self = getpid();

	stage->emulator_pid = fork();
	if (stage->emulator_pid == 0) {
		become_child(self, -1);
		link_emulator_run(&stage->links, &stage->shared->links);
		_exit(0);
	}
	stage->members_pid = stage->emulator_pid > 0 ? fork() : -1;
	if (stage->members_pid == 0) {
		become_child(self, stage->live->members_cpu);
		live_shared_play(stage->shared, stage->config, &stage->place);
		_exit(0);
	}
	if (stage->members_pid > 0)
		return 0;
	snprintf(stage->error, LIVE_ERROR_BYTES, "cannot start a process: %s", strerror(errno));
	return -1;
}

static void pause_a_step(void)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };

	nanosleep(&step, NULL);
}

/* Ended, and not reaped yet. */
static bool has_gone(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == pid;
}

static int await_members(struct stage *stage)
{
	const double plan_s = live_seconds(stage->config) + TRIAL_LIVE_JOIN_S + SLACK_S;
	const char *said = stage->shared->error;

	stage->first_look = run_validity_look(stage->members_pid, stage->relay.pid);
	for (unsigned step = 0; !has_gone(stage->members_pid); step++) {
		const double waited_ms = (double)step * STEP_MS;

		/* The last one while they are still there. */
		if (step % LOOK_STEPS == 0)
			stage->last_look = run_validity_look(stage->members_pid, stage->relay.pid);
		if (interrupt_has_come())
			said = "stopped";
		else if (has_gone(stage->relay.pid))
			said = "the relay has gone in the middle of the run";
		else if (has_gone(stage->emulator_pid))
			said = "the process that makes the lines bad has gone";
		else if (waited_ms > plan_s * 1000)
			said = "the members did not finish in time";
		if (said != stage->shared->error)
			break;
		pause_a_step();
	}
	if (said == stage->shared->error && stage->shared->is_done)
		return 0;
	snprintf(stage->error, LIVE_ERROR_BYTES, "%.400s",
		 said[0] != '\0' ? said : "the members' process ended without a result");
	return -1;
}

/* The run. */

static int set_stage(struct stage *stage)
{
	stage->shared = live_shared_open(stage->config);
	if (!stage->shared) {
		snprintf(stage->error, LIVE_ERROR_BYTES, "no memory: %s", strerror(errno));
		return -1;
	}
	stage->links.members = stage->config->members;
	stage->links.line = &stage->config->line;
	stage->links.seed = stage->config->seed;
	for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
		stage->links.tunnels[way] = stage->links.namespaces[way] = -1;
	stage->place.shared = &stage->shared->links;
	stage->place.error = stage->shared->error;
	if (open_tunnels(stage) < 0)
		return -1;
	stage->place.relay = stage->relay.pid;
	return start_processes(stage);
}

static int collect(const struct stage *stage, struct trial_result *result)
{
	const struct link_emulator_result *links = &stage->shared->links.result;

	*result = stage->shared->result;
	result->up = links->up;
	result->down = links->down;
	result->check.conduct.lines_late_p99_us = links->late_p99_us;
	run_validity_between(&result->check.conduct, &stage->first_look, &stage->last_look);
	result->check.conduct.own_drops += links->drops + links->overflown;
	if (is_ours(stage->config))
		result->throttled += read_throttled(&stage->relay);
	if (live_shared_take(stage->shared, stage->config) == 0)
		return 0;
	snprintf(stage->error, LIVE_ERROR_BYTES, "no memory for the ages over time");
	return -1;
}

static void clear_stage(struct stage *stage)
{
	child_end(stage->members_pid, SIGKILL, STOP_PATIENCE_MS);
	child_end(stage->emulator_pid, SIGKILL, STOP_PATIENCE_MS);
	contender_stop(&stage->relay, NULL);
	for (int way = 0; way < MEMBER_LINKS_WAYS; way++) {
		if (stage->links.tunnels[way] >= 0)
			close(stage->links.tunnels[way]);
		if (stage->links.namespaces[way] >= 0)
			close(stage->links.namespaces[way]);
	}
	live_shared_close(stage->shared, stage->config);
}

int live_run(const struct live *live, const struct trial_config *config,
	     struct trial_result *result, char error[static LIVE_ERROR_BYTES])
{
	struct stage stage = { .live = live, .config = config, .error = error };
	int status = -1;

	*result = (struct trial_result){ 0 };
	if (set_stage(&stage) == 0 && await_members(&stage) == 0) {
		child_end(stage.emulator_pid, SIGTERM, STOP_PATIENCE_MS);
		stage.emulator_pid = 0;
		if (stage.shared->links.result.is_done) {
			status = collect(&stage, result);
		} else {
			snprintf(error, LIVE_ERROR_BYTES,
				 "the process that makes the lines bad found no memory");
		}
	}
	clear_stage(&stage);
	return status;
}
