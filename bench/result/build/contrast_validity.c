/* Which of a contrast's figures may be cited. */
#include <stdio.h>

#include "bench/result/build/contrast.h"
#include "bench/sim/sessions.h"
#include "bench/load/generator.h"

enum {
	/*
	 * Packets a second that a live relay sends to a member where it relays at once, at most:
	 * each of its turns takes all that has come, and in one packet goes what is in it. Measured
	 * were 135 with 8 members at 20 Hz, and 200 with 64 at 20 Hz or at 60. A span of 5 s still
	 * goes round when it is 94 or 560.
	 */
	LIVE_FLUSHES_HZ = 250,
};

/*
 * Up, one packet is an update. Down, it is one for each update of another that comes, unless ticks
 * or turns put several into one; how many come is for the link to say.
 */
struct contrast_starts contrast_starts(const struct contrast *contrast, enum trial_carrier carrier)
{
	const struct trial_config *trial = &contrast->trial;
	const double warm_up_s = contrast->is_live ? GENERATOR_WARM_UP_S : TRIAL_WARM_UP_S;
	double down_hz = trial->rate_hz * ((double)trial->members - 1);

	if (carrier != TRIAL_SEQUENCED || contrast->is_strict)
		return (struct contrast_starts){ 0 };
	if (trial->tick_hz > 0 && trial->tick_hz < down_hz)
		down_hz = trial->tick_hz;
	if (contrast->is_live && down_hz > LIVE_FLUSHES_HZ)
		down_hz = LIVE_FLUSHES_HZ;
	return (struct contrast_starts){
		.up = sequence_start(trial->rate_hz, warm_up_s, trial->seconds),
		.down = sequence_start(down_hz, warm_up_s, trial->seconds),
	};
}

static bool is_short(const struct trial_result *result)
{
	return result->channels_round < result->channels;
}

bool contrast_is_valid(const struct trial_result *result)
{
	return !is_short(result) && run_validity_is_good(&result->check.validity);
}

void contrast_describe_fault(const struct contrast *contrast, const struct trial_result *result,
			     char text[static CONTRAST_FAULT_BYTES])
{
	const bool is_late = !run_validity_is_good(&result->check.validity);
	char fault[RUN_VALIDITY_TEXT_BYTES] = "";
	size_t size = 0;

	text[0] = '\0';
	if (is_short(result))
		size = (size_t)snprintf(
			text, CONTRAST_FAULT_BYTES,
			"%llu of %llu sequenced channels did not carry ENet's 65,536th packet "
			"while it was measured%s",
			(unsigned long long)(result->channels - result->channels_round),
			(unsigned long long)result->channels,
			contrast->is_strict ? ", which takes longer from 0" : "");
	if (!is_late)
		return;
	run_validity_describe(&result->check.validity, fault);
	snprintf(text + size, CONTRAST_FAULT_BYTES - size, "%s%.*s", size > 0 ? "; " : "",
		 RUN_VALIDITY_TEXT_BYTES, fault);
}

static bool is_good(const struct contrast *contrast, const struct contrast_row *row)
{
	for (unsigned i = 0; i < row->count; i++)
		if (!contrast_is_valid(&row->results[i]))
			return false;
	return row->count == contrast->repeat;
}

bool contrast_are_all_valid(const struct contrast *contrast)
{
	for (size_t i = 0; i < contrast->link_count * contrast->carrier_count; i++)
		if (contrast->rows[i].count > 0 && !is_good(contrast, &contrast->rows[i]))
			return false;
	return true;
}
