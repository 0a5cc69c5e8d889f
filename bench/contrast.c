#include "bench/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bench/command.h"
#include "bench/netns/live.h"
#include "bench/options/contrast_options.h"
#include "bench/result/build/contrast.h"
#include "bench/sim/trial_run.h"
#include "client/replay/trace_reader.h"
#include "proto/cli/output.h"
#include "proto/wire/text.h"
#include "relay/log/log.h"

enum {
	MEMBERS_DEFAULT = 8,
};

/* One call of the command. */
struct call {
	struct contrast_options options;
	int argc;
	char *const *argv;
};

/* Running. */

static double cpu_now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void show_progress(const struct contrast *contrast, const struct contrast_turn *turn)
{
	const size_t all = contrast_runs(contrast);

	if (!output_is_watched(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K%zu of %zu: %s", contrast->done + 1, all,
		trial_carrier_text(contrast->carriers[turn->carrier]));
	if (contrast->is_live)
		fprintf(stderr, ", about %.0f s left",
			(double)(all - contrast->done) * live_seconds(&contrast->trial));
}

static void clear_progress(void)
{
	if (output_is_watched(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

static void say_end(const struct contrast *contrast, const struct contrast_turn *turn,
		    const char *why)
{
	clear_progress();
	fprintf(stderr, "starling-bench contrast: %s, %s: ", contrast->links[turn->link].text,
		trial_carrier_text(contrast->trial.carrier));
	if (contrast->repeat > 1)
		fprintf(stderr, "repetition %u: ", turn->repetition + 1);
	fprintf(stderr, "%s\n", why);
}

/* On the simulated network, or on this ground. */
static bool run_one(struct contrast *contrast, const struct run_ground *ground,
		    const struct contrast_turn *turn)
{
	struct trial_result *result = contrast_choose(contrast, turn->link, turn->carrier);
	char error[LIVE_ERROR_BYTES] = "";
	bool is_good = !command_is_stopped;

	show_progress(contrast, turn);
	if (is_good)
		is_good = contrast->is_live ? live_run(ground, &contrast->trial, result, error) == 0
					    : trial_run(&contrast->trial, result, error);
	if (!is_good) {
		say_end(contrast, turn, command_is_stopped ? "stopped" : error);
		return false;
	}
	if (contrast_sets_aside(contrast, turn->link, turn->carrier))
		return true;
	contrast->simulated_s += result->simulated_s;
	contrast_keep(contrast, turn->link, turn->carrier);
	return true;
}

static bool run_all(struct contrast *contrast, const struct run_ground *ground)
{
	const double start_s = cpu_now_s();
	bool is_good = true;

	while (is_good && contrast->done < contrast_runs(contrast)) {
		const struct contrast_turn turn = contrast_turn(contrast, contrast->done);

		is_good = run_one(contrast, ground, &turn);
	}
	clear_progress();
	contrast->cpu_s = cpu_now_s() - start_s;
	return is_good;
}

static bool run_live(struct contrast *contrast, const char *programs)
{
	struct run_ground ground;
	char error[LIVE_ERROR_BYTES];
	bool is_done;

	if (run_open(&ground, programs, &command_is_stopped, error) < 0) {
		fprintf(stderr, "starling-bench contrast: %s\n", error);
		return false;
	}
	is_done = run_all(contrast, &ground);
	run_close(&ground);
	return is_done;
}

/* 0, or the exit status. */
static int read_trace(struct contrast *contrast, const struct contrast_options *options,
		      struct trace *trace)
{
	char why[TRACE_ERROR_BYTES];
	size_t members = options->members ? options->members : MEMBERS_DEFAULT;

	if (options->trace) {
		if (trace_reader_open(trace, options->trace, why) < 0) {
			fprintf(stderr, "starling-bench contrast: %s\n", why);
			return 1;
		}
		if (trace_check_fit(trace, options->trace, contrast->trial.grain_um, "pass", why) <
		    0) {
			fprintf(stderr, "starling-bench contrast: %s\n", why);
			return 2;
		}
		if (!options->members && trace->id_count < members)
			members = trace->id_count;
		if (trace->id_count < members || members < 2) {
			fprintf(stderr,
				"starling-bench contrast: %s has %zu %s, one for each member: "
				"give one with more, or fewer --members (at least 2)\n",
				text_shown(options->trace).text, trace->id_count,
				text_plural(trace->id_count, "id", "ids"));
			return 2;
		}
		contrast->trial.trace = trace;
		contrast->trace_path = options->trace;
	}
	contrast->trial.members = members;
	return 0;
}

static int report(const struct contrast *contrast, const struct call *call)
{
	const struct contrast_options *options = &call->options;
	const enum command_form form = options->wants_csv    ? COMMAND_CSV
				       : options->wants_more ? COMMAND_MORE
							     : COMMAND_TABLES;

	if (command_deliver("contrast", &options->shared, form,
			    contrast_result(contrast, call->argc, call->argv)) != 0)
		return 1;
	/* Apart from the results, which are the same on every run: how fast they were had. */
	if (!contrast->is_live)
		fprintf(stderr,
			"simulated %.0f s in %.2f s of CPU time: %.0f times faster than real time\n",
			contrast->simulated_s, contrast->cpu_s,
			contrast->simulated_s / contrast->cpu_s);
	return contrast_are_all_valid(contrast) ? 0 : COMMAND_NOT_VALID;
}

/*
 * To be called with everything prepared. What was measured before it failed, or was stopped, is
 * reported all the same.
 */
static int run_and_report(struct contrast *contrast, const struct call *call)
{
	bool is_done;
	int status;

	command_watch_signals();
	contrast->trial.is_over = &command_is_stopped;
	is_done = contrast->is_live ? run_live(contrast, call->options.programs)
				    : run_all(contrast, NULL);
	if (!is_done && contrast->done == 0)
		return 1;
	status = report(contrast, call);
	return is_done ? status : 1;
}

static int run(struct contrast *contrast, const struct call *call)
{
	struct trace trace = { 0 };
	int status;

	log_open(LOG_WARNING);
	status = contrast_options_apply(&call->options, contrast);
	contrast->wants_curves = call->options.shared.json;
	if (status == 0)
		status = read_trace(contrast, &call->options, &trace);
	if (status == 0 && !contrast_open(contrast)) {
		fputs("starling-bench contrast: no memory; ask for fewer repetitions or links\n",
		      stderr);
		status = 1;
	}
	if (status == 0)
		status = run_and_report(contrast, call);
	contrast_close(contrast);
	trace_fini(&trace);
	return status;
}

int contrast_run(int argc, char **argv)
{
	struct call call = { .argc = argc, .argv = argv };
	struct contrast *contrast;
	int status;

	if (contrast_options_parse(&call.options, argc, argv) < 0)
		return call.options.shared.exit_status;
	if (call.options.wants_list) {
		scenario_print(stdout);
		return 0;
	}
	contrast = calloc(1, sizeof(*contrast));
	if (!contrast) {
		fputs("starling-bench contrast: no memory\n", stderr);
		return 1;
	}
	status = run(contrast, &call);
	free(contrast);
	return status;
}
