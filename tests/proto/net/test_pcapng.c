#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "proto/net/pcapng.h"

/* clang-format off */

static const uint8_t section[] = {
	0x0a, 0x0d, 0x0d, 0x0a,  56, 0, 0, 0,    /* Section Header Block, its length */
	0x4d, 0x3c, 0x2b, 0x1a,  1, 0,  0, 0,    /* byte-order magic, version 1.0 */
	0xff, 0xff, 0xff, 0xff,  0xff, 0xff, 0xff, 0xff, /* the section's length: not known */
	1, 0,  6, 0,  's', 'e', 'e', 'd', ' ', '7', 0, 0,   /* opt_comment, padded */
	4, 0,  8, 0,  's', 't', 'a', 'r', 'l', 'i', 'n', 'g', /* shb_userappl */
	0, 0,  0, 0,                             /* opt_endofopt */
	56, 0, 0, 0,
};

static const uint8_t interface[] = {
	1, 0, 0, 0,  52, 0, 0, 0,                /* Interface Description Block, its length */
	1, 0,  0, 0,  0, 0, 0, 0,                /* Ethernet, reserved, no limit of length */
	2, 0,  4, 0,  's', 'e', 'n', 't',        /* if_name */
	3, 0,  5, 0,  'f', 'i', 'r', 's', 't', 0, 0, 0, /* if_description, padded */
	9, 0,  1, 0,  9, 0, 0, 0,                /* if_tsresol: 10^-9 s */
	0, 0,  0, 0,
	52, 0, 0, 0,
};

static const uint8_t packet[] = {
	6, 0, 0, 0,  112, 0, 0, 0,               /* Enhanced Packet Block, its length */
	1, 0, 0, 0,                              /* interface */
	1, 0, 0, 0,  2, 0, 0, 0,                 /* 2^32 + 2 ns: the upper half first */
	45, 0, 0, 0,  45, 0, 0, 0,               /* captured, and original length */
	2, 0, 10, 0, 0, 1,  2, 0, 10, 1, 0, 2,  0x08, 0x00, /* Ethernet: to, from, IPv4 */
	0x45, 0,  0, 31,  0x23, 0x45,  0x40, 0,  /* IPv4: length 31, identification, do not fragment */
	64, 17,  0x03, 0x86,  10, 1, 0, 2,  10, 0, 0, 1, /* TTL, UDP, checksum, from, to */
	0xc0, 0x00,  0x1e, 0x61,  0, 11,  0x49, 0x10, /* UDP: ports 49152 and 7777, length, checksum */
	'a', 'b', 'c',  0, 0, 0,                 /* what it carries, padded */
	1, 0,  4, 0,  'l', 'o', 's', 't',        /* opt_comment */
	2, 0,  4, 0,  2, 0, 0, 0,                /* epb_flags: outbound */
	5, 0,  8, 0,  0x45, 0x23, 1, 0, 0, 0, 0, 0, /* epb_packetid */
	0, 0,  0, 0,
	112, 0, 0, 0,
};

/* clang-format on */

enum {
	FRAME_AT = 28,
	IPV4_AT = FRAME_AT + 14,
	UDP_AT = IPV4_AT + 20,
};

static struct pcapng_packet example(void)
{
	return (struct pcapng_packet){
		.interface = 1,
		.direction = PCAPNG_OUTBOUND,
		.time_ns = (INT64_C(1) << 32) + 2,
		.id = 0x12345,
		.from = { .host = htonl(0x0a010002), .port = 49152 },
		.to = { .host = htonl(0x0a000001), .port = 7777 },
		.data = "abc",
		.size = 3,
		.comment = "lost",
	};
}

static void a_section_is_as_the_draft_has_it(void **state)
{
	uint8_t out[PCAPNG_BLOCK_MAX_BYTES];

	(void)state;
	assert_int_equal(pcapng_write_section(out, sizeof(out), "starling", "seed 7"),
			 sizeof(section));
	assert_memory_equal(out, section, sizeof(section));
}

static void an_interface_counts_time_in_nanoseconds(void **state)
{
	uint8_t out[PCAPNG_BLOCK_MAX_BYTES];

	(void)state;
	assert_int_equal(pcapng_write_interface(out, sizeof(out), "sent", "first"),
			 sizeof(interface));
	assert_memory_equal(out, interface, sizeof(interface));
}

static void a_packet_has_all_its_headers(void **state)
{
	const struct pcapng_packet given = example();
	uint8_t out[PCAPNG_BLOCK_MAX_BYTES];

	(void)state;
	assert_int_equal(pcapng_write_packet(out, sizeof(out), &given), sizeof(packet));
	assert_memory_equal(out, packet, sizeof(packet));
}

static void a_text_may_be_left_out(void **state)
{
	struct pcapng_packet given = example();
	uint8_t out[PCAPNG_BLOCK_MAX_BYTES];

	(void)state;
	given.comment = NULL;
	assert_int_equal(pcapng_write_packet(out, sizeof(out), &given), sizeof(packet) - 8);
	assert_int_equal(pcapng_write_section(out, sizeof(out), NULL, NULL), 32);
}

static void a_block_that_does_not_fit_is_not_written(void **state)
{
	const struct pcapng_packet given = example();
	uint8_t out[sizeof(packet)];

	(void)state;
	for (size_t capacity = 0; capacity < sizeof(packet); capacity++)
		assert_int_equal(pcapng_write_packet(out, capacity, &given), 0);
	for (size_t capacity = 0; capacity < sizeof(section); capacity++)
		assert_int_equal(pcapng_write_section(out, capacity, "starling", "seed 7"), 0);
	for (size_t capacity = 0; capacity < sizeof(interface); capacity++)
		assert_int_equal(pcapng_write_interface(out, capacity, "sent", "first"), 0);
}

static void a_text_is_limited(void **state)
{
	char text[PCAPNG_TEXT_MAX_BYTES + 2];
	uint8_t out[PCAPNG_BLOCK_MAX_BYTES];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[PCAPNG_TEXT_MAX_BYTES] = '\0';
	assert_true(pcapng_write_interface(out, sizeof(out), text, text) > 0);
	text[PCAPNG_TEXT_MAX_BYTES] = 'x';
	text[PCAPNG_TEXT_MAX_BYTES + 1] = '\0';
	assert_int_equal(pcapng_write_interface(out, sizeof(out), text, NULL), 0);
}

/* A receiver's check after RFC 1071: the sum of all words, checksum included, folds to all ones. */
static unsigned folded(uint64_t sum, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sum += (uint64_t)bytes[i] << (i % 2 == 0 ? 8 : 0);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (unsigned)sum;
}

/*
 * Datagrams of every size that ENet sends, odd sizes too, with bytes of all kinds, so that sums
 * carry.
 */
static void every_size_has_good_lengths_checksums_and_padding(void **state)
{
	uint8_t data[NET_DATAGRAM_MAX_BYTES], out[PCAPNG_BLOCK_MAX_BYTES];
	char comment[PCAPNG_TEXT_MAX_BYTES + 1] = "";
	struct pcapng_packet given = example();

	(void)state;
	memset(comment, 'c', PCAPNG_TEXT_MAX_BYTES);
	given.comment = comment;
	given.data = data;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(0xff - i % 7);
	for (given.size = 0; given.size <= sizeof(data); given.size++) {
		const size_t size = pcapng_write_packet(out, sizeof(out), &given);
		const uint8_t *udp = out + UDP_AT;
		const size_t udp_size = 8 + given.size;

		assert_true(size > 0 && size % 4 == 0);
		assert_memory_equal(out + 4, out + size - 4, 4);
		assert_int_equal(out[4] | out[5] << 8, size);
		assert_int_equal(folded(0, out + IPV4_AT, 20), 0xffff);
		assert_int_equal(out[IPV4_AT + 2] << 8 | out[IPV4_AT + 3], 20 + udp_size);
		assert_int_equal(udp[4] << 8 | udp[5], udp_size);
		assert_int_equal(
			folded(17 + udp_size + folded(0, out + IPV4_AT + 12, 8), udp, udp_size),
			0xffff);
		for (size_t at = FRAME_AT + 42 + given.size; at % 4 != 0; at++)
			assert_int_equal(out[at], 0);
	}
}

/* A sum of all ones would make a checksum of 0, which says that there is none (RFC 768). */
static void a_udp_checksum_of_zero_is_sent_as_all_ones(void **state)
{
	struct pcapng_packet given = example();
	uint8_t out[PCAPNG_BLOCK_MAX_BYTES], data[2];
	unsigned checksum;

	(void)state;
	given.data = data;
	given.size = sizeof(data);
	memset(data, 0, sizeof(data));
	assert_true(pcapng_write_packet(out, sizeof(out), &given) > 0);
	checksum = (unsigned)out[UDP_AT + 6] << 8 | out[UDP_AT + 7];
	data[0] = (uint8_t)(checksum >> 8);
	data[1] = (uint8_t)checksum;
	assert_true(pcapng_write_packet(out, sizeof(out), &given) > 0);
	assert_int_equal(out[UDP_AT + 6], 0xff);
	assert_int_equal(out[UDP_AT + 7], 0xff);
}

static void more_than_udp_carries_is_not_written(void **state)
{
	static uint8_t data[65508], out[70000];
	struct pcapng_packet given = example();

	(void)state;
	given.data = data;
	given.size = 65507;
	assert_true(pcapng_write_packet(out, sizeof(out), &given) > 0);
	given.size = 65508;
	assert_int_equal(pcapng_write_packet(out, sizeof(out), &given), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_section_is_as_the_draft_has_it),
		cmocka_unit_test(an_interface_counts_time_in_nanoseconds),
		cmocka_unit_test(a_packet_has_all_its_headers),
		cmocka_unit_test(a_text_may_be_left_out),
		cmocka_unit_test(a_block_that_does_not_fit_is_not_written),
		cmocka_unit_test(a_text_is_limited),
		cmocka_unit_test(every_size_has_good_lengths_checksums_and_padding),
		cmocka_unit_test(a_udp_checksum_of_zero_is_sent_as_all_ones),
		cmocka_unit_test(more_than_udp_carries_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
