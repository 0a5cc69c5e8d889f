/*
 * Members over HTTP: a request for each update, as soon as the one before is answered; the reply
 * has what others said since, in frames. An update that waits is replaced by what is newer.
 */
#include "bench/load/generator_internal.h"

#include <stdio.h>
#include <string.h>

#include "bench/load/drivers/http_reply.h"
#include "bench/load/drivers/stream.h"

enum {
	HEAD_MAX_BYTES = 128,
	STATUS_FINE = 200,
};

/* The wait for an update of its own before a member polls for the others' alone. */
#define IDLE_INTERVALS 1.5

struct http {
	struct stream stream;
	bool is_waiting; /* for a reply */
	int64_t asked_ns;
	uint8_t next[SINK_BYTES_MAX]; /* the newest update, if it was not sent yet */
	size_t next_size;
	size_t last_size; /* of what was sent last, which stays in `next` */
};

static struct http *http_of(const struct generator *g, unsigned member)
{
	return generator_connection(g, member);
}

static int start(struct generator *g, unsigned member)
{
	return stream_open(g, &http_of(g, member)->stream, member, true);
}

static int descriptor(struct generator *g, unsigned member)
{
	return http_of(g, member)->stream.fd;
}

/* One request at a time. */
static void ask(struct generator *g, unsigned member)
{
	struct http *http = http_of(g, member);
	char head[HEAD_MAX_BYTES];
	int size;

	if (http->is_waiting || http->next_size == 0)
		return;
	size = snprintf(head, sizeof(head),
			"POST /members/%u HTTP/1.1\r\nHost: relay\r\nContent-Length: %zu\r\n\r\n",
			member, http->next_size);
	stream_add(&http->stream, head, (size_t)size, STREAM_OUT_BYTES);
	stream_add(&http->stream, http->next, http->next_size, STREAM_OUT_BYTES);
	http->last_size = http->next_size;
	http->next_size = 0;
	http->is_waiting = true;
	http->asked_ns = generator_now_ns();
	stream_send(g, &http->stream, member);
}

static void send_update(struct generator *g, unsigned member, const struct update *update)
{
	struct http *http = http_of(g, member);

	http->next_size = g->sink->encode(g, update, http->next);
	ask(g, member);
}

static size_t hear_replies(struct generator *g, unsigned member, const uint8_t *bytes, size_t size)
{
	struct http_reply reply;
	size_t done = 0;

	for (;;) {
		const enum http_reply_is is = http_reply_read(bytes + done, size - done, &reply);

		if (is == HTTP_REPLY_PARTIAL)
			return done;
		if (is == HTTP_REPLY_BROKEN) {
			generator_fail(g, "the HTTP relay's reply could not be read");
			return size;
		}
		if (reply.status != STATUS_FINE)
			generator_fail(g, "the HTTP relay replied with %u", reply.status);
		drivers_hear_frames(g, member, reply.body, reply.body_bytes);
		done += reply.bytes;
		http_of(g, member)->is_waiting = false;
		ask(g, member);
	}
}

static void receive(struct generator *g, unsigned member)
{
	struct stream *stream = &http_of(g, member)->stream;

	if (stream_receive(g, stream, member))
		stream_consume(stream, hear_replies(g, member, stream->in, stream->in_size));
}

/* Who has nothing new to say asks all the same, with what it said last. */
static int64_t wake_ns(const struct generator *g, unsigned member)
{
	const struct http *http = http_of(g, member);

	if (http->last_size == 0 || http->is_waiting)
		return INT64_MAX;
	return http->asked_ns + (int64_t)(IDLE_INTERVALS * 1e9 / g->config->rate_hz);
}

static void tend(struct generator *g, unsigned member)
{
	struct http *http = http_of(g, member);

	stream_tend(g, &http->stream, member);
	if (wake_ns(g, member) > generator_now_ns())
		return;
	http->next_size = http->last_size;
	ask(g, member);
}

static void add_traffic(struct generator *g, unsigned member, struct generator_traffic *traffic)
{
	traffic->bytes += http_of(g, member)->stream.bytes_in;
}

static void close_streams(struct generator *g)
{
	for (unsigned i = 0; i < g->started; i++)
		stream_close(&http_of(g, i)->stream);
}

const struct driver driver_http = {
	.bytes = sizeof(struct http),
	.start = start,
	.descriptor = descriptor,
	.send = send_update,
	.receive = receive,
	.tend = tend,
	.wake_ns = wake_ns,
	.traffic = add_traffic,
	.close = close_streams,
};
