#include "tests/trials.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/spec.h"

enum {
	ERROR_BYTES = 256, /* trial_run's */
};

struct trial_config trials_config(enum trial_carrier carrier, const char *line, uint64_t seed)
{
	return (struct trial_config){ .seed = seed,
				      .carrier = carrier,
				      .members = TRIALS_MEMBERS,
				      .rate_hz = 20,
				      .event_hz = 1,
				      .seconds = 20,
				      .redundancy = 3,
				      .grain_um = 1000,
				      .line = spec_of(line) };
}

struct trial_result trials_run(const struct trial_config *config)
{
	struct trial_result result;
	char error[ERROR_BYTES];

	if (!trial_run(config, &result, error))
		fail_msg("%s: %s", trial_carrier_text(config->carrier), error);
	return result;
}

struct trial_result trials_of(enum trial_carrier carrier, const char *line, uint64_t seed)
{
	const struct trial_config config = trials_config(carrier, line, seed);

	return trials_run(&config);
}

double trials_lost_share(const struct trial_result *result)
{
	return (double)result->lost / (double)result->due;
}

void trials_expect_between(double value, double least, double most)
{
	if (!(value >= least && value <= most))
		fail_msg("%.6f is not from %.6f to %.6f", value, least, most);
}
