/* Answers for a loop that does not turn: it cannot answer for itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "relay/status/status.h"
#include "tests/fixtures/web/http.h"

static struct config config;
static struct status *status;

static int set_up(void **state)
{
	char error[WEB_ERROR_BYTES];

	(void)state;
	config_default(&config);
	strcpy(config.http, "127.0.0.1:0");
	if (!status_open(&status, &config, error) || !status_start(status, error))
		fail_msg("%s", error);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	status_close(status);
	status = NULL;
	return 0;
}

static void a_loop_that_does_not_turn_is_neither_live_nor_ready(void **state)
{
	static const char *const paths[] = { "/live", "/ready", "/status.json", "/metrics" };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char *answer = http_get(status_port(status), paths[i], "");

		assert_int_equal(http_status(answer), 503);
		assert_non_null(strstr(http_body(answer), "the relay's loop does not turn"));
		free(answer);
	}
}

static void without_http_there_is_nothing_to_do(void **state)
{
	char error[WEB_ERROR_BYTES];
	struct status *none;

	(void)state;
	config_default(&config);
	assert_true(status_open(&none, &config, error));
	assert_null(none);
	assert_true(status_check(&config, error));
	assert_true(status_start(none, error));
	assert_int_equal(status_port(none), 0);
	assert_true(status_turn(none, NULL, NULL, 0) == INT64_MAX);
	status_close(none);
}

static void nobody_looks_until_somebody_asks(void **state)
{
	(void)state;
	/* With no server, a copy would be the end of the test. */
	for (int64_t now_ns = 0; now_ns < INT64_C(2000000000); now_ns += 1000000)
		assert_true(status_turn(status, NULL, NULL, now_ns) > now_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_loop_that_does_not_turn_is_neither_live_nor_ready,
						set_up, tear_down),
		cmocka_unit_test(without_http_there_is_nothing_to_do),
		cmocka_unit_test_setup_teardown(nobody_looks_until_somebody_asks, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
