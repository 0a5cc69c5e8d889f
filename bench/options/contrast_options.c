#include "bench/options/contrast_options.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "client/options.h"
#include "proto/wire/text.h"
#include "proto/wire/wire.h"

enum {
	BUILT_IN_LINKS = 4,
	/* On the built-in links: what a game chooses between. */
	BUILT_IN_CARRIERS = TRIAL_SHARED + 1,
	BUILT_IN_FIRST = 2, /* the link of these for a first look, and live */
	SIM_SECONDS_DEFAULT = 60,
	LIVE_SECONDS_DEFAULT = 5,
	LIVE_SECONDS_BEYOND = 3, /* a change of the link, so that it shows */
	LIVE_WARM_UP_S = 1,      /* which the link's times count, too */
	REPEAT_DEFAULT = 3,
	SHOWN_BYTES = 41,
};

/* Names. */

static const char *scenario_name_at(size_t index)
{
	return scenario_at(index)->name;
}

static const char *carrier_name_at(size_t index)
{
	return trial_carrier_text((enum trial_carrier)index);
}

static bool refuse_name(const char *flag, const char *text, size_t size,
			const char *(*name_at)(size_t index), size_t count)
{
	char shown[SHOWN_BYTES];

	text_visible(shown, sizeof(shown), text, size);
	fprintf(stderr, "starling-bench contrast: %s: there is no \"%s\"; there are ", flag, shown);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "%s%s", i == 0 ? "" : i + 1 == count ? " and " : ", ", name_at(i));
	fprintf(stderr, ", with commas between several\n");
	return false;
}

/* Names of one kind, with commas between: adds each by its place. False: the reason is said. */
static bool add_names(struct contrast *contrast, const char *flag, const char *names,
		      const char *(*name_at)(size_t index), size_t count,
		      bool (*add)(struct contrast *contrast, size_t index))
{
	for (;; names++) {
		const size_t size = strcspn(names, ",");
		size_t i = 0;

		while (i < count &&
		       (strlen(name_at(i)) != size || memcmp(name_at(i), names, size) != 0))
			i++;
		if (i == count)
			return refuse_name(flag, names, size, name_at, count);
		if (!add(contrast, i))
			return false;
		names += size;
		if (!*names)
			return true;
	}
}

/* Lines and carriers. */

static bool add_link(struct contrast *contrast, const struct scenario *scenario, const char *text)
{
	struct contrast_link *link = &contrast->links[contrast->link_count++];
	char error[LINK_MODEL_ERROR_BYTES];

	link->scenario = scenario;
	if (link_model_parse(&link->spec, text, error)) {
		snprintf(link->text, sizeof(link->text), "%s", text);
		return true;
	}
	fprintf(stderr, "starling-bench contrast: --impair: %s\n", error);
	return false;
}

static bool add_scenario(struct contrast *contrast, size_t index)
{
	if (contrast->link_count < CONTRAST_LINKS_MAX)
		return add_link(contrast, scenario_at(index), scenario_at(index)->text);
	fprintf(stderr, "starling-bench contrast: --scenario: at most %d at a time\n",
		CONTRAST_LINKS_MAX);
	return false;
}

/*
 * The built-in links: 80 ms of round trip with jitter, and more and more loss. Who has not said
 * where gets one of them, as a first look.
 */
static bool add_links(struct contrast *contrast, const struct contrast_options *options)
{
	static const char *const built_in[BUILT_IN_LINKS] = {
		"delay=40ms,jitter=5ms/normal",
		"delay=40ms,jitter=5ms/normal,loss=1%",
		"delay=40ms,jitter=5ms/normal,loss=5%",
		"delay=40ms,jitter=5ms/normal,loss=10%",
	};

	if (options->scenarios)
		return add_names(contrast, "--scenario", options->scenarios, scenario_name_at,
				 SCENARIO_COUNT, add_scenario);
	if (options->impair)
		return add_link(contrast, NULL, options->impair);
	if (!options->is_simulated)
		return add_link(contrast, NULL, built_in[BUILT_IN_FIRST]);
	for (size_t i = 0; i < BUILT_IN_LINKS; i++)
		if (!add_link(contrast, NULL, built_in[i]))
			return false;
	return true;
}

/* Each once. */
static bool add_carrier(struct contrast *contrast, size_t index)
{
	for (size_t i = 0; i < contrast->carrier_count; i++)
		if (contrast->carriers[i] == (enum trial_carrier)index)
			return true;
	contrast->carriers[contrast->carrier_count++] = (enum trial_carrier)index;
	return true;
}

static bool add_carriers(struct contrast *contrast, const struct contrast_options *options)
{
	const bool is_built_in = !options->scenarios && !options->impair && !options->is_live;
	const size_t all = options->is_live ? TRIAL_CARRIER_COUNT : TRIAL_SIM_COUNT;

	if (options->modes)
		return add_names(contrast, "--modes", options->modes, carrier_name_at, all,
				 add_carrier);
	for (size_t i = 0; i < (is_built_in ? BUILT_IN_CARRIERS : all); i++)
		add_carrier(contrast, i);
	return true;
}

/* The whole. */

static int refuse(const char *sentence)
{
	fprintf(stderr, "starling-bench contrast: %s\n", sentence);
	return 2;
}

/* Refuses flags that do not go together. 0, or the exit status. */
static int check(const struct contrast_options *options)
{
	if (options->impair && options->scenarios)
		return refuse("--impair and --scenario each say which link; give one of them");
	if (options->shared.json && options->wants_csv)
		return refuse("--json and --csv each say how to print; give one of them");
	if (options->is_simulated && options->is_live)
		return refuse("--sim and --live each say where; give one of them");
	if (!options->is_live && (options->programs || options->again))
		return refuse("--programs and --again are for --live; add it");
	if (options->is_live && options->wants_why)
		return refuse(
			"--why sees each datagram of the simulated network; leave out --live");
	return 0;
}

/* From the first update on: when the links' last change is over. 0: they do not change. */
static double last_change_s(const struct contrast *contrast)
{
	double last_s = 0;

	for (size_t i = 0; i < contrast->link_count; i++) {
		const struct link_model_spec *spec = &contrast->links[i].spec;

		for (size_t n = 0; n < spec->change_count; n++) {
			const struct link_model_change *change = &spec->changes[n];
			const double end_s = (double)(change->at_ns + change->blackout_ns) / 1e9;

			last_s = end_s > last_s ? end_s : last_s;
		}
	}
	return last_s;
}

/* How long to measure live where nothing was said: enough to see the links' last change. */
static double live_seconds_of(const struct contrast *contrast)
{
	const double seconds = last_change_s(contrast) + LIVE_SECONDS_BEYOND - LIVE_WARM_UP_S;

	return seconds > LIVE_SECONDS_DEFAULT ? seconds : LIVE_SECONDS_DEFAULT;
}

/* Nobody should take a run for one through a blackout that comes after its end. */
static void warn_of_unreached_changes(const struct contrast *contrast)
{
	const int warm_up_s = contrast->is_live ? LIVE_WARM_UP_S : TRIAL_WARM_UP_S;
	const double last_s = last_change_s(contrast), end_s = warm_up_s + contrast->trial.seconds;

	if (last_s > end_s)
		fprintf(stderr,
			"starling-bench contrast: the link changes until %g s after the first "
			"update, and this ends at %g s; to see it all, give --seconds %g\n",
			last_s, end_s, ceil(last_s - warm_up_s));
}

int contrast_options_apply(const struct contrast_options *options, struct contrast *contrast)
{
	struct trial_config *trial = &contrast->trial;
	const int status = check(options);

	if (status != 0)
		return status;
	contrast->is_live = options->is_live;
	contrast->repeat = options->repeat > 0 ? options->repeat : REPEAT_DEFAULT;
	contrast->again = options->again;
	contrast->seed = options->shared.seed;
	contrast->is_strict = options->is_strict;
	*trial = (struct trial_config){ .rate_hz = options->rate_hz,
					.event_hz = options->event_hz,
					.tick_hz = options->tick_hz,
					.seconds = options->seconds,
					.redundancy = options->redundancy,
					.payload_bytes = options->payload_bytes,
					.grain_um = options->grain_um,
					.wants_why = options->wants_why };
	if (!add_links(contrast, options) || !add_carriers(contrast, options))
		return 2;
	if (trial->seconds == 0)
		trial->seconds =
			contrast->is_live ? live_seconds_of(contrast) : SIM_SECONDS_DEFAULT;
	warn_of_unreached_changes(contrast);
	return 0;
}

int contrast_options_parse(struct contrast_options *options, int argc, char **argv)
{
	const struct option_row rows[] = {
		{ "sim", 0, NULL,
		  "on the simulated network (the default, but of the four built-in links with one "
		  "alone, as a first look)",
		  &option_switch, &options->is_simulated, 0, 0 },
		{ "live", 0, NULL,
		  "on real sockets in real time, between two network namespaces, one mode after "
		  "the other",
		  &option_switch, &options->is_live, 0, 0 },
		{ "programs", 0, "DIR",
		  "live: where the relays are (default: built or installed with this)",
		  &option_text, &options->programs, 0, 0 },
		{ "scenario", 0, "NAME,...", "links by name, instead of the four built-in ones",
		  &option_text, &options->scenarios, 0, 0 },
		{ "list-scenarios", 0, NULL, "print their names, reasons and links, and exit",
		  &option_switch, &options->wants_list, 0, 0 },
		{ "impair", 0, "TEXT", "one link instead of the four built-in ones", &option_text,
		  &options->impair, 0, 0 },
		{ "modes", 0, "NAME,...",
		  "unsequenced, sequenced, reliable, shared (the four of the built-in links), "
		  "throttled, raw, redundant, and live tcp, nodelay, http (default but for those "
		  "links: all)",
		  &option_text, &options->modes, 0, 0 },
		{ "redundancy", 0, "K", "states in a datagram of redundant (default 3)",
		  &option_count, &options->redundancy, 1, TRIAL_REDUNDANCY_MAX },
		{ "members", 0, "N", "members of the room (default 8)", &option_count,
		  &options->members, 2, TRIAL_MEMBERS_MAX },
		{ "rate", 0, "HZ", "updates a second of each (default 20)", &option_number,
		  &options->rate_hz, 0.1, 1000 },
		{ "events", 0, "HZ", "reliable events a second of each (default 2)", &option_number,
		  &options->event_hz, 0, 100 },
		{ "payload", 0, "BYTES", "payload of each update (default 0)", &option_count,
		  &options->payload_bytes, 0, TRIAL_PAYLOAD_MAX_BYTES },
		{ "grain", 0, "UM",
		  "length of a coordinate step in micrometres (default 1000), as of the relay",
		  &option_count, &options->grain_um, 1, WIRE_GRAIN_MAX_UM },
		{ "trace", 0, "FILE.csv", "move as recorded (default: a seeded flock)",
		  &option_text, &options->trace, 0, 0 },
		{ "tick", 0, "HZ", "the relay's flushes a second (default 0: at once)",
		  &option_number, &options->tick_hz, 0, 1000 },
		{ "seconds", 0, "S",
		  "measured (default 60 of virtual time; live 5, or up to 3 after the link's "
		  "last change)",
		  &option_number, &options->seconds, 1, 3600 },
		{ "repeat", 0, "N", "runs of each mode, in turn, with a seed each (default 3)",
		  &option_count, &options->repeat, 1, SPREAD_MAX },
		{ "again", 0, "N",
		  "live: measure a run that the machine spoiled again, so many times at most for "
		  "each row (default 0)",
		  &option_count, &options->again, 0, RETRY_MAX },
		{ "csv", 0, NULL, "print results as CSV", &option_switch, &options->wants_csv, 0,
		  0 },
		{ "more", 0, NULL, "below each table, all other figures of its rows",
		  &option_switch, &options->wants_more, 0, 0 },
		{ "why", 0, NULL,
		  "simulated: split each mode's age into the parts that add up to it",
		  &option_switch, &options->wants_why, 0, 0 },
		{ "strict", 0, NULL,
		  "begin ENet's numbers at 0, as in play: sequenced then takes 65,536 packets in "
		  "each channel, or is not valid",
		  &option_switch, &options->is_strict, 0, 0 },
	};
	const struct options_spec spec = {
		.name = "contrast",
		.program = "starling-bench",
		.summary = "The same updates in each delivery mode, side by side",
		.rows = rows,
		.row_count = sizeof(rows) / sizeof(rows[0]),
		.lacks = OPTIONS_HOST | OPTIONS_PORT | OPTIONS_ROOM | OPTIONS_NAME | OPTIONS_MODE |
			 OPTIONS_PATIENCE | OPTIONS_VERBOSE | OPTIONS_IMPAIR,
	};

	*options = (struct contrast_options){
		.redundancy = 3, .rate_hz = 20, .event_hz = 2, .grain_um = 1000
	};
	return options_parse(&options->shared, &spec, argc, argv);
}
