#include "bench/sim/arrivals.h"

#include "proto/enet/guard/datagram.h"
#include "proto/wire/cursor.h"
#include "proto/wire/wire.h"

static void note_message(struct arrivals *arrivals, const uint8_t *data, size_t size, int64_t at_ns)
{
	struct cursor_reader reader = cursor_reader_init(data, size);
	struct arrivals_one *one;
	uint16_t number;
	uint64_t time_us;

	if (cursor_read_u8(&reader) != WIRE_SNAPSHOT)
		return;
	number = cursor_read_u16(&reader);
	time_us = cursor_read_varint53(&reader);
	if (reader.error != WIRE_OK)
		return;
	one = &arrivals->ones[number % ARRIVALS_KEPT];
	if (one->at_ns > 0 && one->number == number && one->time_us == time_us &&
	    one->at_ns <= at_ns)
		return;
	*one = (struct arrivals_one){ .time_us = time_us, .at_ns = at_ns, .number = number };
}

void arrivals_note(struct arrivals *arrivals, const void *data, size_t size, int64_t at_ns)
{
	struct datagram datagram;
	struct datagram_command command;

	datagram_open(&datagram, data, size);
	while (datagram_next(&datagram, &command))
		if (datagram_is_message(&command))
			note_message(arrivals, command.data, command.size, at_ns);
}

int64_t arrivals_first_ns(const struct arrivals *arrivals, uint16_t number, uint64_t time_us)
{
	const struct arrivals_one *one = &arrivals->ones[number % ARRIVALS_KEPT];

	return one->at_ns > 0 && one->number == number && one->time_us == time_us ? one->at_ns : -1;
}
