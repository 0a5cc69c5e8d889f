#include "bench/load.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/search/load_search.h"
#include "bench/load_relay.h"
#include "bench/result/build/load.h"
#include "bench/load/pace.h"
#include "bench/result/text/print.h"
#include "bench/result/result.h"
#include "bench/result/retry.h"
#include "bench/ticks.h"
#include "client/options.h"
#include "proto/cli/output.h"
#include "proto/wire/text.h"

enum {
	EXIT_NOT_VALID = 3,
	ROOM_MEMBERS = 16, /* of each, by default, where rooms are counted */
	PID_MAX = 1 << 22,
	PAIR_BYTES = 64, /* what the generator keeps of a sender at a receiver, at most */
	MEMBER_BYTES =
		256 << 10, /* of a member: its host, its socket's buffers, the relay's side */
};

struct load_command {
	struct load_config config; /* what all searches have in common */
	unsigned count;            /* of searches, each of a contender */
	struct load_config configs[LOAD_TURNS_MAX];
	struct load_result found[LOAD_TURNS_MAX];
	struct bout_ground ground;
	const char *contenders, *programs;
	int argc;
	char **argv;
	unsigned members, max_members;
	double max_rate_hz; /* 0: it was not said */
	struct ticks ticks;
	double max_delay_ms;
	struct load_relay relay;
};

static volatile sig_atomic_t is_stopping;

static void stop(int signal)
{
	(void)signal;
	is_stopping = 1;
}

static int fail(int status, const char *sentence)
{
	fprintf(stderr, "starling-bench load: %s\n", sentence);
	return status;
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
	return ticks_read(row->value, text);
}

static const char *const by_words[] = { "members", "rate", "rooms", NULL }; /* enum load_by */

static const struct option_kind by_kind = { .forms = OPTION_AS_TEXT,
					    .read = option_read_word,
					    .words = by_words };
static const struct option_kind bound_kind = { .forms = OPTION_AS_TEXT, .read = read_bound };
static const struct option_kind ticks_kind = { .forms = OPTION_AS_TEXT | OPTION_AS_NUMBER,
					       .read = read_ticks };

/* What is to be loaded. */

static int choose_contenders(struct load_command *command,
			     struct contender contenders[static CONTENDER_MAX])
{
	char error[CONTENDER_ERROR_BYTES], sentence[CONTENDER_ERROR_BYTES];

	command->count = contender_list(contenders, command->contenders, command->ticks.hz,
					command->ticks.count, error);
	if (command->count == 0) {
		snprintf(sentence, sizeof(sentence),
			 "--contender %s: must be one or some of %s, with commas between",
			 text_shown(command->contenders).text, CONTENDER_NAMES);
		return fail(2, sentence);
	}
	if (!contender_set_max_delay(contenders, command->count, command->max_delay_ms))
		return fail(2, CONTENDER_MAX_DELAY_MISUSE);
	if (command->count > 1 && command->relay.text)
		return fail(2, "--relay: a relay that runs already is of one kind and has its own "
			       "rhythm; give one --contender, and no list as --tick");
	if (command->count <= LOAD_TURNS_MAX)
		return 0;
	snprintf(sentence, sizeof(sentence),
		 "--contender, --tick: %u searches are too many to take turns; name fewer, %d make "
		 "the most",
		 command->count, LOAD_TURNS_MAX);
	return fail(2, sentence);
}

/* Fills in the relay that runs already. */
static int choose_relay(struct load_command *command, const struct contender *contender)
{
	struct generator_config *base = &command->config.base;
	char error[LOAD_RELAY_ERROR_BYTES];
	int status;

	base->kind = contender->kind;
	base->is_nodelay = contender->is_nodelay;
	command->config.is_running = true;
	status = load_relay_read(&command->relay, base, error);
	return status == 0 ? 0 : fail(status, error);
}

/*
 * A search that was told no end has it, of a relay that runs already, at what that may be sent; but
 * not before its start, which check_sent then refuses.
 */
static double choose_max_rate_hz(const struct load_command *command)
{
	const struct load_config *config = &command->config;
	const double sent_hz = floor((double)LOAD_SENT_PER_S_MAX / config->members);

	if (command->max_rate_hz > 0)
		return command->max_rate_hz;
	if (config->is_running && sent_hz < PACE_RATE_MAX_HZ)
		return fmax(sent_hz, config->base.rate_hz);
	return PACE_RATE_MAX_HZ;
}

/* How far the search goes: as it was asked to, or as far as this machine lets it. */
static int choose_most(struct load_command *command)
{
	struct load_config *config = &command->config;
	char error[CONTENDER_ERROR_BYTES];
	unsigned members = command->max_members > 0 ? command->max_members : PACE_MEMBERS_MAX;

	if (config->by == LOAD_BY_RATE)
		members = config->members;
	while (command->max_members == 0 && config->by != LOAD_BY_RATE && members > 2 &&
	       !bout_has_descriptors(members, error))
		members = members * 9 / 10;
	if (!bout_has_descriptors(members, error))
		return fail(1, error);
	switch (config->by) {
	case LOAD_BY_MEMBERS:
		config->most = members;
		break;
	case LOAD_BY_RATE:
		config->most = choose_max_rate_hz(command);
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
static int check_sent(const struct load_command *command)
{
	const struct load_step most = load_step_of(&command->config, command->config.most);
	char sentence[CONTENDER_ERROR_BYTES];

	if (!command->config.is_running || load_sent_per_s(&most) <= LOAD_SENT_PER_S_MAX)
		return 0;
	snprintf(sentence, sizeof(sentence),
		 "%u members at %g Hz would send %.0f updates a second, and to a relay that runs "
		 "already it may be %d; take fewer members or a lower rate (--max-members, "
		 "--max-rate)",
		 most.members, most.rate_hz, load_sent_per_s(&most), LOAD_SENT_PER_S_MAX);
	return fail(2, sentence);
}

/* Running. */

static void show_progress(void *context, const struct load_progress *progress)
{
	const struct load_command *command = context;
	char text[LOAD_TEXT_BYTES];

	if (!output_is_watched(STDERR_FILENO))
		return;
	fputs("\r\033[K", stderr);
	if (progress->load == 0)
		return;
	if (command->count > 1)
		fprintf(stderr, "%s, ", progress->config->contender.label);
	if (progress->bout == 0)
		fprintf(stderr, "the path's own: %d members", LOAD_PATH_MEMBERS);
	else
		fprintf(stderr, "bout %u: %s", progress->bout,
			load_text(progress->config, progress->load, text));
	if (isfinite(progress->left_s))
		fprintf(stderr, "; about %.0f s left", progress->left_s);
}

/* What is said on the standard output. 0, or the exit status. */
static int deliver(struct load_command *command, const struct options *options)
{
	struct result *result;
	int status = 0;

	result = result_create("load", command->argc, command->argv, false);
	result_add_words(result, &options->reading.words);
	if (result)
		load_document(command->configs, command->found, command->count, result);
	if (!result || (options->json && result_print(result, stdout) < 0))
		status = fail(1, "not enough memory for the result");
	else if (!options->json)
		print_result(result, false, stdout);
	result_destroy(result);
	return status;
}

/* Says what ended searches before their time, and what ended all of them once. */
static void say_errors(const struct load_command *command)
{
	const char *said = "";

	for (unsigned i = 0; i < command->count; i++) {
		const char *error = command->found[i].error;

		if (error[0] == '\0' || strcmp(error, said) == 0)
			continue;
		fail(1, error);
		said = error;
	}
}

static int run(struct load_command *command, const struct options *options)
{
	const struct sigaction action = { .sa_handler = stop };
	bool is_any = false, are_valid = true;
	char error[LOAD_RELAY_ERROR_BYTES];
	int status;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* With a relay that runs already there is one search. */
	if (load_relay_find(&command->relay, &command->ground, &command->configs[0].base, error) !=
	    0)
		return fail(1, error);
	status = load_search_in_turn(command->configs, command->count, command->found);
	say_errors(command);
	for (unsigned i = 0; i < command->count; i++) {
		is_any = is_any || command->found[i].path_count > 0;
		are_valid = are_valid && load_is_valid(&command->found[i]);
	}
	if (is_any && deliver(command, options) != 0)
		return 1;
	if (status < 0)
		return 1;
	return are_valid ? 0 : EXIT_NOT_VALID;
}

static int check_contenders(const struct load_command *command, const struct contender *contenders)
{
	const struct generator_config load = {
		.rooms = command->config.by == LOAD_BY_ROOMS ? 2 : 1,
	};
	char why[CONTENDER_ERROR_BYTES];

	for (unsigned i = 0; i < command->count; i++)
		if (!contender_can(&contenders[i], &load, why))
			return fail(2, why);
	return 0;
}

/* What depends on several flags. 0, or the exit status with the sentence said. */
static int prepare(struct load_command *command, uint64_t seed)
{
	struct load_config *config = &command->config;
	struct contender contenders[CONTENDER_MAX];
	int status;

	config->base.seed = seed;
	if (command->members > 0 && config->by == LOAD_BY_MEMBERS)
		return fail(2, "--members: how many is what is searched for; --max-members limits "
			       "it, and --by rate or --by rooms takes them as given");
	if (command->members > 0)
		config->members = command->members;
	else if (config->by == LOAD_BY_ROOMS)
		config->members = ROOM_MEMBERS;
	if (config->by == LOAD_BY_RATE && command->max_rate_hz > 0 &&
	    config->base.rate_hz > command->max_rate_hz)
		return fail(2, "--rate: where the search starts is above --max-rate");
	if (command->relay.pid > 0 && !command->relay.text)
		return fail(2,
			    "--pid: is for --relay; of a relay that is started here it is known");
	if ((status = choose_contenders(command, contenders)) != 0 ||
	    (status = check_contenders(command, contenders)) != 0)
		return status;
	if (command->relay.text && (status = choose_relay(command, &contenders[0])) != 0)
		return status;
	if ((status = choose_most(command)) != 0 || (status = check_sent(command)) != 0)
		return status;
	config->ground = &command->ground;
	config->progress = show_progress;
	config->context = command;
	for (unsigned i = 0; i < command->count; i++) {
		command->configs[i] = *config;
		command->configs[i].contender = contenders[i];
	}
	return 0;
}

static int parse(struct load_command *command, struct options *options, int argc, char **argv)
{
	struct load_config *config = &command->config;
	const struct option_row rows[] = {
		{ "by", 0, "WHAT", "members, rate or rooms: what is searched for (default members)",
		  &by_kind, &config->by, 0, 0 },
		{ "bound", 0, "TEXT", "what counts as carried (default " BOUND_DEFAULT ")",
		  &bound_kind, &config->bound, 0, 0 },
		{ "contender", 0, "LIST",
		  "the relay, or several in turn: of " CONTENDER_NAMES " (default starling)",
		  &option_text, &command->contenders, 0, 0 },
		{ "relay", 0, "HOST:PORT", "a relay that runs already, of --contender's kind",
		  &option_text, &command->relay.text, 0, 0 },
		{ "pid", 0, "N", "its process on this machine, whose CPU time is then read",
		  &option_count, &command->relay.pid, 1, PID_MAX },
		{ "i-operate-this-relay", 0, NULL,
		  "--relay is not on this machine, and may be put under load", &option_switch,
		  &command->relay.is_operator, 0, 0 },
		{ "members", 0, "N", "of the room (--by rate, default 64), of each (rooms, 16)",
		  &option_count, &command->members, 2, PACE_MEMBERS_MAX },
		{ "rate", 0, "HZ", "updates a second of each member (default 30)", &option_number,
		  &config->base.rate_hz, 1, PACE_RATE_MAX_HZ },
		{ "max-members", 0, "N", "in all, at most (default: as this machine allows)",
		  &option_count, &command->max_members, 2, PACE_MEMBERS_MAX },
		{ "max-rate", 0, "HZ", "with --by rate, at most (default 1000)", &option_number,
		  &command->max_rate_hz, 1, PACE_RATE_MAX_HZ },
		{ "tick", 0, "LIST",
		  "flushes a second of ours and of raw UDP; 0: at once (default auto)", &ticks_kind,
		  &command->ticks, 0, 0 },
		{ "max-delay", 0, "MS", CONTENDER_MAX_DELAY_HELP, &option_number,
		  &command->max_delay_ms, 0.1, CONTENDER_MAX_DELAY_MS },
		{ "seconds", 0, "S", "measured in each bout (default 3)", &option_number,
		  &config->base.seconds, 0.1, 600 },
		{ "resolution", 0, "SHARE", "between neighbouring loads (default 0.05)",
		  &option_number, &config->resolution, 0.01, 1 },
		{ "repeat", 0, "N", "bouts of the result, at least (default 3)", &option_count,
		  &config->repeat, 1, SPREAD_MAX },
		{ "again", 0, "N",
		  "run a load that other programs spoiled again, so many times in a row at most "
		  "(default 2)",
		  &option_count, &config->again, 0, RETRY_MAX },
		{ "bouts", 0, "N", "of the search in all, at most (default 40)", &option_count,
		  &config->bouts_max, 1, LOAD_BOUTS_MAX },
		{ "limit", 0, "S", "of a search's own bouts in all (default 900)", &option_number,
		  &config->limit_s, 1, 86400 },
		{ "programs", 0, "DIR",
		  "where the relays are (default: built or installed with this)", &option_text,
		  &command->programs, 0, 0 },
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

	return options_parse(options, &spec, argc, argv);
}

int load_run(int argc, char **argv)
{
	static struct load_command command;
	struct options options;
	char error[CONTENDER_ERROR_BYTES];
	int status;

	command = (struct load_command){ .config = load_default_config(),
					 .contenders = "starling",
					 .ticks = { { CONTENDER_TICK_AUTO }, 1 },
					 .argc = argc,
					 .argv = argv };
	if (parse(&command, &options, argc, argv) < 0)
		return options.exit_status;
	status = prepare(&command, options.seed);
	if (status != 0)
		return status;
	if (bout_open(&command.ground, command.programs, &is_stopping, error) < 0)
		return fail(1, error);
	status = run(&command, &options);
	bout_close(&command.ground);
	return status;
}
