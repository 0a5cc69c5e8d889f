#include "bench/sim/numbers.h"

void numbers_send(struct numbers *numbers, uint16_t seq)
{
	while (numbers->seq != seq) {
		numbers->seq++;
		if (numbers->published == 0)
			continue;
		numbers->by_seq[numbers->seq % NUMBERS_KEPT] = numbers->published - 1;
		if (numbers->kept < NUMBERS_KEPT)
			numbers->kept++;
	}
}

void numbers_publish(struct numbers *numbers, uint32_t number)
{
	numbers->published = number + 1;
}

uint32_t numbers_find(const struct numbers *numbers, uint16_t seq)
{
	const uint16_t behind = (uint16_t)(numbers->seq - seq);

	return behind < numbers->kept ? numbers->by_seq[seq % NUMBERS_KEPT] : NUMBERS_UNKNOWN;
}
