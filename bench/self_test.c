#include "bench/commands.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "bench/command.h"
#include "bench/proxy/proxy_child.h"
#include "bench/result/build/self_test.h"
#include "client/options.h"
#include "proto/cli/output.h"

enum {
	RELAY_LIMIT_S = 900, /* after which the fan-out ends by itself */
};

static int fail(int status, const char *sentence)
{
	return command_fail("self-test", status, sentence);
}

/* Measuring. */

/* Runs the load through the proxy, and notes the proxy's own part. */
static int run_through(const struct run_ground *ground, const struct generator_config *load,
		       const struct target_process *proxy, struct run_result *run,
		       struct self_test_proxy *part, char error[static TARGET_ERROR_BYTES])
{
	const struct run_validity_look before = run_validity_look(proxy->pid, 0);
	const int status = run_against(ground, load, run, error);
	const struct run_validity_look after = run_validity_look(proxy->pid, 0);
	struct run_validity seen = { 0 };

	run_validity_between(&seen, &before, &after);
	part->wait_share = seen.generator_wait_share;
	part->late_p99_us = proxy_child_late_p99_us(proxy);
	return status;
}

/* The raw fan-out behind the proxy: nothing that waits, gathers or repeats. */
static int make_run(const struct run_ground *ground, struct self_test *test, unsigned delay,
		    char error[static TARGET_ERROR_BYTES])
{
	static const double at_once_hz[] = { 0 };
	struct target targets[TARGET_MAX];
	struct generator_config load = { .kind = GENERATOR_UDP,
					 .host = "127.0.0.1",
					 .members = SELF_TEST_MEMBERS,
					 .rate_hz = SELF_TEST_RATE_HZ,
					 .seconds = test->seconds,
					 .seed = test->seed + test->finished };
	struct target_process relay = { 0 }, proxy = { 0 };
	char impair[32] = "none";
	int status = -1;

	if (self_test_delays_ms[delay] > 0)
		snprintf(impair, sizeof(impair), "delay=%gms", self_test_delays_ms[delay]);
	if (target_list(targets, "udp", at_once_hz, 1, error) == 1 &&
	    target_start(&relay, &targets[0], ground->programs, &load, RELAY_LIMIT_S,
			 ground->relay_cpu, error) == 0 &&
	    proxy_child_start(&proxy, relay.port, impair, error) == 0) {
		load.port = proxy.port;
		load.relay = relay.pid;
		status = run_through(ground, &load, &proxy, &test->runs[delay][test->finished],
				     &test->proxies[delay][test->finished], error);
	}
	target_stop(&proxy, NULL);
	target_stop(&relay, NULL);
	return status;
}

/* The delays take turns, so that a busy spell of the machine meets them all. */
static int measure(const struct run_ground *ground, struct self_test *test)
{
	char error[TARGET_ERROR_BYTES];

	for (; test->finished < test->repeat; test->finished++)
		for (unsigned delay = 0; delay < SELF_TEST_DELAYS; delay++) {
			if (output_is_watched(STDERR_FILENO))
				fprintf(stderr, "\r\033[Krepetition %u of %u: %g ms each way",
					test->finished + 1, test->repeat,
					self_test_delays_ms[delay]);
			test->begun = delay;
			if (command_is_stopped || make_run(ground, test, delay, error) != 0)
				return fail(1, command_is_stopped ? "stopped" : error);
		}
	test->begun = 0;
	if (output_is_watched(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	return 0;
}

/* The command line. */

/* Flags, beside the delays that are measured. */
struct wishes {
	const char *programs;
	int argc;
	char **argv;
	const struct options *options;
};

static int deliver(const struct self_test *test, const struct wishes *wishes)
{
	struct result *result = result_create("self-test", wishes->argc, wishes->argv, false);

	if (result)
		self_test_document(test, result);
	return command_deliver("self-test", wishes->options, COMMAND_TABLES, result);
}

/* The processes that this one starts inherit it. */
static bool run_first(void)
{
	const struct sched_param least = { sched_get_priority_min(SCHED_RR) };

	return sched_setscheduler(0, SCHED_RR, &least) == 0;
}

static int run(struct self_test *test, const struct wishes *wishes)
{
	struct run_ground ground;
	char error[TARGET_ERROR_BYTES], reason[SELF_TEST_REASON_BYTES];
	int status;

	if (!run_has_descriptors(SELF_TEST_MEMBERS, error) ||
	    run_open(&ground, wishes->programs, &command_is_stopped, error) < 0)
		return fail(1, error);
	test->is_pinned = run_is_pinned(&ground);
	test->is_awake = ground.latency.is_held;
	test->is_first = run_first();
	command_watch_signals();
	test->clock = clock_step_measure();
	status = measure(&ground, test);
	run_close(&ground);
	if (self_test_count(test, 0) > 0 && deliver(test, wishes) != 0)
		return 1;
	if (status != 0)
		return status;
	return self_test_why_not_valid(test, reason) ? COMMAND_NOT_VALID : 0;
}

int self_test_run(int argc, char **argv)
{
	static struct self_test test;
	struct wishes wishes = { .argc = argc, .argv = argv };
	struct options options;
	const struct option_row rows[] = {
		{ "seconds", 0, "S", "measured of each delay in each repetition (default 3)",
		  &option_number, &test.seconds, 0.1, 600 },
		{ "repeat", 0, "N", "repetitions, the delays in turn (default 5)", &option_count,
		  &test.repeat, 1, SPREAD_MAX },
		{ "programs", 0, "DIR",
		  "where the relays are (default: built or installed with this)", &option_text,
		  &wishes.programs, 0, 0 },
	};
	const struct options_spec spec = {
		.name = "self-test",
		.program = "starling-bench",
		.summary = "The bench's own error, by measuring delays that are known",
		.rows = rows,
		.row_count = sizeof(rows) / sizeof(rows[0]),
		.lacks = OPTIONS_HOST | OPTIONS_PORT | OPTIONS_ROOM | OPTIONS_NAME | OPTIONS_MODE |
			 OPTIONS_PATIENCE | OPTIONS_VERBOSE | OPTIONS_IMPAIR,
		.epilogue = "Exit status: 0 done, 1 failed or stopped, 2 misuse, 3 measured, but "
			    "not valid; the reason is said.",
	};

	test = (struct self_test){ .seconds = 3, .repeat = 5 };
	if (options_parse(&options, &spec, argc, argv) < 0)
		return options.exit_status;
	test.seed = options.seed;
	wishes.options = &options;
	return run(&test, &wishes);
}
