#include "bench/result/build/load.h"

#include <math.h>
#include <string.h>

#include "bench/result/text/word_wrap.h"
#include "proto/net/endpoint.h"
#include "proto/wire/text.h"

const char *load_text(const struct load_config *config, double load,
		      char text[static LOAD_TEXT_BYTES])
{
	switch (config->by) {
	case LOAD_BY_MEMBERS:
		snprintf(text, LOAD_TEXT_BYTES, "%.0f %s", load,
			 text_plural((uint64_t)load, "member", "members"));
		break;
	case LOAD_BY_RATE:
		snprintf(text, LOAD_TEXT_BYTES, "%.4g Hz", load);
		break;
	case LOAD_BY_ROOMS:
		snprintf(text, LOAD_TEXT_BYTES, "%.0f %s of %u", load,
			 text_plural((uint64_t)load, "room", "rooms"), config->members);
		break;
	}
	return text;
}

const char *load_cause_word(enum load_cause cause)
{
	static const char *const words[LOAD_CAUSES] = {
		[LOAD_CARRIED] = "carried",
		[LOAD_BY_RELAY] = "relay's CPU",
		[LOAD_BY_GENERATOR] = "bench",
		[LOAD_BY_MACHINE] = "machine",
		[LOAD_BY_SOCKETS] = "socket buffers",
		[LOAD_BY_BOUND] = "bound",
		[LOAD_BY_ITS_LIMIT] = "relay's own limit",
		[LOAD_BY_MOST] = "largest load to try",
		[LOAD_OUT_OF_RUNS] = "out of bouts",
		[LOAD_OUT_OF_TIME] = "out of time",
		[LOAD_STOPPED] = "stopped",
		[LOAD_RELAY_GONE] = "relay gone",
		[LOAD_FAILED] = "failed",
	};

	return words[cause];
}

const char *load_limit_text(const struct load_config *config, const struct load_limit *limit,
			    char text[static LOAD_TEXT_BYTES])
{
	const struct generator_refusal *refusal = &limit->refusal;
	const char *noun = "client";
	unsigned count = refusal->admitted;

	if (refusal->kind == GENERATOR_FULL && refusal->reason == WIRE_REASON_ROOM_FULL) {
		noun = "member";
	} else if (refusal->kind == GENERATOR_FULL && config->by == LOAD_BY_ROOMS &&
		   refusal->rooms < limit->tried) {
		noun = "room";
		count = refusal->rooms;
	}
	snprintf(text, LOAD_TEXT_BYTES, "%u %s%s%s", count, noun, count == 1 ? "" : "s",
		 strcmp(noun, "member") == 0 ? " in a room" : "");
	return text;
}

const char *load_why_not_valid(const struct load_result *found)
{
	if (found->error[0] != '\0')
		return found->error;
	if (found->cause == LOAD_BY_GENERATOR)
		return "the bench was at its own limit, so this is no maximum of the relay";
	if (found->cause == LOAD_BY_MACHINE)
		return "other programs had the processor, so this is no maximum of the relay";
	if (found->cause == LOAD_OUT_OF_RUNS)
		return "the search ran out of bouts, so a larger load may be carried, too";
	if (found->cause == LOAD_OUT_OF_TIME)
		return "the search ran out of time, so a larger load may be carried, too";
	return found->is_complete ? NULL : "the search did not come to its end";
}

double load_delivered(const struct load_result *found)
{
	double values[SPREAD_MAX];
	size_t count = 0;

	for (unsigned i = 0; i < found->step_count && count < SPREAD_MAX; i++)
		if (found->steps[i].load == found->carried && !found->steps[i].is_disturbed)
			values[count++] = load_delivered_per_s(&found->steps[i]);
	return spread_of(values, count).median;
}
