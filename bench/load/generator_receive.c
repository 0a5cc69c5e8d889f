/* Datagrams that come through generator_ports.h. */
#include "bench/load/generator_internal.h"
#include "bench/load/generator_ports.h"

enum {
	/* After so many, what is due is sent: it waits for no more than some 20 us of reading, and
	 * leaves together. */
	DATAGRAMS_A_TURN = 16,
};

void generator_receive(struct generator *g, unsigned member,
		       void (*hear)(struct generator *g, unsigned member, uint8_t *data,
				    size_t size))
{
	unsigned count = 0;
	int64_t arrived_ns;
	uint8_t *data;
	size_t size;
	int line;

	generator_ports_take((int)member);
	while ((size = generator_ports_next(&line, &data, &arrived_ns)) > 0) {
		generator_arrived(g, arrived_ns);
		hear(g, (unsigned)line, data, size);
		if (++count % DATAGRAMS_A_TURN == 0)
			generator_turned(g);
	}
}
