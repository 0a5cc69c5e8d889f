#include "bench/commands.h"

#include <stdbool.h>

#include "proto/wire/cursor.h"
#include "proto/wire/wire.h"

/* ENet's protocol.h. */
enum {
	HEADER_COMPRESSED = 0x4000,
	HEADER_SENT_TIME = 0x8000,
	COMMAND_MASK = 0x0f,
	COMMAND_SEND_RELIABLE = 6,
	COMMAND_SEND_UNRELIABLE = 7,
	COMMAND_SEND_UNSEQUENCED = 9,
	COMMAND_COUNT = 13,
	HEADER_BYTES = 4, /* of a command: itself, channel, reliable sequence number */
	NONE = 0xff,
};

/* ENet's numbers are big-endian. */
static uint16_t read_u16(struct cursor_reader *reader)
{
	const uint8_t *bytes = cursor_read_bytes(reader, 2);

	if (!bytes)
		return 0;
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* Reads one command, with what it carries: its data, if it is a message, else NULL. */
static const uint8_t *read_command(struct cursor_reader *reader, size_t *size)
{
	/* What follows a command's header, before its data. */
	static const uint8_t sizes[COMMAND_COUNT] = { 0, 4, 44, 40, 4, 0, 2, 4, 20, 4, 8, 12, 20 };
	/* Where the data's length stands in that; NONE: it has no data. */
	static const uint8_t lengths[COMMAND_COUNT] = { NONE, NONE, NONE, NONE, NONE, NONE, 0,
							2,    2,    2,    NONE, NONE, 2 };
	const uint8_t *header = cursor_read_bytes(reader, HEADER_BYTES), *fields, *data;
	unsigned command = header ? header[0] & COMMAND_MASK : 0;

	*size = 0;
	if (command == 0 || command >= COMMAND_COUNT) {
		cursor_fail(reader, WIRE_TYPE);
		return NULL;
	}
	fields = cursor_read_bytes(reader, sizes[command]);
	if (fields && lengths[command] != NONE)
		*size = (size_t)fields[lengths[command]] << 8 | fields[lengths[command] + 1];
	data = cursor_read_bytes(reader, *size);
	if (command == COMMAND_SEND_RELIABLE || command == COMMAND_SEND_UNRELIABLE ||
	    command == COMMAND_SEND_UNSEQUENCED)
		return data;
	return NULL;
}

void commands_each_message(const void *datagram, size_t size, commands_message_function *tell,
			   void *context)
{
	struct cursor_reader reader = cursor_reader_init(datagram, size);
	uint16_t peer = read_u16(&reader);

	if (peer & HEADER_COMPRESSED)
		return;
	if (peer & HEADER_SENT_TIME)
		read_u16(&reader);
	while (reader.error == WIRE_OK && cursor_left(&reader) > 0) {
		size_t length;
		const uint8_t *data = read_command(&reader, &length);

		if (data)
			tell(context, data, length);
	}
}
