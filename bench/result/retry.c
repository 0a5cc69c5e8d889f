#include "bench/result/retry.h"

#include <stdio.h>

#include "proto/wire/text.h"

bool retry_takes(struct retry *again, unsigned most, const struct run_validity *conduct)
{
	if (again->count >= most || !run_validity_is_spoiled(conduct))
		return false;
	again->count++;
	for (int fault = 0; fault < RUN_VALIDITY_FAULT_COUNT; fault++)
		again->faults[fault] += run_validity_has(conduct, (enum run_validity_fault)fault);
	return true;
}

const char *retry_text(const struct retry *again, char text[static RETRY_TEXT_BYTES])
{
	size_t size;

	text[0] = '\0';
	if (again->count == 0)
		return text;
	size = (size_t)snprintf(text, RETRY_TEXT_BYTES, "%u %s measured again", again->count,
				text_plural(again->count, "repetition was", "repetitions were"));
	for (int fault = 0; fault < RUN_VALIDITY_FAULT_COUNT; fault++)
		if (again->faults[fault] > 0 && size < RETRY_TEXT_BYTES)
			size += (size_t)snprintf(
				text + size, RETRY_TEXT_BYTES - size, "; %s (%u)",
				run_validity_fault_text((enum run_validity_fault)fault),
				again->faults[fault]);
	return text;
}
