/*
 * load as its user sees it. No figure is judged, since other programs run beside; the tests show
 * that load measures, prints and keeps them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <signal.h>
#include <unistd.h>

#include "tests/fixtures/bench/result_document.h"
#include "tests/fixtures/process.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define LOAD(...)  FLAGS("starling-bench", "load", __VA_ARGS__)
/* A bound so wide that a busy machine keeps it, too. */
#define WIDE  "--bound", "p99=5s,loss=50%"
#define SHORT "--seconds", "0.3"

enum {
	NOT_VALID = 3,
	PATIENCE_S = 120,
	WORDS_MAX = 32,
};

/*
 * A run is two seconds of waiting and takes hardly any processor, and no figure is judged. So the
 * searches of several runs start before the first test and run side by side, each with relays of
 * its own; each test takes the end of its own.
 */
enum run {
	RUN_STOPPED,
	RUN_KILLED,
	RUN_MEMBERS,
	RUN_RATE,
	RUN_ROOMS,
	RUN_TURNS,
	RUN_TURNS_WORDS,
	RUN_IMPOSSIBLE,
	RUN_FULL,
	RUN_REFUSED,
	RUN_NO_PLACE,
	RUN_BOUTS,
	RUNS,
};

static const struct plan {
	const char *const *words;
	const char *const
		*relay; /* flags of one that runs already; NULL: the bench starts its own */
} plans[RUNS] = {
	/* More runs than there is time for: these two are ended from outside. */
	[RUN_STOPPED] = { LOAD("--max-members", "4", SHORT, "--repeat", "30", WIDE), FLAGS("-v") },
	[RUN_KILLED] = { LOAD("--max-members", "4", SHORT, "--repeat", "30", WIDE, "--json"),
			 FLAGS("-v") },
	[RUN_MEMBERS] = { LOAD("--max-members", "4", SHORT, "--repeat", "2", WIDE, "--json"),
			  NULL },
	[RUN_RATE] = { LOAD("--by", "rate", "--members", "3", "--rate", "20", "--max-rate", "40",
			    SHORT, "--repeat", "1", "--contender", "naive", WIDE, "--json"),
		       NULL },
	[RUN_ROOMS] = { LOAD("--by", "rooms", "--members", "2", "--max-members", "5", SHORT,
			     "--repeat", "1", "--contender", "every", "--tick", "60", WIDE,
			     "--json"),
			NULL },
	[RUN_TURNS] = { LOAD("--by", "rate", "--members", "3", "--rate", "40", "--max-rate", "40",
			     SHORT, "--repeat", "2", "--contender", "naive,starling", "--tick",
			     "auto", WIDE, "--json"),
			NULL },
	[RUN_TURNS_WORDS] = { LOAD("--max-members", "4", SHORT, "--repeat", "1", "--contender",
				   "naive,udp", WIDE),
			      NULL },
	[RUN_IMPOSSIBLE] = { LOAD("--max-members", "4", SHORT, "--repeat", "1", "--bound",
				  "p50=1us"),
			     NULL },
	[RUN_FULL] = { LOAD("--max-members", "4", SHORT, "--repeat", "1", WIDE, "--json"),
		       FLAGS("--members", "3") },
	[RUN_REFUSED] = { LOAD("--by", "rate", "--members", "5", "--seconds", "0.1"),
			  FLAGS("--members", "3") },
	[RUN_NO_PLACE] = { LOAD("--max-members", "4", SHORT, "--repeat", "1", WIDE),
			   FLAGS("--clients", "3") },
	[RUN_BOUTS] = { LOAD("--bouts", "1", "--seconds", "0.1", WIDE, "--json"), NULL },
};

static struct process runs[RUNS], relays[RUNS];
static char addresses[RUNS][32]; /* of the relays */
static struct process bench;     /* of one test alone */

/* The run against a given relay, whose process the bench is told. */
static void start_against(enum run n)
{
	const char *words[WORDS_MAX] = { NULL };
	size_t count = 0;
	char pid[16];

	snprintf(addresses[n], sizeof(addresses[n]), "127.0.0.1:%u",
		 process_start_relay(&relays[n], plans[n].relay));
	snprintf(pid, sizeof(pid), "%d", (int)relays[n].pid);
	for (; plans[n].words[count]; count++)
		words[count] = plans[n].words[count];
	words[count++] = "--relay";
	words[count++] = addresses[n];
	if (n == RUN_FULL) {
		words[count++] = "--pid";
		words[count++] = pid;
	}
	process_start(&runs[n], words);
}

static int start_all(void **state)
{
	(void)state;
	for (enum run n = 0; n < RUNS; n++) {
		if (plans[n].relay)
			start_against(n);
		else
			process_start(&runs[n], plans[n].words);
	}
	return 0;
}

static int end_all(void **state)
{
	(void)state;
	for (enum run n = 0; n < RUNS; n++) {
		process_end(&runs[n]);
		process_end(&relays[n]);
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	process_end(&bench);
	return 0;
}

static const char *parameter_of(const cJSON *document, const char *name)
{
	const cJSON *parameters = cJSON_GetObjectItemCaseSensitive(document, "parameters");
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(parameters, name));

	return text ? text : "";
}

/* The document of a run; the caller deletes it. */
static cJSON *document_of(enum run n, int *status)
{
	cJSON *document;

	*status = process_finish(&runs[n], PATIENCE_S);
	document = cJSON_Parse(runs[n].out_text);
	if (!document)
		fail_msg("exit %d: %s", *status, runs[n].err_text);
	return document;
}

static double carried(const cJSON *document)
{
	return result_document_median(result_document_row(document, "step", "result"), "carried");
}

static void a_search_carries_as_many_as_it_may_try(void **state)
{
	const cJSON *found, *path;
	cJSON *document;
	int status;

	(void)state;
	document = document_of(RUN_MEMBERS, &status);
	assert_int_equal(status, 0);
	assert_string_equal(runs[RUN_MEMBERS].err_text,
			    ""); /* no progress, since stderr is no terminal */
	path = result_document_row(document, "step", "path");
	assert_true(result_document_part(result_document_part(path, "labels"), "members")
			    ->valuedouble == 2);
	found = result_document_row(document, "step", "result");
	assert_true(result_document_median(found, "carried") == 4);
	assert_true(result_document_median(found, "failed") == 0);
	assert_int_equal(cJSON_GetArraySize(result_document_values(found, "delay_p99_us")), 2);
	assert_true(result_document_median(found, "delivered_per_s") > 0);
	assert_true(result_document_median(found, "core_share") > 0);
	assert_true(result_document_median(found, "generator_core_share") > 0);
	assert_true(result_document_median(found, "delay_p99_us") > 0);
	assert_true(result_document_median(found, "peak_bytes") > 100000);
	cJSON_Delete(document);
}

static void rooms_and_rates_are_searched_too(void **state)
{
	cJSON *document;
	int status;

	(void)state;
	document = document_of(RUN_RATE, &status);
	assert_int_equal(status, 0);
	assert_true(carried(document) == 40);
	cJSON_Delete(document);
	document = document_of(RUN_ROOMS, &status);
	assert_int_equal(status, 0);
	assert_string_equal(parameter_of(document, "contender"), "every 60 Hz");
	assert_true(carried(document) == 2);
	cJSON_Delete(document);
}

/* Where searches take turns: the row with the result of one, and the numbers of its runs. */
static const cJSON *search_of(const cJSON *document, const char *server, unsigned *numbers,
			      unsigned *count, unsigned most)
{
	const cJSON *row, *found = NULL;

	*count = 0;
	cJSON_ArrayForEach(row, result_document_part(document, "rows"))
	{
		const cJSON *step =
			result_document_part(result_document_part(row, "labels"), "step");

		if (strcmp(result_document_label(row, "contender"), server) != 0)
			continue;
		if (cJSON_IsString(step) && strcmp(step->valuestring, "result") == 0)
			found = row;
		if (!cJSON_IsNumber(step))
			continue;
		assert_true(*count < most);
		numbers[(*count)++] = (unsigned)step->valuedouble;
	}
	assert_non_null(found);
	return found;
}

static void relays_are_searched_in_turn_a_run_at_a_time(void **state)
{
	static const char *const servers[] = { "starling auto", "naive" };
	cJSON *document;
	int status;

	(void)state;
	document = document_of(RUN_TURNS, &status);
	assert_int_equal(status, 0);
	for (unsigned i = 0; i < 2; i++) {
		unsigned numbers[16], count;
		const cJSON *found = search_of(document, servers[i], numbers, &count, 16);

		assert_int_equal(count, 2);
		for (unsigned n = 0; n < 2; n++)
			assert_int_equal(numbers[n], 1 + i + 2 * n);
		assert_true(result_document_median(found, "carried") == 40);
		assert_true(result_document_median(found, "delivered_per_s") > 0);
		assert_true(i == 0 ? result_document_median(found, "ratio") == 1
				   : result_document_median(found, "ratio") > 0);
	}
	assert_string_equal(parameter_of(document, "contender"), ""); /* rows say it */
	cJSON_Delete(document);
}

static void what_relays_carry_stands_side_by_side_at_the_end(void **state)
{
	const struct process *run = &runs[RUN_TURNS_WORDS];
	const char *table;

	(void)state;
	assert_int_equal(process_finish(&runs[RUN_TURNS_WORDS], PATIENCE_S), 0);
	table = strstr(run->out_text, "\nnaive: ");
	assert_non_null(table);
	assert_non_null(strstr(table, "4 members at 30 Hz"));
	table = strstr(run->out_text, "\nudp: ");
	assert_non_null(table);
	assert_non_null(strstr(table, "times as much as the first"));
	process_expect_width(run);
}

static void nothing_is_carried_within_an_impossible_bound(void **state)
{
	const struct process *run = &runs[RUN_IMPOSSIBLE];
	const int status = process_finish(&runs[RUN_IMPOSSIBLE], PATIENCE_S);

	(void)state;
	assert_true(status == 0 || status == NOT_VALID);
	assert_non_null(strstr(run->out_text, "Nothing is carried within"));
	assert_non_null(strstr(run->out_text, "what stopped it:"));
	assert_int_equal(status == NOT_VALID, strstr(run->out_text, "not valid") != NULL);
	process_expect_width(run);
}

static void a_relay_that_nobody_runs_is_told_at_once(void **state)
{
	const double start_s = process_now_s();

	(void)state;
	process_expect_failure(LOAD("--relay", "127.0.0.1:9"), 1, "127.0.0.1:9", "nothing listens");
	assert_true(process_now_s() - start_s < 10);
}

static void a_full_room_bounds_the_search_with_the_relays_own_words(void **state)
{
	const char *at = addresses[RUN_FULL];
	char own[16];
	cJSON *document;
	int status;

	(void)state;
	snprintf(own, sizeof(own), "%d", (int)getpid());
	document = document_of(RUN_FULL, &status);
	assert_int_equal(status, 0);
	assert_true(carried(document) == 3);
	assert_string_equal(result_document_parameter(document, "bounded_by"), "relay's own limit");
	assert_string_equal(result_document_parameter(document, "relay_limit"),
			    "3 members in a room");
	assert_string_equal(result_document_parameter(document, "refusal"), "ROOM_FULL");
	assert_non_null(strstr(result_document_parameter(document, "refusal_words"), "3 members"));
	cJSON_Delete(document);
	/* Another kind of relay, another program's process. */
	process_expect_failure(LOAD("--relay", at, "--contender", "naive"), 1, "member",
			       "does not speak");
	process_expect_failure(LOAD("--relay", at, "--pid", own), 2, "--pid", "does not listen");
}

static void a_load_that_cannot_be_made_at_all_is_no_result(void **state)
{
	const struct process *run = &runs[RUN_REFUSED];

	(void)state;
	assert_int_equal(process_finish(&runs[RUN_REFUSED], PATIENCE_S), 1);
	assert_non_null(strstr(run->err_text, "ROOM_FULL"));
	assert_non_null(strstr(run->out_text, "not valid"));
	process_expect_width(run);
}

static void a_relay_without_a_place_for_more_clients_bounds_the_search_too(void **state)
{
	const struct process *run = &runs[RUN_NO_PLACE];

	(void)state;
	assert_int_equal(process_finish(&runs[RUN_NO_PLACE], PATIENCE_S), 0);
	assert_non_null(strstr(run->out_text, "3 members at 30 Hz"));
	assert_non_null(strstr(run->out_text, "own limit"));
	assert_null(strstr(run->out_text, "not valid"));
	process_expect_width(run);
}

static void a_search_out_of_bouts_or_stopped_says_so(void **state)
{
	struct process *run = &runs[RUN_STOPPED];
	cJSON *document;
	int status;

	(void)state;
	/* The path's two members have left, so four come next. */
	assert_true(process_await_err(&relays[RUN_STOPPED], "member 3 ", PATIENCE_S));
	process_signal(run, SIGINT);
	assert_int_equal(process_finish(run, PATIENCE_S), 1);
	assert_non_null(strstr(run->err_text, "stopped"));
	assert_non_null(strstr(run->out_text, "what stopped it: a signal"));
	assert_null(strstr(run->out_text, "to be tried"));
	document = document_of(RUN_BOUTS, &status);
	assert_int_equal(status, NOT_VALID);
	assert_string_equal(result_document_parameter(document, "bounded_by"), "out of bouts");
	cJSON_Delete(document);
}

static void a_relay_killed_in_the_middle_leaves_what_was_measured(void **state)
{
	struct process *run = &runs[RUN_KILLED], *relay = &relays[RUN_KILLED];

	(void)state;
	/* The path's two members have left, so four come next. */
	assert_true(process_await_err(relay, "member 3 ", PATIENCE_S));
	process_signal(relay, SIGKILL);
	assert_int_equal(process_finish(run, PATIENCE_S), 1);
	assert_non_null(strstr(run->err_text, addresses[RUN_KILLED]));
	assert_non_null(strstr(run->out_text, "\"path\""));
	assert_non_null(strstr(run->out_text, "\"valid\":\tfalse"));
	assert_non_null(strstr(run->out_text, "\"relay gone\""));
}

static void an_own_relay_that_dies_ends_the_search_at_once(void **state)
{
	const double until_s = process_now_s() + 20;
	pid_t child;

	(void)state;
	process_start(&bench, LOAD("--contender", "naive", "--seconds", "600", WIDE));
	while (process_children(bench.pid, &child, 1) == 0)
		assert_true(process_now_s() < until_s);
	kill(child, SIGKILL);
	assert_int_equal(process_finish(&bench, 20), 1);
	assert_non_null(strstr(bench.err_text, "naive"));
}

static void misuse_gets_its_sentence(void **state)
{
	const struct {
		const char *const *words;
		int status;
		const char *says, *also;
	} rows[] = {
		{ LOAD("--by", "size"), 2, "--by size", "rooms" },
		{ LOAD("--bound", "p99=10"), 2, "p99=10", "ms" },
		{ LOAD("--tick", "often"), 2, "--tick often", "auto" },
		{ LOAD("--contender", "enet"), 2, "--contender enet", "naive" },
		{ LOAD("--contender", "udp,enet"), 2, "udp,enet", "one or some of" },
		{ LOAD("--contender", "naive,tcp", "--by", "rooms"), 2, "tcp", "no rooms" },
		{ LOAD("--contender", "starling,every,segment", "--tick", "1,2,3"), 2, "9 searches",
		  "8" },
		{ LOAD("--contender", "udp,naive", "--relay", "127.0.0.1:9"), 2, "--relay",
		  "one --contender" },
		{ LOAD("--tick", "auto,60", "--relay", "127.0.0.1:9"), 2, "--relay", "--tick" },
		{ LOAD("--tick", "60", "--max-delay", "9"), 2, "--max-delay", "--tick auto" },
		{ LOAD("--members", "8"), 2, "--members", "--max-members" },
		{ LOAD("--relay", "192.0.2.1:7777"), 2, "192.0.2.1", "--i-operate-this-relay" },
		{ LOAD("--relay", "127.0.0.1:0"), 2, "--relay", "port" },
		{ LOAD("--pid", "1"), 2, "--pid", "--relay" },
		{ LOAD("--by", "rate", "--members", "500", "--max-rate", "1000", "--relay",
		       "127.0.0.1:9"),
		  2, "500 members", "200000" },
		/* The default rate ends where that does. */
		{ LOAD("--by", "rate", "--members", "500", "--relay", "127.0.0.1:9"), 1,
		  "127.0.0.1:9", "nothing listens" },
		{ LOAD("--by", "rate", "--members", "500", "--rate", "401", "--relay",
		       "127.0.0.1:9"),
		  2, "500 members at 401 Hz", "200000" },
		{ LOAD("--by", "rate", "--rate", "60", "--max-rate", "59"), 2, "--rate",
		  "--max-rate" },
		{ LOAD("--by", "rate", "--max-rate", "1001"), 2, "--max-rate 1001", "1000" },
		{ LOAD("--programs", "/nowhere"), 1, "/nowhere/starlingd", "--programs" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		process_expect_failure(rows[i].words, rows[i].status, rows[i].says, rows[i].also);
}

#define E2E(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First the runs that would go on until they are stopped. */
		E2E(a_search_out_of_bouts_or_stopped_says_so),
		E2E(a_relay_killed_in_the_middle_leaves_what_was_measured),
		E2E(a_search_carries_as_many_as_it_may_try),
		E2E(rooms_and_rates_are_searched_too),
		E2E(relays_are_searched_in_turn_a_run_at_a_time),
		E2E(what_relays_carry_stands_side_by_side_at_the_end),
		E2E(nothing_is_carried_within_an_impossible_bound),
		E2E(a_relay_that_nobody_runs_is_told_at_once),
		E2E(a_full_room_bounds_the_search_with_the_relays_own_words),
		E2E(a_load_that_cannot_be_made_at_all_is_no_result),
		E2E(a_relay_without_a_place_for_more_clients_bounds_the_search_too),
		E2E(an_own_relay_that_dies_ends_the_search_at_once),
		E2E(misuse_gets_its_sentence),
	};

	return cmocka_run_group_tests(tests, start_all, end_all);
}
