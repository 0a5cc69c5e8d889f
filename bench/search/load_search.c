#include "bench/search/load_search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/sim/pace.h"
#include "bench/search/search.h"
#include "bench/measure/spread.h"

enum {
	SETTLE = 3, /* runs of a load that failed, unless two of them agree */
	START_MEMBERS = 16,
	START_ROOMS = 4,
	PATH_JOIN_S = 5, /* for two members; a relay that does not answer is found soon */
};

struct load {
	const struct load_config *config;
	struct load_result *result;
	struct search search;
	double spent_s;      /* in runs of its own */
	unsigned disturbed;  /* runs of this load that were, one after another */
	bool is_over;        /* it has ended, with `status` */
	int status;          /* as load_search_in_turn returns it */
	enum load_cause end; /* why the search ended; LOAD_CARRIED: it is through */
};

/* Searches that take turns. */
struct turns {
	struct load *loads;
	unsigned count, runs; /* runs of all, the path's own not among them */
};

static double now_s(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct load_config load_default_config(void)
{
	struct load_config config = {
		.base = { .rate_hz = 30, .seconds = 3, .seed = 1 },
		.by = LOAD_BY_MEMBERS,
		.members = 64,
		.most = PACE_MEMBERS_MAX,
		.resolution = 0.05,
		.repeat = 3,
		.again = 2,
		.runs_max = 40,
		.limit_s = 900,
	};
	char unused[1];

	bound_parse(&config.bound, BOUND_DEFAULT, unused, sizeof(unused));
	return config;
}

struct load_step load_step_of(const struct load_config *config, double load)
{
	struct load_step step = { .load = load, .rooms = 1, .rate_hz = config->base.rate_hz };

	switch (config->by) {
	case LOAD_BY_MEMBERS:
		step.members = (unsigned)load;
		break;
	case LOAD_BY_RATE:
		step.members = config->members;
		step.rate_hz = load;
		break;
	case LOAD_BY_ROOMS:
		step.rooms = (unsigned)load;
		step.members = config->members * step.rooms;
		break;
	}
	return step;
}

/* Runs. */

static unsigned runs_max(const struct load_config *config)
{
	return config->runs_max < LOAD_RUNS_MAX ? config->runs_max : LOAD_RUNS_MAX;
}

/* How long the runs to come will take, about; NAN: nobody knows yet. */
static double left_s(const struct load *load)
{
	const unsigned left = search_left(&load->search),
		       most = runs_max(load->config) - load->result->runs,
		       done = load->result->path_count + load->result->runs;

	if (load->is_over)
		return 0;
	return done > 0 ? load->spent_s / done * (left < most ? left : most) : NAN;
}

/* load NULL: all is done. */
static void report(const struct turns *turns, const struct load *load, double next)
{
	const struct load_config *config = turns->loads[0].config;
	struct load_progress progress = { .load = next };

	if (!config->progress)
		return;
	if (load) {
		progress.config = load->config;
		if (load->result->path_count == LOAD_PATH_RUNS)
			progress.run = turns->runs + 1;
	}
	for (unsigned i = 0; i < turns->count; i++)
		progress.left_s += left_s(&turns->loads[i]);
	config->progress(config->context, &progress);
}

static int make_run(struct load *load, struct load_step *step)
{
	const struct load_config *config = load->config;
	struct generator_config generator = config->base;
	char error[TARGET_ERROR_BYTES];
	int status;

	generator.members = step->members;
	generator.rooms = step->rooms;
	generator.rate_hz = step->rate_hz;
	generator.join_s = load->result->path_count > 0 ? 0 : PATH_JOIN_S;
	/* Other phases in each run, and the same ones when the search is run again. */
	generator.seed += load->result->path_count + load->result->step_count;
	if (config->is_running)
		status = run_against(config->ground, &generator, &step->run, error);
	else
		status = run_target(config->ground, &config->target, &generator, &step->run, error);
	if (status == 0)
		return 0;
	load->end = *config->ground->is_over ? LOAD_STOPPED
		    : step->run.has_gone     ? LOAD_RELAY_GONE
					     : LOAD_FAILED;
	snprintf(load->result->error, sizeof(load->result->error), "%s", error);
	return -1;
}

static bool is_refused_for_room(const struct load_step *step)
{
	const enum generator_refused kind = step->run.load.refusal.kind;

	return kind == GENERATOR_FULL || kind == GENERATOR_UNANSWERED;
}

/* Goes on below what the relay has room for. -1: there is nothing below, and the error stands. */
static int take_limit(struct load *load, const struct load_step *step)
{
	struct load_result *result = load->result;
	const struct generator_refusal *refusal = &step->run.load.refusal;
	const double limit = load_limit_of(load->config, step->load, refusal);

	if (load->end != LOAD_FAILED || !is_refused_for_room(step))
		return -1;
	/* Fewer than it had before: others came, or members of runs before are still on it. */
	if (search_limit(&load->search, limit) < 0 && limit >= load->search.plan.least)
		return -1;
	result->limit = (struct load_limit){ limit, step->load, *refusal };
	load->end = limit >= load->search.plan.least ? LOAD_CARRIED : LOAD_BY_ITS_LIMIT;
	if (load->end != LOAD_CARRIED)
		return -1;
	result->error[0] = '\0';
	return 0;
}

/* One run of two members. */
static int measure_path(struct turns *turns, struct load *load)
{
	struct load_result *result = load->result;
	struct load_step step = { .members = LOAD_PATH_MEMBERS,
				  .rooms = 1,
				  .rate_hz = load->config->base.rate_hz };

	report(turns, load, LOAD_PATH_MEMBERS);
	if (make_run(load, &step) < 0) {
		if (load->end == LOAD_FAILED && is_refused_for_room(&step))
			load->end = LOAD_BY_ITS_LIMIT;
		return -1;
	}
	result->paths[result->path_count++] = step;
	return 0;
}

/* The path's own figures at a step's rate: an age has the wait for the next update in it. */
static void path_figures(const struct load *load, const struct load_step *step,
			 double path_us[static BOUND_FIGURES])
{
	const struct load_step *paths = load->result->paths;
	double values[LOAD_PATH_RUNS];

	for (enum bound_figure figure = BOUND_AGE; figure < BOUND_FIGURES; figure++) {
		for (unsigned i = 0; i < LOAD_PATH_RUNS; i++)
			values[i] = bound_figure_us(&paths[i].run.load, figure);
		path_us[figure] = spread_of(values, LOAD_PATH_RUNS).median;
	}
	path_us[BOUND_AGE] += 1e6 / step->rate_hz - 1e6 / paths[0].rate_hz;
}

static void judge(struct load *load, struct load_step *step)
{
	const struct load_config *config = load->config;
	double path_us[BOUND_FIGURES];

	path_figures(load, step, path_us);
	step->margin = bound_margin(&config->bound, &step->run.load, path_us);
	step->cause = step->margin <= 1 ? LOAD_CARRIED
					: load_cause_of(&step->run, !config->is_running ||
									    config->base.relay > 0);
}

static int take_step(struct turns *turns, struct load *load, double next)
{
	struct load_step step = load_step_of(load->config, next);
	struct load_result *result = load->result;

	report(turns, load, next);
	result->runs++;
	step.number = ++turns->runs;
	if (make_run(load, &step) < 0)
		return take_limit(load, &step);
	judge(load, &step);
	step.is_disturbed = step.cause == LOAD_BY_MACHINE && load->disturbed < load->config->again;
	load->disturbed = step.is_disturbed ? load->disturbed + 1 : 0;
	result->steps[result->step_count++] = step;
	if (!step.is_disturbed)
		search_tell(&load->search, step.cause == LOAD_CARRIED);
	return 0;
}

/* The load to try now, or 0 with why there is none in load->end. */
static double next_load(struct load *load)
{
	const struct load_config *config = load->config;
	const double next = search_next(&load->search);

	if (next == 0)
		load->end = search_is_complete(&load->search) ? LOAD_CARRIED : LOAD_OUT_OF_RUNS;
	else if (load->result->runs >= runs_max(config))
		load->end = LOAD_OUT_OF_RUNS;
	else if (load->spent_s >= config->limit_s)
		load->end = LOAD_OUT_OF_TIME;
	return load->end == LOAD_CARRIED ? next : 0;
}

/* One run, or the end. */
static void take_turn(struct turns *turns, struct load *load)
{
	const double begun_s = now_s();
	bool is_through = false;
	double next;

	if (*load->config->ground->is_over)
		load->end = LOAD_STOPPED;
	else if (load->result->path_count < LOAD_PATH_RUNS)
		load->status = measure_path(turns, load);
	else if ((next = next_load(load)) > 0)
		load->status = take_step(turns, load, next);
	else
		is_through = true;
	load->is_over = is_through || load->status < 0 || load->end != LOAD_CARRIED;
	load->spent_s += now_s() - begun_s;
}

/* The search. */

static struct search_plan plan_of(const struct load_config *config)
{
	struct search_plan plan = {
		.least = 1,
		.most = config->most,
		.start = START_ROOMS,
		.resolution = config->resolution,
		.is_whole = config->by != LOAD_BY_RATE,
		.settle = SETTLE,
		.confirm = config->repeat,
		.runs_max = runs_max(config),
	};

	if (config->by == LOAD_BY_MEMBERS) {
		plan.least = 2;
		plan.start = START_MEMBERS;
	} else if (config->by == LOAD_BY_RATE) {
		plan.start = config->base.rate_hz;
	}
	return plan;
}

static void begin(struct load *load, const struct load_config *config, struct load_result *result)
{
	const struct search_plan plan = plan_of(config);

	*result = (struct load_result){ 0 };
	*load = (struct load){ .config = config, .result = result };
	if (search_init(&load->search, &plan) == 0)
		return;
	snprintf(result->error, sizeof(result->error),
		 "no search goes from %g to %g in steps of %g", plan.least, plan.most,
		 plan.resolution);
	load->end = LOAD_FAILED;
	load->status = -1;
	load->is_over = true;
}

static int finish(struct load *load)
{
	struct load_result *result = load->result;

	result->carried = search_carried(&load->search);
	result->failed = search_failed(&load->search);
	result->cause = load_cause_of_end(result, load->end);
	result->is_complete = load->end == LOAD_CARRIED;
	if (load->end == LOAD_STOPPED) {
		snprintf(result->error, sizeof(result->error), "stopped");
		load->status = -1;
	}
	return load->status;
}

static bool are_over(const struct turns *turns)
{
	for (unsigned i = 0; i < turns->count; i++)
		if (!turns->loads[i].is_over)
			return false;
	return true;
}

int load_search_in_turn(const struct load_config *configs, unsigned count,
			struct load_result *results)
{
	struct turns turns = { .loads = calloc(count, sizeof(turns.loads[0])), .count = count };
	int status = 0;

	if (!turns.loads) {
		for (unsigned i = 0; i < count; i++)
			results[i] = (struct load_result){ .error = "not enough memory",
							   .cause = LOAD_FAILED };
		return -1;
	}
	for (unsigned i = 0; i < count; i++)
		begin(&turns.loads[i], &configs[i], &results[i]);
	while (!are_over(&turns))
		for (unsigned i = 0; i < count; i++)
			if (!turns.loads[i].is_over)
				take_turn(&turns, &turns.loads[i]);
	for (unsigned i = 0; i < count; i++)
		if (finish(&turns.loads[i]) < 0)
			status = -1;
	report(&turns, NULL, 0);
	free(turns.loads);
	return status;
}
