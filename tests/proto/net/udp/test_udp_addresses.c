/* The source of real sockets' answers at link-local addresses, and at addresses that go away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/net/source_address_fixture.h"
#include "tests/fixtures/net/loopback.h"

static struct source_address_fixture fixture;

static int tear_down(void **state)
{
	(void)state;
	source_address_fixture_close(&fixture);
	return 0;
}

static void expect_all(const char *const *asked)
{
	source_address_fixture_answer(&fixture);
	for (size_t i = 0; i < fixture.count; i++)
		source_address_fixture_expect(&fixture, i, asked[i]);
	assert_int_equal(source_address_fixture_stats(&fixture).dropped_unsendable, 0);
}

static void a_link_local_address_answers_on_its_interface(void **state)
{
	const char *const asked[] = { "fe80::2%lo", "fe80::1%lo", "fd00::1", NULL };

	(void)state;
	loopback_need();
	loopback_add("fe80::1");
	loopback_add("fe80::2");
	loopback_add("fd00::1");
	source_address_fixture_open(&fixture, "::", asked);
	expect_all(asked);
	loopback_remove("fe80::1");
	loopback_remove("fe80::2");
	loopback_remove("fd00::1");
}

struct gone {
	const char *name, *relay, *host;
};

static void an_address_that_goes_loses_nothing_and_may_come_back(void **state)
{
	static const struct gone rows[] = {
		{ "IPv6", "::", "fd00::7" },
		{ "IPv4 beside IPv6", "::", "10.9.9.1" },
		{ "IPv4", "0.0.0.0", "10.9.9.1" },
	};

	(void)state;
	loopback_need();
	for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
		const char *const asked[] = { rows[n].host, "127.0.0.2", NULL };
		const char *const left[] = { NULL, "127.0.0.2" };

		print_message("  note: %s\n", rows[n].name);
		loopback_add(rows[n].host);
		source_address_fixture_open(&fixture, rows[n].relay, asked);
		expect_all(asked);
		loopback_remove(rows[n].host);
		expect_all(left);
		loopback_add(rows[n].host);
		source_address_fixture_ask(&fixture, 0, rows[n].host);
		expect_all(asked);
		loopback_remove(rows[n].host);
		source_address_fixture_close(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_link_local_address_answers_on_its_interface, tear_down),
		cmocka_unit_test_teardown(an_address_that_goes_loses_nothing_and_may_come_back,
					  tear_down),
	};

	return cmocka_run_group_tests(tests, loopback_set_up, NULL);
}
