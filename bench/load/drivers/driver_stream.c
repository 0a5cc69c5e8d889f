/* Members over TCP: frames with two bytes of length before each, big endian. */
#include "bench/load/generator_internal.h"

#include "bench/load/drivers/stream.h"

enum {
	UNSENT_FRAMES = 64, /* of a load's updates; those beyond it are not sent, so lost */
};

static int start(struct generator *g, unsigned member)
{
	return stream_open(g, stream_of(g, member), member, g->config->is_nodelay);
}

/* A trial asks what a stream holds back, a load what it carries. */
static size_t unsent_most(const struct generator *g)
{
	return g->config->sink ? STREAM_OUT_BYTES
			       : UNSENT_FRAMES * (DRIVERS_LENGTH_BYTES + UPDATE_BYTES);
}

static bool send_frame(struct generator *g, unsigned member, const void *bytes, size_t size)
{
	struct stream *stream = stream_of(g, member);
	const uint8_t length[DRIVERS_LENGTH_BYTES] = { (uint8_t)(size >> 8), (uint8_t)size };

	if (stream->out_size + sizeof(length) + size > unsent_most(g))
		return false;
	stream_add(stream, length, sizeof(length), STREAM_OUT_BYTES);
	stream_add(stream, bytes, size, STREAM_OUT_BYTES);
	stream_send(g, stream, member);
	return true;
}

static void send_update(struct generator *g, unsigned member, const struct update *update)
{
	uint8_t bytes[SINK_BYTES_MAX];

	send_frame(g, member, bytes, g->sink->encode(g, update, bytes));
}

static void receive(struct generator *g, unsigned member)
{
	struct stream *stream = stream_of(g, member);

	if (stream_receive(g, stream, member))
		stream_consume(stream, drivers_hear_frames(g, member, stream->in, stream->in_size));
}

size_t drivers_hear_frames(struct generator *g, unsigned member, const uint8_t *bytes, size_t size)
{
	size_t done = 0;

	while (size - done >= DRIVERS_LENGTH_BYTES) {
		const size_t length = (size_t)bytes[done] << 8 | bytes[done + 1];

		if (length > SINK_BYTES_MAX) {
			generator_fail(g, "the relay sent a frame of %zu bytes", length);
			return size;
		}
		if (size - done - DRIVERS_LENGTH_BYTES < length)
			break;
		g->sink->hear(g, member, bytes + done + DRIVERS_LENGTH_BYTES, length);
		done += DRIVERS_LENGTH_BYTES + length;
	}
	return done;
}

const struct driver driver_stream = {
	STREAM_DRIVER,      .start = start, .send = send_update, .send_event = send_frame,
	.receive = receive,
};
