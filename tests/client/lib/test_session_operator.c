/* libstarling: what an operator of the relay says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/client/session_fixture.h"

static void the_relays_own_text_comes_as_a_message_of_member_0(void **state)
{
	struct session_fixture *fixture = *state;

	session_fixture_join(fixture);
	fake_relay_send_event(&fixture->relay, WIRE_TO_ALL, WIRE_FROM_RELAY, "back at noon", true);
	session_fixture_run(fixture, 20);
	session_fixture_expect(fixture, STARLING_MESSAGE);
	assert_int_equal(fixture->event.member, 0);
	assert_int_equal(fixture->event.data_bytes, strlen("back at noon"));
	assert_memory_equal(fixture->event.data, "back at noon", strlen("back at noon"));
}

static void what_is_no_text_of_the_relay_is_counted_and_ignored(void **state)
{
	static const char *const rows[] = { "", "a line\n", "\xc0\xaf", "\xe2\x80\xae turned" };
	struct session_fixture *fixture = *state;
	char long_one[WIRE_TEXT_MAX_BYTES + 2] = "";

	memset(long_one, 'a', WIRE_TEXT_MAX_BYTES + 1);
	session_fixture_join(fixture);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		fake_relay_send_event(&fixture->relay, WIRE_TO_ALL, WIRE_FROM_RELAY, rows[i], true);
	fake_relay_send_event(&fixture->relay, WIRE_TO_ALL, WIRE_FROM_RELAY, long_one, true);
	session_fixture_run(fixture, 20);
	session_fixture_expect_nothing(fixture);
	assert_int_equal(session_fixture_stats(fixture).malformed,
			 sizeof(rows) / sizeof(rows[0]) + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SESSION_TEST(the_relays_own_text_comes_as_a_message_of_member_0),
		SESSION_TEST(what_is_no_text_of_the_relay_is_counted_and_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
