/* Whether a run on real sockets was on time, and lost nothing of its own. */
#include <stdio.h>

#include "bench/netns/live.h"

bool live_is_valid(const struct trial_check *check)
{
	return run_validity_is_good(&check->validity);
}

void live_describe_fault(const struct trial_check *check, char text[static LIVE_ERROR_BYTES])
{
	size_t size = 0;

	text[0] = '\0';
	for (int fault = 0; fault < RUN_VALIDITY_FAULT_COUNT; fault++) {
		char reason[RUN_VALIDITY_REASON_BYTES];

		if (size < LIVE_ERROR_BYTES - RUN_VALIDITY_REASON_BYTES &&
		    run_validity_has(&check->validity, (enum run_validity_fault)fault))
			size += (size_t)snprintf(
				text + size, LIVE_ERROR_BYTES - size, "%s%s", size > 0 ? "; " : "",
				run_validity_reason(&check->validity,
						    (enum run_validity_fault)fault, reason));
	}
}
