#include "bench/contrast.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/contrast_live.h"
#include "bench/contrast_rows.h"
#include "bench/repeat.h"
#include "client/options.h"
#include "relay/log.h"

enum {
	MEMBERS_DEFAULT = 8,
	BUILT_IN_LINES = 4,
	/* On the built-in lines: what a game chooses between. */
	BUILT_IN_CARRIERS = TRIAL_SHARED + 1,
	BUILT_IN_LIVE = 2, /* the line of these that is tried live, where it takes real time */
	SIM_SECONDS_DEFAULT = 60,
	SHOWN_MAX_BYTES = 40,
};

/* What the command line says, but for what goes straight into the trial. */
struct wishes {
	const char *impair, *scenarios, *modes, *trace, *hist, *programs;
	unsigned members, redundancy, payload_bytes;
	const char *repeat_of; /* repeat.h deals with it */
	int argc;
	char *const *argv;
	bool is_quiet, wants_result;
	struct result **result;
	bool is_simulated, is_live, has_namespaces, wants_list, wants_csv, wants_more, is_strict;
};

/* Running. */

static double cpu_now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void show_progress(size_t done, size_t all)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%zu of %zu rooms simulated%s", done, all,
			done == all ? "\r\033[K" : "");
}

static bool run_one(struct contrast *contrast, size_t line, size_t carrier)
{
	struct trial_result *result = &contrast->results[line * contrast->carrier_count + carrier];
	char error[256];

	contrast_choose(contrast, line, carrier);
	if (trial_run(&contrast->trial, result, error)) {
		contrast->simulated_s += result->simulated_s;
		return contrast_save_delays(contrast, line, carrier);
	}
	fprintf(stderr, "starling-bench contrast: %s, %s: %s\n", contrast->lines[line].text,
		trial_carrier_text(contrast->trial.carrier), error);
	return false;
}

static bool run_all(struct contrast *contrast)
{
	const size_t all = contrast->line_count * contrast->carrier_count;
	double start_s = cpu_now_s();

	for (size_t i = 0; i < all; i++) {
		show_progress(i, all);
		if (!run_one(contrast, i / contrast->carrier_count, i % contrast->carrier_count))
			return false;
		contrast->done++;
	}
	show_progress(all, all);
	contrast->cpu_s = cpu_now_s() - start_s;
	return true;
}

/* The command line. */

/* What somebody wrote, with nothing in it that a terminal would obey. */
static void show(char shown[SHOWN_MAX_BYTES + 1], const char *text, size_t size)
{
	if (size > SHOWN_MAX_BYTES)
		size = SHOWN_MAX_BYTES;
	for (size_t i = 0; i < size; i++)
		shown[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	shown[size] = '\0';
}

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
	char shown[SHOWN_MAX_BYTES + 1];

	show(shown, text, size);
	fprintf(stderr, "starling-bench contrast: %s: there is no \"%s\"; there are ", flag, shown);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "%s%s", i == 0 ? "" : i + 1 == count ? " and " : ", ", name_at(i));
	fprintf(stderr, ", with commas between several\n");
	return false;
}

static bool add_line(struct contrast *contrast, const struct scenario *scenario, const char *text)
{
	struct contrast_line *line = &contrast->lines[contrast->line_count++];
	char error[IMPAIR_ERROR_BYTES];

	line->scenario = scenario;
	if (impair_parse(&line->spec, text, error)) {
		snprintf(line->text, sizeof(line->text), "%s", text);
		return true;
	}
	fprintf(stderr, "starling-bench contrast: --impair: %s\n", error);
	return false;
}

static bool add_scenarios(struct contrast *contrast, const char *names)
{
	for (;;) {
		size_t size = strcspn(names, ",");
		const struct scenario *scenario = scenario_find(names, size);

		if (!scenario)
			return refuse_name("--scenario", names, size, scenario_name_at,
					   SCENARIO_COUNT);
		if (contrast->line_count == CONTRAST_LINES_MAX) {
			fprintf(stderr,
				"starling-bench contrast: --scenario: at most %d at a time\n",
				CONTRAST_LINES_MAX);
			return false;
		}
		if (!add_line(contrast, scenario, scenario->text))
			return false;
		if (!names[size])
			return true;
		names += size + 1;
	}
}

/* The built-in lines: 80 ms of round trip with jitter, and more and more loss. */
static bool add_lines(struct contrast *contrast, const struct wishes *wishes)
{
	static const char *const built_in[BUILT_IN_LINES] = {
		"delay=40ms,jitter=5ms/normal",
		"delay=40ms,jitter=5ms/normal,loss=1%",
		"delay=40ms,jitter=5ms/normal,loss=5%",
		"delay=40ms,jitter=5ms/normal,loss=10%",
	};

	if (wishes->scenarios)
		return add_scenarios(contrast, wishes->scenarios);
	if (wishes->impair)
		return add_line(contrast, NULL, wishes->impair);
	if (wishes->is_live)
		return add_line(contrast, NULL, built_in[BUILT_IN_LIVE]);
	for (size_t i = 0; i < BUILT_IN_LINES; i++)
		if (!add_line(contrast, NULL, built_in[i]))
			return false;
	return true;
}

static bool has_carrier(const struct contrast *contrast, enum trial_carrier carrier)
{
	for (size_t i = 0; i < contrast->carrier_count; i++)
		if (contrast->carriers[i] == carrier)
			return true;
	return false;
}

static bool add_named_carrier(struct contrast *contrast, const char *name, size_t size)
{
	const int count = contrast->is_live ? TRIAL_CARRIER_COUNT : TRIAL_SIM_COUNT;

	for (int i = 0; i < count; i++) {
		const char *known = trial_carrier_text((enum trial_carrier)i);

		if (strlen(known) != size || memcmp(known, name, size) != 0)
			continue;
		if (!has_carrier(contrast, (enum trial_carrier)i))
			contrast->carriers[contrast->carrier_count++] = (enum trial_carrier)i;
		return true;
	}
	return refuse_name("--modes", name, size, carrier_name_at, (size_t)count);
}

static bool add_carriers(struct contrast *contrast, const struct wishes *wishes)
{
	const bool is_built_in = !wishes->scenarios && !wishes->impair && !wishes->is_live;
	const size_t all = wishes->is_live ? TRIAL_CARRIER_COUNT : TRIAL_SIM_COUNT;
	const char *names = wishes->modes;

	if (!names) {
		contrast->carrier_count = is_built_in ? BUILT_IN_CARRIERS : all;
		for (size_t i = 0; i < contrast->carrier_count; i++)
			contrast->carriers[i] = (enum trial_carrier)i;
		return true;
	}
	for (;;) {
		size_t size = strcspn(names, ",");

		if (!add_named_carrier(contrast, names, size))
			return false;
		if (!names[size])
			return true;
		names += size + 1;
	}
}

/* 0, or the exit status. */
static int read_trace(struct contrast *contrast, const struct wishes *wishes, struct trace *trace)
{
	char why[TRACE_ERROR_BYTES];
	size_t members = wishes->members ? wishes->members : MEMBERS_DEFAULT;

	if (wishes->trace) {
		if (trace_open(trace, wishes->trace, why) < 0) {
			fprintf(stderr, "starling-bench contrast: %s\n", why);
			return 1;
		}
		if (!wishes->members && trace->id_count < members)
			members = trace->id_count;
		if (trace->id_count < members || members < 2) {
			fprintf(stderr,
				"starling-bench contrast: %s has %zu ids, one for each member: "
				"give one with more, or fewer --members (at least 2)\n",
				wishes->trace, trace->id_count);
			return 2;
		}
		contrast->trial.trace = trace;
		contrast->trace_path = wishes->trace;
	}
	contrast->trial.members = members;
	return 0;
}

static int refuse(const char *sentence)
{
	fprintf(stderr, "starling-bench contrast: %s\n", sentence);
	return 2;
}

/* From what was wished to what is to be run: 0, or the exit status. */
static int prepare(struct contrast *contrast, const struct options *options,
		   const struct wishes *wishes, struct trace *trace)
{
	if (wishes->impair && wishes->scenarios)
		return refuse("--impair and --scenario each say which line; give one of them");
	if (options->json && wishes->wants_csv)
		return refuse("--json and --csv each say how to print; give one of them");
	if (wishes->is_simulated && wishes->is_live)
		return refuse("--sim and --live each say where; give one of them");
	if (!wishes->is_live && (wishes->has_namespaces || wishes->programs))
		return refuse("--netns and --programs are for --live; add it");
	contrast->is_live = wishes->is_live;
	contrast->has_namespaces = wishes->has_namespaces;
	contrast->trial.seed = options->seed;
	contrast->trial.redundancy = wishes->redundancy;
	contrast->trial.payload_bytes = wishes->payload_bytes;
	contrast->is_strict = wishes->is_strict;
	contrast->wants_more = wishes->wants_more;
	contrast->hist_folder = wishes->hist;
	if (!add_lines(contrast, wishes) || !add_carriers(contrast, wishes))
		return 2;
	if (contrast->trial.seconds == 0)
		contrast->trial.seconds =
			contrast->is_live ? contrast_live_seconds(contrast) : SIM_SECONDS_DEFAULT;
	return read_trace(contrast, wishes, trace);
}

static int print_json(const struct result *result)
{
	const int status = result ? result_print(result, stdout) : -ENOMEM;

	if (status < 0)
		fprintf(stderr, "starling-bench contrast: cannot print the result: %s\n",
			strerror(-status));
	return status;
}

static int report(const struct contrast *contrast, const struct result *result, bool is_csv)
{
	if (result) {
		if (print_json(result) < 0)
			return 1;
	} else if (is_csv) {
		contrast_print_csv(contrast);
	} else {
		contrast_print_table(contrast);
		contrast_print_notes(contrast);
		contrast_print_words(contrast);
	}
	if (contrast->is_live)
		return contrast_are_all_valid(contrast) ? 0 : 3;
	/* Apart from the results, which are the same on every run: how fast they were had. */
	fprintf(stderr,
		"simulated %.0f s in %.2f s of CPU time: %.0f times faster than real time\n",
		contrast->simulated_s, contrast->cpu_s, contrast->simulated_s / contrast->cpu_s);
	return contrast_are_all_valid(contrast) ? 0 : 3;
}

/*
 * To be called with everything prepared. What was measured live before it failed, or was stopped,
 * is reported all the same.
 */
static int run_and_report(struct contrast *contrast, const struct wishes *wishes)
{
	const bool is_done = contrast->is_live ? contrast_run_live(contrast, wishes->programs)
					       : run_all(contrast);
	int status;

	if (!is_done && (!contrast->is_live || contrast->done == 0))
		return 1;
	if (wishes->wants_result) {
		*wishes->result = contrast_result(contrast, wishes->argc, wishes->argv);
		if (!*wishes->result) {
			fputs("starling-bench contrast: no memory\n", stderr);
			return 1;
		}
	}
	if (wishes->is_quiet)
		status = contrast_are_all_valid(contrast) ? 0 : 3;
	else
		status = report(contrast, wishes->wants_result ? *wishes->result : NULL,
				wishes->wants_csv);
	return is_done ? status : 1;
}

static int run(struct contrast *contrast, const struct options *options,
	       const struct wishes *wishes)
{
	struct trace trace = { 0 };
	int status;

	log_open(LOG_WARNING);
	status = prepare(contrast, options, wishes, &trace);
	if (status == 0 && wishes->hist) {
		contrast->trial.delays = calloc(1, sizeof(*contrast->trial.delays));
		if (!contrast->trial.delays)
			status = 1;
	}
	contrast->wants_tracks = wishes->wants_result;
	if (status == 0)
		status = run_and_report(contrast, wishes);
	free(contrast->trial.delays);
	for (size_t i = 0; i < CONTRAST_ROWS_MAX; i++)
		age_track_fini(&contrast->tracks[i]);
	trace_fini(&trace);
	return status;
}

static int parse(struct options *options, struct wishes *wishes, struct trial_config *trial,
		 int argc, char **argv)
{
	const struct options_flag flags[] = {
		{ "sim", 0, NULL, "on the simulated network (the default)", options_switch,
		  &wishes->is_simulated, 0, 0 },
		{ "live", 0, NULL, "on real sockets in real time, one mode after the other",
		  options_switch, &wishes->is_live, 0, 0 },
		{ "netns", 0, NULL,
		  "live, between network namespaces, where TCP is the kernel's own", options_switch,
		  &wishes->has_namespaces, 0, 0 },
		{ "programs", 0, "DIR", "live: where the relays are (default: beside this program)",
		  options_text, &wishes->programs, 0, 0 },
		{ "scenario", 0, "NAME,...", "lines by name, instead of the four built-in ones",
		  options_text, &wishes->scenarios, 0, 0 },
		{ "list-scenarios", 0, NULL, "print their names, reasons and lines, and exit",
		  options_switch, &wishes->wants_list, 0, 0 },
		{ "impair", 0, "TEXT", "one line instead of the four built-in ones", options_text,
		  &wishes->impair, 0, 0 },
		{ "modes", 0, "NAME,...",
		  "unsequenced, sequenced, reliable, shared (the four of the built-in lines), "
		  "throttled, raw, redundant, and live tcp, nodelay, http (default but for those "
		  "lines: all)",
		  options_text, &wishes->modes, 0, 0 },
		{ "redundancy", 0, "K", "states in a datagram of redundant (default 3)",
		  options_count, &wishes->redundancy, 1, TRIAL_REDUNDANCY_MAX },
		{ "members", 0, "N", "members of the room (default 8)", options_count,
		  &wishes->members, 2, TRIAL_MEMBERS_MAX },
		{ "rate", 0, "HZ", "updates a second of each (default 20)", options_number,
		  &trial->rate_hz, 0.1, 1000 },
		{ "events", 0, "HZ", "reliable events a second of each (default 2)", options_number,
		  &trial->event_hz, 0, 100 },
		{ "payload", 0, "BYTES", "payload of each update (default 0)", options_count,
		  &wishes->payload_bytes, 0, TRIAL_PAYLOAD_MAX_BYTES },
		{ "trace", 0, "FILE.csv", "move as recorded (default: a seeded flock)",
		  options_text, &wishes->trace, 0, 0 },
		{ "tick", 0, "HZ", "the relay's flushes a second (default 0: at once)",
		  options_number, &trial->tick_hz, 0, 1000 },
		{ "seconds", 0, "S",
		  "measured (default 60 of virtual time; live 5, or up to 3 after the line's "
		  "last change)",
		  options_number, &trial->seconds, 1, 3600 },
		{ "csv", 0, NULL, "print results as CSV", options_switch, &wishes->wants_csv, 0,
		  0 },
		{ "more", 0, NULL, "below each table, all other figures of its rows",
		  options_switch, &wishes->wants_more, 0, 0 },
		{ "hist", 0, "FOLDER",
		  "write each row's delays there, as HdrHistogram's percentiles", options_text,
		  &wishes->hist, 0, 0 },
		REPEAT_FLAG(&wishes->repeat_of),
		{ "strict", 0, NULL,
		  "exit 3 when sequenced had fewer than 65,536 packets in a channel",
		  options_switch, &wishes->is_strict, 0, 0 },
	};
	const struct options_spec spec = {
		.name = "contrast",
		.program = "starling-bench",
		.summary = "the same updates in each delivery mode, side by side",
		.flags = flags,
		.flag_count = sizeof(flags) / sizeof(flags[0]),
		.lacks = OPTIONS_HOST | OPTIONS_PORT | OPTIONS_ROOM | OPTIONS_NAME | OPTIONS_MODE |
			 OPTIONS_PATIENCE | OPTIONS_VERBOSE | OPTIONS_IMPAIR,
	};

	return options_parse(options, &spec, argc, argv);
}

/* `is_quiet`: nothing is printed, and *result is the caller's. */
static int contrast_measure_or_print(int argc, char **argv, bool is_quiet, struct result **result)
{
	struct contrast *contrast = calloc(1, sizeof(*contrast));
	struct wishes wishes = {
		.redundancy = 3, .argc = argc, .argv = argv, .is_quiet = is_quiet, .result = result
	};
	struct options options;
	int status;

	if (!contrast) {
		fputs("starling-bench contrast: no memory\n", stderr);
		return 1;
	}
	contrast->trial = (struct trial_config){ .rate_hz = 20, .event_hz = 2 };
	if (parse(&options, &wishes, &contrast->trial, argc, argv) < 0) {
		status = options.exit_status;
	} else if (wishes.wants_list) {
		scenario_print(stdout);
		status = 0;
	} else {
		wishes.wants_result = is_quiet || options.json;
		status = run(contrast, &options, &wishes);
	}
	free(contrast);
	return status;
}

static int measure(int argc, char **argv, struct result **result)
{
	return contrast_measure_or_print(argc, argv, true, result);
}

int contrast_run(int argc, char **argv)
{
	struct result *result = NULL;
	int status;

	if (repeat_file(argc, argv))
		return repeat_run(argc, argv, measure);
	status = contrast_measure_or_print(argc, argv, false, &result);
	result_destroy(result);
	return status;
}
