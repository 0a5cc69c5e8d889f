#include "bench/load/drivers/http_reply.h"

#include <string.h>
#include <strings.h>

#include "proto/wire/cursor.h"

enum {
	STATUS_LINE_BYTES = 13, /* "HTTP/1.1 200 " */
	DIGITS_MAX = 6,
};

/* How many bytes the head has, its empty line included; 0: it is not whole. */
static size_t head_bytes(const uint8_t *data, size_t size)
{
	const uint8_t *end;

	if (size > HTTP_REPLY_HEAD_MAX_BYTES)
		size = HTTP_REPLY_HEAD_MAX_BYTES;
	end = memmem(data, size, "\r\n\r\n", 4);
	return end ? (size_t)(end - data) + 4 : 0;
}

static bool read_status(struct cursor_reader *reader, unsigned *status)
{
	const char *line = (const char *)cursor_read_bytes(reader, STATUS_LINE_BYTES);

	*status = 0;
	if (!line || memcmp(line, "HTTP/1.1 ", 9) != 0 || line[9] < '1' || line[12] != ' ')
		return false;
	for (int i = 9; i < 12; i++) {
		if (line[i] < '0' || line[i] > '9')
			return false;
		*status = 10 * *status + (unsigned)(line[i] - '0');
	}
	return true;
}

/* One line of the head, without its end. */
static const char *read_line(struct cursor_reader *reader, size_t *size)
{
	const uint8_t *end = memmem(reader->at, cursor_left(reader), "\r\n", 2);
	const char *line;

	if (!end)
		return NULL;
	*size = (size_t)(end - reader->at);
	line = (const char *)cursor_read_bytes(reader, *size);
	cursor_read_bytes(reader, 2);
	return line;
}

static bool read_number(const char *text, size_t size, size_t *number)
{
	*number = 0;
	while (size > 0 && (*text == ' ' || *text == '\t')) {
		text++;
		size--;
	}
	if (size == 0 || size > DIGITS_MAX)
		return false;
	for (size_t i = 0; i < size; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*number = 10 * *number + (size_t)(text[i] - '0');
	}
	return true;
}

/* Reads the lines of the head for the one that is needed; a second one is an error. */
static bool read_length(struct cursor_reader *reader, size_t *length)
{
	static const char name[] = "Content-Length:";
	const size_t name_bytes = sizeof(name) - 1;
	bool is_there = false;
	const char *line;
	size_t size;

	read_line(reader, &size); /* the status's reason */
	while ((line = read_line(reader, &size)) && size > 0) {
		if (size < name_bytes || strncasecmp(line, name, name_bytes) != 0)
			continue;
		if (is_there || !read_number(line + name_bytes, size - name_bytes, length))
			return false;
		is_there = true;
	}
	return is_there && *length <= HTTP_REPLY_BODY_MAX_BYTES;
}

enum http_reply_is http_reply_read(const uint8_t *data, size_t size, struct http_reply *reply)
{
	const size_t head = head_bytes(data, size);
	struct cursor_reader reader = cursor_reader_init(data, head);
	size_t length = 0;

	if (head == 0)
		return size < HTTP_REPLY_HEAD_MAX_BYTES ? HTTP_REPLY_PARTIAL : HTTP_REPLY_BROKEN;
	if (!read_status(&reader, &reply->status) || !read_length(&reader, &length))
		return HTTP_REPLY_BROKEN;
	if (size - head < length)
		return HTTP_REPLY_PARTIAL;
	reply->body = data + head;
	reply->body_bytes = length;
	reply->bytes = head + length;
	return HTTP_REPLY_WHOLE;
}
