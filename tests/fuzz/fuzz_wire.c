/*
 * Every decoder of wire.h on the same bytes, whatever the first byte says. A value has one
 * encoding, so encoding a decoded message gives the bytes back.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/wire/cursor.h"
#include "proto/wire/text.h"
#include "tests/fixtures/wire/reencode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* abort() and not assert(), which NDEBUG takes out. */
static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_message(enum wire_type type, const uint8_t *data, size_t size)
{
	uint8_t out[WIRE_MESSAGE_MAX_BYTES];
	size_t out_size, entries;

	if (reencode(type, data, size, out, &out_size, &entries) != WIRE_OK)
		return;
	require(wire_type_of(data, size) == type);
	require(out_size == size && memcmp(out, data, size) == 0);
}

static void check_varint(const uint8_t *data, size_t size)
{
	struct cursor_reader reader = cursor_reader_init(data, size);
	uint64_t value = cursor_read_varint53(&reader);
	uint8_t out[CURSOR_VARINT53_MAX_BYTES];
	struct cursor_writer writer = cursor_writer_init(out, sizeof(out));

	if (reader.error != WIRE_OK)
		return;
	cursor_write_varint(&writer, value);
	require(!writer.failed && writer.at - out == reader.at - data);
	require(memcmp(out, data, (size_t)(writer.at - out)) == 0);
}

/* Text is printable exactly when it is so in two parts that are each well formed. */
static void check_text(const uint8_t *data, size_t size)
{
	size_t half = size / 2;

	if (text_is_printable(data, half) && text_is_printable(data + half, size - half))
		require(text_is_printable(data, size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int type = WIRE_HELLO; type < WIRE_TYPE_END; type++)
		check_message((enum wire_type)type, data, size);
	check_varint(data, size);
	check_text(data, size);
	return 0;
}
