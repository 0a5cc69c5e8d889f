/*
 * cursor: the only way to read bytes from a datagram or to write bytes into one.
 *
 * A reader walks over bytes that somebody else made, and checks every read against the bytes left.
 * The first read that does not fit, or whose value is not in its one legal form, sets a sticky
 * error; after it every read yields 0 (or NULL) and moves nothing. So a decoder is straight-line
 * reads, one look at the error, and checks of the values' ranges. A writer mirrors a reader: the
 * first write that does not fit sets `failed`.
 *
 * Fixed-width integers are little-endian. A varint is LEB128: seven bits a byte, least significant
 * first, the high bit set on all but the last byte, in no more bytes than the value needs.
 */
#ifndef STARLING_PROTO_WIRE_CURSOR_H
#define STARLING_PROTO_WIRE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/wire/wire_error.h"

enum {
	CURSOR_VARINT32_MAX_BYTES = 5,
	CURSOR_VARINT53_MAX_BYTES = 8,
};

/* Times and other wide values stay exact in a double, for readers in Lua and JavaScript. */
#define CURSOR_VARINT53_MAX ((UINT64_C(1) << 53) - 1)

struct cursor_reader {
	const uint8_t *at, *end;
	enum wire_error error; /* sticky; WIRE_OK while all reads succeeded */
};

struct cursor_writer {
	uint8_t *at, *end;
	bool failed; /* sticky */
};

/* Reads from `size` bytes at `data`, which must outlive every pointer that reads return. `data` may
 * be NULL when `size` is 0. */
static inline struct cursor_reader cursor_reader_init(const void *data, size_t size);

/* Records the first error; later ones do not replace it. Nothing is left to read then. */
static inline void cursor_fail(struct cursor_reader *reader, enum wire_error error);

/* WIRE_OK when everything was read and nothing is left over, else the reason. */
static inline enum wire_error cursor_done(struct cursor_reader *reader);

static inline size_t cursor_left(const struct cursor_reader *reader);

/* Borrows the next `size` bytes from the datagram; NULL (and WIRE_SHORT) when there are fewer. */
static inline const uint8_t *cursor_read_bytes(struct cursor_reader *reader, size_t size);

static inline uint8_t cursor_read_u8(struct cursor_reader *reader);
static inline uint16_t cursor_read_u16(struct cursor_reader *reader);

/*
 * A varint of at most 32 (53) bits. WIRE_NOT_CANONICAL when it took more bytes than the value
 * needs, WIRE_RANGE when the value has more bits.
 */
static inline uint32_t cursor_read_varint32(struct cursor_reader *reader);
static inline uint64_t cursor_read_varint53(struct cursor_reader *reader);

/* A zigzag varint: 0, -1, 1, -2, 2, ... are sent as 0, 1, 2, 3, 4, ... */
static inline int32_t cursor_read_zigzag32(struct cursor_reader *reader);

static inline struct cursor_writer cursor_writer_init(void *data, size_t capacity);
static inline void cursor_write_bytes(struct cursor_writer *writer, const void *data, size_t size);
static inline void cursor_write_u8(struct cursor_writer *writer, uint8_t value);
static inline void cursor_write_u16(struct cursor_writer *writer, uint16_t value);
/* At most 53 bits. */
static inline void cursor_write_varint(struct cursor_writer *writer, uint64_t value);
static inline void cursor_write_zigzag32(struct cursor_writer *writer, int32_t value);

/*
 * The bodies stand here and not in cursor.c, so that a compiler can inline them: most reads and
 * writes cost less than a call. Rare cases pass the reader by value, because a reader whose address
 * is taken cannot stay in registers.
 */

static inline struct cursor_reader cursor_reader_init(const void *data, size_t size)
{
	/* ENet hands over an empty packet as NULL, and arithmetic on NULL is not defined. */
	static const uint8_t no_bytes[1];
	const uint8_t *bytes = size > 0 ? data : no_bytes;

	return (struct cursor_reader){ .at = bytes, .end = bytes + size, .error = WIRE_OK };
}

static inline void cursor_fail(struct cursor_reader *reader, enum wire_error error)
{
	if (reader->error == WIRE_OK)
		reader->error = error;
	reader->end = reader->at;
}

static inline enum wire_error cursor_done(struct cursor_reader *reader)
{
	if (reader->at != reader->end)
		cursor_fail(reader, WIRE_TRAILING);
	return reader->error;
}

static inline size_t cursor_left(const struct cursor_reader *reader)
{
	return (size_t)(reader->end - reader->at);
}

static inline const uint8_t *cursor_read_bytes(struct cursor_reader *reader, size_t size)
{
	const uint8_t *bytes = reader->at;

	if (size > cursor_left(reader))
		cursor_fail(reader, WIRE_SHORT);
	if (reader->error != WIRE_OK)
		return NULL;
	reader->at += size;
	return bytes;
}

static inline uint8_t cursor_read_u8(struct cursor_reader *reader)
{
	if (cursor_left(reader) < 1) {
		cursor_fail(reader, WIRE_SHORT);
		return 0;
	}
	return *reader->at++;
}

static inline uint16_t cursor_read_u16(struct cursor_reader *reader)
{
	const uint8_t *bytes = reader->at;

	if (cursor_left(reader) < 2) {
		cursor_fail(reader, WIRE_SHORT);
		return 0;
	}
	reader->at += 2;
	return (uint16_t)(bytes[0] | (unsigned)bytes[1] << 8);
}

/*
 * The size of a varint, 1 to 3 bytes, or 0 when only a walk byte by byte can tell: it is longer, or
 * not in its one form (the last byte is 0 and not the first), or the end is near.
 */
static inline unsigned cursor_short_varint_bytes(const struct cursor_reader *reader)
{
	const uint8_t *bytes = reader->at;

	if (cursor_left(reader) < 3)
		return 0;
	if (bytes[0] < 0x80)
		return 1;
	if (bytes[1] < 0x80)
		return bytes[1] > 0 ? 2 : 0;
	return bytes[2] < 0x80 && bytes[2] > 0 ? 3 : 0;
}

struct cursor_long_varint {
	uint64_t value;
	struct cursor_reader after;
};

/* Reads any varint, byte by byte; `bits` is 53 or fewer. */
struct cursor_long_varint cursor_read_long_varint(struct cursor_reader reader, unsigned bits);

/* Up to three bytes hold 21 bits at most, so they are in any range. */
static inline uint64_t cursor_read_varint(struct cursor_reader *reader, unsigned bits)
{
	const uint8_t *bytes = reader->at;
	const unsigned size = cursor_short_varint_bytes(reader);
	struct cursor_long_varint it;

	reader->at += size;
	switch (size) {
	case 1:
		return bytes[0];
	case 2:
		return (bytes[0] & 0x7fu) | (unsigned)bytes[1] << 7;
	case 3:
		return (bytes[0] & 0x7fu) | (bytes[1] & 0x7fu) << 7 | (unsigned)bytes[2] << 14;
	default:
		it = cursor_read_long_varint(*reader, bits);
		*reader = it.after;
		return it.value;
	}
}

static inline uint32_t cursor_read_varint32(struct cursor_reader *reader)
{
	return (uint32_t)cursor_read_varint(reader, 32);
}

static inline uint64_t cursor_read_varint53(struct cursor_reader *reader)
{
	return cursor_read_varint(reader, 53);
}

static inline int32_t cursor_read_zigzag32(struct cursor_reader *reader)
{
	const uint32_t folded = cursor_read_varint32(reader);
	const uint32_t value = (folded >> 1) ^ (0u - (folded & 1));

	return value <= INT32_MAX ? (int32_t)value : (int32_t)(value - INT32_MAX - 1) + INT32_MIN;
}

static inline struct cursor_writer cursor_writer_init(void *data, size_t capacity)
{
	uint8_t *bytes = data;

	return (struct cursor_writer){ .at = bytes, .end = bytes + capacity, .failed = false };
}

/* Whether `size` bytes fit. */
static inline bool cursor_claim(struct cursor_writer *writer, size_t size)
{
	writer->failed |= size > (size_t)(writer->end - writer->at);
	return !writer->failed;
}

/* Always a call of memcpy: the code that compilers inline for it can be much slower. */
void cursor_copy(uint8_t *to, const void *from, size_t size);

static inline void cursor_write_bytes(struct cursor_writer *writer, const void *data, size_t size)
{
	if (size == 0 || !cursor_claim(writer, size))
		return;
	cursor_copy(writer->at, data, size);
	writer->at += size;
}

static inline void cursor_write_u8(struct cursor_writer *writer, uint8_t value)
{
	if (cursor_claim(writer, 1))
		*writer->at++ = value;
}

static inline void cursor_write_u16(struct cursor_writer *writer, uint16_t value)
{
	if (!cursor_claim(writer, 2))
		return;
	writer->at[0] = (uint8_t)(value & 0xff);
	writer->at[1] = (uint8_t)(value >> 8);
	writer->at += 2;
}

/* The writer behind those bytes. */
struct cursor_writer cursor_write_long_varint(struct cursor_writer writer, uint64_t value);

static inline void cursor_write_varint(struct cursor_writer *writer, uint64_t value)
{
	if (value < 0x80)
		cursor_write_u8(writer, (uint8_t)value);
	else if (value < 0x4000)
		cursor_write_u16(writer, (uint16_t)((value & 0x7f) | 0x80 | (value >> 7) << 8));
	else
		*writer = cursor_write_long_varint(*writer, value);
}

static inline void cursor_write_zigzag32(struct cursor_writer *writer, int32_t value)
{
	cursor_write_varint(writer, ((uint32_t)value << 1) ^ (value < 0 ? UINT32_MAX : 0));
}

#endif
