/* The settings that a running relay takes over as it reads its file again, and its sentences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "relay/config.h"
#include "tests/fixtures/option_probe.h"

static char told[4096];

static void tell(const char *name, const char *before, const char *now, const char *takes)
{
	const size_t size = strlen(told);

	snprintf(told + size, sizeof(told) - size, "%s %s %s %s;", name, before, now,
		 takes ? "taken" : "restart");
}

static void what_can_change_is_taken_and_all_that_differs_is_told(void **state)
{
	static const char text[] =
		"{\"members\": 8, \"port\": 9000, \"malformed\": 3, "
		"\"verbose\": true, \"impair-in\": \"delay=5ms\", \"tick\": \"auto\"}";
	struct config config, fresh;
	char error[CONFIG_ERROR_BYTES], path[OPTION_PROBE_PATH_BYTES], *words[5];
	const char *given[] = { "starlingd", "--config", path, "--malformed", "7" };

	(void)state;
	for (size_t i = 0; i < 5; i++)
		words[i] = (char *)(uintptr_t)given[i];
	option_probe_write(path, text, strlen(text));
	config_default(&config);
	config.malformed = 7;
	config.impair_in = (struct link_model_spec){ 0 };
	assert_true(config_read_again(&fresh, 5, words, error));
	told[0] = '\0';
	assert_int_equal(config_take(&config, &fresh, tell), 4);
	assert_string_equal(told,
			    "port 7777 9000 restart;members 256 8 taken;"
			    "impair-in \"none\" \"delay=5ms\" restart;verbose false true taken;");
	assert_int_equal(config.port, 7777);
	assert_int_equal(config.members, 8);
	assert_int_equal(config.malformed, 7);
	assert_int_equal(config.verbose, 1);
	unlink(path);
}

static void what_is_long_is_told_in_short(void **state)
{
	char error[LINK_MODEL_ERROR_BYTES];
	struct config config, fresh;

	(void)state;
	config_default(&config);
	config_default(&fresh);
	assert_true(link_model_parse(&fresh.impair_in,
				     "delay=1ms,jitter=1ms,loss=1%,at=1s:loss=2%,at=2s:loss=3%,"
				     "at=3s:loss=4%,at=4s:loss=5%,at=5s:loss=6%,at=6s:loss=7%",
				     error));
	told[0] = '\0';
	assert_int_equal(config_take(&config, &fresh, tell), 1);
	assert_non_null(strstr(told, "...\" restart;"));
	assert_true(strlen(told) < 2 * CONFIG_TOLD_BYTES);
}

static void a_running_relay_reads_no_file_that_could_make_it_wait(void **state)
{
	struct config fresh;
	char error[CONFIG_ERROR_BYTES], path[OPTION_PROBE_PATH_BYTES], *words[3];
	const char *given[] = { "starlingd", "--config", path };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		words[i] = (char *)(uintptr_t)given[i];
	option_probe_write(path, "", 0);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(config_read_again(&fresh, 3, words, error));
	assert_non_null(strstr(error, "not a regular file"));
	unlink(path);
	assert_false(config_read_again(&fresh, 3, words, error));
	assert_non_null(strstr(error, "No such file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_can_change_is_taken_and_all_that_differs_is_told),
		cmocka_unit_test(what_is_long_is_told_in_short),
		cmocka_unit_test(a_running_relay_reads_no_file_that_could_make_it_wait),
	};

	return cmocka_run_group_tests_name("reload_file", tests, NULL, NULL);
}
