#include "bench/result/build/load.h"

#include <math.h>
#include <string.h>

#include "bench/result/build/instrument.h"
#include "bench/result/build/values.h"
#include "proto/wire/text.h"

const char *load_cause_word(enum load_cause cause)
{
	static const char *const words[LOAD_CAUSES] = {
		[LOAD_CARRIED] = "carried",
		[LOAD_BY_RELAY] = "relay's CPU",
		[LOAD_BY_GENERATOR] = "bench",
		[LOAD_BY_MACHINE] = "machine",
		[LOAD_BY_SOCKETS] = "socket buffers",
		[LOAD_BY_BOUND] = "bound",
		[LOAD_BY_ITS_LIMIT] = "relay's own limit",
		[LOAD_BY_MOST] = "largest load to try",
		[LOAD_OUT_OF_RUNS] = "out of bouts",
		[LOAD_OUT_OF_TIME] = "out of time",
		[LOAD_STOPPED] = "stopped",
		[LOAD_RELAY_GONE] = "relay gone",
		[LOAD_FAILED] = "failed",
	};

	return words[cause];
}

const char *load_limit_text(const struct load_config *config, const struct load_limit *limit,
			    char text[static LOAD_TEXT_BYTES])
{
	const struct generator_refusal *refusal = &limit->refusal;
	const char *noun = "client";
	unsigned count = refusal->admitted;

	if (refusal->kind == GENERATOR_FULL && refusal->reason == WIRE_REASON_ROOM_FULL) {
		noun = "member";
	} else if (refusal->kind == GENERATOR_FULL && config->by == LOAD_BY_ROOMS &&
		   refusal->rooms < limit->tried) {
		noun = "room";
		count = refusal->rooms;
	}
	snprintf(text, LOAD_TEXT_BYTES, "%u %s%s%s", count, noun, count == 1 ? "" : "s",
		 strcmp(noun, "member") == 0 ? " in a room" : "");
	return text;
}

/* NULL: it is valid. */
static const char *why_not_valid(const struct load_result *found)
{
	if (found->error[0] != '\0')
		return found->error;
	if (found->cause == LOAD_BY_GENERATOR)
		return "the bench was at its own limit, so this is no maximum of the relay";
	if (found->cause == LOAD_BY_MACHINE)
		return "other programs had the processor, so this is no maximum of the relay";
	if (found->cause == LOAD_OUT_OF_RUNS)
		return "the search ran out of bouts, so a larger load may be carried, too";
	if (found->cause == LOAD_OUT_OF_TIME)
		return "the search ran out of time, so a larger load may be carried, too";
	return found->is_complete ? NULL : "the search did not come to its end";
}

/* Updates delivered a second at the load that is carried: the median of its runs; NAN: none. */
static double delivered_per_s(const struct load_result *found)
{
	double values[SPREAD_MAX];
	size_t count = 0;

	for (unsigned i = 0; i < found->step_count && count < SPREAD_MAX; i++)
		if (found->steps[i].load == found->carried && !found->steps[i].is_disturbed)
			values[count++] = load_delivered_per_s(&found->steps[i]);
	return spread_of(values, count).median;
}

/* One run of a load. */
static void take(struct values *values, const struct load_step *step)
{
	const struct run_result *run = &step->run;
	const struct generator_result *load = &run->load;
	const struct value all[] = {
		{ "sent_per_s", load_sent_per_s(step) },
		{ "delivered_per_s", load_delivered_per_s(step) },
		{ "core_share", load_relay_share(run) },
		{ "cpu_us_per_update", (double)load->relay_cpu_ns / 1e3 / (double)load->delivered },
		{ "generator_core_share", load_generator_share(run) },
		{ "delay_p50_us", bound_figure_us(load, BOUND_P50) },
		{ "delay_p99_us", bound_figure_us(load, BOUND_P99) },
		{ "age_p99_us", bound_figure_us(load, BOUND_AGE) },
		{ "loss", bound_loss(load) },
		{ "late_p99_us", (double)load->late_p99_us },
		{ "relay_drops", (double)run->relay_drops },
		{ "peak_bytes", run->peak_bytes > 0 ? (double)run->peak_bytes : NAN },
		{ "bound_used", step->margin },
	};

	VALUES_TAKE(values, all);
}

/* A row of a search; `config` NULL: of the only one, whose relay is a parameter. */
static struct result_row *add_row(struct result *document, const struct load_config *config)
{
	struct result_row *row = result_add_row(document);

	if (config)
		result_label(row, "contender", config->target.label);
	return row;
}

static void label(struct result_row *row, const struct load_step *step)
{
	result_label_number(row, "members", step->members);
	result_label_number(row, "rooms", step->rooms);
	result_label_number(row, "rate", step->rate_hz);
}

/* All runs of one load, one value each. */
static void add_runs(struct result_row *row, const struct load_step *steps, unsigned count)
{
	struct values values = { 0 };

	label(row, &steps[0]);
	for (unsigned n = 0; n < count; n++)
		take(&values, &steps[n]);
	values_add(&values, row);
}

/* The runs that count at the load that is carried. */
static void add_carried(struct result_row *row, const struct load_result *found)
{
	const struct clock_step clock = clock_step_measure();
	struct instrument_run runs[SPREAD_MAX];
	struct values values = { 0 };
	size_t count = 0;

	take(&values, &found->paths[0]);
	values_clear(&values);
	for (unsigned i = 0; i < found->step_count && count < SPREAD_MAX; i++) {
		const struct load_step *step = &found->steps[i];

		if (step->load != found->carried || step->is_disturbed)
			continue;
		take(&values, step);
		runs[count++] = instrument_run_of(&step->run.load);
	}
	values_add(&values, row);
	instrument_add(row, &clock, runs, count);
}

/* All that was measured at the load that is carried, and the edge itself. */
static void add_found(struct result_row *row, const struct load_config *config,
		      const struct load_result *found, struct result *document)
{
	const struct load_step step = load_step_of(config, found->carried);
	const double members = step.members, rooms = step.rooms;
	const char *reason = why_not_valid(found);

	/* No label of the load, so that diff finds it whatever was found. */
	result_label(row, "step", "result");
	result_figure(row, "carried", NULL, &found->carried, 1);
	result_figure(row, "members", NULL, &members, 1);
	result_figure(row, "rooms", NULL, &rooms, 1);
	result_figure(row, "failed", NULL, &found->failed, 1);
	add_carried(row, found);
	result_note(row, load_cause_word(found->cause));
	if (reason)
		result_not_valid(document, row, "%s", reason);
}

/* The relay's own limit, if it was met, whatever bounded the search in the end. */
static void add_limit(const struct load_config *config, const struct load_limit *limit,
		      struct result *document)
{
	char text[LOAD_TEXT_BYTES];

	if (limit->tried == 0)
		return;
	result_parameter_text(document, "relay_limit", load_limit_text(config, limit, text));
	if (limit->refusal.kind == GENERATOR_FULL) {
		result_parameter_text(document, "refusal", wire_reason_name(limit->refusal.reason));
		result_parameter_text(document, "refusal_words", limit->refusal.text);
	} else {
		result_parameter_text(document, "refusal", "unanswered");
	}
}

/* Fields common to all searches. */
static void add_parameters(const struct load_config *config, struct result *document)
{
	static const char *const words[] = { "members", "rate", "rooms" };
	char bound[BOUND_TEXT_BYTES];

	bound_describe(&config->bound, bound);
	result_parameter_text(document, "by", words[config->by]);
	if (config->is_running)
		result_parameter_text(document, "relay", config->base.host);
	result_parameter_text(document, "bound", bound);
	result_parameter(document, "most", config->most);
	result_parameter(document, "rate_hz", config->base.rate_hz);
	if (config->by != LOAD_BY_MEMBERS)
		result_parameter(document, "members", config->members);
	result_parameter(document, "seconds", config->base.seconds);
	result_parameter(document, "warm_up_seconds", GENERATOR_WARM_UP_S);
	result_parameter(document, "resolution", config->resolution);
	result_parameter(document, "repeat", config->repeat);
	result_parameter(document, "again", config->again);
	result_parameter(document, "bouts", config->runs_max);
	result_parameter(document, "limit_s", config->limit_s);
	result_parameter_seed(document, config->base.seed);
	result_parameter(document, "pinned", run_is_pinned(config->ground));
	result_parameter(document, "awake", config->ground->latency.is_held);
}

/* Fields of the one search; with several, rows say it. */
static void add_own_parameters(const struct load_config *config, const struct load_result *found,
			       struct result *document)
{
	result_parameter_text(document, "contender", config->target.label);
	result_parameter(document, "tick_hz", config->target.tick_hz);
	if (config->target.max_delay_ms > 0)
		result_parameter(document, "max_delay_ms", config->target.max_delay_ms);
	result_parameter_text(document, "bounded_by", load_cause_word(found->cause));
	add_limit(config, &found->limit, document);
}

static void note_limit(struct result_row *row, const struct load_config *config,
		       const struct load_limit *limit)
{
	char limits[LOAD_TEXT_BYTES], text[LOAD_TEXT_BYTES + 32];

	if (limit->tried == 0)
		return;
	snprintf(text, sizeof(text), "the relay takes no more than %s",
		 load_limit_text(config, limit, limits));
	result_note(row, text);
}

/* `as`: what add_row takes. */
static void add_steps(const struct load_config *as, const struct load_result *found,
		      struct result *document)
{
	struct result_row *row;

	if (found->path_count > 0) {
		row = add_row(document, as);
		result_label(row, "step", "path");
		add_runs(row, found->paths, found->path_count);
	}
	for (unsigned i = 0; i < found->step_count; i++) {
		row = add_row(document, as);
		result_label_number(row, "step", found->steps[i].number);
		add_runs(row, &found->steps[i], 1);
		result_note(row, load_cause_word(found->steps[i].cause));
		if (found->steps[i].is_disturbed)
			result_note(row, "run again, does not count");
	}
}

void load_document(const struct load_config *configs, const struct load_result *found,
		   unsigned count, struct result *document)
{
	const bool are_several = count > 1;

	add_parameters(&configs[0], document);
	if (!are_several)
		add_own_parameters(&configs[0], &found[0], document);
	for (unsigned i = 0; i < count; i++) {
		const struct load_config *as = are_several ? &configs[i] : NULL;
		const double ratio = delivered_per_s(&found[i]) / delivered_per_s(&found[0]);
		struct result_row *row;

		add_steps(as, &found[i], document);
		row = add_row(document, as);
		add_found(row, &configs[i], &found[i], document);
		if (are_several) {
			result_figure(row, "ratio", NULL, &ratio, 1);
			note_limit(row, &configs[i], &found[i].limit);
		}
	}
}
