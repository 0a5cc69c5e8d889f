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

size_t game_message_encode(uint8_t data[GAME_MESSAGE_MAX_BYTES], const struct game_message *talk)
{
	struct cursor_writer writer = cursor_writer_init(data, GAME_MESSAGE_MAX_BYTES);

	cursor_write_u8(&writer, (uint8_t)talk->type);
	switch (talk->type) {
	case GAME_MESSAGE_CLAIM:
	case GAME_MESSAGE_TOLD:
		write_u32(&writer, talk->member);
		break;
	case GAME_MESSAGE_SEED:
		write_u32(&writer, talk->seed);
		break;
	case GAME_MESSAGE_STATUS:
		cursor_write_u8(&writer, (uint8_t)talk->mode);
		cursor_write_u16(&writer, talk->rtt_ms);
		write_u32(&writer, talk->points);
		write_u32(&writer, talk->member);
		break;
	case GAME_MESSAGE_CHAT:
		if (!is_text(talk->text, talk->text_bytes))
			return 0;
		cursor_write_bytes(&writer, talk->text, talk->text_bytes);
		break;
	}
	return writer.failed ? 0 : (size_t)(writer.at - data);
}

static void read_status(struct cursor_reader *reader, struct game_message *talk)
{
	uint8_t mode = cursor_read_u8(reader);

	if (mode > STARLING_RELIABLE)
		cursor_fail(reader, WIRE_RANGE);
	else
		talk->mode = (enum starling_mode)mode;
	talk->rtt_ms = cursor_read_u16(reader);
	talk->points = read_u32(reader);
	talk->member = read_u32(reader);
}

static void read_chat(struct cursor_reader *reader, struct game_message *talk)
{
	talk->text_bytes = cursor_left(reader);
	talk->text = (const char *)cursor_read_bytes(reader, talk->text_bytes);
	if (!is_text(talk->text, talk->text_bytes))
		cursor_fail(reader, WIRE_TEXT);
}

bool game_message_decode(const uint8_t *data, size_t data_bytes, struct game_message *talk)
{
	struct cursor_reader reader = cursor_reader_init(data, data_bytes);

	*talk = (struct game_message){ .type = (enum game_message_type)cursor_read_u8(&reader) };
	switch (talk->type) {
	case GAME_MESSAGE_CLAIM:
	case GAME_MESSAGE_TOLD:
		talk->member = read_u32(&reader);
		break;
	case GAME_MESSAGE_SEED:
		talk->seed = read_u32(&reader);
		break;
	case GAME_MESSAGE_STATUS:
		read_status(&reader, talk);
		break;
	case GAME_MESSAGE_CHAT:
		read_chat(&reader, talk);
		break;
	default:
		return false;
	}
	return cursor_done(&reader) == WIRE_OK;
}
