#include "client/lab/passage.h"

#include <string.h>

#include "proto/enet/guard/datagram.h"
#include "proto/net/netns/tunnel.h"
#include "proto/wire/states.h"

enum {
	TCP_NUMBER_AT = 4, /* in its header */
};

struct updates {
	struct lab_update_id *ids;
	size_t count;
};

static void add(struct updates *updates, unsigned bird, uint32_t number)
{
	if (updates->count < PASSAGE_UPDATES)
		updates->ids[updates->count++] =
			(struct lab_update_id){ .bird = (uint8_t)bird, .number = number };
}

/* ENet. */

static void read_message(struct updates *updates, const uint8_t *data, size_t size)
{
	struct states_message message;
	struct states_record record;

	if (states_decode(data, size, &message) != WIRE_OK)
		return;
	while (states_next(&message, &record)) {
		struct lab_record update;

		if (record.index < LAB_BIRDS_MAX &&
		    lab_update_read_payload(&update, record.payload.data, record.payload.size))
			add(updates, record.index, update.number);
	}
}

static void read_datagram(struct updates *updates, const uint8_t *data, size_t size)
{
	struct datagram datagram;
	struct datagram_command command;

	datagram_open(&datagram, data, size);
	while (datagram_next(&datagram, &command))
		if (datagram_is_message(&command))
			read_message(updates, command.data, command.size);
}

/* The stream. */

static void keep(struct passage_stream *stream, uint32_t end, const struct lab_record *update)
{
	stream->messages[stream->count++ % PASSAGE_MESSAGES] = (struct passage_message){
		.end = end, .id = { .bird = (uint8_t)update->bird, .number = update->number }
	};
}

/* New bytes of the stream, in its order; byte by byte, as a message may be in two segments. */
static void feed(struct passage_stream *stream, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size && !stream->is_broken; i++) {
		struct lab_record update;
		int used;

		stream->next++;
		stream->rest[stream->rest_bytes++] = data[i];
		used = lab_update_read_message(&update, stream->rest, stream->rest_bytes);
		if (used > 0) {
			keep(stream, stream->next, &update);
			stream->rest_bytes = 0;
		}
		stream->is_broken = used < 0 || stream->rest_bytes == sizeof(stream->rest);
	}
}

/* Serial numbers of RFC 1982, as TCP compares its own. */
static bool is_in(uint32_t end, uint32_t first, size_t size)
{
	return end - first - 1 < size;
}

static void read_segment(struct updates *updates, struct passage_stream *stream, uint32_t first,
			 const uint8_t *data, size_t size)
{
	size_t oldest = 0;

	if (!stream->has_begun) {
		stream->has_begun = true;
		stream->next = first;
	}
	if (is_in(stream->next + 1, first, size))
		feed(stream, data + (stream->next - first), size - (stream->next - first));
	if (stream->count > PASSAGE_MESSAGES)
		oldest = stream->count - PASSAGE_MESSAGES;
	for (size_t i = stream->count; i > oldest; i--) {
		const struct passage_message *message =
			&stream->messages[(i - 1) % PASSAGE_MESSAGES];

		if (is_in(message->end, first, size))
			add(updates, message->id.bird, message->id.number);
		else if ((int32_t)(message->end - first) <= 0)
			break;
	}
}

static uint32_t read_u32(const uint8_t *data)
{
	return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

size_t passage_read(struct passage_stream *stream, enum lab_way way, const uint8_t *data,
		    size_t size, struct lab_update_id ids[static PASSAGE_UPDATES])
{
	struct updates updates = { .ids = ids };
	struct tunnel_packet packet;
	const uint8_t *payload;

	if (!tunnel_read(data, size, LAB_WAYS, &packet) || packet.payload_bytes == 0)
		return 0;
	payload = data + size - packet.payload_bytes;
	if (way != LAB_STREAM)
		read_datagram(&updates, payload, packet.payload_bytes);
	else if (packet.is_stream)
		read_segment(&updates, stream,
			     read_u32(data + (size_t)(data[0] & 0xf) * 4 + TCP_NUMBER_AT), payload,
			     packet.payload_bytes);
	return updates.count;
}
