/*
 * cursor: the only way bytes are read from a datagram or written into one.
 *
 * A reader walks over bytes that somebody else made and that may be anything. Every read checks
 * against the bytes left; the first that does not fit, or is not in its one legal form, sets a
 * sticky error, after which every read yields 0 (or NULL) and moves nothing. A decoder is therefore
 * straight-line reads, then one look at the error, then checks of the values' ranges.
 * A writer mirrors it: the first write that does not fit sets `failed`.
 *
 * Multi-byte fixed-width integers are little-endian. A varint is LEB128: seven bits a byte, least
 * significant first, the high bit set on all but the last byte, no more bytes than the value needs.
 */
#ifndef STARLING_PROTO_CURSOR_H
#define STARLING_PROTO_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/wire_error.h"

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
struct cursor_reader cursor_reader_init(const void *data, size_t size);

/* Records the first error; later ones do not replace it. */
void cursor_fail(struct cursor_reader *reader, enum wire_error error);

/* WIRE_OK when everything was read and nothing is left over, else the reason. */
enum wire_error cursor_done(struct cursor_reader *reader);

size_t cursor_left(const struct cursor_reader *reader);

/* Borrows the next `size` bytes from the datagram; NULL (and WIRE_SHORT) when there are fewer. */
const uint8_t *cursor_read_bytes(struct cursor_reader *reader, size_t size);

uint8_t cursor_read_u8(struct cursor_reader *reader);
uint16_t cursor_read_u16(struct cursor_reader *reader);

/*
 * A varint of at most 32 (53) bits. WIRE_NOT_CANONICAL when it took more bytes than the value
 * needs, WIRE_RANGE when the value has more bits.
 */
uint32_t cursor_read_varint32(struct cursor_reader *reader);
uint64_t cursor_read_varint53(struct cursor_reader *reader);

/* A zigzag varint: 0, -1, 1, -2, 2, ... are sent as 0, 1, 2, 3, 4, ... */
int32_t cursor_read_zigzag32(struct cursor_reader *reader);

struct cursor_writer cursor_writer_init(void *data, size_t capacity);
void cursor_write_bytes(struct cursor_writer *writer, const void *data, size_t size);
void cursor_write_u8(struct cursor_writer *writer, uint8_t value);
void cursor_write_u16(struct cursor_writer *writer, uint16_t value);
void cursor_write_varint(struct cursor_writer *writer, uint64_t value); /* at most 53 bits */
void cursor_write_zigzag32(struct cursor_writer *writer, int32_t value);

#endif
