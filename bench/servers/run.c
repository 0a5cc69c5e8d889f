#include "bench/servers/run.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proto/cli/child.h"
#include "bench/servers/udp_port.h"
#include "proto/net/endpoint.h"

enum {
	STEP_MS = 10,
	SLACK_S = 10, /* beyond its plan, before a generator is ended */
};

/* The ground. */

/* The first two processors that we may use, if there are two. */
static void choose_processors(struct run_ground *ground)
{
	int *const places[] = { &ground->relay_cpu, &ground->generator_cpu };
	cpu_set_t cpus;
	size_t count = 0;

	ground->relay_cpu = ground->generator_cpu = -1;
	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0 || CPU_COUNT(&cpus) < 2)
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE && count < 2; cpu++)
		if (CPU_ISSET((size_t)cpu, &cpus))
			*places[count++] = cpu;
}

/* Memory that a child process shares; NULL: none. */
static void *share(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

int run_open(struct run_ground *ground, const char *programs, const volatile sig_atomic_t *is_over,
	     char error[static TARGET_ERROR_BYTES])
{
	*ground = (struct run_ground){ .programs = programs, .is_over = is_over };
	choose_processors(ground);
	ground->shared = share(sizeof(*ground->shared));
	if (ground->shared) {
		cpu_latency_hold(&ground->latency, CPU_LATENCY_DEVICE);
		return 0;
	}
	snprintf(error, TARGET_ERROR_BYTES, "no memory: %s", strerror(errno));
	return -1;
}

void run_close(struct run_ground *ground)
{
	if (ground->shared)
		munmap(ground->shared, sizeof(*ground->shared));
	ground->shared = NULL;
	cpu_latency_release(&ground->latency);
}

bool run_is_pinned(const struct run_ground *ground)
{
	return ground->generator_cpu >= 0;
}

bool run_has_descriptors(unsigned members, char error[static TARGET_ERROR_BYTES])
{
	const unsigned needed = generator_descriptors(members);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_max >= needed)
		return true;
	snprintf(error, TARGET_ERROR_BYTES,
		 "%u members need %u file descriptors in one process, and the limit is %llu; take "
		 "fewer members, or raise it (ulimit -Hn)",
		 members, needed, (unsigned long long)limit.rlim_max);
	return false;
}

/* The generator's process. */

static void run_generator(const struct run_ground *ground, const struct generator_config *load,
			  pid_t parent)
{
	struct generator_config own = *load;

	/* Who comes first may not look without end. */
	own.has_processor = ground->generator_cpu >= 0 && !load->is_hurried;
	child_begin(parent, ground->generator_cpu);
	if (load->is_hurried)
		child_hurry();
	generator_run(&own, ground->shared);
	_exit(0);
}

static double plan_s(const struct generator_config *load)
{
	return GENERATOR_JOIN_S + GENERATOR_WARM_UP_S + load->seconds + SLACK_S;
}

/*
 * Waits for the generator's end, which comes by itself; sooner on a signal. A relay that ends
 * before it is told of: the generator then sums up what it has. True when the relay had gone.
 */
static bool await_generator(const struct run_ground *ground, pid_t pid, double patience_s,
			    const struct target_process *relay, char how[static TARGET_LABEL_BYTES])
{
	const struct timespec step = { 0, STEP_MS * 1000000L };
	const double steps = patience_s * 1000 / STEP_MS;
	bool has_gone = false;

	for (double n = 0; waitpid(pid, NULL, WNOHANG) == 0; n++) {
		if (*ground->is_over || n > steps) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			break;
		}
		has_gone = has_gone || target_has_ended(relay, how);
		/* Again and again, as the first may come before the generator listens to it. */
		if (has_gone)
			kill(pid, SIGTERM);
		nanosleep(&step, NULL);
	}
	return has_gone || target_has_ended(relay, how);
}

/* Runs the load; what `result` then lacks is the caller's. True when the relay had gone. */
static bool generate(const struct run_ground *ground, const struct generator_config *load,
		     const struct target_process *relay, struct run_result *result,
		     char how[static TARGET_LABEL_BYTES])
{
	const pid_t self = getpid();
	const struct udp_port before = udp_port_read(load->port);
	bool has_gone = false;
	pid_t pid;

	*ground->shared = (struct generator_result){ 0 };
	pid = fork();
	if (pid == 0)
		run_generator(ground, load, self);
	if (pid > 0)
		has_gone = await_generator(ground, pid, plan_s(load), relay, how);
	result->load = *ground->shared;
	result->relay_drops = udp_port_read(load->port).drops - before.drops;
	return has_gone;
}

/* 0, or -1 with what went wrong in `error`. */
static int conclude(struct run_result *result, bool has_gone, const char *whose, const char *how,
		    char error[static TARGET_ERROR_BYTES])
{
	const struct generator_refusal *refusal = &result->load.refusal;

	result->has_gone = has_gone || (refusal->kind == GENERATOR_PARTED &&
					(refusal->reason == WIRE_REASON_STOPPING ||
					 refusal->reason == WIRE_REASON_CLOSING));
	if (result->load.is_done && !has_gone)
		return 0;
	if (has_gone) {
		result->load.is_done = false;
		snprintf(error, TARGET_ERROR_BYTES, "%s went away in the middle (%s)", whose, how);
		return -1;
	}
	snprintf(error, TARGET_ERROR_BYTES, "%.64s: %.439s", whose,
		 result->load.error[0] != '\0' ? result->load.error
					       : "the generator did not finish");
	return -1;
}

int run_play(const struct run_ground *ground, const struct generator_config *load,
	     const struct target_process *relay, const char *whose, struct run_result *result,
	     char error[static TARGET_ERROR_BYTES])
{
	char how[TARGET_LABEL_BYTES] = "";
	const bool has_gone = generate(ground, load, relay, result, how);

	if (relay->pid > 0)
		result->peak_bytes = target_peak_bytes(relay);
	return conclude(result, has_gone, whose, how, error);
}

int run_target(const struct run_ground *ground, const struct target *server,
	       const struct generator_config *load, struct run_result *result,
	       char error[static TARGET_ERROR_BYTES])
{
	struct generator_config config = *load;
	struct target_process relay;
	int status;

	*result = (struct run_result){ 0 };
	if (target_start(&relay, server, ground->programs, load,
			 (unsigned)ceil(plan_s(load)) + SLACK_S, ground->relay_cpu, error) < 0)
		return -1;
	config.kind = server->kind;
	config.is_nodelay = server->is_nodelay;
	config.port = relay.port;
	config.relay = relay.pid;
	status = run_play(ground, &config, &relay, server->label, result, error);
	target_stop(&relay, &result->report);
	return status;
}

/* Whether somebody listens there, as far as this machine's kernel knows; of TCP it is not asked. */
static bool is_there(const struct generator_config *load)
{
	const bool is_here = strncmp(load->host, "127.", 4) == 0 || strcmp(load->host, "::1") == 0;
	const bool is_udp = load->kind <= GENERATOR_UDP;
	const struct udp_port port = udp_port_read(load->port);

	return !is_udp || !is_here || !port.is_known || port.is_bound;
}

int run_against(const struct run_ground *ground, const struct generator_config *load,
		struct run_result *result, char error[static TARGET_ERROR_BYTES])
{
	const struct target_process relay = { .pid = load->relay };
	char whose[ENDPOINT_TEXT_BYTES], how[TARGET_LABEL_BYTES] = "its port is free";
	bool has_gone;

	*result = (struct run_result){ 0 };
	endpoint_format(whose, load->host, load->port);
	if (!is_there(load)) {
		result->has_gone = true;
		snprintf(error, TARGET_ERROR_BYTES,
			 "%s: nothing listens on this port; start the relay, or give another",
			 whose);
		return -1;
	}
	has_gone = generate(ground, load, &relay, result, how) || !is_there(load);
	if (load->relay > 0)
		result->peak_bytes = target_peak_bytes(&relay);
	return conclude(result, has_gone, whose, how, error);
}
