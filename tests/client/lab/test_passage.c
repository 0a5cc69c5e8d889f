/* Which updates packets carry, as their links see them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/lab/passage.h"
#include "proto/net/netns/tunnel.h"
#include "proto/wire/states.h"

enum {
	IP_BYTES = 20,
	UDP_BYTES = 8,
	TCP_BYTES = 20,
	FIRST = 0x7ffffff0, /* the stream's first sequence number; it passes 2^31 soon */
};

static struct passage_stream stream;
static struct lab_update_id ids[PASSAGE_UPDATES];

static int set_up(void **state)
{
	(void)state;
	stream = (struct passage_stream){ .has_begun = false };
	return 0;
}

/* From the relay, 10.83.0.1, to a member, 10.83.1.n. */
static size_t packet(uint8_t data[static TUNNEL_MTU_BYTES], enum lab_way way, const uint8_t *head,
		     size_t head_bytes, const void *payload, size_t size)
{
	const size_t all = IP_BYTES + head_bytes + size;
	const uint8_t ip[IP_BYTES] = { 0x45,
				       0,
				       (uint8_t)(all >> 8),
				       (uint8_t)all,
				       0,
				       0,
				       0,
				       0,
				       64,
				       way == LAB_STREAM ? 6 : 17,
				       0,
				       0,
				       10,
				       83,
				       0,
				       1,
				       10,
				       83,
				       1,
				       (uint8_t)(1 + way) };

	memcpy(data, ip, IP_BYTES);
	memcpy(data + IP_BYTES, head, head_bytes);
	memcpy(data + IP_BYTES + head_bytes, payload, size);
	return all;
}

static size_t datagram(const void *payload, size_t size)
{
	static const uint8_t udp[UDP_BYTES] = { 0x1e, 0x61, 0x1e, 0x62 };
	uint8_t data[TUNNEL_MTU_BYTES];
	const size_t all = packet(data, LAB_RELIABLE, udp, sizeof(udp), payload, size);

	return passage_read(&stream, LAB_RELIABLE, data, all, ids);
}

static size_t segment(uint32_t number, const void *payload, size_t size)
{
	const uint8_t tcp[TCP_BYTES] = { [4] = (uint8_t)(number >> 24),
					 [5] = (uint8_t)(number >> 16),
					 [6] = (uint8_t)(number >> 8),
					 [7] = (uint8_t)number,
					 [12] = 0x50 };
	uint8_t data[TUNNEL_MTU_BYTES];
	const size_t all = packet(data, LAB_STREAM, tcp, sizeof(tcp), payload, size);

	return passage_read(&stream, LAB_STREAM, data, all, ids);
}

static void assert_ids(size_t count, const struct lab_update_id *expected, size_t expected_count)
{
	assert_int_equal(count, expected_count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(ids[i].bird, expected[i].bird);
		assert_int_equal(ids[i].number, expected[i].number);
	}
}

/* A SNAPSHOT with birds 0 and 5, updates 9 and 300. */
static size_t write_snapshot(uint8_t *out, size_t capacity)
{
	static const struct lab_record updates[] = { { .number = 9, .origin_ns = 1000 },
						     { .number = 300, .origin_ns = 2000 } };
	struct states_builder builder = states_snapshot_begin(out, capacity, 1, 1000);

	for (uint16_t i = 0; i < 2; i++) {
		uint8_t payload[LAB_PAYLOAD_MAX_BYTES];
		const size_t size = lab_update_write_payload(&updates[i], payload);

		assert_true(states_add(&builder,
				       &(struct states_record){ .member = 3,
								.index = (uint16_t)(5 * i),
								.payload = { payload, size } }));
	}
	return (size_t)(builder.writer.at - builder.start);
}

static const struct lab_update_id in_snapshot[] = { { 0, 9 }, { 5, 300 } };

static void a_snapshot_in_an_unsequenced_message_is_read(void **state)
{
	uint8_t bytes[256] = { 0x20, 0x05, 0x49, 0x01, 0, 0, 0, 7, 0 };
	const size_t size = write_snapshot(bytes + 10, 200);

	(void)state;
	bytes[9] = (uint8_t)size;
	assert_ids(datagram(bytes, 10 + size), in_snapshot, 2);
}

static void a_snapshot_behind_an_acknowledgement_is_read(void **state)
{
	static const uint8_t begin[] = { 0xa0, 0x05, 0x12, 0x34,                   /* sent time */
					 0x01, 0xff, 0,    1,    0, 1, 0x12, 0x30, /* ACKNOWLEDGE */
					 0x86, 0x01, 0,    9,    0 };              /* RELIABLE */
	uint8_t bytes[256];
	const size_t size = write_snapshot(bytes + sizeof(begin) + 1, 200);

	(void)state;
	memcpy(bytes, begin, sizeof(begin));
	bytes[sizeof(begin)] = (uint8_t)size;
	assert_ids(datagram(bytes, sizeof(begin) + 1 + size), in_snapshot, 2);
}

static void anything_else_carries_nothing(void **state)
{
	static const uint8_t event[] = { 0x20, 0x05, 0x49, 0x01, 0, 0, 0, 7, 0, 3, 'a', 'b', 'c' };
	static uint8_t noise[TUNNEL_MTU_BYTES];

	(void)state;
	assert_int_equal(datagram(event, sizeof(event)), 0);
	assert_int_equal(datagram("", 0), 0);
	for (size_t size = 0; size < 200; size++) {
		noise[size] = (uint8_t)(size * 37);
		assert_int_equal(datagram(noise, size), 0);
		assert_int_equal(passage_read(&stream, LAB_RELIABLE, noise, size, ids), 0);
	}
}

/* The messages of bird 2's updates 1 to `count`, one behind another; where each ends. */
static size_t write_messages(uint8_t *out, unsigned count, size_t ends[])
{
	size_t at = 0;

	for (unsigned i = 0; i < count; i++) {
		const struct lab_record record = { .bird = 2, .number = i + 1, .x = 1000.0 * i };

		at += lab_update_write_message(&record, out + at);
		ends[i] = at;
	}
	return at;
}

static void a_message_is_in_the_segment_of_its_last_byte(void **state)
{
	uint8_t bytes[200];
	size_t ends[3];
	const size_t size = write_messages(bytes, 3, ends), cut = ends[1] - 1;

	(void)state;
	assert_ids(segment(FIRST, bytes, cut), (struct lab_update_id[]){ { 2, 1 } }, 1);
	assert_ids(segment(FIRST + (uint32_t)cut, bytes + cut, size - cut),
		   (struct lab_update_id[]){ { 2, 3 }, { 2, 2 } }, 2);
}

static void a_segment_that_is_sent_again_carries_the_same(void **state)
{
	uint8_t bytes[200];
	size_t ends[3];
	const size_t size = write_messages(bytes, 3, ends);

	(void)state;
	assert_int_equal(segment(FIRST, bytes, size), 3);
	assert_ids(segment(FIRST, bytes, ends[0]), (struct lab_update_id[]){ { 2, 1 } }, 1);
	assert_ids(segment(FIRST + (uint32_t)ends[0], bytes + ends[0], ends[1] - ends[0]),
		   (struct lab_update_id[]){ { 2, 2 } }, 1);
	assert_int_equal(stream.count, 3);
}

static void a_stream_of_something_else_is_given_up(void **state)
{
	static uint8_t bytes[64];

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(segment(FIRST, bytes, sizeof(bytes)), 0);
	assert_int_equal(segment(FIRST + sizeof(bytes), bytes, sizeof(bytes)), 0);
	assert_true(stream.is_broken);
}

static void more_messages_than_are_kept_leave_the_newest(void **state)
{
	uint8_t bytes[64];
	size_t ends[1];
	uint32_t at = FIRST;

	(void)state;
	for (unsigned i = 0; i < PASSAGE_MESSAGES + 5; i++, at += (uint32_t)ends[0]) {
		(void)write_messages(bytes, 1, ends);
		assert_int_equal(segment(at, bytes, ends[0]), 1);
	}
	assert_int_equal(segment(FIRST, bytes, ends[0]), 0);
	assert_int_equal(segment(at - (uint32_t)ends[0], bytes, ends[0]), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_snapshot_in_an_unsequenced_message_is_read, set_up),
		cmocka_unit_test_setup(a_snapshot_behind_an_acknowledgement_is_read, set_up),
		cmocka_unit_test_setup(anything_else_carries_nothing, set_up),
		cmocka_unit_test_setup(a_message_is_in_the_segment_of_its_last_byte, set_up),
		cmocka_unit_test_setup(a_segment_that_is_sent_again_carries_the_same, set_up),
		cmocka_unit_test_setup(a_stream_of_something_else_is_given_up, set_up),
		cmocka_unit_test_setup(more_messages_than_are_kept_leave_the_newest, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
