#include "proto/cursor.h"

/* ENet hands over an empty packet as NULL, and arithmetic on NULL is not defined. */
static const uint8_t no_bytes[1];

struct cursor_reader cursor_reader_init(const void *data, size_t size)
{
	const uint8_t *bytes = size > 0 ? data : no_bytes;

	return (struct cursor_reader){ .at = bytes, .end = bytes + size, .error = WIRE_OK };
}

void cursor_fail(struct cursor_reader *reader, enum wire_error error)
{
	if (reader->error == WIRE_OK)
		reader->error = error;
	reader->end = reader->at;
}

enum wire_error cursor_done(struct cursor_reader *reader)
{
	if (reader->at != reader->end)
		cursor_fail(reader, WIRE_TRAILING);
	return reader->error;
}

/* Of 53 bits or fewer, so that the shift never reaches 64. */
uint64_t cursor_read_long_varint(struct cursor_reader *reader, unsigned bits)
{
	uint64_t value = 0;
	unsigned shift = 0;

	for (;;) {
		const uint8_t *byte = cursor_read_bytes(reader, 1);

		if (!byte)
			return 0;
		value |= (uint64_t)(*byte & 0x7f) << shift;
		if (value >> bits) {
			cursor_fail(reader, WIRE_RANGE);
			return 0;
		}
		if (!(*byte & 0x80)) {
			if (*byte == 0 && shift > 0) {
				cursor_fail(reader, WIRE_NOT_CANONICAL);
				return 0;
			}
			return value;
		}
		shift += 7;
		if (shift >= bits) {
			cursor_fail(reader, WIRE_RANGE);
			return 0;
		}
	}
}

struct cursor_writer cursor_writer_init(void *data, size_t capacity)
{
	uint8_t *bytes = data;

	return (struct cursor_writer){ .at = bytes, .end = bytes + capacity, .failed = false };
}

void cursor_write_long_varint(struct cursor_writer *writer, uint64_t value)
{
	uint8_t bytes[CURSOR_VARINT53_MAX_BYTES];
	size_t size = 0;

	if (value > CURSOR_VARINT53_MAX) {
		writer->failed = true;
		return;
	}
	while (value >= 0x80) {
		bytes[size++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	bytes[size++] = (uint8_t)value;
	cursor_write_bytes(writer, bytes, size);
}
