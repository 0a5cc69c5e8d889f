/* Whether a run on real sockets was on time, and lost nothing of its own. */
#include <stdio.h>

#include "bench/netns/live.h"

bool live_is_valid(const struct trial_check *check)
{
	return conduct_is_good(&check->conduct);
}

void live_describe_fault(const struct trial_check *check, char text[static LIVE_ERROR_BYTES])
{
	size_t size = 0;

	text[0] = '\0';
	for (int fault = 0; fault < CONDUCT_FAULT_COUNT; fault++) {
		char reason[CONDUCT_REASON_BYTES];

		if (size < LIVE_ERROR_BYTES - CONDUCT_REASON_BYTES &&
		    conduct_has(&check->conduct, (enum conduct_fault)fault))
			size += (size_t)snprintf(
				text + size, LIVE_ERROR_BYTES - size, "%s%s", size > 0 ? "; " : "",
				conduct_reason(&check->conduct, (enum conduct_fault)fault, reason));
	}
}
