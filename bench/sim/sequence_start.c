#include "bench/sim/sequence_start.h"

uint16_t sequence_start(double packets_hz, double warm_up_s, double seconds)
{
	const double packets = packets_hz * (warm_up_s + seconds / 4);

	/* The one that is sent reliably still has to come. */
	if (packets < 1)
		return SEQUENCE_PERIOD - 1;
	return packets < SEQUENCE_PERIOD ? (uint16_t)(SEQUENCE_PERIOD - packets) : 0;
}

bool sequence_start_has_passed(uint16_t start, uint64_t before, uint64_t after)
{
	return (start + after) / SEQUENCE_PERIOD > (start + before) / SEQUENCE_PERIOD;
}
