#include "bench/contrast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "bench/trial.h"
#include "client/options.h"
#include "proto/version.h"
#include "relay/log.h"

enum {
	LINES_MAX = 4,
	RESULTS_MAX = LINES_MAX * TRIAL_CARRIER_COUNT,
	LINE_TEXT_BYTES = IMPAIR_TEXT_MAX_BYTES,
};

/* A line that every mode is tried on. */
struct line {
	char text[LINE_TEXT_BYTES];
	struct impair_spec spec;
};

struct contrast {
	struct trial_config trial; /* but for its line and carrier */
	struct line lines[LINES_MAX];
	size_t line_count;
	struct trial_result results[RESULTS_MAX]; /* by line, then by carrier */
	double cpu_s, simulated_s;
};

static struct trial_result *result_of(struct contrast *contrast, size_t line, int carrier)
{
	return &contrast->results[line * TRIAL_CARRIER_COUNT + (size_t)carrier];
}

/* Running. */

static double cpu_now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void show_progress(const struct contrast *contrast, size_t done)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%zu of %zu rooms simulated%s", done,
			contrast->line_count * TRIAL_CARRIER_COUNT,
			done == contrast->line_count * TRIAL_CARRIER_COUNT ? "\r\033[K" : "");
}

static bool run_all(struct contrast *contrast)
{
	double start_s = cpu_now_s();

	for (size_t line = 0; line < contrast->line_count; line++) {
		for (int carrier = 0; carrier < TRIAL_CARRIER_COUNT; carrier++) {
			struct trial_result *result = result_of(contrast, line, carrier);
			char error[256];

			show_progress(contrast, line * TRIAL_CARRIER_COUNT + (size_t)carrier);
			contrast->trial.carrier = (enum trial_carrier)carrier;
			contrast->trial.line = contrast->lines[line].spec;
			if (!trial_run(&contrast->trial, result, error)) {
				fprintf(stderr, "starling-bench contrast: %s, %s: %s\n",
					contrast->lines[line].text,
					trial_carrier_text((enum trial_carrier)carrier), error);
				return false;
			}
			contrast->simulated_s += result->simulated_s;
		}
	}
	show_progress(contrast, contrast->line_count * TRIAL_CARRIER_COUNT);
	contrast->cpu_s = cpu_now_s() - start_s;
	return true;
}

/* The table. */

static double percent(uint64_t part, uint64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static double ms(int64_t us)
{
	return (double)us / 1000;
}

static double bytes_an_update(const struct trial_result *result)
{
	return result->delivered > 0 ? (double)result->bytes / (double)result->delivered : 0;
}

static void print_row(enum trial_carrier carrier, const struct trial_result *result)
{
	printf("  %-12s %9.2f %7.2f %7.2f %8.1f %8.1f %8.1f %9.1f %9.1f %8.1f\n",
	       trial_carrier_text(carrier), percent(result->delivered, result->due),
	       percent(result->skipped, result->due), percent(result->lost, result->due),
	       ms(result->age_p50_us), ms(result->age_p95_us), ms(result->age_p99_us),
	       ms(result->age_max_us), ms(result->longest_stall_us), bytes_an_update(result));
}

/* What the last line, the worst, shows: in words, with its figures. */
static void print_words(struct contrast *contrast)
{
	size_t last = contrast->line_count - 1;
	const struct trial_result *free_one = result_of(contrast, last, TRIAL_UNSEQUENCED);
	const struct trial_result *dropping = result_of(contrast, last, TRIAL_SEQUENCED);
	const struct trial_result *reliable = result_of(contrast, last, TRIAL_RELIABLE);
	const struct trial_result *shared = result_of(contrast, last, TRIAL_SHARED);

	printf("\n"
	       "Age: how old what a receiver knows of an entity is, over all time. Stall: the longest\n"
	       "time above %d ms. Skipped: the relay had a newer state by then, as when several came\n"
	       "at once.\n\n",
	       TRIAL_STALL_MS);
	printf("On the last line, unsequenced loses %.1f %% of the updates and is %.0f ms old at p99;\n",
	       percent(free_one->lost, free_one->due), ms(free_one->age_p99_us));
	printf("reliable loses %.1f %% and is %.0f ms old, as each loss holds up all that came after it.\n",
	       percent(reliable->lost, reliable->due), ms(reliable->age_p99_us));
	printf("Sequenced drops what was overtaken, too, and so loses %.1f %%. Sharing a channel with\n"
	       "reliable events (shared), its states wait for lost events: it loses %.1f %% and is\n"
	       "%.0f ms old, where sequenced alone is %.0f ms old.\n",
	       percent(dropping->lost, dropping->due), percent(shared->lost, shared->due),
	       ms(shared->age_p99_us), ms(dropping->age_p99_us));
}

static void print_heading(const struct trial_config *trial)
{
	printf("%zu members, %g updates/s and %g reliable events/s each, ", trial->members,
	       trial->rate_hz, trial->event_hz);
	if (trial->tick_hz > 0)
		printf("relay ticks at %g Hz, ", trial->tick_hz);
	printf("%g s, seed %llu, simulated\n", trial->seconds, (unsigned long long)trial->seed);
}

static void print_table(struct contrast *contrast)
{
	static const char heading[] = "  %-12s %9s %7s %7s %8s %8s %8s %9s %9s %8s\n";

	print_heading(&contrast->trial);
	for (size_t line = 0; line < contrast->line_count; line++) {
		printf("\neach member's line, each way: %s\n", contrast->lines[line].text);
		printf(heading, "mode", "delivered", "skipped", "lost", "age p50", "p95", "p99",
		       "max", "stall", "bytes/");
		printf(heading, "", "%", "%", "%", "ms", "ms", "ms", "ms", "ms", "update");
		for (int carrier = 0; carrier < TRIAL_CARRIER_COUNT; carrier++)
			print_row((enum trial_carrier)carrier, result_of(contrast, line, carrier));
	}
	print_words(contrast);
}

/* JSON. */

static void add_result(cJSON *list, struct contrast *contrast, size_t line, int carrier)
{
	const struct trial_result *result = result_of(contrast, line, carrier);
	cJSON *row = cJSON_CreateObject();
	char digest[17];

	snprintf(digest, sizeof(digest), "%016llx", (unsigned long long)result->digest);
	cJSON_AddStringToObject(row, "line", contrast->lines[line].text);
	cJSON_AddStringToObject(row, "mode", trial_carrier_text((enum trial_carrier)carrier));
	cJSON_AddNumberToObject(row, "due", (double)result->due);
	cJSON_AddNumberToObject(row, "delivered", (double)result->delivered);
	cJSON_AddNumberToObject(row, "late", (double)result->late);
	cJSON_AddNumberToObject(row, "lost", (double)result->lost);
	cJSON_AddNumberToObject(row, "skipped", (double)result->skipped);
	cJSON_AddNumberToObject(row, "events_due", (double)result->events_due);
	cJSON_AddNumberToObject(row, "events_delivered", (double)result->events_delivered);
	cJSON_AddNumberToObject(row, "age_p50_us", (double)result->age_p50_us);
	cJSON_AddNumberToObject(row, "age_p95_us", (double)result->age_p95_us);
	cJSON_AddNumberToObject(row, "age_p99_us", (double)result->age_p99_us);
	cJSON_AddNumberToObject(row, "age_max_us", (double)result->age_max_us);
	cJSON_AddNumberToObject(row, "stalls", (double)result->stalls);
	cJSON_AddNumberToObject(row, "longest_stall_us", (double)result->longest_stall_us);
	cJSON_AddNumberToObject(row, "datagrams", (double)result->datagrams);
	cJSON_AddNumberToObject(row, "bytes", (double)result->bytes);
	cJSON_AddStringToObject(row, "digest", digest);
	cJSON_AddItemToArray(list, row);
}

static void print_json(struct contrast *contrast)
{
	const struct trial_config *trial = &contrast->trial;
	cJSON *document = cJSON_CreateObject(), *list;
	char *text;

	cJSON_AddStringToObject(document, "program", "starling-bench contrast --sim");
	cJSON_AddStringToObject(document, "version", VERSION_TEXT);
	cJSON_AddNumberToObject(document, "seed", (double)trial->seed);
	cJSON_AddNumberToObject(document, "members", (double)trial->members);
	cJSON_AddNumberToObject(document, "rate_hz", trial->rate_hz);
	cJSON_AddNumberToObject(document, "event_hz", trial->event_hz);
	cJSON_AddNumberToObject(document, "tick_hz", trial->tick_hz);
	cJSON_AddNumberToObject(document, "seconds", trial->seconds);
	cJSON_AddNumberToObject(document, "stall_bound_ms", TRIAL_STALL_MS);
	list = cJSON_AddArrayToObject(document, "results");
	for (size_t line = 0; line < contrast->line_count; line++)
		for (int carrier = 0; carrier < TRIAL_CARRIER_COUNT; carrier++)
			add_result(list, contrast, line, carrier);
	text = cJSON_Print(document);
	printf("%s\n", text ? text : "{}");
	cJSON_free(text);
	cJSON_Delete(document);
}

/* The command line. */

static bool add_line(struct contrast *contrast, const char *text)
{
	struct line *line = &contrast->lines[contrast->line_count++];
	char error[IMPAIR_ERROR_BYTES * 2 + IMPAIR_TEXT_MAX_BYTES * 2];

	if (impair_parse(&line->spec, text, error)) {
		snprintf(line->text, sizeof(line->text), "%s", text);
		return true;
	}
	fprintf(stderr, "starling-bench contrast: --impair: %s\n", error);
	return false;
}

/* The built-in lines: 80 ms of round trip with jitter, and more and more loss. */
static bool add_lines(struct contrast *contrast, const char *impair)
{
	static const char *const built_in[LINES_MAX] = {
		"delay=40ms,jitter=5ms/normal",
		"delay=40ms,jitter=5ms/normal,loss=1%",
		"delay=40ms,jitter=5ms/normal,loss=5%",
		"delay=40ms,jitter=5ms/normal,loss=10%",
	};

	if (impair)
		return add_line(contrast, impair);
	for (size_t i = 0; i < LINES_MAX; i++)
		if (!add_line(contrast, built_in[i]))
			return false;
	return true;
}

int contrast_run(int argc, char **argv)
{
	static struct contrast contrast;
	struct options options;
	const char *impair = NULL;
	unsigned members = 8;
	bool is_simulated = false;
	const struct options_flag flags[] = {
		{ "sim", 0, NULL, "on the simulated network (the one way there is, so far)",
		  options_switch, &is_simulated, 0, 0 },
		{ "members", 0, "N", "members of the room (default 8)", options_count, &members, 2,
		  TRIAL_MEMBERS_MAX },
		{ "rate", 0, "HZ", "updates a second of each (default 20)", options_number,
		  &contrast.trial.rate_hz, 0.1, 1000 },
		{ "events", 0, "HZ", "reliable events a second of each (default 2)", options_number,
		  &contrast.trial.event_hz, 0, 100 },
		{ "tick", 0, "HZ", "the relay's flushes a second (default 0: at once)",
		  options_number, &contrast.trial.tick_hz, 0, 1000 },
		{ "seconds", 0, "S", "measured, of virtual time (default 60)", options_number,
		  &contrast.trial.seconds, 1, 3600 },
		{ "impair", 0, "TEXT", "one line instead of the four built-in ones", options_text,
		  &impair, 0, 0 },
	};
	const struct options_spec spec = {
		.name = "contrast",
		.summary = "the same updates in each delivery mode, side by side",
		.flags = flags,
		.flag_count = sizeof(flags) / sizeof(flags[0]),
		.lacks = OPTIONS_HOST | OPTIONS_PORT | OPTIONS_ROOM | OPTIONS_NAME | OPTIONS_MODE |
			 OPTIONS_PATIENCE | OPTIONS_VERBOSE,
	};

	contrast = (struct contrast){ .trial = { .rate_hz = 20, .event_hz = 2, .seconds = 60 } };
	if (options_parse(&options, &spec, argc, argv) < 0)
		return options.exit_status;
	contrast.trial.seed = options.seed;
	contrast.trial.members = members;
	log_open(LOG_WARNING);
	if (!add_lines(&contrast, impair))
		return 2;
	if (!run_all(&contrast))
		return 1;
	if (options.json)
		print_json(&contrast);
	else
		print_table(&contrast);
	/* Apart from the results, which are the same on every run: how fast they were had. */
	fprintf(stderr,
		"simulated %.0f s in %.2f s of CPU time: %.0f times faster than real time\n",
		contrast.simulated_s, contrast.cpu_s, contrast.simulated_s / contrast.cpu_s);
	return 0;
}
