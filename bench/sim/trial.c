#include "bench/sim/trial.h"

const int trial_above_ms[TRIAL_ABOVE_COUNT] = { 50, 100, 250 };

const char *trial_carrier_text(enum trial_carrier carrier)
{
	static const char *const texts[TRIAL_CARRIER_COUNT] = {
		[TRIAL_UNSEQUENCED] = "unsequenced", [TRIAL_SEQUENCED] = "sequenced",
		[TRIAL_RELIABLE] = "reliable",       [TRIAL_SHARED] = "shared",
		[TRIAL_THROTTLED] = "throttled",     [TRIAL_RAW] = "raw",
		[TRIAL_REDUNDANT] = "redundant",     [TRIAL_TCP] = "tcp",
		[TRIAL_NODELAY] = "nodelay",         [TRIAL_HTTP] = "http",
	};

	return (unsigned)carrier < TRIAL_CARRIER_COUNT ? texts[carrier] : "unknown";
}

bool trial_learns_budget(const struct link_model_spec *line)
{
	bool has_rate = line->start.rate_bits > 0;

	for (size_t i = 0; i < line->change_count; i++)
		has_rate = has_rate || (line->changes[i].term == LINK_MODEL_RATE &&
					line->changes[i].value.rate_bits > 0);
	return has_rate;
}

double trial_cdf_share(size_t point)
{
	static const double last[] = { 0.995, 0.998, 0.999, 1 };
	const size_t first = TRIAL_CDF_POINTS - sizeof(last) / sizeof(last[0]);

	return point < first ? (double)point / 100 : last[point - first];
}
