#include "bench/compare.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bout.h"
#include "bench/comparison.h"
#include "bench/pace.h"
#include "client/options.h"

enum {
	EXIT_NOT_VALID = 3,
	TICK_MAX_HZ = 1000,
};

struct compare {
	struct comparison comparison;
	struct bout_ground ground;
};

static volatile sig_atomic_t is_stopping;

static void stop(int signal)
{
	(void)signal;
	is_stopping = 1;
}

static int measure(struct compare *compare, struct comparison_row *row, unsigned repetition,
		   char error[static CONTENDER_ERROR_BYTES])
{
	const struct comparison *c = &compare->comparison;
	const struct generator_config load = { .members = c->members,
					       .rate_hz = c->rate_hz,
					       .seconds = c->seconds,
					       .seed = c->seed + repetition };

	return bout_run(&compare->ground, &row->contender, &load, &row->bouts[repetition], error);
}

/* 0, or -1 when it was cut short; then the repetitions before stand. */
static int measure_all(struct compare *compare)
{
	struct comparison *c = &compare->comparison;
	char error[CONTENDER_ERROR_BYTES];

	for (unsigned repetition = 0; repetition < c->repeat; repetition++) {
		for (unsigned i = 0; i < c->row_count; i++) {
			if (isatty(STDERR_FILENO))
				fprintf(stderr, "\r\033[Krepetition %u of %u: %s", repetition + 1,
					c->repeat, c->rows[i].contender.label);
			if (!is_stopping && measure(compare, &c->rows[i], repetition, error) == 0)
				continue;
			fprintf(stderr, "%sstarling-bench compare: %s\n",
				isatty(STDERR_FILENO) ? "\r\033[K" : "",
				is_stopping ? "stopped" : error);
			return -1;
		}
		c->finished++;
	}
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	return 0;
}

/* The command line. */

/* A number, or "auto": below 0. */
static bool read_tick(const char *at, double *tick_hz, char **end)
{
	static const char word[] = "auto";

	if (strncmp(at, word, strlen(word)) == 0) {
		*tick_hz = -1;
		*end = (char *)(uintptr_t)at + strlen(word);
		return true;
	}
	*tick_hz = strtod(at, end);
	return *end != at && (*tick_hz == 0 || (*tick_hz >= 1 && *tick_hz <= TICK_MAX_HZ));
}

static bool read_ticks(const char *text, double *ticks_hz, unsigned *count)
{
	const char *at = text;
	char *end = NULL;

	for (*count = 0; *count < CONTENDER_TICKS_MAX; at = end + 1) {
		double *tick_hz = &ticks_hz[(*count)++];

		if (!read_tick(at, tick_hz, &end))
			break;
		if (*end == '\0')
			return true;
		if (*end != ',')
			break;
	}
	fprintf(stderr,
		"starling-bench compare: --tick %.60s: must be 1 to %d numbers with commas "
		"between, each auto, 0 or 1 to %d\n",
		text, CONTENDER_TICKS_MAX, TICK_MAX_HZ);
	return false;
}

static bool list_contenders(struct comparison *c, const char *only, const char *ticks)
{
	struct contender contenders[CONTENDER_MAX];
	double ticks_hz[CONTENDER_TICKS_MAX];
	char error[CONTENDER_ERROR_BYTES];
	unsigned tick_count;

	if (!read_ticks(ticks, ticks_hz, &tick_count))
		return false;
	c->row_count = contender_list(contenders, only, ticks_hz, tick_count, error);
	for (unsigned i = 0; i < c->row_count; i++)
		c->rows[i].contender = contenders[i];
	if (c->row_count == 0)
		fprintf(stderr, "starling-bench compare: %s\n", error);
	return c->row_count > 0;
}

static int run(struct compare *compare, bool is_json)
{
	const struct comparison *c = &compare->comparison;
	const struct sigaction action = { .sa_handler = stop };
	int status;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	status = measure_all(compare);
	bout_close(&compare->ground);
	if (c->finished > 0 && is_json)
		comparison_print_json(c);
	else if (c->finished > 0)
		comparison_print(c);
	if (status < 0)
		return 1;
	return comparison_is_valid(c) ? 0 : EXIT_NOT_VALID;
}

int compare_run(int argc, char **argv)
{
	static struct compare compare;
	struct comparison *c = &compare.comparison;
	struct options options;
	char error[CONTENDER_ERROR_BYTES];
	const char *only = NULL, *ticks = "0,60", *programs = NULL;
	const struct options_flag flags[] = {
		{ "members", 0, "N", "members of the room (default 64)", options_count, &c->members,
		  2, PACE_MEMBERS_MAX },
		{ "rate", 0, "HZ", "updates a second of each (default 30)", options_number,
		  &c->rate_hz, 0.1, 240 },
		{ "seconds", 0, "S", "measured in each run (default 5)", options_number,
		  &c->seconds, 0.1, 600 },
		{ "repeat", 0, "N", "runs of each contender, in turn (default 5)", options_count,
		  &c->repeat, 1, SPREAD_MAX },
		{ "only", 0, "LIST", "some of " CONTENDER_NAMES " (default: all)", options_text,
		  &only, 0, 0 },
		{ "tick", 0, "LIST", "flushes a second of ours and of raw UDP (default 0,60)",
		  options_text, &ticks, 0, 0 },
		{ "programs", 0, "DIR", "where the relays are (default: beside this program)",
		  options_text, &programs, 0, 0 },
	};
	const struct options_spec spec = {
		.name = "compare",
		.program = "starling-bench",
		.summary = "Our relay beside the ones that you would write instead",
		.flags = flags,
		.flag_count = sizeof(flags) / sizeof(flags[0]),
		.lacks = OPTIONS_HOST | OPTIONS_PORT | OPTIONS_ROOM | OPTIONS_NAME | OPTIONS_MODE |
			 OPTIONS_PATIENCE | OPTIONS_VERBOSE | OPTIONS_IMPAIR,
		.epilogue = "Exit status: 0 done, 1 failed or stopped, 2 misuse, 3 measured, but "
			    "not valid; the reason is said.",
	};

	compare = (struct compare){
		.comparison = { .members = 64, .rate_hz = 30, .seconds = 5, .repeat = 5 }
	};
	if (options_parse(&options, &spec, argc, argv) < 0)
		return options.exit_status;
	c->seed = options.seed;
	if (!list_contenders(c, only, ticks))
		return 2;
	if (!bout_has_descriptors(c->members, error) ||
	    bout_open(&compare.ground, programs, &is_stopping, error) < 0) {
		fprintf(stderr, "starling-bench compare: %s\n", error);
		return 1;
	}
	c->is_pinned = bout_is_pinned(&compare.ground);
	return run(&compare, options.json);
}
