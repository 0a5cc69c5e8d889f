#include "bench/options/load_options.h"

#include <math.h>
#include <stdio.h>

#include "bench/sim/pace.h"
#include "bench/measure/spread.h"
#include "bench/command.h"
#include "bench/result/retry.h"
#include "proto/wire/text.h"

enum {
	ROOM_MEMBERS = 16, /* of each, by default, where rooms are counted */
	PID_MAX = 1 << 22,
};

static int fail(int status, const char *sentence)
{
	return command_fail("load", status, sentence);
}

/* Values of flags. */

static bool read_bound(const struct option_row *row, const char *text, char *must,
		       size_t must_bytes)
{
	return bound_parse(row->value, text, must, must_bytes);
}

static bool read_ticks(const struct option_row *row, const char *text, char *must,
		       size_t must_bytes)
{
	snprintf(must, must_bytes, "must be " TICKS_MUST);
	return list_ticks(row->value, text);
}

static const char *const by_words[] = { "members", "rate", "rooms", NULL }; /* enum load_by */

static const struct option_kind by_kind = { .forms = OPTION_AS_TEXT,
					    .read = option_read_word,
					    .words = by_words };
static const struct option_kind bound_kind = { .forms = OPTION_AS_TEXT, .read = read_bound };
static const struct option_kind ticks_kind = { .forms = OPTION_AS_TEXT | OPTION_AS_NUMBER,
					       .read = read_ticks };

/* The loads to search. */

static int choose_targets(struct load_options *options, struct target targets[static TARGET_MAX])
{
	char error[TARGET_ERROR_BYTES], sentence[TARGET_ERROR_BYTES];

	options->count = target_list(targets, options->targets, options->ticks.hz,
				     options->ticks.count, error);
	if (options->count == 0) {
		snprintf(sentence, sizeof(sentence),
			 "--contender %s: must be one or some of %s, with commas between",
			 text_shown(options->targets).text, TARGET_NAMES);
		return fail(2, sentence);
	}
	if (!target_set_max_delay(targets, options->count, options->max_delay_ms))
		return fail(2, TARGET_MAX_DELAY_MISUSE);
	if (options->count > 1 && options->relay.text)
		return fail(2, "--relay: a relay that runs already is of one kind and has its own "
			       "rhythm; give one --contender, and no list as --tick");
	if (options->count <= LOAD_TURNS_MAX)
		return 0;
	snprintf(sentence, sizeof(sentence),
		 "--contender, --tick: %u searches are too many to take turns; name fewer, %d make "
		 "the most",
		 options->count, LOAD_TURNS_MAX);
	return fail(2, sentence);
}

/* Fills in the relay that runs already. */
static int choose_relay(struct load_options *options, const struct target *target)
{
	struct generator_config *base = &options->config.base;
	char error[LOAD_RELAY_ERROR_BYTES];
	int status;

	base->kind = target->kind;
	base->is_nodelay = target->is_nodelay;
	options->config.is_running = true;
	status = load_relay_read(&options->relay, base, error);
	return status == 0 ? 0 : fail(status, error);
}

/*
 * A search that was told no end has it, of a relay that runs already, at what that may be sent; but
 * not before its start, which check_sent then refuses.
 */
static double choose_max_rate_hz(const struct load_options *options)
{
	const struct load_config *config = &options->config;
	const double sent_hz = floor((double)LOAD_SENT_PER_S_MAX / config->members);

	if (options->max_rate_hz > 0)
		return options->max_rate_hz;
	if (config->is_running && sent_hz < PACE_RATE_MAX_HZ)
		return fmax(sent_hz, config->base.rate_hz);
	return PACE_RATE_MAX_HZ;
}

/* How far the search goes: as it was asked to, or as far as this machine lets it. */
static int choose_most(struct load_options *options)
{
	struct load_config *config = &options->config;
	char error[TARGET_ERROR_BYTES];
	unsigned members = options->max_members > 0 ? options->max_members : PACE_MEMBERS_MAX;

	if (config->by == LOAD_BY_RATE)
		members = config->members;
	while (options->max_members == 0 && config->by != LOAD_BY_RATE && members > 2 &&
	       !run_has_descriptors(members, error))
		members = members * 9 / 10;
	if (!run_has_descriptors(members, error))
		return fail(1, error);
	switch (config->by) {
	case LOAD_BY_MEMBERS:
		config->most = members;
		break;
	case LOAD_BY_RATE:
		config->most = choose_max_rate_hz(options);
		break;
	case LOAD_BY_ROOMS:
		config->most = floor((double)members / config->members);
		break;
	}
	if (config->most < 1)
		return fail(2, "--members: a room has more members than --max-members allows");
	return 0;
}

/* A relay that runs already gets no more than this, whoever operates it. */
static int check_sent(const struct load_options *options)
{
	const struct load_step most = load_step_of(&options->config, options->config.most);
	char sentence[TARGET_ERROR_BYTES];

	if (!options->config.is_running || load_sent_per_s(&most) <= LOAD_SENT_PER_S_MAX)
		return 0;
	snprintf(sentence, sizeof(sentence),
		 "%u members at %g Hz would send %.0f updates a second, and to a relay that runs "
		 "already it may be %d; take fewer members or a lower rate (--max-members, "
		 "--max-rate)",
		 most.members, most.rate_hz, load_sent_per_s(&most), LOAD_SENT_PER_S_MAX);
	return fail(2, sentence);
}

static int check_targets(const struct load_options *options, const struct target *targets)
{
	const struct generator_config load = {
		.rooms = options->config.by == LOAD_BY_ROOMS ? 2 : 1,
	};
	char why[TARGET_ERROR_BYTES];

	for (unsigned i = 0; i < options->count; i++)
		if (!target_can(&targets[i], &load, why))
			return fail(2, why);
	return 0;
}

int load_options_apply(struct load_options *options)
{
	struct load_config *config = &options->config;
	struct target targets[TARGET_MAX];
	int status;

	config->base.seed = options->shared.seed;
	if (options->members > 0 && config->by == LOAD_BY_MEMBERS)
		return fail(2, "--members: how many is what is searched for; --max-members limits "
			       "it, and --by rate or --by rooms takes them as given");
	if (options->members > 0)
		config->members = options->members;
	else if (config->by == LOAD_BY_ROOMS)
		config->members = ROOM_MEMBERS;
	if (config->by == LOAD_BY_RATE && options->max_rate_hz > 0 &&
	    config->base.rate_hz > options->max_rate_hz)
		return fail(2, "--rate: where the search starts is above --max-rate");
	if (options->relay.pid > 0 && !options->relay.text)
		return fail(2,
			    "--pid: is for --relay; of a relay that is started here it is known");
	if ((status = choose_targets(options, targets)) != 0 ||
	    (status = check_targets(options, targets)) != 0)
		return status;
	if (options->relay.text && (status = choose_relay(options, &targets[0])) != 0)
		return status;
	if ((status = choose_most(options)) != 0 || (status = check_sent(options)) != 0)
		return status;
	for (unsigned i = 0; i < options->count; i++) {
		options->configs[i] = *config;
		options->configs[i].target = targets[i];
	}
	return 0;
}

int load_options_parse(struct load_options *options, int argc, char **argv)
{
	struct load_config *config = &options->config;
	const struct option_row rows[] = {
		{ "by", 0, "WHAT", "members, rate or rooms: what is searched for (default members)",
		  &by_kind, &config->by, 0, 0 },
		{ "bound", 0, "TEXT", "what counts as carried (default " BOUND_DEFAULT ")",
		  &bound_kind, &config->bound, 0, 0 },
		{ "contender", 0, "LIST",
		  "the relay, or several in turn: of " TARGET_NAMES " (default starling)",
		  &option_text, &options->targets, 0, 0 },
		{ "relay", 0, "HOST:PORT", "a relay that runs already, of --contender's kind",
		  &option_text, &options->relay.text, 0, 0 },
		{ "pid", 0, "N", "its process on this machine, whose CPU time is then read",
		  &option_count, &options->relay.pid, 1, PID_MAX },
		{ "i-operate-this-relay", 0, NULL,
		  "--relay is not on this machine, and may be put under load", &option_switch,
		  &options->relay.is_operator, 0, 0 },
		{ "members", 0, "N", "of the room (--by rate, default 64), of each (rooms, 16)",
		  &option_count, &options->members, 2, PACE_MEMBERS_MAX },
		{ "rate", 0, "HZ", "updates a second of each member (default 30)", &option_number,
		  &config->base.rate_hz, 1, PACE_RATE_MAX_HZ },
		{ "max-members", 0, "N", "in all, at most (default: as this machine allows)",
		  &option_count, &options->max_members, 2, PACE_MEMBERS_MAX },
		{ "max-rate", 0, "HZ", "with --by rate, at most (default 1000)", &option_number,
		  &options->max_rate_hz, 1, PACE_RATE_MAX_HZ },
		{ "tick", 0, "LIST",
		  "flushes a second of ours and of raw UDP; 0: at once (default auto)", &ticks_kind,
		  &options->ticks, 0, 0 },
		{ "max-delay", 0, "MS", TARGET_MAX_DELAY_HELP, &option_number,
		  &options->max_delay_ms, 0.1, TARGET_MAX_DELAY_MS },
		{ "seconds", 0, "S", "measured in each run (default 3)", &option_number,
		  &config->base.seconds, 0.1, 600 },
		{ "resolution", 0, "SHARE", "between neighbouring loads (default 0.05)",
		  &option_number, &config->resolution, 0.01, 1 },
		{ "repeat", 0, "N", "runs of the result, at least (default 3)", &option_count,
		  &config->repeat, 1, SPREAD_MAX },
		{ "again", 0, "N",
		  "run a load that other programs spoiled again, so many times in a row at most "
		  "(default 2)",
		  &option_count, &config->again, 0, RETRY_MAX },
		{ "bouts", 0, "N", "runs of the search in all, at most (default 40)", &option_count,
		  &config->runs_max, 1, LOAD_RUNS_MAX },
		{ "limit", 0, "S", "of a search's own runs in all (default 900)", &option_number,
		  &config->limit_s, 1, 86400 },
		{ "programs", 0, "DIR",
		  "where the relays are (default: built or installed with this)", &option_text,
		  &options->programs, 0, 0 },
	};
	const struct options_spec spec = {
		.name = "load",
		.program = "starling-bench",
		.summary = "How much a relay carries within a bound, and what keeps it from more",
		.rows = rows,
		.row_count = sizeof(rows) / sizeof(rows[0]),
		.lacks = OPTIONS_HOST | OPTIONS_PORT | OPTIONS_ROOM | OPTIONS_NAME | OPTIONS_MODE |
			 OPTIONS_PATIENCE | OPTIONS_VERBOSE | OPTIONS_IMPAIR,
		.epilogue = "A bound is age=TIME, p50=TIME, p99=TIME, p99.9=TIME (+TIME: above the "
			    "path's own), loss=SHARE, or several with commas between.\n"
			    "Exit status: 0 done, 1 failed or stopped, 2 misuse, 3 measured, but "
			    "not valid as a maximum; the reason is said.",
	};

	*options = (struct load_options){ .config = load_default_config(),
					  .targets = "starling",
					  .ticks = { { TARGET_TICK_AUTO }, 1 } };
	return options_parse(&options->shared, &spec, argc, argv);
}
