/* starling-bench contrast stopped by a signal keeps and marks the figures so far. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "tests/fixtures/bench/result_document.h"
#include "tests/fixtures/process.h"

#define WORDS(...) ((const char *const[]){ "starling-bench", "contrast", __VA_ARGS__, NULL })

static const double patience_s = 60;

/* Long enough for a signal to come in the middle, however fast the machine is. */
#define LONG                                                                                       \
	"--seconds", "30", "--repeat", "64", "--modes", "raw,unsequenced", "--impair", "loss=5%"

/* Stops contrast once it has the second carrier's row: so much later each time. To be ended. */
static void stop_in_the_middle(struct process *process, const char *form, int signal)
{
	const bool is_json = strcmp(form, "--json") == 0;
	const char *row = is_json ? "\"mode\":\t\"unsequenced\"" : "\n! unsequenced ";

	for (double after_s = 0.25; after_s < patience_s; after_s *= 2) {
		process_start(process, WORDS(LONG, form));
		process_await_err(process, "nothing is said", after_s);
		process_signal(process, signal);
		/* On a busy machine the signal may come before the program looks for it. */
		if (process_finish(process, patience_s) == 1 && strstr(process->out_text, row))
			return;
		process_end(process);
	}
	fail_msg("no run of both carriers was done within %g s", patience_s);
}

static void what_was_simulated_before_an_interrupt_is_kept_and_marked(void **state)
{
	struct process process = { 0 };
	cJSON *document, *row;

	(void)state;
	stop_in_the_middle(&process, "--sim", SIGINT);
	assert_non_null(strstr(process.err_text, ": stopped\n"));
	assert_non_null(strstr(process.out_text, "\n! unsequenced "));
	assert_non_null(strstr(process.out_text, "! not valid: raw: only "));
	assert_non_null(strstr(process.out_text, " of 128 runs\n"));
	process_end(&process);
	stop_in_the_middle(&process, "--json", SIGTERM);
	document = cJSON_Parse(process.out_text);
	assert_true(cJSON_IsFalse(cJSON_GetObjectItem(document, "valid")));
	assert_non_null(strstr(process.out_text, "\"stopped after "));
	assert_non_null(strstr(process.err_text, "contrast: the result is not valid: "));
	cJSON_ArrayForEach(row, cJSON_GetObjectItem(document, "rows"))
	{
		assert_true(cJSON_IsFalse(cJSON_GetObjectItem(row, "valid")));
		assert_true(result_document_value(row, "due", 0) > 0);
	}
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(document, "rows")), 2);
	cJSON_Delete(document);
	process_end(&process);
}

/* After a terminal goes away, as with a lost ssh, the file has the result. */
static void what_was_simulated_before_the_terminal_went_away_is_kept(void **state)
{
	struct process process = { 0 };

	(void)state;
	stop_in_the_middle(&process, "--json", SIGHUP);
	assert_non_null(strstr(process.out_text, "\"stopped after "));
	process_end(&process);
}

/* Before the first run is done there is nothing to keep. */
static void an_interrupt_of_the_first_run_ends_it_at_once(void **state)
{
	struct process process = { 0 };

	(void)state;
	process_start(&process, WORDS("--members", "16", "--seconds", "3600", "--modes", "raw",
				      "--rate", "100"));
	process_await_err(&process, "nothing is said", 1);
	process_signal(&process, SIGINT);
	assert_int_equal(process_finish(&process, patience_s), 1);
	assert_non_null(strstr(process.err_text, "stopped"));
	assert_string_equal(process.out_text, "");
	process_end(&process);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_simulated_before_an_interrupt_is_kept_and_marked),
		cmocka_unit_test(what_was_simulated_before_the_terminal_went_away_is_kept),
		cmocka_unit_test(an_interrupt_of_the_first_run_ends_it_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
