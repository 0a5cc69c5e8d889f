/* Which member's packet a packet of a tunnel is; and that odd ones are nobody's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/net/netns/tunnel.h"
#include "proto/net/random.h"

enum {
	MEMBERS = 3,
	UDP_BYTES = 20 + 8 + 5,
	TCP_BYTES = 20 + 32 + 7,
};

/* 10.83.1.2 to 10.83.0.1, UDP, five bytes. */
static const uint8_t up[UDP_BYTES] = {
	0x45, 0, 0, UDP_BYTES, 0, 1,    0x40, 0, 64, 17, 0, 0,   10,  83,  1,   2,   10,
	83,   0, 1, 0x30,      0, 0x40, 0,    0, 13, 0,  0, 'h', 'e', 'l', 'l', 'o',
};

/* 10.83.0.1 to 10.83.1.3, TCP with 12 bytes of options, seven bytes of the stream. */
static const uint8_t down[TCP_BYTES] = {
	0x45, 0, 0,    TCP_BYTES, 0, 1, 0x40, 0, 64, 6, 0, 0, 10,   83,   0, 1, 10, 83, 1, 3,
	0x30, 0, 0x40, 0,         0, 0, 0,    1, 0,  0, 0, 1, 0x80, 0x18, 1, 0, 0,  0,  0, 0,
};

/* In a block of just this size, for asan. */
static bool read_exact(const uint8_t *data, size_t size, struct tunnel_packet *packet)
{
	uint8_t *exact = malloc(size + 1);
	bool is_taken;

	memcpy(exact + 1, data, size);
	is_taken = tunnel_read(exact + 1, size, MEMBERS, packet);
	free(exact);
	return is_taken;
}

static void packets_of_members_are_told_apart(void **state)
{
	struct tunnel_packet packet;

	(void)state;
	assert_true(read_exact(up, sizeof(up), &packet));
	assert_int_equal(packet.member, 1);
	assert_true(packet.is_up);
	assert_int_equal(packet.payload_bytes, 5);
	assert_true(read_exact(down, sizeof(down), &packet));
	assert_int_equal(packet.member, 2);
	assert_false(packet.is_up);
	assert_int_equal(packet.payload_bytes, 7);
}

static void a_packet_cut_anywhere_is_nobodys(void **state)
{
	struct tunnel_packet packet;

	(void)state;
	for (size_t size = 0; size < sizeof(up); size++)
		assert_false(read_exact(up, size, &packet));
}

/* One byte of a good packet, changed. */
static const struct odd {
	size_t at;
	uint8_t value;
} odd[] = {
	{ 0, 0x65 },          /* IPv6 */
	{ 0, 0x44 },          /* a header of 16 bytes */
	{ 0, 0x4f },          /* one of 60, which is more than there is */
	{ 3, UDP_BYTES + 1 }, /* longer than it is */
	{ 3, UDP_BYTES - 1 }, /* shorter than it is */
	{ 2, 1 },             /* much longer */
	{ 15, 0 },            /* from before the first member */
	{ 15, 4 },            /* from behind the last */
	{ 14, 2 },            /* from elsewhere */
	{ 12, 127 },
	{ 19, 2 },   /* not to the relay */
	{ 16, 224 }, /* multicast */
};

static void an_odd_packet_is_nobodys(void **state)
{
	struct tunnel_packet packet;

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		uint8_t data[UDP_BYTES];

		memcpy(data, up, sizeof(up));
		data[odd[i].at] = odd[i].value;
		if (read_exact(data, sizeof(data), &packet))
			fail_msg("taken: byte %zu is %u", odd[i].at, odd[i].value);
	}
}

/* Linux sends this by itself as a device comes up: fe80::1 to ff02::2, ICMPv6 type 133. */
static void a_router_solicitation_is_nobodys(void **state)
{
	static const uint8_t data[48] = { 0x60, 0,        0,    0,    0,        8,
					  58,   255,      0xfe, 0x80, [23] = 1, [24] = 0xff,
					  0x02, [39] = 2, 133,  0 };
	struct tunnel_packet packet;

	(void)state;
	assert_false(read_exact(data, sizeof(data), &packet));
}

/* ICMP between the two, and TCP whose own header is broken: passed on, as nothing is known of it.
 */
static void what_is_neither_udp_nor_tcp_has_no_payload(void **state)
{
	struct tunnel_packet packet;
	uint8_t data[TCP_BYTES];

	(void)state;
	memcpy(data, down, sizeof(down));
	data[32] = 0x40;
	assert_true(read_exact(data, sizeof(data), &packet));
	assert_int_equal(packet.payload_bytes, 0);
	data[32] = 0xf0;
	assert_true(read_exact(data, sizeof(data), &packet));
	assert_int_equal(packet.payload_bytes, 0);
	data[9] = 1;
	assert_true(read_exact(data, sizeof(data), &packet));
	assert_int_equal(packet.payload_bytes, 0);
}

static void bytes_by_chance_are_read_within_their_bounds(void **state)
{
	struct random random = random_init(1);
	struct tunnel_packet packet;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint8_t data[80];
		const size_t size = (size_t)random_below(&random, sizeof(data) + 1);

		for (size_t n = 0; n < size; n++)
			data[n] = (uint8_t)random_u64(&random);
		/* Every other one has good addresses and a good length. */
		if (i % 2 == 0 && size >= 20) {
			memcpy(data + 12, up + 12, 8);
			data[0] = (uint8_t)(0x40 | (data[0] & 0xf));
			data[2] = 0;
			data[3] = (uint8_t)size;
		}
		if (read_exact(data, size, &packet)) {
			assert_true(packet.member < MEMBERS);
			assert_true(packet.payload_bytes <= size);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_of_members_are_told_apart),
		cmocka_unit_test(a_packet_cut_anywhere_is_nobodys),
		cmocka_unit_test(an_odd_packet_is_nobodys),
		cmocka_unit_test(a_router_solicitation_is_nobodys),
		cmocka_unit_test(what_is_neither_udp_nor_tcp_has_no_payload),
		cmocka_unit_test(bytes_by_chance_are_read_within_their_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
