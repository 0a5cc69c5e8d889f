/*
 * wire_internal: the fields that several messages share, and a message's two ends. For wire.c and
 * wire_list.c alone; what each may hold is in PROTOCOL.md. A reader fails as cursor.h says, with
 * the reason; a writer that is given what no message may hold fails, too.
 */
#ifndef STARLING_PROTO_WIRE_WIRE_INTERNAL_H
#define STARLING_PROTO_WIRE_WIRE_INTERNAL_H

#include "proto/wire/wire.h"

/* A whole message: a reader behind its type, which must be this one. */
struct cursor_reader wire_open(const void *data, size_t size, enum wire_type type);

/* A message begun with its type, of at most WIRE_MESSAGE_MAX_BYTES; and its size, 0 if it failed.
 */
struct cursor_writer wire_begin(void *out, size_t capacity, enum wire_type type);
size_t wire_finish(const struct cursor_writer *writer, const void *out);

/* A varint from `least` to `most`, both included; WIRE_RANGE when it is another. */
uint32_t wire_read_range(struct cursor_reader *reader, uint32_t least, uint32_t most);
void wire_write_range(struct cursor_writer *writer, uint32_t value, uint32_t least, uint32_t most);

/* So many bytes behind their length, borrowed from the message; text must be printable. */
struct wire_bytes wire_read_block(struct cursor_reader *reader, uint32_t least, uint32_t most);
void wire_write_block(struct cursor_writer *writer, struct wire_bytes block, uint32_t least,
		      uint32_t most);
struct wire_bytes wire_read_text(struct cursor_reader *reader, uint32_t least, uint32_t most);
void wire_write_text(struct cursor_writer *writer, struct wire_bytes text, uint32_t least,
		     uint32_t most);

/* The name of a room or a member. */
struct wire_bytes wire_read_name(struct cursor_reader *reader);
void wire_write_name(struct cursor_writer *writer, struct wire_bytes name);

void wire_write_reason(struct cursor_writer *writer, enum wire_reason reason);

/* A member's id, which is at least 1. */
uint32_t wire_read_member(struct cursor_reader *reader);

#endif
