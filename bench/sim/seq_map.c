#include "bench/sim/seq_map.h"

void seq_map_send(struct seq_map *numbers, uint16_t seq)
{
	while (numbers->seq != seq) {
		numbers->seq++;
		if (numbers->published == 0)
			continue;
		numbers->by_seq[numbers->seq % SEQ_MAP_KEPT] = numbers->published - 1;
		if (numbers->kept < SEQ_MAP_KEPT)
			numbers->kept++;
	}
}

void seq_map_publish(struct seq_map *numbers, uint32_t number)
{
	numbers->published = number + 1;
}

uint32_t seq_map_find(const struct seq_map *numbers, uint16_t seq)
{
	const uint16_t behind = (uint16_t)(numbers->seq - seq);

	return behind < numbers->kept ? numbers->by_seq[seq % SEQ_MAP_KEPT] : SEQ_MAP_UNKNOWN;
}
