#include "bench/result/retry.h"

#include <stdio.h>

#include "proto/wire/text.h"

bool retry_takes(struct retry *retry, unsigned most, const struct run_validity *validity)
{
	if (retry->count >= most || !run_validity_is_spoiled(validity))
		return false;
	retry->count++;
	for (int fault = 0; fault < RUN_VALIDITY_FAULT_COUNT; fault++)
		retry->faults[fault] += run_validity_has(validity, (enum run_validity_fault)fault);
	return true;
}

const char *retry_text(const struct retry *retry, char text[static RETRY_TEXT_BYTES])
{
	size_t size;

	text[0] = '\0';
	if (retry->count == 0)
		return text;
	size = (size_t)snprintf(text, RETRY_TEXT_BYTES, "%u %s measured again", retry->count,
				text_plural(retry->count, "repetition was", "repetitions were"));
	for (int fault = 0; fault < RUN_VALIDITY_FAULT_COUNT; fault++)
		if (retry->faults[fault] > 0 && size < RETRY_TEXT_BYTES)
			size += (size_t)snprintf(
				text + size, RETRY_TEXT_BYTES - size, "; %s (%u)",
				run_validity_fault_text((enum run_validity_fault)fault),
				retry->faults[fault]);
	return text;
}
