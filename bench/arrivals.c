#include "bench/arrivals.h"

#include "bench/commands.h"
#include "proto/wire/cursor.h"
#include "proto/wire/wire.h"

/* One host's, and when the datagram is there. */
struct arriving {
	struct arrivals *arrivals;
	int64_t at_ns;
};

static void note_message(void *context, const uint8_t *data, size_t size)
{
	const struct arriving *arriving = context;
	const int64_t at_ns = arriving->at_ns;
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
	one = &arriving->arrivals->ones[number % ARRIVALS_KEPT];
	if (one->at_ns > 0 && one->number == number && one->time_us == time_us &&
	    one->at_ns <= at_ns)
		return;
	*one = (struct arrivals_one){ .time_us = time_us, .at_ns = at_ns, .number = number };
}

void arrivals_note(struct arrivals *arrivals, const void *data, size_t size, int64_t at_ns)
{
	struct arriving arriving = { arrivals, at_ns };

	commands_each_message(data, size, note_message, &arriving);
}

int64_t arrivals_first_ns(const struct arrivals *arrivals, uint16_t number, uint64_t time_us)
{
	const struct arrivals_one *one = &arrivals->ones[number % ARRIVALS_KEPT];

	return one->at_ns > 0 && one->number == number && one->time_us == time_us ? one->at_ns : -1;
}
