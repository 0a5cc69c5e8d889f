#include "bench/load.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bench/pace.h"
#include "bench/search.h"
#include "bench/spread.h"

enum {
	SETTLE = 3, /* bouts of a load that failed, unless two of them agree */
	START_MEMBERS = 16,
	START_ROOMS = 4,
	PATH_JOIN_S = 5, /* for two members; a relay that does not answer is found soon */
};

struct load {
	const struct load_config *config;
	struct load_result *result;
	struct search search;
	double start_s, bout_s; /* when it began; how long a bout takes, on average so far */
	unsigned disturbed;     /* bouts of this load that were, one after another */
	enum load_cause end;    /* why the search ended; LOAD_CARRIED: it is through */
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
		.bouts_max = 40,
		.limit_s = 900,
	};
	char unused[1];

	bound_parse(&config.bound, BOUND_DEFAULT, unused, sizeof(unused));
	return config;
}

/* Figures. */

double load_relay_share(const struct bout_result *bout)
{
	const struct generator_result *load = &bout->load;

	return load->window_ns > 0 && load->relay_cpu_ns > 0
		       ? (double)load->relay_cpu_ns / (double)load->window_ns
		       : NAN;
}

double load_generator_share(const struct bout_result *bout)
{
	const struct generator_result *load = &bout->load;

	return load->window_ns > 0 ? (double)load->own_cpu_ns / (double)load->window_ns : NAN;
}

double load_delivered_per_s(const struct load_step *step)
{
	const struct generator_result *load = &step->bout.load;

	return load->window_ns > 0 ? (double)load->delivered * 1e9 / (double)load->window_ns : NAN;
}

double load_sent_per_s(const struct load_step *step)
{
	return step->members * step->rate_hz;
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

/* What bounds it. */

static bool is_full(double share)
{
	return share >= LOAD_CORE_FULL; /* NAN is not */
}

enum load_cause load_cause_of(const struct bout_result *bout, bool is_cpu_known)
{
	const struct generator_result *load = &bout->load;

	/* First, as the rest is a consequence; a full core ends the growth whoever else is late. */
	if (is_cpu_known && is_full(load_relay_share(bout)))
		return LOAD_BY_RELAY;
	/* What stood still has all to catch up with at once, and little of its window left to. */
	if (conduct_has(&load->conduct, CONDUCT_GENERATOR_WAITED) ||
	    conduct_has(&load->conduct, CONDUCT_STEAL))
		return LOAD_BY_MACHINE;
	if (is_full(load_generator_share(bout)))
		return LOAD_BY_GENERATOR;
	if (!conduct_is_good(&load->conduct))
		return LOAD_BY_MACHINE;
	return bout->relay_drops > 0 ? LOAD_BY_SOCKETS : LOAD_BY_BOUND;
}

/* The cause that most bouts of the smallest load that failed have. */
static enum load_cause common_cause(const struct load_result *result)
{
	unsigned counts[LOAD_CAUSES] = { 0 };
	enum load_cause most = LOAD_BY_BOUND;

	for (unsigned i = 0; i < result->step_count; i++)
		if (result->steps[i].load == result->failed && !result->steps[i].is_disturbed)
			counts[result->steps[i].cause]++;
	counts[LOAD_CARRIED] = 0;
	for (unsigned cause = 0; cause < LOAD_CAUSES; cause++)
		if (counts[cause] > counts[most])
			most = (enum load_cause)cause;
	return most;
}

enum load_cause load_cause_of_end(const struct load_result *result, enum load_cause end)
{
	if (end != LOAD_CARRIED)
		return end;
	if (result->failed > 0)
		return common_cause(result);
	return result->limit.load > 0 ? LOAD_BY_ITS_LIMIT : LOAD_BY_MOST;
}

double load_limit_of(const struct load_config *config, double load,
		     const struct generator_refusal *refusal)
{
	const double admitted = refusal->admitted;

	switch (config->by) {
	case LOAD_BY_MEMBERS:
		return admitted;
	case LOAD_BY_RATE:
		return 0; /* the same members, whatever the rate is */
	case LOAD_BY_ROOMS:
		if (refusal->kind == GENERATOR_FULL && refusal->reason == WIRE_REASON_ROOM_FULL)
			return 0;
		if (refusal->kind == GENERATOR_FULL && refusal->rooms < load)
			return refusal->rooms;
		break;
	}
	return floor(admitted / config->members);
}

bool load_is_valid(const struct load_result *result)
{
	return result->error[0] == '\0' && result->is_complete &&
	       result->cause != LOAD_BY_GENERATOR && result->cause != LOAD_BY_MACHINE;
}

/* Bouts. */

static unsigned bouts_max(const struct load_config *config)
{
	return config->bouts_max < LOAD_BOUTS_MAX ? config->bouts_max : LOAD_BOUTS_MAX;
}

/* How many bouts are to come, about. */
static unsigned bouts_left(const struct load *load)
{
	const unsigned left = search_left(&load->search),
		       most = bouts_max(load->config) - load->result->bouts;

	return left < most ? left : most;
}

static void report(struct load *load, double next)
{
	const struct load_config *config = load->config;
	const bool has_path = load->result->path_count == LOAD_PATH_BOUTS;
	const struct load_progress progress = {
		.bout = has_path ? load->result->bouts + 1 : 0,
		.load = next,
		.left_s = load->bout_s > 0 ? load->bout_s * bouts_left(load) : NAN,
	};

	if (config->progress)
		config->progress(config->context, &progress);
}

static int run_bout(struct load *load, struct load_step *step)
{
	const struct load_config *config = load->config;
	struct generator_config generator = config->base;
	char error[CONTENDER_ERROR_BYTES];
	int status;

	generator.members = step->members;
	generator.rooms = step->rooms;
	generator.rate_hz = step->rate_hz;
	generator.join_s = load->result->path_count > 0 ? 0 : PATH_JOIN_S;
	/* Other phases in each bout, and the same ones when the search is run again. */
	generator.seed += load->result->path_count + load->result->step_count;
	if (config->is_running)
		status = bout_run_against(config->ground, &generator, &step->bout, error);
	else
		status = bout_run(config->ground, &config->contender, &generator, &step->bout,
				  error);
	if (status == 0)
		return 0;
	load->end = *config->ground->is_over ? LOAD_STOPPED
		    : step->bout.has_gone    ? LOAD_RELAY_GONE
					     : LOAD_FAILED;
	snprintf(load->result->error, sizeof(load->result->error), "%s", error);
	return -1;
}

static bool is_refused_for_room(const struct load_step *step)
{
	const enum generator_refused kind = step->bout.load.refusal.kind;

	return kind == GENERATOR_FULL || kind == GENERATOR_UNANSWERED;
}

/* Goes on below what the relay has room for. -1: there is nothing below, and the error stands. */
static int take_limit(struct load *load, const struct load_step *step)
{
	struct load_result *result = load->result;
	const struct generator_refusal *refusal = &step->bout.load.refusal;
	const double limit = load_limit_of(load->config, step->load, refusal);

	if (load->end != LOAD_FAILED || !is_refused_for_room(step))
		return -1;
	/* Fewer than it had before: others came, or members of bouts before are still on it. */
	if (search_limit(&load->search, limit) < 0 && limit >= load->search.plan.least)
		return -1;
	result->limit = (struct load_limit){ limit, step->load, *refusal };
	load->end = limit >= load->search.plan.least ? LOAD_CARRIED : LOAD_BY_ITS_LIMIT;
	if (load->end != LOAD_CARRIED)
		return -1;
	result->error[0] = '\0';
	return 0;
}

static int measure_path(struct load *load)
{
	struct load_result *result = load->result;

	for (; result->path_count < LOAD_PATH_BOUTS; result->path_count++) {
		struct load_step step = { .members = LOAD_PATH_MEMBERS,
					  .rooms = 1,
					  .rate_hz = load->config->base.rate_hz };

		report(load, LOAD_PATH_MEMBERS);
		if (run_bout(load, &step) < 0) {
			if (load->end == LOAD_FAILED && is_refused_for_room(&step))
				load->end = LOAD_BY_ITS_LIMIT;
			return -1;
		}
		result->paths[result->path_count] = step;
	}
	return 0;
}

/* The path's own figures at a step's rate: an age has the wait for the next update in it. */
static void path_figures(const struct load *load, const struct load_step *step,
			 double path_us[static BOUND_FIGURES])
{
	const struct load_step *paths = load->result->paths;
	double values[LOAD_PATH_BOUTS];

	for (enum bound_figure figure = BOUND_AGE; figure < BOUND_FIGURES; figure++) {
		for (unsigned i = 0; i < LOAD_PATH_BOUTS; i++)
			values[i] = bound_figure_us(&paths[i].bout.load, figure);
		path_us[figure] = spread_of(values, LOAD_PATH_BOUTS).median;
	}
	path_us[BOUND_AGE] += 1e6 / step->rate_hz - 1e6 / paths[0].rate_hz;
}

static void judge(struct load *load, struct load_step *step)
{
	const struct load_config *config = load->config;
	double path_us[BOUND_FIGURES];

	path_figures(load, step, path_us);
	step->margin = bound_margin(&config->bound, &step->bout.load, path_us);
	step->cause =
		step->margin <= 1
			? LOAD_CARRIED
			: load_cause_of(&step->bout, !config->is_running || config->base.relay > 0);
}

static int take_step(struct load *load, double next)
{
	struct load_step step = load_step_of(load->config, next);
	struct load_result *result = load->result;

	report(load, next);
	result->bouts++;
	if (run_bout(load, &step) < 0)
		return take_limit(load, &step);
	judge(load, &step);
	step.is_disturbed = step.cause == LOAD_BY_MACHINE && load->disturbed < LOAD_DISTURBED_MAX;
	load->disturbed = step.is_disturbed ? load->disturbed + 1 : 0;
	result->steps[result->step_count++] = step;
	if (!step.is_disturbed)
		search_tell(&load->search, step.cause == LOAD_CARRIED);
	load->bout_s = (now_s() - load->start_s) / (LOAD_PATH_BOUTS + result->bouts);
	return 0;
}

static int run_steps(struct load *load)
{
	const struct load_config *config = load->config;
	double next;

	load->start_s = now_s();
	if (measure_path(load) < 0)
		return -1;
	load->bout_s = (now_s() - load->start_s) / LOAD_PATH_BOUTS;
	while ((next = search_next(&load->search)) > 0) {
		load->end = *config->ground->is_over                     ? LOAD_STOPPED
			    : load->result->bouts >= bouts_max(config)   ? LOAD_OUT_OF_BOUTS
			    : now_s() >= load->start_s + config->limit_s ? LOAD_OUT_OF_TIME
									 : LOAD_CARRIED;
		if (load->end != LOAD_CARRIED)
			return 0;
		if (take_step(load, next) < 0)
			return -1;
	}
	if (!search_is_complete(&load->search))
		load->end = LOAD_OUT_OF_BOUTS;
	return 0;
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
		.bouts_max = bouts_max(config),
	};

	if (config->by == LOAD_BY_MEMBERS) {
		plan.least = 2;
		plan.start = START_MEMBERS;
	} else if (config->by == LOAD_BY_RATE) {
		plan.start = config->base.rate_hz;
	}
	return plan;
}

int load_search(const struct load_config *config, struct load_result *result)
{
	struct load load = { .config = config, .result = result };
	const struct search_plan plan = plan_of(config);
	int status;

	*result = (struct load_result){ 0 };
	if (search_init(&load.search, &plan) < 0) {
		snprintf(result->error, sizeof(result->error),
			 "no search goes from %g to %g in steps of %g", plan.least, plan.most,
			 plan.resolution);
		result->cause = LOAD_FAILED;
		return -1;
	}
	status = run_steps(&load);
	result->carried = search_carried(&load.search);
	result->failed = search_failed(&load.search);
	result->cause = load_cause_of_end(result, load.end);
	result->is_complete = load.end == LOAD_CARRIED;
	if (load.end == LOAD_STOPPED) {
		snprintf(result->error, sizeof(result->error), "stopped");
		status = -1;
	}
	report(&load, 0);
	return status;
}
