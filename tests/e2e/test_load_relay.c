/* load's relay behind a name, with a resolver of the test's own and a real relay. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/options/load_relay.h"
#include "tests/fixtures/process.h"
#include "tests/fixtures/net/fake_resolver.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static struct process process;
static uint16_t port; /* of a relay at 127.0.0.1 alone */
static struct run_ground ground;
static const volatile sig_atomic_t is_over;

static struct load_relay relay;
static struct generator_config base;
static char text[32], error[LOAD_RELAY_ERROR_BYTES];

static int set_up(void **state)
{
	(void)state;
	port = process_start_relay(&process, FLAGS("--host", "127.0.0.1"));
	snprintf(text, sizeof(text), "relay.test:%u", port);
	return run_open(&ground, NULL, &is_over, error);
}

static int tear_down(void **state)
{
	(void)state;
	run_close(&ground);
	process_end(&process);
	return 0;
}

static int read_relay(const char *first, const char *second)
{
	fake_resolver_know(first, second);
	relay.text = text;
	base = (struct generator_config){ .kind = GENERATOR_STARLING };
	error[0] = '\0';
	return load_relay_read(&relay, &base, error);
}

static void each_address_has_its_turn_until_one_takes_members(void **state)
{
	static const char *const rows[][2] = {
		{ "127.0.0.1", "127.0.0.2" },
		{ "127.0.0.2", "127.0.0.1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(read_relay(rows[i][0], rows[i][1]), 0);
		assert_string_equal(base.host, rows[i][0]);
		assert_int_equal(load_relay_find(&relay, &ground, &base, error), 0);
		assert_string_equal(base.host, "127.0.0.1");
		assert_int_equal(base.port, port);
	}
}

static void a_name_without_a_relay_is_said_with_what_it_came_to(void **state)
{
	(void)state;
	assert_int_equal(read_relay("127.0.0.2", "127.0.0.3"), 0);
	assert_int_equal(load_relay_find(&relay, &ground, &base, error), 1);
	assert_non_null(strstr(error, text));
	assert_non_null(strstr(error, "none of its 2 addresses"));
	assert_non_null(strstr(error, "127.0.0.3"));
}

static void one_address_alone_is_left_to_the_search(void **state)
{
	(void)state;
	assert_int_equal(read_relay("127.0.0.2", NULL), 0);
	assert_int_equal(load_relay_find(&relay, &ground, &base, error), 0);
	assert_string_equal(base.host, "127.0.0.2");
}

static void no_address_of_a_name_may_be_elsewhere_unasked(void **state)
{
	(void)state;
	assert_int_equal(read_relay("127.0.0.1", "192.0.2.1"), 2);
	assert_non_null(strstr(error, "--i-operate-this-relay"));
	relay.is_operator = true;
	assert_int_equal(read_relay("127.0.0.1", "192.0.2.1"), 0);
	relay.is_operator = false;
	assert_int_equal(read_relay(NULL, NULL), 1);
	assert_non_null(strstr(error, "no such host"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_address_has_its_turn_until_one_takes_members),
		cmocka_unit_test(a_name_without_a_relay_is_said_with_what_it_came_to),
		cmocka_unit_test(one_address_alone_is_left_to_the_search),
		cmocka_unit_test(no_address_of_a_name_may_be_elsewhere_unasked),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
