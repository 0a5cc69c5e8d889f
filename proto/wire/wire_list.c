/* JOINED, LEFT and GONE: lists of entries of one kind. */
#include "proto/wire/wire_internal.h"

/*
 * Each entry's reader and writer is straight-line; a list is read twice, once by its decoder to
 * check it and once by whoever walks it.
 */

static void write_joined(struct cursor_writer *writer, const void *entry)
{
	const struct wire_joined *joined = entry;

	wire_write_range(writer, joined->member, 1, UINT32_MAX);
	wire_write_text(writer, joined->name, 1, WIRE_NAME_MAX_BYTES);
}

static void write_left(struct cursor_writer *writer, const void *entry)
{
	const struct wire_left *left = entry;

	wire_write_range(writer, left->member, 1, UINT32_MAX);
	wire_write_reason(writer, left->reason);
}

static void write_gone(struct cursor_writer *writer, const void *entry)
{
	const struct wire_gone *gone = entry;

	wire_write_range(writer, gone->member, 1, UINT32_MAX);
	wire_write_range(writer, gone->index, 0, WIRE_INDEX_MAX);
	cursor_write_u16(writer, gone->seq);
}

static struct wire_joined read_joined(struct cursor_reader *reader)
{
	struct wire_joined joined;

	joined.member = wire_read_member(reader);
	joined.name = wire_read_text(reader, 1, WIRE_NAME_MAX_BYTES);
	return joined;
}

static struct wire_left read_left(struct cursor_reader *reader)
{
	struct wire_left left;

	left.member = wire_read_member(reader);
	left.reason = (enum wire_reason)cursor_read_u8(reader);
	return left;
}

static struct wire_gone read_gone(struct cursor_reader *reader)
{
	struct wire_gone gone;

	gone.member = wire_read_member(reader);
	gone.index = (uint16_t)wire_read_range(reader, 0, WIRE_INDEX_MAX);
	gone.seq = cursor_read_u16(reader);
	return gone;
}

/* Writes entries of `stride` bytes until one does not fit; that one leaves no trace. */
static size_t encode_list(void *out, size_t capacity, enum wire_type type, const void *entries,
			  size_t count, size_t stride,
			  void (*write)(struct cursor_writer *writer, const void *entry),
			  size_t *taken)
{
	struct cursor_writer writer = wire_begin(out, capacity, type);
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
	return fitted > 0 ? wire_finish(&writer, out) : 0;
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
	struct wire_list list = { .reader = wire_open(data, size, type) };

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
