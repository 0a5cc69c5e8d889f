#include "bench/result/again.h"

#include <stdio.h>

#include "proto/wire/text.h"

bool again_takes(struct again *again, unsigned most, const struct conduct *conduct)
{
	if (again->count >= most || !conduct_is_spoiled(conduct))
		return false;
	again->count++;
	for (int fault = 0; fault < CONDUCT_FAULT_COUNT; fault++)
		again->faults[fault] += conduct_has(conduct, (enum conduct_fault)fault);
	return true;
}

const char *again_text(const struct again *again, char text[static AGAIN_TEXT_BYTES])
{
	size_t size;

	text[0] = '\0';
	if (again->count == 0)
		return text;
	size = (size_t)snprintf(text, AGAIN_TEXT_BYTES, "%u %s measured again", again->count,
				text_plural(again->count, "repetition was", "repetitions were"));
	for (int fault = 0; fault < CONDUCT_FAULT_COUNT; fault++)
		if (again->faults[fault] > 0 && size < AGAIN_TEXT_BYTES)
			size += (size_t)snprintf(text + size, AGAIN_TEXT_BYTES - size, "; %s (%u)",
						 conduct_fault_text((enum conduct_fault)fault),
						 again->faults[fault]);
	return text;
}
