#include "bench/load/unsequenced.h"

#include <string.h>

#include "proto/enet/datagram.h"

size_t unsequenced_take(uint8_t *bytes, size_t size, uint16_t peer, uint8_t session,
			unsequenced_function *hear, void *context)
{
	struct datagram datagram;
	struct datagram_command command;
	size_t head, left;

	if (datagram_check(bytes, size) != DATAGRAM_OK)
		return size;
	datagram_open(&datagram, bytes, size);
	if (datagram.peer != peer || datagram.session != session)
		return size;
	head = left = size - datagram_left(&datagram);
	while (datagram_next(&datagram, &command)) {
		if (command.kind == DATAGRAM_UNSEQUENCED) {
			hear(context, command.data, command.size);
			continue;
		}
		/* Only over what was read before. */
		memmove(bytes + left, command.whole, command.whole_size);
		left += command.whole_size;
	}
	return left > head ? left : 0;
}
