#include "proto/wire/wire.h"

#include "proto/wire/wire_internal.h"

enum {
	SETTINGS_FLAG_ECHO = 1,
	SETTINGS_FLAG_RESUME = 2, /* in HELLO and WELCOME alone */
};

/* Types and reasons */

uint32_t wire_connect_data(void)
{
	return WIRE_MAGIC | WIRE_VERSION;
}

uint32_t wire_reason_data(enum wire_reason reason)
{
	return WIRE_REASON_MAGIC | ((uint32_t)reason & 0xff);
}

bool wire_data_reason(uint32_t data, enum wire_reason *reason)
{
	if ((data & ~UINT32_C(0xff)) != WIRE_REASON_MAGIC)
		return false;
	*reason = (enum wire_reason)(data & 0xff);
	return true;
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

/* Settings */

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

/* `resume`: whether that flag is set; NULL: it is reserved. */
static struct wire_settings read_settings(struct cursor_reader *reader, bool *resume)
{
	struct wire_settings settings;
	uint8_t known = SETTINGS_FLAG_ECHO;
	uint8_t flags;

	if (resume != NULL)
		known |= SETTINGS_FLAG_RESUME;
	settings.up = read_enum(reader, WIRE_MODE_COUNT);
	settings.down = read_enum(reader, WIRE_MODE_COUNT);
	flags = cursor_read_u8(reader);
	if (flags & ~known)
		cursor_fail(reader, WIRE_RESERVED);
	settings.echo = (flags & SETTINGS_FLAG_ECHO) != 0;
	if (resume != NULL)
		*resume = (flags & SETTINGS_FLAG_RESUME) != 0;
	settings.interest = read_enum(reader, WIRE_INTEREST_COUNT);
	settings.range = cursor_read_varint32(reader);
	if (!is_range_valid(settings.interest, settings.range))
		cursor_fail(reader, WIRE_RANGE);
	return settings;
}

static void write_settings(struct cursor_writer *writer, const struct wire_settings *settings,
			   bool resume)
{
	unsigned flags =
		(settings->echo ? SETTINGS_FLAG_ECHO : 0u) | (resume ? SETTINGS_FLAG_RESUME : 0u);

	if ((unsigned)settings->up >= WIRE_MODE_COUNT ||
	    (unsigned)settings->down >= WIRE_MODE_COUNT ||
	    !is_range_valid(settings->interest, settings->range))
		writer->failed = true;
	cursor_write_u8(writer, (uint8_t)settings->up);
	cursor_write_u8(writer, (uint8_t)settings->down);
	cursor_write_u8(writer, (uint8_t)flags);
	cursor_write_u8(writer, (uint8_t)settings->interest);
	cursor_write_varint(writer, settings->range);
}

/* Joining */

size_t wire_hello_encode(void *out, size_t capacity, const struct wire_hello *hello)
{
	struct cursor_writer writer = wire_begin(out, capacity, WIRE_HELLO);

	wire_write_name(&writer, hello->room);
	wire_write_name(&writer, hello->name);
	wire_write_block(&writer, hello->token, 0, WIRE_TOKEN_MAX_BYTES);
	write_settings(&writer, &hello->settings, hello->resume);
	if (hello->resume)
		wire_write_block(&writer, hello->ticket, 0, WIRE_TICKET_MAX_BYTES);
	return wire_finish(&writer, out);
}

enum wire_error wire_hello_decode(const void *data, size_t size, struct wire_hello *hello)
{
	struct cursor_reader reader = wire_open(data, size, WIRE_HELLO);

	hello->room = wire_read_name(&reader);
	hello->name = wire_read_name(&reader);
	hello->token = wire_read_block(&reader, 0, WIRE_TOKEN_MAX_BYTES);
	hello->settings = read_settings(&reader, &hello->resume);
	hello->ticket = hello->resume ? wire_read_block(&reader, 0, WIRE_TICKET_MAX_BYTES)
				      : (struct wire_bytes){ NULL, 0 };
	return cursor_done(&reader);
}

size_t wire_welcome_encode(void *out, size_t capacity, const struct wire_welcome *welcome)
{
	struct cursor_writer writer = wire_begin(out, capacity, WIRE_WELCOME);
	bool resume = welcome->ticket.size > 0;

	wire_write_range(&writer, welcome->member, 1, UINT32_MAX);
	cursor_write_varint(&writer, welcome->clock_us);
	write_settings(&writer, &welcome->settings, resume);
	wire_write_range(&writer, welcome->grain_um, 1, WIRE_GRAIN_MAX_UM);
	cursor_write_varint(&writer, welcome->flush_us);
	wire_write_range(&writer, welcome->member_limit, 1, UINT32_MAX);
	wire_write_range(&writer, welcome->entity_limit, 1, WIRE_INDEX_MAX + 1);
	wire_write_range(&writer, welcome->payload_limit, 0, WIRE_PAYLOAD_MAX_BYTES);
	wire_write_range(&writer, welcome->message_rate, 1, UINT32_MAX);
	if (resume) {
		cursor_write_varint(&writer, welcome->grace_ms);
		wire_write_block(&writer, welcome->ticket, 1, WIRE_TICKET_MAX_BYTES);
	}
	return wire_finish(&writer, out);
}

enum wire_error wire_welcome_decode(const void *data, size_t size, struct wire_welcome *welcome)
{
	struct cursor_reader reader = wire_open(data, size, WIRE_WELCOME);
	bool resume;

	welcome->member = wire_read_member(&reader);
	welcome->clock_us = cursor_read_varint53(&reader);
	welcome->settings = read_settings(&reader, &resume);
	welcome->grain_um = wire_read_range(&reader, 1, WIRE_GRAIN_MAX_UM);
	welcome->flush_us = cursor_read_varint32(&reader);
	welcome->member_limit = wire_read_range(&reader, 1, UINT32_MAX);
	welcome->entity_limit = wire_read_range(&reader, 1, WIRE_INDEX_MAX + 1);
	welcome->payload_limit = wire_read_range(&reader, 0, WIRE_PAYLOAD_MAX_BYTES);
	welcome->message_rate = wire_read_range(&reader, 1, UINT32_MAX);
	welcome->grace_ms = resume ? cursor_read_varint32(&reader) : 0;
	welcome->ticket = resume ? wire_read_block(&reader, 1, WIRE_TICKET_MAX_BYTES)
				 : (struct wire_bytes){ NULL, 0 };
	return cursor_done(&reader);
}

size_t wire_settings_encode(void *out, size_t capacity, const struct wire_settings *settings)
{
	struct cursor_writer writer = wire_begin(out, capacity, WIRE_SETTINGS);

	write_settings(&writer, settings, false);
	return wire_finish(&writer, out);
}

enum wire_error wire_settings_decode(const void *data, size_t size, struct wire_settings *settings)
{
	struct cursor_reader reader = wire_open(data, size, WIRE_SETTINGS);

	*settings = read_settings(&reader, NULL);
	return cursor_done(&reader);
}

/* Leaving */

size_t wire_disconnect_encode(void *out, size_t capacity, enum wire_type type,
			      const struct wire_disconnect *notice)
{
	struct cursor_writer writer = wire_begin(out, capacity, type);

	if (type != WIRE_REFUSED && type != WIRE_GOODBYE)
		writer.failed = true;
	wire_write_reason(&writer, notice->reason);
	wire_write_text(&writer, notice->text, 0, WIRE_TEXT_MAX_BYTES);
	return wire_finish(&writer, out);
}

enum wire_error wire_disconnect_decode(const void *data, size_t size, enum wire_type type,
				       struct wire_disconnect *notice)
{
	struct cursor_reader reader = wire_open(data, size, type);

	notice->reason = (enum wire_reason)cursor_read_u8(&reader);
	notice->text = wire_read_text(&reader, 0, WIRE_TEXT_MAX_BYTES);
	return cursor_done(&reader);
}

size_t wire_leave_encode(void *out, size_t capacity)
{
	struct cursor_writer writer = wire_begin(out, capacity, WIRE_LEAVE);

	return wire_finish(&writer, out);
}

enum wire_error wire_leave_decode(const void *data, size_t size)
{
	struct cursor_reader reader = wire_open(data, size, WIRE_LEAVE);

	return cursor_done(&reader);
}

/* Events and the clock */

size_t wire_event_encode(void *out, size_t capacity, const struct wire_event *event)
{
	struct cursor_writer writer = wire_begin(out, capacity, WIRE_EVENT);

	if ((unsigned)event->scope >= WIRE_SCOPE_COUNT)
		writer.failed = true;
	cursor_write_u8(&writer, (uint8_t)event->scope);
	cursor_write_varint(&writer, event->member);
	wire_write_block(&writer, event->data, 0, WIRE_EVENT_MAX_BYTES);
	return wire_finish(&writer, out);
}

enum wire_error wire_event_decode(const void *data, size_t size, struct wire_event *event)
{
	struct cursor_reader reader = wire_open(data, size, WIRE_EVENT);

	event->scope = read_enum(&reader, WIRE_SCOPE_COUNT);
	event->member = cursor_read_varint32(&reader);
	event->data = wire_read_block(&reader, 0, WIRE_EVENT_MAX_BYTES);
	return cursor_done(&reader);
}

size_t wire_clock_encode(void *out, size_t capacity, const struct wire_clock *clock)
{
	struct cursor_writer writer = wire_begin(out, capacity, WIRE_CLOCK);

	cursor_write_varint(&writer, clock->sent_us);
	cursor_write_varint(&writer, clock->received_us);
	cursor_write_varint(&writer, clock->answered_us);
	return wire_finish(&writer, out);
}

enum wire_error wire_clock_decode(const void *data, size_t size, struct wire_clock *clock)
{
	struct cursor_reader reader = wire_open(data, size, WIRE_CLOCK);

	clock->sent_us = cursor_read_varint53(&reader);
	clock->received_us = cursor_read_varint53(&reader);
	clock->answered_us = cursor_read_varint53(&reader);
	return cursor_done(&reader);
}

size_t wire_report_encode(void *out, size_t capacity, const struct wire_report *report)
{
	struct cursor_writer writer = wire_begin(out, capacity, WIRE_REPORT);

	cursor_write_u16(&writer, report->number);
	cursor_write_varint(&writer, report->count);
	cursor_write_varint(&writer, report->bytes);
	cursor_write_varint(&writer, report->received_us);
	return wire_finish(&writer, out);
}

enum wire_error wire_report_decode(const void *data, size_t size, struct wire_report *report)
{
	struct cursor_reader reader = wire_open(data, size, WIRE_REPORT);

	report->number = cursor_read_u16(&reader);
	report->count = cursor_read_varint53(&reader);
	report->bytes = cursor_read_varint53(&reader);
	report->received_us = cursor_read_varint53(&reader);
	return cursor_done(&reader);
}
