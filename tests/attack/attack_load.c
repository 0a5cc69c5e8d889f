#include "tests/attack/attack_load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "proto/cli/child.h"
#include "proto/net/net.h"
#include "proto/enet/platform.h"

enum {
	STEP_MS = 2,
	STOP_PATIENCE_MS = 1000,
};

static const int64_t ns_per_s = 1000000000;

static volatile sig_atomic_t is_over;

static void end(int signal)
{
	(void)signal;
	is_over = 1;
}

/* What it does. */

enum attacker_kind attack_load_kind(unsigned n)
{
	static const enum attacker_kind kinds[ATTACK_LOAD_KINDS] = {
		ATTACKER_FLOODS, ATTACKER_BABBLES, ATTACKER_READS_NOTHING,
		ATTACKER_LIES,   ATTACKER_WAVERS,  ATTACKER_STRAYS,
	};

	return kinds[n % ATTACK_LOAD_KINDS];
}

/* The n-th member's, where `kind` is that of all. */
static enum attacker_kind kind_of(enum attacker_kind kind, unsigned n)
{
	return kind == ATTACKER_KINDS ? attack_load_kind(n) : kind;
}

double attack_load_rate_hz(unsigned count, enum attacker_kind kind)
{
	double sum = 0;

	for (unsigned i = 0; i < count; i++) {
		const enum attacker_kind one = kind_of(kind, i);

		if (one != ATTACKER_BABBLES && one != ATTACKER_COMES_AND_GOES)
			sum += attacker_rate_hz(one);
	}
	return sum;
}

double attack_load_said_hz(const struct attack_load_result *result)
{
	return result->ran_ns > 0 ? (double)result->said * (double)ns_per_s / (double)result->ran_ns
				  : 0;
}

bool attack_load_was_busy(const struct attack_load_result *result, unsigned count,
			  enum attacker_kind kind)
{
	return attack_load_said_hz(result) >= attack_load_rate_hz(count, kind) / 2;
}

static bool open_all(struct attacker *attackers, const struct attack_load_config *config,
		     struct attack_load_result *result)
{
	char why[PLATFORM_WHY_BYTES];

	if (platform_init(why, sizeof(why)) < 0) {
		snprintf(result->error, sizeof(result->error), "%.150s", why);
		return false;
	}
	for (unsigned i = 0; i < config->count; i++) {
		if (attacker_open(&attackers[i], kind_of(config->kind, i),
				  config->room ? config->room : "r0", htonl(INADDR_LOOPBACK),
				  config->port, config->seed + i, net_now_ns()) == 0) {
			attackers[i].is_plain = config->is_plain;
			continue;
		}
		snprintf(result->error, sizeof(result->error),
			 "cannot open hostile member %u's ENet host", i + 1);
		return false;
	}
	return true;
}

static void sum_up(const struct attacker *attackers, unsigned all,
		   struct attack_load_result *result)
{
	struct attack_load_result sum = { 0 };

	for (unsigned i = 0; i < all; i++) {
		sum.members += attackers[i].welcomes > 0;
		sum.said += attackers[i].said;
		sum.welcomes += attackers[i].welcomes;
	}
	result->members = sum.members;
	result->said = sum.said;
	result->welcomes = sum.welcomes;
}

static void do_harm(struct attacker *attackers, const struct attack_load_config *config,
		    struct attack_load_result *result)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };
	const int64_t start_ns = net_now_ns();
	const int64_t until_ns = start_ns + (int64_t)(config->seconds * (double)ns_per_s);

	while (!is_over && net_now_ns() < until_ns) {
		for (unsigned i = 0; i < config->count; i++)
			attacker_step(&attackers[i], net_now_ns());
		sum_up(attackers, config->count, result);
		result->ran_ns = net_now_ns() - start_ns;
		nanosleep(&step, NULL);
	}
}

static void run(const struct attack_load_config *config, struct attack_load_result *result)
{
	static struct attacker attackers[ATTACK_LOAD_MAX];

	net_use(NULL);
	if (open_all(attackers, config, result))
		do_harm(attackers, config, result);
	for (unsigned i = 0; i < config->count; i++)
		attacker_close(&attackers[i]);
}

/* The process. */

/*
 * So that the generator, on the same processor, is not late because of it: it goes on at once when
 * something wakes it. Nice alone leaves the processor with who has it for some ms of his turn.
 */
static void give_way(void)
{
	struct sched_param param = { 0 };

	if (sched_getscheduler(0) == SCHED_OTHER) {
		sched_setscheduler(0, SCHED_IDLE, &param);
	} else if (sched_getparam(0, &param) == 0 && param.sched_priority > 1) {
		param.sched_priority--;
		sched_setparam(0, &param);
	}
}

static void run_child(const struct attack_load_config *config, struct attack_load_result *result,
		      pid_t parent)
{
	const struct sigaction action = { .sa_handler = end };

	is_over = 0;
	sigaction(SIGTERM, &action, NULL);
	child_begin(parent, config->cpu);
	prctl(PR_SET_TIMERSLACK, 1UL);
	if (config->gives_way)
		give_way();
	run(config, result);
	_exit(0);
}

pid_t attack_load_start(const struct attack_load_config *config, struct attack_load_result *result)
{
	const pid_t self = getpid();
	pid_t pid;

	*result = (struct attack_load_result){ 0 };
	fflush(stdout); /* or the child would write it, too */
	pid = fork();
	if (pid == 0)
		run_child(config, result, self);
	return pid > 0 ? pid : -errno;
}

void attack_load_stop(pid_t pid)
{
	child_end(pid, SIGTERM, STOP_PATIENCE_MS);
}
