#include "proto/states.h"

#include <string.h>

/* The first byte of a record: which fields stand in it. */
enum {
	FLAG_MEMBER = 1,  /* else the member of the record before */
	FLAG_INDEX = 2,   /* else 0 after a member, and one more than the record before otherwise */
	FLAG_SKIPPED = 4, /* else 0 */
	FLAG_Z = 8,       /* else 0 */
	FLAG_PAYLOAD = 16, /* else empty */
	FLAG_FILL = 32,    /* no record: with the other bits 0, in a SNAPSHOT, the fill begins */
	FLAG_RESERVED = 0xe0,
};

_Static_assert(STATES_FILL_MAX_BYTES > STATES_HEAD_MAX_BYTES + STATES_TAIL_MAX_BYTES,
	       "what a record left free can be filled");

enum {
	KEYFRAME_LAST_AT = 1, /* where the byte `last` stands */
};

/* Reading. */

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

/* A STATE of time 0 leaves the time to the relay, and its ages count back from the arrival. */
static bool is_age_valid(enum wire_type type, uint64_t time_us, uint64_t age_us)
{
	return age_us <= time_us || (type == WIRE_STATE && time_us == 0);
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
 * Up to `most`; how many there were, the last of which is not whole after an error. All records are
 * read here, by a reader that nothing else knows of, so that a compiler can keep it in registers.
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

/* Writing. */

bool states_tail_encode(struct states_tail *tail, const struct states_record *record)
{
	struct cursor_writer writer = cursor_writer_init(tail->bytes, sizeof(tail->bytes));

	tail->flags = 0;
	tail->age_us = record->age_us;
	if (record->payload.size > WIRE_PAYLOAD_MAX_BYTES)
		return false;
	cursor_write_u16(&writer, record->seq);
	cursor_write_varint(&writer, record->age_us);
	cursor_write_zigzag32(&writer, record->position[0]);
	cursor_write_zigzag32(&writer, record->position[1]);
	if (record->position[2] != 0) {
		tail->flags |= FLAG_Z;
		cursor_write_zigzag32(&writer, record->position[2]);
	}
	if (record->payload.size > 0) {
		tail->flags |= FLAG_PAYLOAD;
		cursor_write_u8(&writer, (uint8_t)record->payload.size);
		cursor_write_bytes(&writer, record->payload.data, record->payload.size);
	}
	tail->size = (uint8_t)(writer.at - tail->bytes);
	return !writer.failed;
}

static struct states_builder begin(void *out, size_t capacity, enum wire_type type,
				   uint64_t time_us)
{
	struct states_builder builder = { .start = out, .type = type, .time_us = time_us };

	if (capacity > WIRE_MESSAGE_MAX_BYTES)
		capacity = WIRE_MESSAGE_MAX_BYTES;
	builder.writer = cursor_writer_init(out, capacity);
	cursor_write_u8(&builder.writer, (uint8_t)type);
	return builder;
}

struct states_builder states_state_begin(void *out, size_t capacity, uint64_t time_us)
{
	struct states_builder builder = begin(out, capacity, WIRE_STATE, time_us);

	cursor_write_varint(&builder.writer, time_us);
	return builder;
}

struct states_builder states_snapshot_begin(void *out, size_t capacity, uint16_t number,
					    uint64_t time_us)
{
	struct states_builder builder = begin(out, capacity, WIRE_SNAPSHOT, time_us);

	cursor_write_u16(&builder.writer, number);
	cursor_write_varint(&builder.writer, time_us);
	return builder;
}

struct states_builder states_keyframe_begin(void *out, size_t capacity, uint64_t time_us)
{
	struct states_builder builder = begin(out, capacity, WIRE_KEYFRAME, time_us);

	cursor_write_u8(&builder.writer, 0);
	cursor_write_varint(&builder.writer, time_us);
	return builder;
}

void states_mark_last(struct states_builder *builder)
{
	if (!builder->writer.failed && builder->type == WIRE_KEYFRAME)
		builder->start[KEYFRAME_LAST_AT] = 1;
}

bool states_add_tail(struct states_builder *builder, uint32_t member, uint16_t index,
		     uint16_t skipped, const struct states_tail *tail)
{
	struct cursor_writer *writer = &builder->writer;
	uint8_t *const before = writer->at;
	uint8_t flags = tail->flags;
	uint32_t implied = builder->next_index;

	if (writer->failed || index > WIRE_INDEX_MAX ||
	    (member == 0) != (builder->type == WIRE_STATE) ||
	    (skipped > 0 && builder->type == WIRE_STATE) ||
	    !is_age_valid(builder->type, builder->time_us, tail->age_us))
		return false;
	if (member != builder->member) {
		flags |= FLAG_MEMBER;
		implied = 0;
	}
	if (index != implied)
		flags |= FLAG_INDEX;
	if (skipped > 0)
		flags |= FLAG_SKIPPED;
	cursor_write_u8(writer, flags);
	if (flags & FLAG_MEMBER)
		cursor_write_varint(writer, member);
	if (flags & FLAG_INDEX)
		cursor_write_varint(writer, index);
	if (flags & FLAG_SKIPPED)
		cursor_write_varint(writer, skipped);
	cursor_write_bytes(writer, tail->bytes, tail->size);
	if (writer->failed) {
		writer->at = before;
		writer->failed = false;
		return false;
	}
	builder->member = member;
	builder->next_index = index + 1u;
	builder->count++;
	return true;
}

bool states_add(struct states_builder *builder, const struct states_record *record)
{
	struct states_tail tail;

	return states_tail_encode(&tail, record) &&
	       states_add_tail(builder, record->member, record->index, record->skipped, &tail);
}

bool states_fill(struct states_builder *builder, size_t size)
{
	struct cursor_writer *writer = &builder->writer;
	const size_t used = (size_t)(writer->at - builder->start);

	if (writer->failed || builder->type != WIRE_SNAPSHOT || builder->count == 0 ||
	    size <= used || size - used > STATES_FILL_MAX_BYTES ||
	    size - used > (size_t)(writer->end - writer->at))
		return false;
	cursor_write_u8(writer, FLAG_FILL);
	memset(writer->at, 0, size - used - 1);
	writer->at = builder->start + size;
	writer->end = writer->at;
	return true;
}

size_t states_finish(struct states_builder *builder)
{
	if (builder->writer.failed || (builder->type != WIRE_KEYFRAME && builder->count == 0))
		return 0;
	return (size_t)(builder->writer.at - builder->start);
}
