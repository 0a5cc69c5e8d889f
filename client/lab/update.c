#include "client/lab/update.h"

#include <math.h>

#include "proto/wire/cursor.h"

static const double mm_per_m = 1000;

static void write_payload(struct cursor_writer *writer, const struct lab_record *record)
{
	cursor_write_varint(writer, record->number);
	cursor_write_varint(writer, (uint64_t)record->origin_ns / 1000);
}

static void read_payload(struct cursor_reader *reader, struct lab_record *record)
{
	record->number = cursor_read_varint32(reader);
	record->origin_ns = (int64_t)cursor_read_varint53(reader) * 1000;
}

size_t lab_update_write_payload(const struct lab_record *record,
				uint8_t data[static LAB_PAYLOAD_MAX_BYTES])
{
	struct cursor_writer writer = cursor_writer_init(data, LAB_PAYLOAD_MAX_BYTES);

	write_payload(&writer, record);
	return writer.failed ? 0 : (size_t)(writer.at - data);
}

bool lab_update_read_payload(struct lab_record *record, const uint8_t *data, size_t size)
{
	struct cursor_reader reader = cursor_reader_init(data, size);

	read_payload(&reader, record);
	return cursor_done(&reader) == WIRE_OK;
}

size_t lab_update_write_message(const struct lab_record *record,
				uint8_t data[static LAB_MESSAGE_MAX_BYTES])
{
	struct cursor_writer writer = cursor_writer_init(data + 1, LAB_MESSAGE_MAX_BYTES - 1);

	cursor_write_varint(&writer, record->bird);
	cursor_write_zigzag32(&writer, (int32_t)lround(record->x * mm_per_m));
	cursor_write_zigzag32(&writer, (int32_t)lround(record->y * mm_per_m));
	write_payload(&writer, record);
	data[0] = (uint8_t)(writer.at - data - 1);
	return writer.failed ? 0 : (size_t)(writer.at - data);
}

int lab_update_read_message(struct lab_record *record, const uint8_t *data, size_t size)
{
	struct cursor_reader reader;

	if (size < 1 || size - 1 < data[0])
		return 0;
	reader = cursor_reader_init(data + 1, data[0]);
	record->bird = cursor_read_varint32(&reader);
	record->x = cursor_read_zigzag32(&reader) / mm_per_m;
	record->y = cursor_read_zigzag32(&reader) / mm_per_m;
	read_payload(&reader, record);
	return cursor_done(&reader) == WIRE_OK && record->bird < LAB_BIRDS_MAX ? data[0] + 1 : -1;
}
