/* client/sessions/loop: which signals stop it. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client/sessions/loop.h"

/* A signal that is blocked is pending from here on, so the wait ends at once or never looks. */
static bool stops_at(int signal)
{
	struct loop loop;
	bool is_stopped;

	assert_int_equal(loop_init(&loop, 0), 0);
	assert_int_equal(raise(signal), 0);
	(void)loop_wait(&loop, NULL, NULL, 0, -1, 0);
	is_stopped = loop_is_stopped();
	loop_fini(&loop);
	return is_stopped;
}

static void the_signals_that_end_a_program_stop_it(void **state)
{
	(void)state;
	assert_true(stops_at(SIGINT));
	assert_true(stops_at(SIGTERM));
	assert_true(stops_at(SIGHUP));
	assert_false(stops_at(SIGPIPE));
}

static void under_nohup_a_hangup_does_not(void **state)
{
	(void)state;
	signal(SIGHUP, SIG_IGN);
	assert_false(stops_at(SIGHUP));
	assert_true(stops_at(SIGTERM));
	/* Who looks next finds it ignored still. */
	assert_ptr_equal(signal(SIGHUP, SIG_DFL), SIG_IGN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_signals_that_end_a_program_stop_it),
		cmocka_unit_test(under_nohup_a_hangup_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
