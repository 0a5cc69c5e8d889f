#include "proto/wire/wire_internal.h"

#include "proto/wire/text.h"

struct cursor_reader wire_open(const void *data, size_t size, enum wire_type type)
{
	struct cursor_reader reader = cursor_reader_init(data, size);

	if (size > WIRE_MESSAGE_MAX_BYTES)
		cursor_fail(&reader, WIRE_TOO_LONG);
	if (cursor_read_u8(&reader) != type)
		cursor_fail(&reader, WIRE_TYPE);
	return reader;
}

struct cursor_writer wire_begin(void *out, size_t capacity, enum wire_type type)
{
	struct cursor_writer writer;

	if (capacity > WIRE_MESSAGE_MAX_BYTES)
		capacity = WIRE_MESSAGE_MAX_BYTES;
	writer = cursor_writer_init(out, capacity);
	cursor_write_u8(&writer, (uint8_t)type);
	return writer;
}

size_t wire_finish(const struct cursor_writer *writer, const void *out)
{
	return writer->failed ? 0 : (size_t)(writer->at - (const uint8_t *)out);
}

uint32_t wire_read_range(struct cursor_reader *reader, uint32_t least, uint32_t most)
{
	uint32_t value = cursor_read_varint32(reader);

	if (value < least || value > most)
		cursor_fail(reader, WIRE_RANGE);
	return value;
}

void wire_write_range(struct cursor_writer *writer, uint32_t value, uint32_t least, uint32_t most)
{
	if (value < least || value > most)
		writer->failed = true;
	cursor_write_varint(writer, value);
}

struct wire_bytes wire_read_block(struct cursor_reader *reader, uint32_t least, uint32_t most)
{
	size_t size = wire_read_range(reader, least, most);

	return (struct wire_bytes){ .data = cursor_read_bytes(reader, size),
				    .size = reader->error == WIRE_OK ? size : 0 };
}

void wire_write_block(struct cursor_writer *writer, struct wire_bytes block, uint32_t least,
		      uint32_t most)
{
	if (block.size < least || block.size > most)
		writer->failed = true;
	cursor_write_varint(writer, block.size);
	cursor_write_bytes(writer, block.data, block.size);
}

struct wire_bytes wire_read_text(struct cursor_reader *reader, uint32_t least, uint32_t most)
{
	struct wire_bytes text = wire_read_block(reader, least, most);

	if (reader->error == WIRE_OK && !text_is_printable(text.data, text.size))
		cursor_fail(reader, WIRE_TEXT);
	return text;
}

void wire_write_text(struct cursor_writer *writer, struct wire_bytes text, uint32_t least,
		     uint32_t most)
{
	if (!text_is_printable(text.data, text.size))
		writer->failed = true;
	wire_write_block(writer, text, least, most);
}

struct wire_bytes wire_read_name(struct cursor_reader *reader)
{
	struct wire_bytes name = wire_read_block(reader, 1, WIRE_NAME_MAX_BYTES);

	if (reader->error == WIRE_OK && text_name_fault(name.data, name.size))
		cursor_fail(reader, WIRE_TEXT);
	return name;
}

void wire_write_name(struct cursor_writer *writer, struct wire_bytes name)
{
	if (text_name_fault(name.data, name.size))
		writer->failed = true;
	wire_write_block(writer, name, 1, WIRE_NAME_MAX_BYTES);
}

/* A reason that this version does not know may be passed on, as long as it is a byte. */
void wire_write_reason(struct cursor_writer *writer, enum wire_reason reason)
{
	if ((unsigned)reason > UINT8_MAX)
		writer->failed = true;
	cursor_write_u8(writer, (uint8_t)reason);
}

uint32_t wire_read_member(struct cursor_reader *reader)
{
	return wire_read_range(reader, 1, UINT32_MAX);
}
