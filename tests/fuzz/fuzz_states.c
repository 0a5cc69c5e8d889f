/*
 * STATE, SNAPSHOT and KEYFRAME record by record: each value is in its range, the walk ends where
 * the message ends, and the same records build the same bytes, straight or through tails.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/wire/states.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_record(const struct states_message *message, const struct states_record *record,
			 const uint8_t *data, size_t size)
{
	bool is_state = message->type == WIRE_STATE;

	require((record->member == 0) == is_state);
	require(!is_state || record->skipped == 0);
	require(record->index <= WIRE_INDEX_MAX);
	require(record->age_us <= CURSOR_VARINT53_MAX);
	require(record->age_us <= message->time_us || (is_state && message->time_us == 0));
	require(record->payload.size <= WIRE_PAYLOAD_MAX_BYTES);
	if (record->payload.size > 0)
		require(record->payload.data > data &&
			record->payload.data + record->payload.size <= data + size);
}

static struct states_builder begin(const struct states_message *message, uint8_t *out,
				   size_t capacity)
{
	if (message->type == WIRE_STATE)
		return states_state_begin(out, capacity, message->time_us);
	if (message->type == WIRE_SNAPSHOT)
		return states_snapshot_begin(out, capacity, message->number, message->time_us);
	return states_keyframe_begin(out, capacity, message->time_us);
}

/* The buffer is exactly large enough, and on the heap, where a sanitizer sees one byte more. */
static void check_rebuilt(struct states_message message, const uint8_t *data, size_t size)
{
	uint8_t *out = malloc(size);
	struct states_record record;
	struct states_tail tail;
	struct states_builder builder;

	if (!out)
		return;
	builder = begin(&message, out, size);
	if (message.is_last)
		states_mark_last(&builder);
	while (states_next(&message, &record)) {
		check_record(&message, &record, data, size);
		require(states_tail_encode(&tail, &record));
		require(states_add_tail(&builder, record.member, record.index, record.skipped,
					&tail));
	}
	require(cursor_done(&message.reader) == WIRE_OK);
	require(message.fill_bytes <= STATES_FILL_MAX_BYTES);
	require(message.fill_bytes == 0 || message.type == WIRE_SNAPSHOT);
	require(states_fill(&builder, size) == (message.fill_bytes > 0));
	require(states_finish(&builder) == size && memcmp(out, data, size) == 0);
	free(out);
}

static bool is_same(const struct states_record *a, const struct states_record *b)
{
	return a->member == b->member && a->index == b->index && a->seq == b->seq &&
	       a->skipped == b->skipped && a->age_us == b->age_us &&
	       memcmp(a->position, b->position, sizeof(a->position)) == 0 &&
	       a->payload.data == b->payload.data && a->payload.size == b->payload.size;
}

/* Reading all records at once gives the same records as reading them one by one. */
static void check_all(struct states_message message, const uint8_t *data, size_t size)
{
	struct states_record records[STATES_RECORDS_MAX], record;
	struct states_message all;
	size_t count, walked = 0;

	require(states_decode_all(data, size, &all, records, &count) == WIRE_OK);
	require(all.type == message.type && all.time_us == message.time_us &&
		all.number == message.number && all.is_last == message.is_last &&
		all.fill_bytes == message.fill_bytes);
	while (states_next(&message, &record))
		require(walked < count && is_same(&records[walked++], &record));
	require(walked == count && !states_next(&all, &record));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct states_message message;

	if (states_decode(data, size, &message) == WIRE_OK) {
		check_rebuilt(message, data, size);
		check_all(message, data, size);
	}
	return 0;
}
