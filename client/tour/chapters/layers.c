/*
 * layers: chapter 5: one of our own datagrams, built by proto/wire/states and read byte by byte.
 */
#include "client/tour/chapters/chapters.h"

#include <inttypes.h>
#include <string.h>

#include "client/payload_format.h"
#include "proto/wire/states.h"

enum {
	/* As ENet 1.3 writes them, see its protocol.h. */
	ENET_HEADER_BYTES = 2, /* without a sent time, which only reliable commands need */
	ENET_COMMAND_BYTES = 8,
	ENET_UNSEQUENCED = 9 | 0x40, /* the command and its flag */

	EXAMPLE_PEER = 2,
	EXAMPLE_GROUP = 311,
	EXAMPLE_NUMBER = 310,
	GRAINS_PER_M = 1000,
	UDP_HEADER_BYTES = 8,
	IP_HEADER_BYTES = 20,

	/* Flags of a record's first byte, see PROTOCOL.md, "Records". */
	FLAG_MEMBER = 1,
	FLAG_INDEX = 2,
	FLAG_SKIPPED = 4,
	FLAG_Z = 8,
	FLAG_PAYLOAD = 16,
};

static const uint64_t example_time_us = UINT64_C(12345678);

/* ENet's bytes of an unsequenced packet, written by hand. */
static void write_enet(struct cursor_writer *writer, size_t message_bytes)
{
	const uint8_t bytes[ENET_HEADER_BYTES + ENET_COMMAND_BYTES] = {
		0,
		EXAMPLE_PEER,
		ENET_UNSEQUENCED,
		WIRE_CHANNEL_STATE,
		0,
		0,
		EXAMPLE_GROUP >> 8,
		EXAMPLE_GROUP & 0xff,
		(uint8_t)(message_bytes >> 8),
		(uint8_t)message_bytes,
	};

	cursor_write_bytes(writer, bytes, sizeof(bytes));
}

static size_t build_snapshot(uint8_t *out, size_t capacity)
{
	static const uint8_t player[] = { PAYLOAD_PLAYER };
	const struct states_record records[] = {
		{ .member = 3,
		  .seq = 1042,
		  .age_us = 4200,
		  .position = { 12500, 31250, 0 },
		  .payload = { .data = player, .size = sizeof(player) } },
		{ .member = 5,
		  .index = 1,
		  .seq = 77,
		  .skipped = 1,
		  .age_us = 18000,
		  .position = { 98700, -250, 1800 } },
	};
	struct states_builder builder =
		states_snapshot_begin(out, capacity, EXAMPLE_NUMBER, example_time_us);

	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		if (!states_add(&builder, &records[i]))
			return 0;
	}
	return states_finish(&builder);
}

static void add_enet(struct fields *fields)
{
	uint32_t value = fields_read(fields, 2);

	fields_add(fields, "ENet: peer, flags", "%" PRIu32 ", no sent time (else 2 bytes more)",
		   value);
	value = fields_read(fields, 1);
	fields_add(fields, "ENet: command", "0x%02" PRIx32 ": an unsequenced packet", value);
	value = fields_read(fields, 1);
	fields_add(fields, "ENet: channel", "%" PRIu32 ", the one for states", value);
	value = fields_read(fields, 2);
	fields_add(fields, "ENet: sequence", "%" PRIu32 ", of reliable packets: it waits for none",
		   value);
	value = fields_read(fields, 2);
	fields_add(fields, "ENet: group", "%" PRIu32 ", to know a duplicate by", value);
	value = fields_read(fields, 2);
	fields_add(fields, "ENet: size", "%" PRIu32 " bytes of ours follow", value);
}

static void add_flags(struct fields *fields, uint8_t flags)
{
	fields_add(fields, "record: flags", "has%s%s%s%s%s", flags & FLAG_MEMBER ? " member" : "",
		   flags & FLAG_INDEX ? " index" : "", flags & FLAG_SKIPPED ? " skipped" : "",
		   flags & FLAG_Z ? " z" : "", flags & FLAG_PAYLOAD ? " payload" : "");
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

	add_flags(fields, flags);
	if (flags & FLAG_MEMBER)
		fields_add(fields, "  member", "%" PRIu32 ", whose it is",
			   cursor_read_varint32(reader));
	if (flags & FLAG_INDEX)
		fields_add(fields, "  index", "%" PRIu32 ", which of its entities",
			   cursor_read_varint32(reader));
	if (flags & FLAG_SKIPPED)
		fields_add(fields, "  skipped",
			   "%" PRIu32 " older state not sent: a newer was there",
			   cursor_read_varint32(reader));
	fields_add(fields, "  seq", "%u, low byte first", (unsigned)cursor_read_u16(reader));
	fields_add(fields, "  age", "%" PRIu64 " us old as this left the relay",
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

/* Adds our message: its type and the fields after it. */
static void add_snapshot(struct fields *fields)
{
	struct cursor_reader *reader = &fields->reader;
	uint8_t type = cursor_read_u8(reader);

	fields_add(fields, "type", "%u: %s", (unsigned)type, wire_type_text((enum wire_type)type));
	fields_add(fields, "number", "%u, counts the snapshots for this member",
		   (unsigned)cursor_read_u16(reader));
	fields_add(fields, "time", "%" PRIu64 " us on the room's clock",
		   cursor_read_varint53(reader));
	while (cursor_left(reader) > 0 && reader->error == WIRE_OK)
		add_record(fields);
}

/* Whether the library's own reader accepts the message, and its number of records. */
static bool is_snapshot(const uint8_t *data, size_t size, unsigned *records)
{
	struct states_message message;
	struct states_record record;

	*records = 0;
	if (states_decode(data, size, &message) != WIRE_OK)
		return false;
	while (states_next(&message, &record))
		(*records)++;
	return true;
}

/* Each layer's own header before what the layer above it gave. */
static void draw_layers(struct tour *tour, size_t message_bytes, size_t size)
{
	const size_t udp = size + UDP_HEADER_BYTES, ip = udp + IP_HEADER_BYTES;

	step_draw(tour, "  program                        [ SNAPSHOT %3zu ]", message_bytes);
	step_draw(tour, "  ENet                 [ ENet %2zu | SNAPSHOT %3zu ] = %zu bytes",
		  size - message_bytes, message_bytes, size);
	step_draw(tour, "  UDP         [ UDP %2d | ENet %2zu | SNAPSHOT %3zu ] = %zu bytes",
		  UDP_HEADER_BYTES, size - message_bytes, message_bytes, udp);
	step_draw(tour, "  IP  [ IP %2d | UDP %2d | ENet %2zu | SNAPSHOT %3zu ] = %zu bytes",
		  IP_HEADER_BYTES, UDP_HEADER_BYTES, size - message_bytes, message_bytes, ip);
}

bool chapters_layers(struct tour *tour)
{
	uint8_t message[WIRE_MESSAGE_MAX_BYTES], data[WIRE_DATAGRAM_MAX_BYTES];
	struct cursor_writer writer = cursor_writer_init(data, sizeof(data));
	size_t message_bytes = build_snapshot(message, sizeof(message)), size;
	struct fields fields;
	unsigned records = 0;
	bool is_good;

	write_enet(&writer, message_bytes);
	cursor_write_bytes(&writer, message, message_bytes);
	size = (size_t)(writer.at - data);
	fields = fields_init(data, size);
	add_enet(&fields);
	add_snapshot(&fields);
	is_good = !writer.failed && fields.reader.error == WIRE_OK &&
		  is_snapshot(message, message_bytes, &records);
	step_begin(tour, "snapshot");
	draw_layers(tour, message_bytes, size);
	if (is_good)
		step_bytes(tour, "A SNAPSHOT as it leaves the relay", data, size, &fields);
	else
		step_variant(tour, "missing");
	step_word(tour, "records", "%u", records);
	step_word(tour, "size", "%zu", size);
	step_word(tour, "most", "%d", WIRE_DATAGRAM_MAX_BYTES);
	step_end(tour);
	return is_good;
}
