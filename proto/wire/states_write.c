#include "proto/wire/states_internal.h"

#include <string.h>

enum {
	KEYFRAME_LAST_AT = 1, /* where the byte `last` stands */
};

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

struct states_builder states_batch_begin(void *out, size_t capacity, uint64_t time_us)
{
	return (struct states_builder){ .start = out,
					.type = WIRE_SNAPSHOT,
					.time_us = time_us,
					.writer = cursor_writer_init(out, capacity) };
}

bool states_add_slice(struct states_builder *builder, const struct states_slice *slice)
{
	struct cursor_writer *writer = &builder->writer;

	if (writer->failed || builder->type == WIRE_STATE || slice->size > states_left(builder) ||
	    !(slice->bytes[0] & FLAG_MEMBER) || slice->first_member == builder->member)
		return false;
	cursor_write_bytes(writer, slice->bytes, slice->size);
	builder->member = slice->member;
	builder->next_index = slice->index + 1;
	builder->count += slice->count;
	return true;
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
