/*
 * Members as clients of a NATS server: one connection each, core publish and subscribe, a subject
 * for each room, and no echo of a member's own updates. Lines of text, each ended by CR and LF,
 * and behind PUB and MSG a line of bytes.
 */
#include "bench/load/generator_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/load/drivers/stream.h"
#include "proto/wire/text.h"

enum {
	LINE_BYTES_MAX = 128, /* of ours */
	END_BYTES = 2,        /* CR and LF */
	UNSENT_LINES = 64,    /* updates beyond these are not sent, so lost */
};

static bool add_text(struct stream *stream, const char *text)
{
	return stream_add(stream, text, strlen(text), STREAM_OUT_BYTES);
}

static int start(struct generator *g, unsigned member)
{
	struct stream *stream = stream_of(g, member);
	char line[LINE_BYTES_MAX];

	snprintf(line, sizeof(line), "SUB room.%u 1\r\n", generator_room(g->config, member));
	add_text(stream, "CONNECT {\"verbose\":false,\"protocol\":1,\"echo\":false}\r\n");
	add_text(stream, line);
	return stream_open(g, stream, member, true);
}

static void send_update(struct generator *g, unsigned member, const struct update *update)
{
	struct stream *stream = stream_of(g, member);
	char line[LINE_BYTES_MAX];
	size_t size = (size_t)snprintf(line, sizeof(line), "PUB room.%u %d\r\n",
				       generator_room(g->config, member), UPDATE_BYTES);

	update_encode((uint8_t *)line + size, update);
	size += UPDATE_BYTES;
	memcpy(line + size, "\r\n", END_BYTES);
	size += END_BYTES;
	if (stream_add(stream, line, size, UNSENT_LINES * size))
		stream_send(g, stream, member);
}

static bool begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

/* How many bytes the last word of `MSG SUBJECT ID BYTES` says are behind the line. */
static size_t bytes_behind(const char *line)
{
	const char *last = strrchr(line, ' ');

	return begins(line, "MSG ") && last ? strtoul(last, NULL, 10) + END_BYTES : 0;
}

static void hear(struct generator *g, unsigned member, const char *line)
{
	struct stream *stream = stream_of(g, member);

	if (begins(line, "-ERR"))
		generator_fail(g, "the server refused member %u: %s", member + 1,
			       text_shown(line).text);
	else if (begins(line, "PING") && add_text(stream, "PONG\r\n"))
		stream_send(g, stream, member);
}

/* Hears whole lines, and the bytes behind them; how many bytes they took. */
static size_t hear_lines(struct generator *g, unsigned member, uint8_t *bytes, size_t size)
{
	uint8_t *line = bytes, *end;

	while ((end = memchr(line, '\n', (size_t)(bytes + size - line)))) {
		size_t behind;

		*end = '\0'; /* in place of the LF */
		behind = bytes_behind((const char *)line);
		if (behind > (size_t)(bytes + size - end - 1)) {
			*end = '\n';
			break;
		}
		if (behind == UPDATE_BYTES + END_BYTES)
			g->sink->hear(g, member, end + 1, UPDATE_BYTES);
		else if (behind == 0)
			hear(g, member, (const char *)line);
		line = end + 1 + behind;
	}
	return (size_t)(line - bytes);
}

static void receive(struct generator *g, unsigned member)
{
	struct stream *stream = stream_of(g, member);

	if (stream_receive(g, stream, member))
		stream_consume(stream, hear_lines(g, member, stream->in, stream->in_size));
}

const struct driver driver_nats = {
	STREAM_DRIVER,
	.start = start,
	.send = send_update,
	.receive = receive,
};
