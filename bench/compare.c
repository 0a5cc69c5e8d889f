#include "bench/compare.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/comparison.h"
#include "bench/pace.h"
#include "client/options.h"

enum {
	EXIT_NOT_VALID = 3,
	STEP_MS = 10,
	SLACK_S = 10, /* beyond its plan, before a generator is ended */
	TICK_MAX_HZ = 1000,
};

struct compare {
	struct comparison comparison;
	char folder[CONTENDER_PATH_BYTES]; /* of the programs */
	struct generator_result *shared;   /* which the generator's process fills in */
	int relay_cpu, generator_cpu;      /* -1: anywhere */
};

static volatile sig_atomic_t is_stopping;

static void stop(int signal)
{
	(void)signal;
	is_stopping = 1;
}

/* One run of one contender. */

static void run_generator(const struct compare *compare, const struct generator_config *config,
			  pid_t parent)
{
	cpu_set_t cpus;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	setpgid(0, 0); /* Ctrl-C is for the bench, which then ends this */
	signal(SIGTERM, SIG_DFL);
	if (compare->generator_cpu >= 0) {
		CPU_ZERO(&cpus);
		CPU_SET((size_t)compare->generator_cpu, &cpus);
		sched_setaffinity(0, sizeof(cpus), &cpus);
	}
	generator_run(config, compare->shared);
	_exit(0);
}

static double plan_s(const struct comparison *comparison)
{
	return GENERATOR_JOIN_S + GENERATOR_WARM_UP_S + comparison->seconds + SLACK_S;
}

/* Waits for the generator's end, which comes by itself; sooner on Ctrl-C. */
static void await_generator(const struct compare *compare, pid_t pid)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };
	const double steps = plan_s(&compare->comparison) * 1000 / STEP_MS;

	for (double n = 0; waitpid(pid, NULL, WNOHANG) == 0; n++) {
		if (is_stopping || n > steps) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return;
		}
		nanosleep(&step, NULL);
	}
}

static int measure(struct compare *compare, struct comparison_row *row, unsigned repetition,
		   char error[static CONTENDER_ERROR_BYTES])
{
	const struct comparison *c = &compare->comparison;
	const pid_t self = getpid();
	struct generator_config config = { .kind = row->contender.kind,
					   .members = c->members,
					   .rate_hz = c->rate_hz,
					   .seconds = c->seconds,
					   .seed = c->seed + repetition,
					   .is_nodelay = row->contender.is_nodelay };
	struct contender_relay relay;
	pid_t pid;

	if (contender_start(&relay, &row->contender, compare->folder, c->members, c->rate_hz,
			    (unsigned)ceil(plan_s(c)) + SLACK_S, compare->relay_cpu, error) < 0)
		return -1;
	config.port = relay.port;
	config.relay = relay.pid;
	*compare->shared = (struct generator_result){ 0 };
	pid = fork();
	if (pid == 0)
		run_generator(compare, &config, self);
	if (pid > 0)
		await_generator(compare, pid);
	row->peak_bytes[repetition] = contender_peak_bytes(&relay);
	contender_stop(&relay);
	row->results[repetition] = *compare->shared;
	if (compare->shared->is_done)
		return 0;
	snprintf(error, CONTENDER_ERROR_BYTES, "%s: %s", row->contender.label,
		 compare->shared->error[0] != '\0' ? compare->shared->error
						   : "the generator did not finish");
	return -1;
}

/* 0, or -1 when it was cut short; then the repetitions before stand. */
static int measure_all(struct compare *compare)
{
	struct comparison *c = &compare->comparison;
	char error[CONTENDER_ERROR_BYTES];

	for (unsigned repetition = 0; repetition < c->repeat; repetition++) {
		for (unsigned i = 0; i < c->row_count; i++) {
			if (isatty(STDERR_FILENO))
				fprintf(stderr, "\r\033[Krepetition %u of %u: %s", repetition + 1,
					c->repeat, c->rows[i].contender.label);
			if (!is_stopping && measure(compare, &c->rows[i], repetition, error) == 0)
				continue;
			fprintf(stderr, "%sstarling-bench compare: %s\n",
				isatty(STDERR_FILENO) ? "\r\033[K" : "",
				is_stopping ? "stopped" : error);
			return -1;
		}
		c->finished++;
	}
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	return 0;
}

/* Before the start. */

static bool has_descriptors(unsigned members)
{
	const unsigned needed = generator_descriptors(members);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_max >= needed)
		return true;
	fprintf(stderr,
		"starling-bench compare: %u members need %u file descriptors in one process, and "
		"the limit is %llu; take fewer members, or raise it (ulimit -Hn)\n",
		members, needed, (unsigned long long)limit.rlim_max);
	return false;
}

/* The first two processors that we may use, if there are two. */
static void choose_processors(struct compare *compare)
{
	cpu_set_t cpus;

	compare->relay_cpu = compare->generator_cpu = -1;
	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0 || CPU_COUNT(&cpus) < 2)
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE && compare->generator_cpu < 0; cpu++) {
		if (!CPU_ISSET((size_t)cpu, &cpus))
			continue;
		*(compare->relay_cpu < 0 ? &compare->relay_cpu : &compare->generator_cpu) = cpu;
	}
	compare->comparison.is_pinned = true;
}

/* Where this program is, the others are. */
static void find_folder(struct compare *compare, const char *programs)
{
	char *slash;
	ssize_t size;

	if (programs) {
		snprintf(compare->folder, sizeof(compare->folder), "%s", programs);
		return;
	}
	size = readlink("/proc/self/exe", compare->folder, sizeof(compare->folder) - 1);
	compare->folder[size > 0 ? size : 0] = '\0';
	slash = strrchr(compare->folder, '/');
	if (slash)
		*slash = '\0';
}

/* The command line. */

static bool read_ticks(const char *text, double *ticks_hz, unsigned *count)
{
	const char *at = text;
	char *end = NULL;

	for (*count = 0; *count < CONTENDER_TICKS_MAX; at = end + 1) {
		double *tick_hz = &ticks_hz[(*count)++];

		*tick_hz = strtod(at, &end);
		if (end == at || !(*tick_hz == 0 || (*tick_hz >= 1 && *tick_hz <= TICK_MAX_HZ)))
			break;
		if (*end == '\0')
			return true;
		if (*end != ',')
			break;
	}
	fprintf(stderr,
		"starling-bench compare: --tick %.60s: must be 1 to %d numbers with commas "
		"between, each 0 or 1 to %d\n",
		text, CONTENDER_TICKS_MAX, TICK_MAX_HZ);
	return false;
}

static bool list_contenders(struct comparison *c, const char *only, const char *ticks)
{
	struct contender contenders[CONTENDER_MAX];
	double ticks_hz[CONTENDER_TICKS_MAX];
	char error[CONTENDER_ERROR_BYTES];
	unsigned tick_count;

	if (!read_ticks(ticks, ticks_hz, &tick_count))
		return false;
	c->row_count = contender_list(contenders, only, ticks_hz, tick_count, error);
	for (unsigned i = 0; i < c->row_count; i++)
		c->rows[i].contender = contenders[i];
	if (c->row_count == 0)
		fprintf(stderr, "starling-bench compare: %s\n", error);
	return c->row_count > 0;
}

static int run(struct compare *compare, bool is_json)
{
	const struct comparison *c = &compare->comparison;
	const struct sigaction action = { .sa_handler = stop };
	int status;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	compare->shared = mmap(NULL, sizeof(*compare->shared), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (compare->shared == MAP_FAILED) {
		fprintf(stderr, "starling-bench compare: no memory: %s\n", strerror(errno));
		return 1;
	}
	status = measure_all(compare);
	munmap(compare->shared, sizeof(*compare->shared));
	if (c->finished > 0 && is_json)
		comparison_print_json(c);
	else if (c->finished > 0)
		comparison_print(c);
	if (status < 0)
		return 1;
	return comparison_is_valid(c) ? 0 : EXIT_NOT_VALID;
}

int compare_run(int argc, char **argv)
{
	static struct compare compare;
	struct comparison *c = &compare.comparison;
	struct options options;
	const char *only = NULL, *ticks = "0,60", *programs = NULL;
	const struct options_flag flags[] = {
		{ "members", 0, "N", "members of the room (default 64)", options_count, &c->members,
		  2, PACE_MEMBERS_MAX },
		{ "rate", 0, "HZ", "updates a second of each (default 30)", options_number,
		  &c->rate_hz, 0.1, 240 },
		{ "seconds", 0, "S", "measured in each run (default 5)", options_number,
		  &c->seconds, 0.1, 600 },
		{ "repeat", 0, "N", "runs of each contender, in turn (default 5)", options_count,
		  &c->repeat, 1, SPREAD_MAX },
		{ "only", 0, "LIST", "some of " CONTENDER_NAMES " (default: all)", options_text,
		  &only, 0, 0 },
		{ "tick", 0, "LIST", "flushes a second of ours and of raw UDP (default 0,60)",
		  options_text, &ticks, 0, 0 },
		{ "programs", 0, "DIR", "where the relays are (default: beside this program)",
		  options_text, &programs, 0, 0 },
	};
	const struct options_spec spec = {
		.name = "compare",
		.program = "starling-bench",
		.summary = "Our relay beside the ones that you would write instead",
		.flags = flags,
		.flag_count = sizeof(flags) / sizeof(flags[0]),
		.lacks = OPTIONS_HOST | OPTIONS_PORT | OPTIONS_ROOM | OPTIONS_NAME | OPTIONS_MODE |
			 OPTIONS_PATIENCE | OPTIONS_VERBOSE | OPTIONS_IMPAIR,
		.epilogue = "Exit status: 0 done, 1 failed or stopped, 2 misuse, 3 measured, but "
			    "not valid; the reason is said.",
	};

	compare = (struct compare){
		.comparison = { .members = 64, .rate_hz = 30, .seconds = 5, .repeat = 5 }
	};
	if (options_parse(&options, &spec, argc, argv) < 0)
		return options.exit_status;
	c->seed = options.seed;
	if (!list_contenders(c, only, ticks))
		return 2;
	if (!has_descriptors(c->members))
		return 1;
	find_folder(&compare, programs);
	choose_processors(&compare);
	return run(&compare, options.json);
}
