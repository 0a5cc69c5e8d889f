#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/sim/scenario.h"
#include "proto/net/link/link_model.h"

static void every_scenario_is_a_line_with_a_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < SCENARIO_COUNT; i++) {
		const struct scenario *scenario = scenario_at(i);
		struct link_model_spec spec;
		char error[LINK_MODEL_ERROR_BYTES];

		if (!link_model_parse(&spec, scenario->text, error))
			fail_msg("%s: %s", scenario->name, error);
		assert_false(link_model_is_perfect(&spec));
		assert_true(strlen(scenario->name) + 2 + strlen(scenario->reason) <= 100);
		assert_null(strchr(scenario->reason, '\n'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scenario_is_a_line_with_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
