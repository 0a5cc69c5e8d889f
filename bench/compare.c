#include "bench/commands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/servers/run.h"
#include "bench/command.h"
#include "bench/options/compare_options.h"
#include "bench/result/build/compare.h"
#include "proto/cli/output.h"

/* The time that a run takes beside its measured span: joining, warming up, lingering. A first
 * guess. */
#define RUN_EXTRA_S 2.0

struct compare {
	struct comparison comparison;
	struct run_ground ground;
	unsigned done, planned; /* runs */
	bool has_failed;
};

static void say(const char *sentence)
{
	command_fail("compare", 1, sentence);
}

/* On a terminal: where we are, and about how long it will take. */
static void show_progress(const struct compare *compare, const struct comparison_case *kase,
			  const struct comparison_row *row)
{
	const double left_s = (compare->planned - compare->done) *
			      (kase->load.seconds + GENERATOR_WARM_UP_S + RUN_EXTRA_S);

	if (!output_is_watched(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K%u of %u: %s, %u members at %g Hz, %s; about %.0f %s left",
		compare->done + 1, compare->planned, row->target->label, kase->load.members,
		kase->load.rate_hz, kase->load.is_reliable ? "reliable" : "unsequenced",
		left_s < 120 ? ceil(left_s) : ceil(left_s / 60), left_s < 120 ? "s" : "min");
}

/* One target's next repetition. One that fails does not come again. */
static void measure(struct compare *compare, struct comparison_case *kase,
		    struct comparison_row *row)
{
	struct comparison *c = &compare->comparison;
	char error[TARGET_ERROR_BYTES] = "";
	struct run_result *run = &row->runs[row->count];
	int result;

	if (row->note[0] != '\0')
		return;
	kase->load.seed = c->seed + row->count;
	do {
		show_progress(compare, kase, row);
		result = run_target(&compare->ground, row->target, &kase->load, run, error);
	} while (result == 0 && !command_is_stopped &&
		 retry_takes(&row->retries, c->again, &run->load.validity));
	compare->done++;
	if (result == 0) {
		row->count++;
		return;
	}
	if (command_is_stopped)
		return;
	/* Figures measured so far are kept, and marked by the note. */
	row->count += run->load.window_ns > 0;
	snprintf(row->note, sizeof(row->note), "%s", error);
	compare->has_failed = true;
	say(error);
}

static void measure_all(struct compare *compare)
{
	struct comparison *c = &compare->comparison;

	for (unsigned i = 0; i < c->case_count; i++)
		for (unsigned repetition = 0; repetition < c->repeat; repetition++)
			for (unsigned n = 0; n < c->target_count && !command_is_stopped; n++)
				measure(compare, &c->cases[i], &c->cases[i].rows[n]);
	c->is_stopped = command_is_stopped;
	if (c->is_stopped)
		say("stopped");
	else if (output_is_watched(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

/* Before the start. */

/* Other people's servers that are not installed are left out; a missing one of ours is an error. */
static int list_targets(struct compare *compare, const struct compare_options *options)
{
	struct comparison *c = &compare->comparison;
	struct target all[TARGET_MAX];
	char error[TARGET_ERROR_BYTES];
	unsigned count =
		target_list(all, options->only, options->ticks.hz, options->ticks.count, error);

	if (count == 0) {
		say(error);
		return 2;
	}
	if (!target_set_max_delay(all, count, options->max_delay_ms)) {
		say(TARGET_MAX_DELAY_MISUSE);
		return 2;
	}
	for (unsigned i = 0; i < count; i++) {
		if (target_is_there(&all[i], compare->ground.programs, error)) {
			c->targets[c->target_count++] = all[i];
			continue;
		}
		say(error);
		if (!target_is_broker(&all[i]))
			return 1;
	}
	return c->target_count > 0 ? 0 : 1;
}

static void fill_case(struct compare *compare, struct comparison_case *kase)
{
	struct comparison *c = &compare->comparison;

	for (unsigned n = 0; n < c->target_count; n++) {
		struct comparison_row *row = &kase->rows[n];

		row->is_unavailable = !target_can(row->target, &kase->load, row->note);
		compare->planned += row->is_unavailable ? 0 : c->repeat;
	}
}

static int fill_cases(struct compare *compare, const struct compare_options *options)
{
	struct comparison *c = &compare->comparison;
	const size_t count = options->member_count * options->rate_count * options->mode_count;
	char error[TARGET_ERROR_BYTES];

	if (comparison_open(c, (unsigned)count) < 0) {
		say("not enough memory; ask for fewer repetitions or sizes");
		return 1;
	}
	for (size_t i = 0; i < count; i++) {
		struct generator_config *load = &c->cases[i].load;
		const size_t mode = i % options->mode_count, rest = i / options->mode_count;

		*load = options->load;
		load->is_reliable = options->is_reliable[mode];
		load->rate_hz = options->rates_hz[rest % options->rate_count];
		load->members = (unsigned)options->members[rest / options->rate_count];
		if (!run_has_descriptors(load->members, error)) {
			say(error);
			return 1;
		}
		fill_case(compare, &c->cases[i]);
	}
	return 0;
}

/* Nobody can carry any case: why. The exit status. */
static int refuse_all(const struct compare *compare)
{
	const struct comparison *c = &compare->comparison;

	for (unsigned n = 0; n < c->target_count; n++)
		say(c->cases[0].rows[n].note);
	say("so there is nothing to measure; change --only, --mode, --rooms or --interest");
	return 2;
}

static int open_all(struct compare *compare, const struct compare_options *options)
{
	struct comparison *c = &compare->comparison;
	char error[TARGET_ERROR_BYTES];
	int status;

	*c = (struct comparison){ .repeat = options->repeat,
				  .again = options->again,
				  .seed = options->shared.seed,
				  .seconds = options->load.seconds };
	if (run_open(&compare->ground, options->programs, &command_is_stopped, error) < 0) {
		say(error);
		return 1;
	}
	c->is_pinned = run_is_pinned(&compare->ground);
	c->is_awake = compare->ground.latency.is_held;
	status = list_targets(compare, options);
	if (status == 0)
		status = fill_cases(compare, options);
	return status == 0 && compare->planned == 0 ? refuse_all(compare) : status;
}

static bool has_figures(const struct comparison *c)
{
	for (unsigned i = 0; i < c->case_count; i++)
		for (unsigned n = 0; n < c->target_count; n++)
			if (c->cases[i].rows[n].count > 0)
				return true;
	return false;
}

static int run(struct compare *compare, const struct compare_options *options, int argc,
	       char **argv)
{
	const struct comparison *c = &compare->comparison;

	command_watch_signals();
	measure_all(compare);
	if (has_figures(c) && command_deliver("compare", &options->shared, COMMAND_TABLES,
					      comparison_result(c, argc, argv)) != 0)
		return 1;
	if (c->is_stopped || compare->has_failed)
		return 1;
	return comparison_is_valid(c) ? 0 : COMMAND_NOT_VALID;
}

int compare_run(int argc, char **argv)
{
	struct compare_options options;
	struct compare compare = { 0 };
	int status;

	if (compare_options_parse(&options, argc, argv) < 0)
		return options.shared.exit_status;
	status = open_all(&compare, &options);
	if (status == 0)
		status = run(&compare, &options, argc, argv);
	comparison_close(&compare.comparison);
	run_close(&compare.ground);
	return status;
}
