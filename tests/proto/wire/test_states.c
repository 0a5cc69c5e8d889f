#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "proto/wire/states.h"
#include "tests/fixtures/seeded_random.h"

enum {
	TYPICAL_MAX_BYTES = 16, /* of an entity in a SNAPSHOT, without payload */
};

static uint8_t out[2 * WIRE_MESSAGE_MAX_BYTES];

static void is_written(struct states_builder *builder, const uint8_t *bytes, size_t expected)
{
	assert_int_equal(states_finish(builder), expected);
	assert_memory_equal(out, bytes, expected);
}

static bool add(struct states_builder *builder, struct states_record record)
{
	return states_add(builder, &record);
}

static struct states_record at(uint32_t member, uint16_t index, uint16_t seq)
{
	return (struct states_record){ .member = member, .index = index, .seq = seq };
}

static void a_keyframe_may_be_empty_and_marks_the_last(void **state)
{
	struct states_builder builder = states_keyframe_begin(out, sizeof(out), 5);

	(void)state;
	is_written(&builder, (const uint8_t[]){ 9, 0, 5 }, 3);
	states_mark_last(&builder);
	is_written(&builder, (const uint8_t[]){ 9, 1, 5 }, 3);
}

static void only_a_keyframe_can_be_marked_last(void **state)
{
	struct states_builder builder = states_snapshot_begin(out, sizeof(out), 7, 0);

	(void)state;
	assert_true(add(&builder, at(1, 0, 1)));
	states_mark_last(&builder);
	is_written(&builder, (const uint8_t[]){ 8, 7, 0, 0, 1, 1, 1, 0, 0, 0, 0 }, 11);
}

static void a_message_without_a_record_is_nothing_unless_a_keyframe(void **state)
{
	struct states_builder builder = states_state_begin(out, sizeof(out), 1);

	(void)state;
	assert_int_equal(states_finish(&builder), 0);
	builder = states_snapshot_begin(out, sizeof(out), 0, 1);
	assert_int_equal(states_finish(&builder), 0);
}

static void a_buffer_of_no_bytes_holds_no_message(void **state)
{
	struct states_builder builder = states_keyframe_begin(out, 0, 1);

	(void)state;
	states_mark_last(&builder);
	assert_false(add(&builder, at(1, 0, 1)));
	assert_int_equal(states_finish(&builder), 0);
}

static void a_time_above_53_bits_is_not_built(void **state)
{
	struct states_builder builder =
		states_state_begin(out, sizeof(out), CURSOR_VARINT53_MAX + 1);

	(void)state;
	assert_false(add(&builder, at(0, 0, 1)));
	assert_int_equal(states_finish(&builder), 0);
}

/* Each record that a decoder would reject; the message then stays as it was. */
static void a_record_out_of_range_is_not_added(void **state)
{
	static const uint8_t payload[WIRE_PAYLOAD_MAX_BYTES + 1];
	struct states_builder builder = states_snapshot_begin(out, sizeof(out), 0, 1000);
	struct states_record old = at(1, 0, 1), large = at(1, 0, 1);
	size_t before;

	(void)state;
	assert_true(add(&builder, at(1, WIRE_INDEX_MAX, 1)));
	before = states_finish(&builder);
	assert_false(add(&builder, at(1, WIRE_INDEX_MAX + 1, 1)));
	assert_false(add(&builder, at(0, 0, 1)));
	old.age_us = 1001;
	assert_false(add(&builder, old));
	old.age_us = UINT64_MAX;
	assert_false(add(&builder, old));
	large.payload = (struct wire_bytes){ payload, sizeof(payload) };
	assert_false(add(&builder, large));
	assert_int_equal(states_finish(&builder), before);
	old.age_us = 1000;
	assert_true(add(&builder, old));
	large.payload.size--;
	assert_true(add(&builder, large));
}

static void a_state_names_no_member_and_skips_nothing(void **state)
{
	struct states_builder builder = states_state_begin(out, sizeof(out), 0);
	struct states_record skipped = at(0, 0, 1), old = at(0, 0, 1);

	(void)state;
	assert_false(add(&builder, at(1, 0, 1)));
	skipped.skipped = 1;
	assert_false(add(&builder, skipped));
	assert_int_equal(states_finish(&builder), 0);
	old.age_us = CURSOR_VARINT53_MAX; /* counts back from the arrival */
	assert_true(add(&builder, old));
}

static void a_full_message_refuses_one_more_and_stays_whole(void **state)
{
	struct states_builder builder = states_snapshot_begin(out, sizeof(out), 1, 0);
	struct states_message message;
	struct states_record record;
	uint16_t added = 0, read = 0;

	(void)state;
	while (add(&builder, at(1, added, added)))
		added++;
	/* type, number, time; the first names its member */
	assert_int_equal(added, (WIRE_MESSAGE_MAX_BYTES - 4 - 1) / 6);
	assert_int_equal(states_decode(out, states_finish(&builder), &message), WIRE_OK);
	while (states_next(&message, &record)) {
		assert_int_equal(record.index, read);
		read++;
	}
	assert_int_equal(read, added);
	assert_false(states_next(&message, &record));
}

/* The most records that a message can hold, whole and with less than a record behind them. */
static void as_many_records_as_fit_are_decoded_at_once(void **state)
{
	struct states_builder builder = states_state_begin(out, sizeof(out), 0);
	struct states_record records[STATES_RECORDS_MAX];
	struct states_message message;
	size_t count;

	(void)state;
	for (uint16_t i = 0; i < STATES_RECORDS_MAX; i++)
		assert_true(add(&builder, at(0, i, i)));
	assert_int_equal(states_finish(&builder), WIRE_MESSAGE_MAX_BYTES);
	assert_int_equal(states_decode_all(out, WIRE_MESSAGE_MAX_BYTES, &message, records, &count),
			 WIRE_OK);
	assert_int_equal(count, STATES_RECORDS_MAX);
	assert_int_equal(records[count - 1].index, STATES_RECORDS_MAX - 1);
	assert_int_equal(
		states_decode_all(out, WIRE_MESSAGE_MAX_BYTES - 1, &message, records, &count),
		WIRE_SHORT);
	memset(out + WIRE_MESSAGE_MAX_BYTES, 0, STATES_RECORD_MIN_BYTES);
	assert_int_equal(states_decode_all(out, WIRE_MESSAGE_MAX_BYTES + STATES_RECORD_MIN_BYTES,
					   &message, records, &count),
			 WIRE_TOO_LONG);
}

static struct states_record random_record(struct seeded_random *seed, uint64_t time_us,
					  bool is_state, const uint8_t *payload)
{
	struct states_record record = { 0 };

	if (!is_state) {
		record.member = (uint32_t)seeded_random_spread(
			seed, 1, seeded_random_next(seed) % 2 ? 3 : UINT32_MAX);
		record.skipped = (uint16_t)seeded_random_spread(seed, 0, UINT16_MAX);
	}
	record.index = (uint16_t)seeded_random_spread(
		seed, 0, seeded_random_next(seed) % 2 ? 3 : WIRE_INDEX_MAX);
	record.seq = (uint16_t)seeded_random_next(seed);
	record.age_us = seeded_random_spread(seed, 0, time_us);
	for (size_t axis = 0; axis < 3; axis++)
		record.position[axis] =
			(int32_t)((int64_t)seeded_random_spread(seed, 0, UINT32_MAX) + INT32_MIN);
	if (seeded_random_next(seed) % 4 == 0)
		record.position[2] = 0;
	record.payload.data = payload;
	record.payload.size = seeded_random_spread(seed, 0, WIRE_PAYLOAD_MAX_BYTES);
	return record;
}

static void is_same_record(const struct states_record *a, const struct states_record *b)
{
	assert_int_equal(a->member, b->member);
	assert_int_equal(a->index, b->index);
	assert_int_equal(a->seq, b->seq);
	assert_int_equal(a->skipped, b->skipped);
	assert_true(a->age_us == b->age_us);
	assert_memory_equal(a->position, b->position, sizeof(a->position));
	assert_int_equal(a->payload.size, b->payload.size);
	assert_memory_equal(a->payload.data ? a->payload.data : (const uint8_t *)"",
			    b->payload.size ? b->payload.data : (const uint8_t *)"",
			    a->payload.size);
}

static struct states_builder begin_any(enum wire_type type, uint64_t time_us)
{
	if (type == WIRE_STATE)
		return states_state_begin(out, sizeof(out), time_us);
	if (type == WIRE_SNAPSHOT)
		return states_snapshot_begin(out, sizeof(out), 0xabcd, time_us);
	return states_keyframe_begin(out, sizeof(out), time_us);
}

static void random_records_come_back_as_they_were(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();
	uint8_t payload[WIRE_PAYLOAD_MAX_BYTES];

	(void)state;
	seeded_random_fill(&seed, payload, sizeof(payload));
	for (int turn = 0; turn < 5000; turn++) {
		struct states_record records[200], record;
		enum wire_type type =
			(enum wire_type)seeded_random_between(&seed, WIRE_STATE, WIRE_KEYFRAME);
		uint64_t time_us = seeded_random_spread(&seed, 0, CURSOR_VARINT53_MAX);
		size_t wanted = seeded_random_between(&seed, 1, 200), added = 0;
		struct states_builder builder = begin_any(type, time_us);
		struct states_record all[STATES_RECORDS_MAX];
		struct states_message message;
		size_t count;

		for (; added < wanted; added++) {
			records[added] = random_record(&seed, time_us, type == WIRE_STATE, payload);
			if (!states_add(&builder, &records[added]))
				break;
		}
		assert_true(added > 0);
		assert_int_equal(states_decode(out, states_finish(&builder), &message), WIRE_OK);
		assert_int_equal(message.type, type);
		assert_true(message.time_us == time_us);
		for (size_t i = 0; i < added; i++) {
			assert_true(states_next(&message, &record));
			is_same_record(&record, &records[i]);
		}
		assert_false(states_next(&message, &record));
		assert_int_equal(
			states_decode_all(out, states_finish(&builder), &message, all, &count),
			WIRE_OK);
		assert_int_equal(count, added);
		for (size_t i = 0; i < added; i++)
			is_same_record(&all[i], &records[i]);
	}
}

static void one_tail_serves_members_with_other_heads(void **state)
{
	struct states_record record = at(7, 3, 99);
	struct states_tail tail;
	struct states_message message;
	struct states_record again;

	(void)state;
	record.position[2] = -5;
	record.age_us = 10;
	assert_true(states_tail_encode(&tail, &record));
	for (uint16_t skipped = 0; skipped < 300; skipped += 150) {
		struct states_builder builder =
			states_snapshot_begin(out, sizeof(out), skipped, 1000);

		if (skipped > 0)
			assert_true(add(&builder, at(7, 2, 1)));
		assert_true(states_add_tail(&builder, 7, 3, skipped, &tail));
		assert_int_equal(states_decode(out, states_finish(&builder), &message), WIRE_OK);
		while (states_next(&message, &again))
			;
		record.skipped = skipped;
		is_same_record(&again, &record);
	}
}

/* How many bytes entities take in SNAPSHOTs, headers not counted. */
struct sizes {
	size_t entities, sum, max;
};

static void measure(struct sizes *sizes, struct states_builder *builder,
		    const struct states_record *record)
{
	const uint8_t *before = builder->writer.at;
	size_t size;

	assert_true(states_add(builder, record));
	size = (size_t)(builder->writer.at - before);
	sizes->entities++;
	sizes->sum += size;
	if (size > sizes->max)
		sizes->max = size;
}

static void report(const struct sizes *sizes, const char *what)
{
	print_message("%s: %zu entities, mean %.2f and at most %zu bytes an entity\n", what,
		      sizes->entities, (double)sizes->sum / (double)sizes->entities, sizes->max);
}

/* 1 km around, 8 m up and down, up to 16,383 members, several entities each, not in order. */
static void a_typical_random_entity_takes_at_most_16_bytes(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();
	struct sizes sizes = { 0 };

	(void)state;
	for (int turn = 0; turn < 2000; turn++) {
		struct states_builder builder =
			states_snapshot_begin(out, sizeof(out), 0, UINT64_C(3600000000));

		for (int i = 0; i < 60; i++) {
			struct states_record record =
				at((uint32_t)seeded_random_between(&seed, 1, 16383),
				   (uint16_t)seeded_random_between(&seed, 0, 127),
				   (uint16_t)seeded_random_next(&seed));

			record.age_us = seeded_random_between(&seed, 0, 16000);
			record.position[0] =
				(int32_t)seeded_random_between(&seed, 0, 2000000) - 1000000;
			record.position[1] =
				(int32_t)seeded_random_between(&seed, 0, 2000000) - 1000000;
			record.position[2] = (int32_t)seeded_random_between(&seed, 0, 16000) - 8000;
			measure(&sizes, &builder, &record);
		}
	}
	report(&sizes, "random");
	assert_true(sizes.max <= TYPICAL_MAX_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_keyframe_may_be_empty_and_marks_the_last),
		cmocka_unit_test(only_a_keyframe_can_be_marked_last),
		cmocka_unit_test(a_message_without_a_record_is_nothing_unless_a_keyframe),
		cmocka_unit_test(a_buffer_of_no_bytes_holds_no_message),
		cmocka_unit_test(a_time_above_53_bits_is_not_built),
		cmocka_unit_test(a_record_out_of_range_is_not_added),
		cmocka_unit_test(a_state_names_no_member_and_skips_nothing),
		cmocka_unit_test(a_full_message_refuses_one_more_and_stays_whole),
		cmocka_unit_test(as_many_records_as_fit_are_decoded_at_once),
		cmocka_unit_test(random_records_come_back_as_they_were),
		cmocka_unit_test(one_tail_serves_members_with_other_heads),
		cmocka_unit_test(a_typical_random_entity_takes_at_most_16_bytes),
	};

	return cmocka_run_group_tests_name("states", tests, NULL, NULL);
}
