/*
 * Members as clients of an MQTT server (MQTT 3.1.1): one connection each, QoS 0, a topic for each
 * room. A member's own updates come back, as this version has no way to ask for less.
 */
#include "bench/load/generator_internal.h"

#include <stdio.h>
#include <string.h>

#include "bench/load/drivers/stream.h"

/* A packet is its kind and flags, the length of the rest in 1 to 4 bytes, and the rest. */
enum {
	KIND_CONNECT = 0x10,
	KIND_CONNACK = 0x20,
	KIND_PUBLISH = 0x30, /* of QoS 0; in the low bits flags */
	KIND_SUBSCRIBE = 0x82,
	KIND_SUBACK = 0x90,
	KIND_MASK = 0xf0,
	LENGTH_BYTES_MAX = 4,
	LENGTH_MORE = 0x80,
	FAILURE = 0x80, /* in a SUBACK */

	TOPIC_BYTES = 16,
	PACKET_BYTES_MAX = 127, /* of ours: the length takes one byte */
	UNSENT_PACKETS = 64,    /* updates beyond these are not sent, so lost */
};

/* Clean session; no keep-alive, as members may be silent while others join; the server names us. */
static const uint8_t connect_packet[] = { KIND_CONNECT, 12, 0, 4, 'M', 'Q', 'T',
					  'T',          4,  2, 0, 0,   0,   0 };

/* A string is its length in two bytes, and its bytes. How many bytes it took. */
static size_t write_topic(const struct generator *g, unsigned member, uint8_t *at)
{
	char topic[TOPIC_BYTES];
	const int size =
		snprintf(topic, sizeof(topic), "room/%u", generator_room(g->config, member));

	at[0] = 0;
	at[1] = (uint8_t)size;
	memcpy(at + 2, topic, (size_t)size);
	return 2 + (size_t)size;
}

static int start(struct generator *g, unsigned member)
{
	static const uint8_t number[] = { 0, 1 };
	struct stream *stream = stream_of(g, member);
	uint8_t packet[PACKET_BYTES_MAX] = { KIND_SUBSCRIBE };
	size_t size = 2;

	memcpy(packet + size, number, sizeof(number));
	size += sizeof(number);
	size += write_topic(g, member, packet + size);
	packet[size++] = 0; /* QoS */
	packet[1] = (uint8_t)(size - 2);
	stream_add(stream, connect_packet, sizeof(connect_packet), STREAM_OUT_BYTES);
	stream_add(stream, packet, size, STREAM_OUT_BYTES);
	return stream_open(g, stream, member, true);
}

static void send_update(struct generator *g, unsigned member, const struct update *update)
{
	struct stream *stream = stream_of(g, member);
	uint8_t packet[PACKET_BYTES_MAX] = { KIND_PUBLISH };
	size_t size = 2;

	size += write_topic(g, member, packet + size);
	update_encode(packet + size, update);
	size += UPDATE_BYTES;
	packet[1] = (uint8_t)(size - 2);
	if (stream_add(stream, packet, size, UNSENT_PACKETS * size))
		stream_send(g, stream, member);
}

static void hear_publish(struct generator *g, unsigned member, const uint8_t *rest, size_t size)
{
	const size_t topic = size < 2 ? size : 2 + ((size_t)rest[0] << 8 | rest[1]);

	if (topic + UPDATE_BYTES == size)
		g->sink->hear(g, member, rest + topic, UPDATE_BYTES);
}

static void hear(struct generator *g, unsigned member, uint8_t kind, const uint8_t *rest,
		 size_t size)
{
	const uint8_t code = size > 0 ? rest[size - 1] : FAILURE; /* of an answer */

	switch (kind & KIND_MASK) {
	case KIND_PUBLISH:
		hear_publish(g, member, rest, size);
		break;
	case KIND_SUBACK:
		generator_joined(g, member);
		/* fall through */
	case KIND_CONNACK:
		if (code != 0)
			generator_fail(g, "the server refused member %u (code %u)", member + 1,
				       code);
		break;
	default:
		break;
	}
}

/* Reads the length at `at`; how many bytes it takes, 0: they are not all there. */
static size_t read_length(const uint8_t *at, size_t left, size_t *length)
{
	*length = 0;
	for (size_t i = 0; i < left && i < LENGTH_BYTES_MAX; i++) {
		*length |= (size_t)(at[i] & ~LENGTH_MORE) << 7 * i;
		if (!(at[i] & LENGTH_MORE))
			return i + 1;
	}
	return 0;
}

/* Hears whole packets; how many bytes they took. */
static size_t hear_packets(struct generator *g, unsigned member, const uint8_t *bytes, size_t size)
{
	size_t done = 0, length, head;

	while (size - done > 1 &&
	       (head = read_length(bytes + done + 1, size - done - 1, &length)) &&
	       size - done - 1 - head >= length) {
		const uint8_t *packet = bytes + done;

		hear(g, member, packet[0], packet + 1 + head, length);
		done += 1 + head + length;
	}
	return done;
}

static void receive(struct generator *g, unsigned member)
{
	struct stream *stream = stream_of(g, member);

	if (stream_receive(g, stream, member))
		stream_consume(stream, hear_packets(g, member, stream->in, stream->in_size));
}

const struct driver driver_mqtt = {
	STREAM_DRIVER,
	.start = start,
	.send = send_update,
	.receive = receive,
};
