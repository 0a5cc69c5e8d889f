#include "proto/wire/cursor.h"

#include <string.h>

/* For 53 bits or fewer, so that the shift never reaches 64. */
static uint64_t read_varint(struct cursor_reader *reader, unsigned bits)
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

struct cursor_long_varint cursor_read_long_varint(struct cursor_reader reader, unsigned bits)
{
	const uint64_t value = read_varint(&reader, bits);

	return (struct cursor_long_varint){ .value = value, .after = reader };
}

void cursor_copy(uint8_t *to, const void *from, size_t size)
{
	memcpy(to, from, size);
}

struct cursor_writer cursor_write_long_varint(struct cursor_writer writer, uint64_t value)
{
	uint8_t bytes[CURSOR_VARINT53_MAX_BYTES];
	size_t size = 0;

	if (value > CURSOR_VARINT53_MAX) {
		writer.failed = true;
		return writer;
	}
	while (value >= 0x80) {
		bytes[size++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	bytes[size++] = (uint8_t)value;
	cursor_write_bytes(&writer, bytes, size);
	return writer;
}
