#include "proto/wire.h"

#include "proto/text.h"

enum {
	SETTINGS_FLAG_ECHO = 1,
};

/* Small questions. */

uint32_t wire_connect_data(void)
{
	return WIRE_MAGIC | WIRE_VERSION;
}

bool wire_seq_is_newer(uint16_t newer, uint16_t older)
{
	uint16_t ahead = (uint16_t)(newer - older);

	return ahead != 0 && ahead < 0x8000;
}

enum wire_type wire_type_of(const void *data, size_t size)
{
	const uint8_t *bytes = data;

	return size > 0 && bytes[0] < WIRE_TYPE_END ? (enum wire_type)bytes[0] : 0;
}

/* Parts that several messages share. */

static struct cursor_reader open_message(const void *data, size_t size, enum wire_type type)
{
	struct cursor_reader reader = cursor_reader_init(data, size);

	if (size > WIRE_MESSAGE_MAX_BYTES)
		cursor_fail(&reader, WIRE_TOO_LONG);
	if (cursor_read_u8(&reader) != type)
		cursor_fail(&reader, WIRE_TYPE);
	return reader;
}

static struct cursor_writer begin_message(void *out, size_t capacity, enum wire_type type)
{
	struct cursor_writer writer;

	if (capacity > WIRE_MESSAGE_MAX_BYTES)
		capacity = WIRE_MESSAGE_MAX_BYTES;
	writer = cursor_writer_init(out, capacity);
	cursor_write_u8(&writer, (uint8_t)type);
	return writer;
}

static size_t finish(const struct cursor_writer *writer, const void *out)
{
	return writer->failed ? 0 : (size_t)(writer->at - (const uint8_t *)out);
}

static uint32_t read_range(struct cursor_reader *reader, uint32_t least, uint32_t most)
{
	uint32_t value = cursor_read_varint32(reader);

	if (value < least || value > most)
		cursor_fail(reader, WIRE_RANGE);
	return value;
}

static void write_range(struct cursor_writer *writer, uint32_t value, uint32_t least, uint32_t most)
{
	if (value < least || value > most)
		writer->failed = true;
	cursor_write_varint(writer, value);
}

static struct wire_bytes read_block(struct cursor_reader *reader, uint32_t least, uint32_t most)
{
	size_t size = read_range(reader, least, most);

	return (struct wire_bytes){ .data = cursor_read_bytes(reader, size),
				    .size = reader->error == WIRE_OK ? size : 0 };
}

static void write_block(struct cursor_writer *writer, struct wire_bytes block, uint32_t least,
			uint32_t most)
{
	if (block.size < least || block.size > most)
		writer->failed = true;
	cursor_write_varint(writer, block.size);
	cursor_write_bytes(writer, block.data, block.size);
}

static struct wire_bytes read_text(struct cursor_reader *reader, uint32_t least, uint32_t most)
{
	struct wire_bytes text = read_block(reader, least, most);

	if (reader->error == WIRE_OK && !text_is_printable(text.data, text.size))
		cursor_fail(reader, WIRE_TEXT);
	return text;
}

static void write_text(struct cursor_writer *writer, struct wire_bytes text, uint32_t least,
		       uint32_t most)
{
	if (!text_is_printable(text.data, text.size))
		writer->failed = true;
	write_block(writer, text, least, most);
}

/* A reason that this version does not know may be passed on, as long as it is a byte. */
static void write_reason(struct cursor_writer *writer, enum wire_reason reason)
{
	if ((unsigned)reason > UINT8_MAX)
		writer->failed = true;
	cursor_write_u8(writer, (uint8_t)reason);
}

static uint32_t read_member(struct cursor_reader *reader)
{
	return read_range(reader, 1, UINT32_MAX);
}

static uint8_t read_enum(struct cursor_reader *reader, uint8_t count)
{
	uint8_t value = cursor_read_u8(reader);

	if (value >= count)
		cursor_fail(reader, WIRE_RANGE);
	return value;
}

/* `range` is 0 with WIRE_ALL, a distance with WIRE_RADIUS, a count with WIRE_NEAREST. */
static bool is_range_valid(enum wire_interest interest, uint32_t range)
{
	switch (interest) {
	case WIRE_ALL:
		return range == 0;
	case WIRE_RADIUS:
		return range >= 1 && range <= INT32_MAX;
	case WIRE_NEAREST:
		return range >= 1 && range <= WIRE_NEAREST_MAX;
	default:
		return false;
	}
}

static struct wire_settings read_settings(struct cursor_reader *reader)
{
	struct wire_settings settings;
	uint8_t flags;

	settings.up = read_enum(reader, WIRE_MODE_COUNT);
	settings.down = read_enum(reader, WIRE_MODE_COUNT);
	flags = cursor_read_u8(reader);
	if (flags & ~SETTINGS_FLAG_ECHO)
		cursor_fail(reader, WIRE_RESERVED);
	settings.echo = (flags & SETTINGS_FLAG_ECHO) != 0;
	settings.interest = read_enum(reader, WIRE_INTEREST_COUNT);
	settings.range = cursor_read_varint32(reader);
	if (!is_range_valid(settings.interest, settings.range))
		cursor_fail(reader, WIRE_RANGE);
	return settings;
}

static void write_settings(struct cursor_writer *writer, const struct wire_settings *settings)
{
	if ((unsigned)settings->up >= WIRE_MODE_COUNT ||
	    (unsigned)settings->down >= WIRE_MODE_COUNT ||
	    !is_range_valid(settings->interest, settings->range))
		writer->failed = true;
	cursor_write_u8(writer, (uint8_t)settings->up);
	cursor_write_u8(writer, (uint8_t)settings->down);
	cursor_write_u8(writer, settings->echo ? SETTINGS_FLAG_ECHO : 0);
	cursor_write_u8(writer, (uint8_t)settings->interest);
	cursor_write_varint(writer, settings->range);
}

/* Joining. */

size_t wire_hello_encode(void *out, size_t capacity, const struct wire_hello *hello)
{
	struct cursor_writer writer = begin_message(out, capacity, WIRE_HELLO);

	write_text(&writer, hello->room, 1, WIRE_NAME_MAX_BYTES);
	write_text(&writer, hello->name, 1, WIRE_NAME_MAX_BYTES);
	write_block(&writer, hello->token, 0, WIRE_TOKEN_MAX_BYTES);
	write_settings(&writer, &hello->settings);
	return finish(&writer, out);
}

enum wire_error wire_hello_decode(const void *data, size_t size, struct wire_hello *hello)
{
	struct cursor_reader reader = open_message(data, size, WIRE_HELLO);

	hello->room = read_text(&reader, 1, WIRE_NAME_MAX_BYTES);
	hello->name = read_text(&reader, 1, WIRE_NAME_MAX_BYTES);
	hello->token = read_block(&reader, 0, WIRE_TOKEN_MAX_BYTES);
	hello->settings = read_settings(&reader);
	return cursor_done(&reader);
}

size_t wire_welcome_encode(void *out, size_t capacity, const struct wire_welcome *welcome)
{
	struct cursor_writer writer = begin_message(out, capacity, WIRE_WELCOME);

	write_range(&writer, welcome->member, 1, UINT32_MAX);
	cursor_write_varint(&writer, welcome->clock_us);
	write_settings(&writer, &welcome->settings);
	write_range(&writer, welcome->grain_um, 1, WIRE_GRAIN_MAX_UM);
	cursor_write_varint(&writer, welcome->flush_us);
	write_range(&writer, welcome->member_limit, 1, UINT32_MAX);
	write_range(&writer, welcome->entity_limit, 1, WIRE_INDEX_MAX + 1);
	write_range(&writer, welcome->payload_limit, 0, WIRE_PAYLOAD_MAX_BYTES);
	write_range(&writer, welcome->message_rate, 1, UINT32_MAX);
	return finish(&writer, out);
}

enum wire_error wire_welcome_decode(const void *data, size_t size, struct wire_welcome *welcome)
{
	struct cursor_reader reader = open_message(data, size, WIRE_WELCOME);

	welcome->member = read_member(&reader);
	welcome->clock_us = cursor_read_varint53(&reader);
	welcome->settings = read_settings(&reader);
	welcome->grain_um = read_range(&reader, 1, WIRE_GRAIN_MAX_UM);
	welcome->flush_us = cursor_read_varint32(&reader);
	welcome->member_limit = read_range(&reader, 1, UINT32_MAX);
	welcome->entity_limit = read_range(&reader, 1, WIRE_INDEX_MAX + 1);
	welcome->payload_limit = read_range(&reader, 0, WIRE_PAYLOAD_MAX_BYTES);
	welcome->message_rate = read_range(&reader, 1, UINT32_MAX);
	return cursor_done(&reader);
}

size_t wire_settings_encode(void *out, size_t capacity, const struct wire_settings *settings)
{
	struct cursor_writer writer = begin_message(out, capacity, WIRE_SETTINGS);

	write_settings(&writer, settings);
	return finish(&writer, out);
}

enum wire_error wire_settings_decode(const void *data, size_t size, struct wire_settings *settings)
{
	struct cursor_reader reader = open_message(data, size, WIRE_SETTINGS);

	*settings = read_settings(&reader);
	return cursor_done(&reader);
}

/* Parting. */

size_t wire_farewell_encode(void *out, size_t capacity, enum wire_type type,
			    const struct wire_farewell *farewell)
{
	struct cursor_writer writer = begin_message(out, capacity, type);

	if (type != WIRE_REFUSED && type != WIRE_GOODBYE)
		writer.failed = true;
	write_reason(&writer, farewell->reason);
	write_text(&writer, farewell->text, 0, WIRE_TEXT_MAX_BYTES);
	return finish(&writer, out);
}

enum wire_error wire_farewell_decode(const void *data, size_t size, enum wire_type type,
				     struct wire_farewell *farewell)
{
	struct cursor_reader reader = open_message(data, size, type);

	farewell->reason = (enum wire_reason)cursor_read_u8(&reader);
	farewell->text = read_text(&reader, 0, WIRE_TEXT_MAX_BYTES);
	return cursor_done(&reader);
}

size_t wire_leave_encode(void *out, size_t capacity)
{
	struct cursor_writer writer = begin_message(out, capacity, WIRE_LEAVE);

	return finish(&writer, out);
}

enum wire_error wire_leave_decode(const void *data, size_t size)
{
	struct cursor_reader reader = open_message(data, size, WIRE_LEAVE);

	return cursor_done(&reader);
}

/*
 * Lists. Each entry's reader and writer is straight-line; a list is read twice, once by its decoder
 * to check it and once by whoever walks it.
 */

static void write_joined(struct cursor_writer *writer, const void *entry)
{
	const struct wire_joined *joined = entry;

	write_range(writer, joined->member, 1, UINT32_MAX);
	write_text(writer, joined->name, 1, WIRE_NAME_MAX_BYTES);
}

static void write_left(struct cursor_writer *writer, const void *entry)
{
	const struct wire_left *left = entry;

	write_range(writer, left->member, 1, UINT32_MAX);
	write_reason(writer, left->reason);
}

static void write_gone(struct cursor_writer *writer, const void *entry)
{
	const struct wire_gone *gone = entry;

	write_range(writer, gone->member, 1, UINT32_MAX);
	write_range(writer, gone->index, 0, WIRE_INDEX_MAX);
	cursor_write_u16(writer, gone->seq);
}

static struct wire_joined read_joined(struct cursor_reader *reader)
{
	struct wire_joined joined;

	joined.member = read_member(reader);
	joined.name = read_text(reader, 1, WIRE_NAME_MAX_BYTES);
	return joined;
}

static struct wire_left read_left(struct cursor_reader *reader)
{
	struct wire_left left;

	left.member = read_member(reader);
	left.reason = (enum wire_reason)cursor_read_u8(reader);
	return left;
}

static struct wire_gone read_gone(struct cursor_reader *reader)
{
	struct wire_gone gone;

	gone.member = read_member(reader);
	gone.index = (uint16_t)read_range(reader, 0, WIRE_INDEX_MAX);
	gone.seq = cursor_read_u16(reader);
	return gone;
}

/* Writes entries of `stride` bytes until one does not fit; that one leaves no trace. */
static size_t encode_list(void *out, size_t capacity, enum wire_type type, const void *entries,
			  size_t count, size_t stride,
			  void (*write)(struct cursor_writer *writer, const void *entry),
			  size_t *taken)
{
	struct cursor_writer writer = begin_message(out, capacity, type);
	size_t fitted = 0;

	for (; fitted < count; fitted++) {
		struct cursor_writer before = writer;

		write(&writer, (const uint8_t *)entries + fitted * stride);
		if (writer.failed) {
			writer = before;
			break;
		}
	}
	if (taken)
		*taken = fitted;
	return fitted > 0 ? finish(&writer, out) : 0;
}

size_t wire_joined_encode(void *out, size_t capacity, const struct wire_joined *entries,
			  size_t count, size_t *taken)
{
	return encode_list(out, capacity, WIRE_JOINED, entries, count, sizeof(entries[0]),
			   write_joined, taken);
}

size_t wire_left_encode(void *out, size_t capacity, const struct wire_left *entries, size_t count,
			size_t *taken)
{
	return encode_list(out, capacity, WIRE_LEFT, entries, count, sizeof(entries[0]), write_left,
			   taken);
}

size_t wire_gone_encode(void *out, size_t capacity, const struct wire_gone *entries, size_t count,
			size_t *taken)
{
	return encode_list(out, capacity, WIRE_GONE, entries, count, sizeof(entries[0]), write_gone,
			   taken);
}

static struct wire_list open_list(const void *data, size_t size, enum wire_type type)
{
	struct wire_list list = { .reader = open_message(data, size, type) };

	if (list.reader.error == WIRE_OK && cursor_left(&list.reader) == 0)
		cursor_fail(&list.reader, WIRE_EMPTY);
	return list;
}

enum wire_error wire_joined_decode(const void *data, size_t size, struct wire_list *list)
{
	struct wire_list walk = *list = open_list(data, size, WIRE_JOINED);

	while (cursor_left(&walk.reader) > 0)
		(void)read_joined(&walk.reader);
	return cursor_done(&walk.reader);
}

enum wire_error wire_left_decode(const void *data, size_t size, struct wire_list *list)
{
	struct wire_list walk = *list = open_list(data, size, WIRE_LEFT);

	while (cursor_left(&walk.reader) > 0)
		(void)read_left(&walk.reader);
	return cursor_done(&walk.reader);
}

enum wire_error wire_gone_decode(const void *data, size_t size, struct wire_list *list)
{
	struct wire_list walk = *list = open_list(data, size, WIRE_GONE);

	while (cursor_left(&walk.reader) > 0)
		(void)read_gone(&walk.reader);
	return cursor_done(&walk.reader);
}

bool wire_joined_next(struct wire_list *list, struct wire_joined *entry)
{
	if (cursor_left(&list->reader) == 0)
		return false;
	*entry = read_joined(&list->reader);
	return list->reader.error == WIRE_OK;
}

bool wire_left_next(struct wire_list *list, struct wire_left *entry)
{
	if (cursor_left(&list->reader) == 0)
		return false;
	*entry = read_left(&list->reader);
	return list->reader.error == WIRE_OK;
}

bool wire_gone_next(struct wire_list *list, struct wire_gone *entry)
{
	if (cursor_left(&list->reader) == 0)
		return false;
	*entry = read_gone(&list->reader);
	return list->reader.error == WIRE_OK;
}

/* Events and the clock. */

size_t wire_event_encode(void *out, size_t capacity, const struct wire_event *event)
{
	struct cursor_writer writer = begin_message(out, capacity, WIRE_EVENT);

	if ((unsigned)event->scope >= WIRE_SCOPE_COUNT)
		writer.failed = true;
	cursor_write_u8(&writer, (uint8_t)event->scope);
	cursor_write_varint(&writer, event->member);
	write_block(&writer, event->data, 0, WIRE_EVENT_MAX_BYTES);
	return finish(&writer, out);
}

enum wire_error wire_event_decode(const void *data, size_t size, struct wire_event *event)
{
	struct cursor_reader reader = open_message(data, size, WIRE_EVENT);

	event->scope = read_enum(&reader, WIRE_SCOPE_COUNT);
	event->member = cursor_read_varint32(&reader);
	event->data = read_block(&reader, 0, WIRE_EVENT_MAX_BYTES);
	return cursor_done(&reader);
}

size_t wire_clock_encode(void *out, size_t capacity, const struct wire_clock *clock)
{
	struct cursor_writer writer = begin_message(out, capacity, WIRE_CLOCK);

	cursor_write_varint(&writer, clock->sent_us);
	cursor_write_varint(&writer, clock->received_us);
	cursor_write_varint(&writer, clock->answered_us);
	return finish(&writer, out);
}

enum wire_error wire_clock_decode(const void *data, size_t size, struct wire_clock *clock)
{
	struct cursor_reader reader = open_message(data, size, WIRE_CLOCK);

	clock->sent_us = cursor_read_varint53(&reader);
	clock->received_us = cursor_read_varint53(&reader);
	clock->answered_us = cursor_read_varint53(&reader);
	return cursor_done(&reader);
}

size_t wire_report_encode(void *out, size_t capacity, const struct wire_report *report)
{
	struct cursor_writer writer = begin_message(out, capacity, WIRE_REPORT);

	cursor_write_u16(&writer, report->number);
	cursor_write_varint(&writer, report->count);
	cursor_write_varint(&writer, report->bytes);
	cursor_write_varint(&writer, report->received_us);
	return finish(&writer, out);
}

enum wire_error wire_report_decode(const void *data, size_t size, struct wire_report *report)
{
	struct cursor_reader reader = open_message(data, size, WIRE_REPORT);

	report->number = cursor_read_u16(&reader);
	report->count = cursor_read_varint53(&reader);
	report->bytes = cursor_read_varint53(&reader);
	report->received_us = cursor_read_varint53(&reader);
	return cursor_done(&reader);
}
