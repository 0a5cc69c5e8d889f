/* Whether a run on real sockets was on time, and lost nothing of its own. */
#include <stdio.h>

#include "bench/live.h"
#include "bench/trial_live.h"

bool live_is_valid(const struct trial_check *check)
{
	return conduct_is_good(&check->conduct) && check->late_p99_us <= TRIAL_LIVE_LATE_MAX_US &&
	       check->medium_late_p99_us <= TRIAL_LIVE_LATE_MAX_US && check->own_drops == 0;
}

void live_describe_fault(const struct trial_check *check, char text[static LIVE_ERROR_BYTES])
{
	size_t size = 0;

	text[0] = '\0';
	if (check->late_p99_us > TRIAL_LIVE_LATE_MAX_US)
		size += (size_t)snprintf(text, LIVE_ERROR_BYTES, "sends were %.1f ms late at p99; ",
					 (double)check->late_p99_us / 1000);
	if (check->medium_late_p99_us > TRIAL_LIVE_LATE_MAX_US)
		size += (size_t)snprintf(text + size, LIVE_ERROR_BYTES - size,
					 "the lines handed on %.1f ms late at p99; ",
					 (double)check->medium_late_p99_us / 1000);
	if (check->own_drops > 0)
		size += (size_t)snprintf(text + size, LIVE_ERROR_BYTES - size,
					 "own sockets dropped %llu datagrams; ",
					 (unsigned long long)check->own_drops);
	for (int fault = 0; fault < CONDUCT_FAULT_COUNT; fault++) {
		char reason[CONDUCT_REASON_BYTES];

		if (size < LIVE_ERROR_BYTES - CONDUCT_REASON_BYTES &&
		    conduct_has(&check->conduct, (enum conduct_fault)fault))
			size += (size_t)snprintf(
				text + size, LIVE_ERROR_BYTES - size, "%s; ",
				conduct_reason(&check->conduct, (enum conduct_fault)fault, reason));
	}
	if (size > 0)
		text[size - 2] = '\0';
}
