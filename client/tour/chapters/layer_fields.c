#include "client/tour/chapters/layer_fields.h"

#include <inttypes.h>

#include "proto/wire/states.h"

enum {
	GRAINS_PER_M = 1000,
	PSEUDO_HEADER_AT = 12, /* in the IP header: both addresses */
	IP_BYTE_VERSION = 4,

	/* Flags of a record's first byte, see PROTOCOL.md, "Records". */
	FLAG_INDEX = 2,
	FLAG_Z = 8,
	FLAG_PAYLOAD = 16,
};

/* The sum of 16-bit words, high byte first, with carries added (RFC 1071). */
static uint32_t add_words(uint32_t sum, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sum += i % 2 == 0 ? (uint32_t)data[i] << 8 : data[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

bool layer_ip_is_right(const uint8_t ip[static LAYER_IP_BYTES])
{
	return add_words(0, ip, LAYER_IP_BYTES) == 0xffff;
}

enum layer_checksum layer_udp_checksum(const uint8_t *ip, size_t size)
{
	const uint8_t *udp = ip + LAYER_IP_BYTES;
	const uint32_t stored = (uint32_t)(udp[6] << 8 | udp[7]);
	uint32_t pseudo = add_words(ip[LAYER_IP_PROTOCOL_AT] + (uint32_t)(size - LAYER_IP_BYTES),
				    ip + PSEUDO_HEADER_AT, 8);

	if (stored == 0)
		return LAYER_CHECKSUM_NONE;
	if (add_words(pseudo, udp, size - LAYER_IP_BYTES) == 0xffff)
		return LAYER_CHECKSUM_RIGHT;
	return stored == pseudo ? LAYER_CHECKSUM_BEGUN : LAYER_CHECKSUM_WRONG;
}

/* Adds a number as a field, with a remark. */
static void add_number(struct fields *fields, const char *name, size_t size, const char *remark)
{
	uint32_t value = fields_read(fields, size);

	fields_add(fields, name, "%" PRIu32 "%s%s", value, *remark ? ", " : "", remark);
}

static void add_mac(struct fields *fields, const char *name)
{
	const uint8_t *mac = cursor_read_bytes(&fields->reader, 6);
	uint8_t any = 0;

	for (int i = 0; mac && i < 6; i++)
		any |= mac[i];
	fields_add(fields, name, "%s", any ? "the device's address" : "none: loopback has no card");
}

void layer_fields_add_frame(struct fields *fields)
{
	uint32_t type;

	add_mac(fields, "frame: to");
	add_mac(fields, "frame: from");
	type = fields_read(fields, 2);
	fields_add(fields, "frame: type", "0x%04" PRIx32 "%s", type,
		   type == 0x0800 ? ": IP version 4 follows" : "");
}

static void add_address(struct fields *fields, const char *name)
{
	const uint8_t *ip = cursor_read_bytes(&fields->reader, 4);

	if (ip)
		fields_add(fields, name, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
}

void layer_fields_add_ip(struct fields *fields, const uint8_t *ip)
{
	uint32_t value = fields_read(fields, 1);

	fields_add(fields, "IP: version, length",
		   "version %" PRIu32 ", header of %" PRIu32 " bytes", value >> IP_BYTE_VERSION,
		   (value & 0xf) * 4);
	add_number(fields, "IP: class of service", 1, "no wish");
	add_number(fields, "IP: length", 2, "with this header");
	add_number(fields, "IP: identification", 2, "to put fragments together by");
	value = fields_read(fields, 2);
	fields_add(fields, "IP: fragments", "0x%04" PRIx32 "%s", value,
		   value == 0x4000 ? ": do not cut it" : "");
	add_number(fields, "IP: time to live", 1, "routers that it may pass");
	value = fields_read(fields, 1);
	fields_add(fields, "IP: protocol", "%" PRIu32 "%s", value,
		   value == 17 ? ": UDP follows" : "");
	value = fields_read(fields, 2);
	fields_add(fields, "IP: checksum", "0x%04" PRIx32 " of this header: %s", value,
		   layer_ip_is_right(ip) ? "right" : "not right");
	add_address(fields, "IP: from");
	add_address(fields, "IP: to");
}

void layer_fields_add_udp(struct fields *fields, const uint8_t *ip, size_t size)
{
	static const char *const meanings[] = {
		[LAYER_CHECKSUM_WRONG] = "not right",
		[LAYER_CHECKSUM_RIGHT] = "right",
		[LAYER_CHECKSUM_BEGUN] = "only begun: a card would finish it",
		[LAYER_CHECKSUM_NONE] = "none",
	};
	uint32_t value;

	add_number(fields, "UDP: from port", 2, "");
	add_number(fields, "UDP: to port", 2, "");
	add_number(fields, "UDP: length", 2, "with this header");
	value = fields_read(fields, 2);
	fields_add(fields, "UDP: checksum", "0x%04" PRIx32 ", %s", value,
		   meanings[layer_udp_checksum(ip, size)]);
}

void layer_fields_add_enet(struct fields *fields)
{
	uint32_t value = fields_read(fields, 2);

	fields_add(fields, "ENet: peer and flags",
		   "0x%04" PRIx32 ": peer %" PRIu32 ", no sent time", value, value & 0x0fff);
	value = fields_read(fields, 1);
	fields_add(fields, "ENet: command", "0x%02" PRIx32 ": an unsequenced message", value);
	add_number(fields, "ENet: channel", 1, "the one for states");
	add_number(fields, "ENet: sequence", 2, "of reliable ones: it waits for none");
	add_number(fields, "ENet: group", 2, "to know a duplicate by");
	add_number(fields, "ENet: size", 2, "bytes of the message follow");
}

void layer_fields_add_reliable(struct fields *fields)
{
	uint32_t value = fields_read(fields, 2);

	fields_add(fields, "peer and flags",
		   "0x%04" PRIx32 ": peer %" PRIu32 ", a sent time follows", value, value & 0x0fff);
	add_number(fields, "sent time", 2, "ms; the answer gives it back");
	value = fields_read(fields, 1);
	fields_add(fields, "command", "0x%02" PRIx32 ": reliable, to be acknowledged", value);
	add_number(fields, "channel", 1, "");
	add_number(fields, "sequence", 2, "its place in the channel's order");
	value = fields_read(fields, 2);
	fields_add(fields, "size", "%" PRIu32 " bytes of the message follow", value);
	cursor_read_bytes(&fields->reader, cursor_left(&fields->reader));
	fields_add(fields, "message", "the program's own");
}

static void add_coordinate(struct fields *fields, const char *name)
{
	int32_t grains = cursor_read_zigzag32(&fields->reader);

	fields_add(fields, name, "%" PRId32 " grains = %.3f m", grains,
		   (double)grains / GRAINS_PER_M);
}

static void add_record(struct fields *fields)
{
	struct cursor_reader *reader = &fields->reader;
	uint8_t flags = cursor_read_u8(reader);

	fields_add(fields, "record: flags", "has%s%s%s", flags & FLAG_INDEX ? " index" : "",
		   flags & FLAG_Z ? " z" : "", flags & FLAG_PAYLOAD ? " payload" : "");
	if (flags & FLAG_INDEX)
		fields_add(fields, "  index", "%" PRIu32 ", which of its entities",
			   cursor_read_varint32(reader));
	fields_add(fields, "  seq", "%u, low byte first", (unsigned)cursor_read_u16(reader));
	fields_add(fields, "  age", "%" PRIu64 " us old as it was sent",
		   cursor_read_varint53(reader));
	add_coordinate(fields, "  x");
	add_coordinate(fields, "  y");
	if (flags & FLAG_Z)
		add_coordinate(fields, "  z");
	if (flags & FLAG_PAYLOAD) {
		size_t size = cursor_read_u8(reader);

		fields_add(fields, "  payload size", "%zu", size);
		cursor_read_bytes(reader, size);
		fields_add(fields, "  payload", "the game's own: 'p', a player");
	}
}

void layer_fields_add_state(struct fields *fields)
{
	struct cursor_reader *reader = &fields->reader;
	uint8_t type = cursor_read_u8(reader);

	fields_add(fields, "type", "%u: %s", (unsigned)type, wire_type_text((enum wire_type)type));
	fields_add(fields, "time", "%" PRIu64 " asks the relay to put its own",
		   cursor_read_varint53(reader));
	while (cursor_left(reader) > 0 && reader->error == WIRE_OK)
		add_record(fields);
}
