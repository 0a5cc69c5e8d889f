#include "proto/net/pcapng.h"

#include <string.h>

#include "proto/wire/cursor.h"

/* Block types, and options by block; draft-ietf-opsawg-pcapng, sections 3.5 and 4. */
enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,

	OPTION_END = 0,
	OPTION_COMMENT = 1,
	SECTION_APPLICATION = 4,
	INTERFACE_NAME = 2,
	INTERFACE_DESCRIPTION = 3,
	INTERFACE_RESOLUTION = 9,
	PACKET_FLAGS = 2,
	PACKET_ID = 5,
};

enum {
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	VERSION_MAJOR = 1,
	VERSION_MINOR = 0,
	LINK_ETHERNET = 1,
	RESOLUTION_NS = 9, /* 10^-9 s */
	LENGTH_AT = 4,     /* of a block's length, from its start */
};

enum {
	ETHERNET_BYTES = 14,
	IPV4_BYTES = 20,
	UDP_BYTES = 8,
	PAYLOAD_MAX_BYTES = 65535 - IPV4_BYTES - UDP_BYTES,

	ETHERNET_LOCAL = 2, /* first byte: nobody's, given out locally */
	ETHERNET_IPV4 = 0x0800,
	IPV4_VERSION_AND_WORDS = 0x45,
	IPV4_DO_NOT_FRAGMENT = 0x4000,
	IPV4_TTL = 64,
	IPV4_UDP = 17,
};

/* Little-endian, as the blocks are. */

static void write_u32(struct cursor_writer *writer, uint32_t value)
{
	cursor_write_u16(writer, (uint16_t)value);
	cursor_write_u16(writer, (uint16_t)(value >> 16));
}

static void write_u64(struct cursor_writer *writer, uint64_t value)
{
	write_u32(writer, (uint32_t)value);
	write_u32(writer, (uint32_t)(value >> 32));
}

/* Big-endian, as the packets' headers are. */

static void put_u16(uint8_t *out, unsigned value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
}

/* Blocks */

static void write_padding(struct cursor_writer *writer, size_t after_bytes)
{
	for (; after_bytes % 4 != 0; after_bytes++)
		cursor_write_u8(writer, 0);
}

static void write_option(struct cursor_writer *writer, unsigned code, const void *data, size_t size)
{
	cursor_write_u16(writer, (uint16_t)code);
	cursor_write_u16(writer, (uint16_t)size);
	cursor_write_bytes(writer, data, size);
	write_padding(writer, size);
}

static void write_text(struct cursor_writer *writer, unsigned code, const char *text)
{
	size_t size;

	if (!text)
		return;
	size = strlen(text);
	if (size > PCAPNG_TEXT_MAX_BYTES) {
		writer->failed = true;
		return;
	}
	write_option(writer, code, text, size);
}

/* Begins a block, whose length follows when it is known. */
static struct cursor_writer begin_block(void *out, size_t capacity, uint32_t type)
{
	struct cursor_writer writer = cursor_writer_init(out, capacity);

	write_u32(&writer, type);
	write_u32(&writer, 0);
	return writer;
}

/* Ends options and block. */
static size_t end_block(struct cursor_writer *writer, uint8_t *out)
{
	struct cursor_writer length;
	uint32_t size;

	write_option(writer, OPTION_END, "", 0);
	size = (uint32_t)(writer->at - out) + sizeof(size);
	write_u32(writer, size);
	if (writer->failed)
		return 0;
	length = cursor_writer_init(out + LENGTH_AT, sizeof(size));
	write_u32(&length, size);
	return size;
}

size_t pcapng_write_section(void *out, size_t capacity, const char *application,
			    const char *comment)
{
	struct cursor_writer writer = begin_block(out, capacity, BLOCK_SECTION);

	write_u32(&writer, BYTE_ORDER_MAGIC);
	cursor_write_u16(&writer, VERSION_MAJOR);
	cursor_write_u16(&writer, VERSION_MINOR);
	write_u64(&writer, UINT64_MAX); /* its length, not known yet */
	write_text(&writer, OPTION_COMMENT, comment);
	write_text(&writer, SECTION_APPLICATION, application);
	return end_block(&writer, out);
}

size_t pcapng_write_interface(void *out, size_t capacity, const char *name, const char *description)
{
	const uint8_t resolution = RESOLUTION_NS;
	struct cursor_writer writer = begin_block(out, capacity, BLOCK_INTERFACE);

	cursor_write_u16(&writer, LINK_ETHERNET);
	cursor_write_u16(&writer, 0);
	write_u32(&writer, 0); /* packets of any length are written whole */
	write_text(&writer, INTERFACE_NAME, name);
	write_text(&writer, INTERFACE_DESCRIPTION, description);
	write_option(&writer, INTERFACE_RESOLUTION, &resolution, sizeof(resolution));
	return end_block(&writer, out);
}

/* The headers below the datagram */

/* Adds big-endian 16-bit words, an odd byte as if a zero followed (RFC 1071). */
static uint32_t sum_words(uint32_t sum, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
	return sum;
}

static unsigned checksum_of(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static void fill_ethernet(uint8_t ethernet[static ETHERNET_BYTES],
			  const struct pcapng_packet *packet)
{
	memset(ethernet, 0, ETHERNET_BYTES);
	ethernet[0] = ethernet[6] = ETHERNET_LOCAL;
	memcpy(ethernet + 2, &packet->to.host, 4);
	memcpy(ethernet + 8, &packet->from.host, 4);
	put_u16(ethernet + 12, ETHERNET_IPV4);
}

static void fill_ipv4(uint8_t ipv4[static IPV4_BYTES], const struct pcapng_packet *packet)
{
	memset(ipv4, 0, IPV4_BYTES);
	ipv4[0] = IPV4_VERSION_AND_WORDS;
	put_u16(ipv4 + 2, (unsigned)(IPV4_BYTES + UDP_BYTES + packet->size));
	put_u16(ipv4 + 4, (unsigned)(packet->id & 0xffff));
	put_u16(ipv4 + 6, IPV4_DO_NOT_FRAGMENT);
	ipv4[8] = IPV4_TTL;
	ipv4[9] = IPV4_UDP;
	memcpy(ipv4 + 12, &packet->from.host, 4);
	memcpy(ipv4 + 16, &packet->to.host, 4);
	put_u16(ipv4 + 10, checksum_of(sum_words(0, ipv4, IPV4_BYTES)));
}

static void fill_udp(uint8_t udp[static UDP_BYTES], const struct pcapng_packet *packet,
		     const uint8_t ipv4[static IPV4_BYTES])
{
	const unsigned size = (unsigned)(UDP_BYTES + packet->size);
	unsigned checksum;
	uint32_t sum;

	put_u16(udp, packet->from.port);
	put_u16(udp + 2, packet->to.port);
	put_u16(udp + 4, size);
	put_u16(udp + 6, 0);
	/* The pseudo header: both addresses, the protocol, the length. */
	sum = sum_words(IPV4_UDP + size, ipv4 + 12, 8);
	sum = sum_words(sum, udp, UDP_BYTES);
	checksum = checksum_of(sum_words(sum, packet->data, packet->size));
	/* 0 would say that there is none. */
	put_u16(udp + 6, checksum ? checksum : 0xffff);
}

size_t pcapng_write_packet(void *out, size_t capacity, const struct pcapng_packet *packet)
{
	uint8_t headers[ETHERNET_BYTES + IPV4_BYTES + UDP_BYTES], flags[4] = { 0 }, id[8];
	uint8_t *ipv4 = headers + ETHERNET_BYTES, *udp = ipv4 + IPV4_BYTES;
	struct cursor_writer writer = begin_block(out, capacity, BLOCK_PACKET);
	struct cursor_writer id_writer = cursor_writer_init(id, sizeof(id));
	const size_t size = sizeof(headers) + packet->size;

	if (packet->size > PAYLOAD_MAX_BYTES)
		return 0;
	fill_ethernet(headers, packet);
	fill_ipv4(ipv4, packet);
	fill_udp(udp, packet, ipv4);
	write_u32(&writer, packet->interface);
	write_u32(&writer, (uint32_t)((uint64_t)packet->time_ns >> 32));
	write_u32(&writer, (uint32_t)packet->time_ns);
	write_u32(&writer, (uint32_t)size); /* as captured */
	write_u32(&writer, (uint32_t)size); /* as it was */
	cursor_write_bytes(&writer, headers, sizeof(headers));
	cursor_write_bytes(&writer, packet->data, packet->size);
	write_padding(&writer, size);
	write_text(&writer, OPTION_COMMENT, packet->comment);
	flags[0] = (uint8_t)packet->direction;
	write_option(&writer, PACKET_FLAGS, flags, sizeof(flags));
	write_u64(&id_writer, packet->id);
	write_option(&writer, PACKET_ID, id, sizeof(id));
	return end_block(&writer, out);
}
