#include "relay/peer/admit.h"

#include <stdarg.h>
#include <stdio.h>

#include "proto/wire/text.h"

__attribute__((format(printf, 3, 4))) static bool
refuse(struct admit_refusal *refusal, enum wire_reason reason, const char *format, ...)
{
	va_list arguments;

	refusal->reason = reason;
	va_start(arguments, format);
	vsnprintf(refusal->text, sizeof(refusal->text), format, arguments);
	va_end(arguments);
	return false;
}

bool admit_is_starling(uint32_t connect_data)
{
	return (connect_data & ~UINT32_C(0xff)) == WIRE_MAGIC;
}

bool admit_is_version(uint32_t connect_data)
{
	return connect_data == wire_connect_data();
}

void admit_version_refusal(uint32_t connect_data, struct admit_refusal *refusal)
{
	refuse(refusal, WIRE_REASON_VERSION,
	       "this relay speaks version %d of the protocol and you speak version %u; use a "
	       "client "
	       "of the relay's version",
	       WIRE_VERSION, (unsigned)(connect_data & 0xff));
}

/* The fault of a name, as half a sentence; NULL: it has none. */
static const char *name_fault(struct wire_bytes name)
{
	if (name.size > WIRE_NAME_MAX_BYTES)
		return "is longer than 32 bytes";
	return text_name_fault(name.data, name.size);
}

bool admit_name_refusal(const void *data, size_t size, struct admit_refusal *refusal)
{
	struct cursor_reader reader = cursor_reader_init(data, size);
	static const enum wire_reason reasons[] = { WIRE_REASON_ROOM_NAME, WIRE_REASON_NAME };
	static const char *const nouns[] = { "the room's name", "your name" };

	_Static_assert(WIRE_NAME_MAX_BYTES == 32, "name_fault says the number");
	if (size > WIRE_MESSAGE_MAX_BYTES || cursor_read_u8(&reader) != WIRE_HELLO)
		return false;
	for (int i = 0; i < 2; i++) {
		struct wire_bytes name = { .size = cursor_read_varint32(&reader) };
		const char *fault;

		name.data = cursor_read_bytes(&reader, name.size);
		if (reader.error != WIRE_OK)
			return false;
		fault = name_fault(name);
		if (fault) {
			refuse(refusal, reasons[i], "%s %s; give 1 to %d bytes of printable UTF-8",
			       nouns[i], fault, WIRE_NAME_MAX_BYTES);
			return true;
		}
	}
	return false;
}

bool admit_hello(const struct config *config, const struct admit_facts *relay,
		 const struct wire_hello *hello, struct admit_refusal *refusal)
{
	if (!relay->room_exists && relay->room_count >= config->rooms)
		return refuse(refusal, WIRE_REASON_RELAY_FULL,
			      "the relay has %u %s and takes no more; join one that exists, or "
			      "raise its --rooms",
			      config->rooms, text_plural(config->rooms, "room", "rooms"));
	if (relay->member_count >= relay->member_limit)
		return refuse(refusal, WIRE_REASON_ROOM_FULL,
			      "room \"%.*s\" has %u %s and takes no more; join another, or raise "
			      "the relay's --members",
			      (int)hello->room.size, (const char *)hello->room.data,
			      relay->member_limit,
			      text_plural(relay->member_limit, "member", "members"));
	return true;
}
