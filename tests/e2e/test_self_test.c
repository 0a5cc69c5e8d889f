/*
 * self-test as its user sees it. No figure is judged, since other programs run beside; the tests
 * show that self-test measures and prints them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "tests/fixtures/bench/result_document.h"
#include "tests/fixtures/process.h"

#define FLAGS(...)     ((const char *const[]){ __VA_ARGS__, NULL })
#define SELF_TEST(...) FLAGS("starling-bench", "self-test", __VA_ARGS__)

enum {
	NOT_VALID = 3,
	PATIENCE_S = 120,
};

static struct process run;

static int tear_down(void **state)
{
	(void)state;
	process_end(&run);
	return 0;
}

static void the_self_test_measures_what_is_known(void **state)
{
	static const double known_us[] = { 0, 2000, 20000 };
	cJSON *document;
	unsigned seen = 0;
	const cJSON *row;
	int status;

	(void)state;
	process_start(&run, FLAGS("starling-bench", "--self-test", "--seconds", "0.5", "--repeat",
				  "1", "--json"));
	status = process_finish(&run, PATIENCE_S);
	document = cJSON_Parse(run.out_text);
	if (!document)
		fail_msg("exit %d: %s", status, run.err_text);
	assert_true(status == 0 || status == NOT_VALID);
	assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(document, "valid")) ==
		    (status == 0));
	cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(document, "rows"))
	{
		if (seen == 3)
			break;
		assert_true(result_document_median(row, "known_us") == known_us[seen]);
		/* Delays are cut to whole microseconds. */
		assert_true(result_document_median(row, "delay_p50_us") >= known_us[seen] - 1);
		assert_true(result_document_median(row, "error_p50_us") ==
			    result_document_median(row, "delay_p50_us") - known_us[seen]);
		/* 8 members, 15 updates each, to 7 others. */
		assert_true(result_document_median(row, "delivered") <= 840);
		assert_true(result_document_median(row, "delivered") > 0);
		assert_true(result_document_median(row, "line_late_p99_us") >= 0);
		assert_true(result_document_median(row, "machine_wait_share") >= 0);
		seen++;
	}
	assert_int_equal(seen, 3);
	row = result_document_row(document, "check", "clock");
	assert_true(result_document_median(row, "read_ns") > 0);
	cJSON_Delete(document);
}

static void programs_that_are_not_there_are_named(void **state)
{
	(void)state;
	process_expect_failure(SELF_TEST("--programs", "/nowhere"), 1,
			       "/nowhere/baseline-udp_fanout", "--programs");
}

#define E2E(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		E2E(the_self_test_measures_what_is_known),
		E2E(programs_that_are_not_there_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
