#include "bench/options/compare_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/options/list.h"
#include "bench/sim/pace.h"
#include "client/options.h"
#include "client/lib/session.h"
#include "proto/wire/text.h"

#define RATE_MIN_HZ 0.1

/* As the library asks for it, of a relay whose grain is the usual one, as of those started here. */
static void set_interest(struct generator_config *load, const struct options_sight *sight)
{
	const struct starling_config config = { .interest = sight->interest,
						.radius_m = sight->radius_m,
						.nearest = sight->nearest };
	const struct wire_settings asked = session_config_settings(&config, SESSION_USUAL_GRAIN_UM);

	load->interest = asked.interest;
	load->interest_range = asked.range;
}

static int misuse(struct compare_options *options, const char *flag, const char *text,
		  const char *must)
{
	fprintf(stderr, "starling-bench compare: --%s %s: must be %s\n", flag,
		text_shown(text).text, must);
	options->shared.exit_status = 2;
	return -1;
}

static bool are_whole(const double *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if ((unsigned)values[i] != values[i])
			return false;
	return true;
}

static int read_members(struct compare_options *options, const char *text)
{
	char must[120];

	snprintf(must, sizeof(must),
		 "1 to %d whole numbers with commas between, each once and 2 to %d",
		 COMPARISON_SIZES_MAX, PACE_MEMBERS_MAX);
	options->member_count =
		list_numbers(text, 2, PACE_MEMBERS_MAX, options->members, COMPARISON_SIZES_MAX);
	if (options->member_count > 0 && are_whole(options->members, options->member_count))
		return 0;
	return misuse(options, "members", text, must);
}

static int read_rates(struct compare_options *options, const char *text)
{
	char must[120];

	snprintf(must, sizeof(must), "1 to %d numbers with commas between, each once and %g to %d",
		 COMPARISON_SIZES_MAX, RATE_MIN_HZ, PACE_RATE_MAX_HZ);
	options->rate_count = list_numbers(text, RATE_MIN_HZ, PACE_RATE_MAX_HZ, options->rates_hz,
					   COMPARISON_SIZES_MAX);
	return options->rate_count > 0 ? 0 : misuse(options, "rate", text, must);
}

static int read_modes(struct compare_options *options, const char *text)
{
	static const char *const words[] = { "unsequenced", "reliable" };
	size_t modes[COMPARISON_MODES_MAX];

	options->mode_count = list_words(text, words, COMPARISON_MODES_MAX, modes);
	for (size_t i = 0; i < options->mode_count; i++)
		options->is_reliable[i] = modes[i] == 1;
	if (options->mode_count > 0)
		return 0;
	return misuse(options, "mode", text, "unsequenced, reliable, or unsequenced,reliable");
}

static int read_ticks(struct compare_options *options, const char *text)
{
	return list_ticks(&options->ticks, text) ? 0 : misuse(options, "tick", text, TICKS_MUST);
}

static int read_rooms(struct compare_options *options)
{
	for (size_t i = 0; i < options->member_count; i++) {
		char text[16];

		/* Else rooms of two sizes would be compared, in different shares. */
		if ((unsigned)options->members[i] % options->load.rooms == 0 &&
		    options->members[i] >= 2.0 * options->load.rooms)
			continue;
		snprintf(text, sizeof(text), "%u", options->load.rooms);
		return misuse(options, "rooms", text,
			      "a divisor of each number of --members, with 2 members a room or "
			      "more");
	}
	return 0;
}

int compare_options_parse(struct compare_options *options, int argc, char **argv)
{
	const char *members = "64", *rates = "30", *modes = "unsequenced", *ticks = "auto,60";
	struct options_sight sight = { 0 };
	struct generator_config *load = &options->load;
	const struct option_row rows[] = {
		{ "members", 0, "LIST", "members in all (default 64)", &option_list, &members, 0,
		  0 },
		{ "rate", 0, "LIST", "updates a second of each (default 30)", &option_list, &rates,
		  0, 0 },
		{ "mode", 0, "LIST", "unsequenced, reliable or both (default unsequenced)",
		  &option_list, &modes, 0, 0 },
		{ "rooms", 0, "N", "that the members are spread over (default 1)", &option_count,
		  &load->rooms, 1, PACE_MEMBERS_MAX / 2 },
		{ "interest", 0, "WHAT", "all, radius:METRES or nearest:N, of ours (default all)",
		  &options_interest, &sight, 0, 0 },
		{ "seconds", 0, "S", "measured in each run (default 5)", &option_number,
		  &load->seconds, 0.1, 600 },
		{ "repeat", 0, "N", "runs of each contender, in turn (default 5)", &option_count,
		  &options->repeat, 1, SPREAD_MAX },
		{ "again", 0, "N",
		  "measure a run that the machine spoiled again, so many times at most for each "
		  "contender and load (default 0)",
		  &option_count, &options->again, 0, RETRY_MAX },
		{ "only", 0, "LIST",
		  "some of " TARGET_NAMES " (default: all but " TARGET_UNASKED ")", &option_text,
		  &options->only, 0, 0 },
		{ "tick", 0, "LIST",
		  "flushes a second of ours and of raw UDP; 0: at once; auto: as it is by itself "
		  "(default auto,60)",
		  &option_list, &ticks, 0, 0 },
		{ "max-delay", 0, "MS", TARGET_MAX_DELAY_HELP, &option_number,
		  &options->max_delay_ms, 0.1, TARGET_MAX_DELAY_MS },
		{ "programs", 0, "DIR",
		  "where the relays are (default: built or installed with this)", &option_text,
		  &options->programs, 0, 0 },
	};
	const struct options_spec spec = {
		.name = "compare",
		.program = "starling-bench",
		.summary = "Our relay beside the ones that you would write or pick instead",
		.rows = rows,
		.row_count = sizeof(rows) / sizeof(rows[0]),
		.lacks = OPTIONS_HOST | OPTIONS_PORT | OPTIONS_ROOM | OPTIONS_NAME | OPTIONS_MODE |
			 OPTIONS_PATIENCE | OPTIONS_VERBOSE | OPTIONS_IMPAIR,
		.epilogue =
			"Lists have commas between. Every combination of members, rate and mode "
			"is measured. Exit status: 0 done, 1 failed or stopped, 2 misuse, 3 "
			"measured, but not valid; the reason is said.",
	};

	*options = (struct compare_options){ .repeat = 5, .load = { .seconds = 5, .rooms = 1 } };
	if (options_parse(&options->shared, &spec, argc, argv) < 0)
		return -1;
	if (read_members(options, members) < 0 || read_rates(options, rates) < 0 ||
	    read_modes(options, modes) < 0 || read_ticks(options, ticks) < 0 ||
	    read_rooms(options) < 0)
		return -1;
	set_interest(load, &sight);
	return 0;
}
