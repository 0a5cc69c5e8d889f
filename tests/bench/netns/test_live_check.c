/* When figures from real sockets are to be marked, and what is said then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "bench/netns/live.h"

static const struct row {
	const char *name;
	struct trial_check check;
	const char *says; /* empty: it is valid */
} rows[] = {
	{ "a simulated run is valid", { 0 }, "" },
	{ "a millisecond late is valid",
	  { .is_live = true, .validity = { .late_p99_us = 1000, .links_late_p99_us = 1000 } },
	  "" },
	{ "a microsecond more of the sends is not",
	  { .validity.late_p99_us = 1001 },
	  "the generator sent 1.00 ms late" },
	{ "nor of the lines",
	  { .validity.links_late_p99_us = 2500 },
	  "the links handed on 2.50 ms late" },
	{ "nor is one datagram dropped",
	  { .validity.own_drops = 1 },
	  "own sockets dropped 1 datagram" },
	{ "all three are told",
	  { .validity = { .late_p99_us = 3000, .links_late_p99_us = 4000, .own_drops = 5 } },
	  "the generator sent 3.00 ms late (p99, bound 1 ms); the links handed on 4.00 ms late "
	  "(p99, bound 1 ms); the generator's own sockets dropped 5 datagrams" },
	{ "nor a relay that waited for a processor",
	  { .validity.relay_wait_share = 0.2 },
	  "the relay waited for a processor 20.0 %" },
	{ "nor members that did",
	  { .validity.generator_wait_share = 0.06 },
	  "the generator waited for a processor 6.0 %" },
	{ "nor time that the hypervisor took", { .validity.steal_share = 0.02 }, "hypervisor" },
	{ "nor a clock that was set", { .validity.clock_step_us = -5000 }, "clock" },
	{ "what could not be seen is no fault",
	  { .validity = { .relay_wait_share = NAN, .steal_share = NAN } },
	  "" },
};

static void check_row(void **state)
{
	const struct row *row = *state;
	char text[LIVE_ERROR_BYTES];

	assert_int_equal(live_is_valid(&row->check), row->says[0] == '\0');
	live_describe_fault(&row->check, text);
	assert_non_null(strstr(text, row->says));
	assert_int_equal(text[0] == '\0', row->says[0] == '\0');
}

int main(void)
{
	struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0])];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
						.test_func = check_row,
						.initial_state = (void *)(uintptr_t)&rows[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
