#include "client/play/game_messages.h"

#include "proto/wire/cursor.h"
#include "proto/wire/text.h"

static void write_u32(struct cursor_writer *writer, uint32_t value)
{
	cursor_write_u16(writer, (uint16_t)value);
	cursor_write_u16(writer, (uint16_t)(value >> 16));
}

static uint32_t read_u32(struct cursor_reader *reader)
{
	uint32_t low = cursor_read_u16(reader);

	return low | (uint32_t)cursor_read_u16(reader) << 16;
}

static bool is_text(const void *text, size_t size)
{
	return size >= 1 && size <= GAME_MESSAGE_TEXT_MAX_BYTES && text_is_printable(text, size);
}

size_t game_message_encode(uint8_t data[GAME_MESSAGE_MAX_BYTES], const struct game_message *message)
{
	struct cursor_writer writer = cursor_writer_init(data, GAME_MESSAGE_MAX_BYTES);

	cursor_write_u8(&writer, (uint8_t)message->type);
	switch (message->type) {
	case GAME_MESSAGE_CLAIM:
	case GAME_MESSAGE_INTRODUCTION:
		write_u32(&writer, message->member);
		break;
	case GAME_MESSAGE_SEED:
		write_u32(&writer, message->seed);
		break;
	case GAME_MESSAGE_STATUS:
		cursor_write_u8(&writer, (uint8_t)message->mode);
		cursor_write_u16(&writer, message->rtt_ms);
		write_u32(&writer, message->points);
		write_u32(&writer, message->member);
		break;
	case GAME_MESSAGE_CHAT:
		if (!is_text(message->text, message->text_bytes))
			return 0;
		cursor_write_bytes(&writer, message->text, message->text_bytes);
		break;
	}
	return writer.failed ? 0 : (size_t)(writer.at - data);
}

static void read_status(struct cursor_reader *reader, struct game_message *message)
{
	uint8_t mode = cursor_read_u8(reader);

	if (mode > STARLING_RELIABLE)
		cursor_fail(reader, WIRE_RANGE);
	else
		message->mode = (enum starling_mode)mode;
	message->rtt_ms = cursor_read_u16(reader);
	message->points = read_u32(reader);
	message->member = read_u32(reader);
}

static void read_chat(struct cursor_reader *reader, struct game_message *message)
{
	message->text_bytes = cursor_left(reader);
	message->text = (const char *)cursor_read_bytes(reader, message->text_bytes);
	if (!is_text(message->text, message->text_bytes))
		cursor_fail(reader, WIRE_TEXT);
}

bool game_message_decode(const uint8_t *data, size_t data_bytes, struct game_message *message)
{
	struct cursor_reader reader = cursor_reader_init(data, data_bytes);

	*message = (struct game_message){ .type = (enum game_message_type)cursor_read_u8(&reader) };
	switch (message->type) {
	case GAME_MESSAGE_CLAIM:
	case GAME_MESSAGE_INTRODUCTION:
		message->member = read_u32(&reader);
		break;
	case GAME_MESSAGE_SEED:
		message->seed = read_u32(&reader);
		break;
	case GAME_MESSAGE_STATUS:
		read_status(&reader, message);
		break;
	case GAME_MESSAGE_CHAT:
		read_chat(&reader, message);
		break;
	default:
		return false;
	}
	return cursor_done(&reader) == WIRE_OK;
}
