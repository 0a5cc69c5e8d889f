/* Whether a run on real sockets was on time, and lost nothing of its own. */
#include <stdio.h>

#include "bench/live.h"
#include "bench/trial_live.h"

bool live_is_valid(const struct trial_check *check)
{
	return check->late_p99_us <= TRIAL_LIVE_LATE_MAX_US &&
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
	if (size > 0)
		text[size - 2] = '\0';
}
