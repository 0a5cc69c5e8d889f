#include "proto/cursor.h"

#include <string.h>

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
}

enum wire_error cursor_done(struct cursor_reader *reader)
{
	if (reader->at != reader->end)
		cursor_fail(reader, WIRE_TRAILING);
	return reader->error;
}

size_t cursor_left(const struct cursor_reader *reader)
{
	return reader->error == WIRE_OK ? (size_t)(reader->end - reader->at) : 0;
}

const uint8_t *cursor_read_bytes(struct cursor_reader *reader, size_t size)
{
	const uint8_t *bytes = reader->at;

	if (reader->error != WIRE_OK)
		return NULL;
	if (size > (size_t)(reader->end - reader->at)) {
		cursor_fail(reader, WIRE_SHORT);
		return NULL;
	}
	reader->at += size;
	return bytes;
}

uint8_t cursor_read_u8(struct cursor_reader *reader)
{
	const uint8_t *bytes = cursor_read_bytes(reader, 1);

	return bytes ? bytes[0] : 0;
}

uint16_t cursor_read_u16(struct cursor_reader *reader)
{
	const uint8_t *bytes = cursor_read_bytes(reader, 2);

	return bytes ? (uint16_t)(bytes[0] | (unsigned)bytes[1] << 8) : 0;
}

/* Reads a varint of at most `bits` bits, 53 or fewer, so that the shift never reaches 64. */
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

uint32_t cursor_read_varint32(struct cursor_reader *reader)
{
	return (uint32_t)read_varint(reader, 32);
}

uint64_t cursor_read_varint53(struct cursor_reader *reader)
{
	return read_varint(reader, 53);
}

int32_t cursor_read_zigzag32(struct cursor_reader *reader)
{
	uint32_t folded = cursor_read_varint32(reader);
	uint32_t value = (folded >> 1) ^ (0u - (folded & 1));

	return value <= INT32_MAX ? (int32_t)value : (int32_t)(value - INT32_MAX - 1) + INT32_MIN;
}

struct cursor_writer cursor_writer_init(void *data, size_t capacity)
{
	uint8_t *bytes = data;

	return (struct cursor_writer){ .at = bytes, .end = bytes + capacity, .failed = false };
}

void cursor_write_bytes(struct cursor_writer *writer, const void *data, size_t size)
{
	if (writer->failed || size > (size_t)(writer->end - writer->at)) {
		writer->failed = true;
		return;
	}
	if (size > 0)
		memcpy(writer->at, data, size);
	writer->at += size;
}

void cursor_write_u8(struct cursor_writer *writer, uint8_t value)
{
	cursor_write_bytes(writer, &value, 1);
}

void cursor_write_u16(struct cursor_writer *writer, uint16_t value)
{
	uint8_t bytes[2] = { (uint8_t)(value & 0xff), (uint8_t)(value >> 8) };

	cursor_write_bytes(writer, bytes, sizeof(bytes));
}

void cursor_write_varint(struct cursor_writer *writer, uint64_t value)
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

void cursor_write_zigzag32(struct cursor_writer *writer, int32_t value)
{
	cursor_write_varint(writer, ((uint32_t)value << 1) ^ (value < 0 ? UINT32_MAX : 0));
}
