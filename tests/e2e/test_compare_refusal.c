/* The runs that compare refuses, and its reasons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/process.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void misuse_and_what_is_missing_get_their_sentence(void **state)
{
	(void)state;
	process_expect_failure(FLAGS("starling-bench", "compare", "--only", "enet"), 2,
			       "--only enet", "naive");
	process_expect_failure(FLAGS("starling-bench", "compare", "--tick", "0,x"), 2, "--tick 0,x",
			       "must be");
	process_expect_failure(FLAGS("starling-bench", "compare", "--members", "4,9999"), 2,
			       "--members 4,9999", "4095");
	process_expect_failure(FLAGS("starling-bench", "compare", "--rate", "30,"), 2, "--rate 30,",
			       "must be");
	process_expect_failure(FLAGS("starling-bench", "compare", "--rate", "30,1001"), 2,
			       "--rate 30,1001", "0.1 to 1000");
	process_expect_failure(FLAGS("starling-bench", "compare", "--mode", "sequenced"), 2,
			       "--mode sequenced", "unsequenced");
	process_expect_failure(FLAGS("starling-bench", "compare", "--rooms", "3"), 2, "--rooms 3",
			       "divisor");
	process_expect_failure(FLAGS("starling-bench", "compare", "--interest", "near"), 2,
			       "--interest near", "nearest:N");
	process_expect_failure(FLAGS("starling-bench", "compare", "--interest", "radius:3000000"),
			       2, "--interest radius:3000000", "radius:METRES (0.001 to 2000000)");
	process_expect_failure(FLAGS("starling-bench", "compare", "--programs", "/nowhere"), 1,
			       "/nowhere/starlingd", "--programs");
}

static void what_nobody_can_carry_is_said_and_is_a_misuse(void **state)
{
	(void)state;
	process_expect_failure(FLAGS("starling-bench", "compare", "--only", "udp", "--mode",
				     "reliable", "--members", "4"),
			       2, "udp is not available: it repeats nothing", "nothing to measure");
	process_expect_failure(
		FLAGS("starling-bench", "compare", "--only", "tcp", "--rooms", "2", "--json"), 2,
		"tcp is not available: it has no rooms", "nothing to measure");
	process_expect_failure(FLAGS("starling-bench", "compare", "--only", "naive,udp",
				     "--interest", "nearest:7"),
			       2, "naive is not available", "udp is not available");
	process_expect_failure(FLAGS("starling-bench", "compare", "--only", "every", "--tick",
				     "auto", "--interest", "nearest:7"),
			       2, "every auto is not available", "knows no interest");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(misuse_and_what_is_missing_get_their_sentence),
		cmocka_unit_test(what_nobody_can_carry_is_said_and_is_a_misuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
