#include "proto/wire/states_internal.h"

static void read_head(struct states_message *message, struct cursor_reader *reader,
		      struct states_record *record, uint8_t flags)
{
	bool takes_member = message->type != WIRE_STATE;
	uint32_t index = message->next_index;

	if (!takes_member && (flags & (FLAG_MEMBER | FLAG_SKIPPED)))
		cursor_fail(reader, WIRE_RESERVED);
	if (takes_member && message->is_first && !(flags & FLAG_MEMBER))
		cursor_fail(reader, WIRE_NOT_CANONICAL);
	record->member = message->member;
	if (flags & FLAG_MEMBER) {
		record->member = cursor_read_varint32(reader);
		if (record->member == 0)
			cursor_fail(reader, WIRE_RANGE);
		if (record->member == message->member)
			cursor_fail(reader, WIRE_NOT_CANONICAL);
		index = 0;
	}
	if (flags & FLAG_INDEX) {
		uint32_t stated = cursor_read_varint32(reader);

		if (stated == index)
			cursor_fail(reader, WIRE_NOT_CANONICAL);
		index = stated;
	}
	if (index > WIRE_INDEX_MAX)
		cursor_fail(reader, WIRE_RANGE);
	record->index = (uint16_t)index;
	message->member = record->member;
	message->next_index = index + 1;
	message->is_first = false;
}

static uint16_t read_skipped(struct cursor_reader *reader)
{
	uint32_t skipped = cursor_read_varint32(reader);

	if (skipped == 0)
		cursor_fail(reader, WIRE_NOT_CANONICAL);
	if (skipped > UINT16_MAX)
		cursor_fail(reader, WIRE_RANGE);
	return (uint16_t)skipped;
}

static int32_t read_z(struct cursor_reader *reader)
{
	int32_t z = cursor_read_zigzag32(reader);

	if (z == 0)
		cursor_fail(reader, WIRE_NOT_CANONICAL);
	return z;
}

static struct wire_bytes read_payload(struct cursor_reader *reader)
{
	size_t size = cursor_read_u8(reader);

	if (size == 0)
		cursor_fail(reader, WIRE_NOT_CANONICAL);
	if (size > WIRE_PAYLOAD_MAX_BYTES)
		cursor_fail(reader, WIRE_RANGE);
	return (struct wire_bytes){ .data = cursor_read_bytes(reader, size), .size = size };
}

static void read_record(struct states_message *message, struct cursor_reader *reader,
			struct states_record *record)
{
	uint8_t flags = cursor_read_u8(reader);

	*record = (struct states_record){ 0 };
	if (flags & FLAG_RESERVED)
		cursor_fail(reader, WIRE_RESERVED);
	read_head(message, reader, record, flags);
	if (flags & FLAG_SKIPPED)
		record->skipped = read_skipped(reader);
	record->seq = cursor_read_u16(reader);
	record->age_us = cursor_read_varint53(reader);
	if (!is_age_valid(message->type, message->time_us, record->age_us))
		cursor_fail(reader, WIRE_RANGE);
	record->position[0] = cursor_read_zigzag32(reader);
	record->position[1] = cursor_read_zigzag32(reader);
	if (flags & FLAG_Z)
		record->position[2] = read_z(reader);
	if (flags & FLAG_PAYLOAD)
		record->payload = read_payload(reader);
}

/* Whether fill begins where a record could. */
static bool is_at_fill(const struct states_message *message, const struct cursor_reader *reader)
{
	return message->type == WIRE_SNAPSHOT && !message->is_first && cursor_left(reader) > 0 &&
	       *reader->at == FLAG_FILL;
}

/*
 * Reads up to `most` records and returns how many; after an error the last one is incomplete. All
 * records are read here, by a local reader, so that a compiler can keep it in registers.
 */
static size_t read_records(struct states_message *message, struct states_record *records,
			   size_t most)
{
	struct cursor_reader reader = { .at = message->reader.at,
					.end = message->reader.end,
					.error = message->reader.error };
	size_t count = 0;

	while (count < most && cursor_left(&reader) > 0 && !is_at_fill(message, &reader))
		read_record(message, &reader, &records[count++]);
	message->reader = reader;
	return count;
}

static void read_fill(struct states_message *message)
{
	struct cursor_reader *reader = &message->reader;
	const size_t size = cursor_left(reader);

	if (size > STATES_FILL_MAX_BYTES)
		cursor_fail(reader, WIRE_RANGE);
	message->fill_bytes = (uint8_t)size;
	cursor_read_u8(reader);
	while (cursor_left(reader) > 0)
		if (cursor_read_u8(reader) != 0)
			cursor_fail(reader, WIRE_RESERVED);
}

static void read_header(struct states_message *message)
{
	struct cursor_reader *reader = &message->reader;
	uint8_t last;

	switch (message->type) {
	case WIRE_SNAPSHOT:
		message->number = cursor_read_u16(reader);
		break;
	case WIRE_KEYFRAME:
		last = cursor_read_u8(reader);
		if (last > 1)
			cursor_fail(reader, WIRE_RESERVED);
		message->is_last = last == 1;
		break;
	case WIRE_STATE:
		break;
	default:
		cursor_fail(reader, WIRE_TYPE);
	}
	message->time_us = cursor_read_varint53(reader);
}

/* The header, after which the walk over the records begins. */
static void begin_walk(struct states_message *message, const void *data, size_t size)
{
	struct cursor_reader *reader = &message->reader;

	*message = (struct states_message){ .reader = cursor_reader_init(data, size),
					    .is_first = true };
	if (size > WIRE_MESSAGE_MAX_BYTES)
		cursor_fail(reader, WIRE_TOO_LONG);
	message->type = (enum wire_type)cursor_read_u8(reader);
	read_header(message);
	if (message->type != WIRE_KEYFRAME && cursor_left(reader) == 0)
		cursor_fail(reader, WIRE_EMPTY);
}

static enum wire_error end_walk(struct states_message *message,
				struct states_record records[static STATES_RECORDS_MAX],
				size_t *count)
{
	*count = read_records(message, records, STATES_RECORDS_MAX);
	if (is_at_fill(message, &message->reader))
		read_fill(message);
	return cursor_done(&message->reader);
}

enum wire_error states_decode_all(const void *data, size_t size, struct states_message *message,
				  struct states_record records[static STATES_RECORDS_MAX],
				  size_t *count)
{
	begin_walk(message, data, size);
	return end_walk(message, records, count);
}

enum wire_error states_decode(const void *data, size_t size, struct states_message *message)
{
	struct states_record records[STATES_RECORDS_MAX];
	const uint8_t *first;
	enum wire_error error;
	size_t count;

	begin_walk(message, data, size);
	first = message->reader.at;
	error = end_walk(message, records, &count);
	if (error != WIRE_OK)
		return error;
	/* states_next begins anew, and ends before the fill. */
	message->reader.at = first;
	message->reader.end -= message->fill_bytes;
	message->member = 0;
	message->next_index = 0;
	message->is_first = true;
	return WIRE_OK;
}

bool states_next(struct states_message *message, struct states_record *record)
{
	return read_records(message, record, 1) == 1 && message->reader.error == WIRE_OK;
}
