/* client/sessions/silence: the length of a silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client/sessions/silence.h"

#define S(seconds) ((int64_t)((seconds)*1e6))

static void silence_grows_until_a_datagram_comes(void **state)
{
	static const struct {
		double at_s;
		uint64_t datagrams;
		double silent_s;
	} rows[] = {
		{ 10.0, 5, 0 },   { 10.3, 5, 0.3 }, { 10.9, 5, 0.9 }, { 11.0, 6, 0 },
		{ 11.1, 900, 0 }, { 14.1, 900, 3 }, { 14.2, 0, 0 },   { 14.7, 0, 0.5 },
	};
	struct silence silence;

	(void)state;
	silence_begin(&silence, 5, S(10));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		silence_update(&silence, rows[i].datagrams, S(rows[i].at_s));
		assert_float_equal(silence_s(&silence, S(rows[i].at_s)), rows[i].silent_s, 1e-5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_grows_until_a_datagram_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
