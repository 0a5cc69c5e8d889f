#include "bench/compare_largest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/search/load_search.h"
#include "bench/result/build/load.h"
#include "bench/sim/pace.h"

enum {
	LIMIT_S = 120, /* no run of a search starts later */
};

static void take(const struct load_result *result, struct comparison_largest *largest)
{
	largest->is_searched = true;
	largest->is_valid = load_is_valid(result);
	largest->rate_hz = result->carried > 0 ? result->carried : NAN;
	largest->delivered_per_s = load_delivered(result);
	largest->cause = load_cause_word(result->cause);
}

int compare_largest(const struct run_ground *ground, const struct comparison_case *kase,
		    struct comparison_row *row, const struct bound *bound,
		    char error[static TARGET_ERROR_BYTES])
{
	struct load_config config = load_default_config();
	struct load_result *result = calloc(1, sizeof(*result));
	int status;

	if (!result) {
		snprintf(error, TARGET_ERROR_BYTES, "not enough memory");
		return -1;
	}
	config.ground = ground;
	config.target = *row->target;
	config.base = kase->load;
	config.by = LOAD_BY_RATE;
	config.members = kase->load.members;
	config.most = PACE_RATE_MAX_HZ;
	config.bound = *bound;
	config.limit_s = LIMIT_S;
	status = load_search(&config, result);
	if (status < 0)
		snprintf(error, TARGET_ERROR_BYTES, "%s", result->error);
	else
		take(result, &row->largest);
	free(result);
	return status;
}
