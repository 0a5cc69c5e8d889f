#include "bench/light.h"

#include <string.h>

enum {
	PEER_MASK = 0x0fff,
	SESSION_SHIFT = 12,
	SESSION_MASK = 3,
	FLAG_COMPRESSED = 0x4000,
	FLAG_SENT_TIME = 0x8000,
	COMMAND_MASK = 0x0f,
	COMMAND_ACKNOWLEDGE = 0x80, /* the sender wants one: ENet's business */
	COMMAND_HEADER_BYTES = 4,
	COMMAND_UNSEQUENCED = 9,
	COMMAND_COUNT = 13,
};

/* Header and fixed fields, by command; 0: there is none. */
static const uint8_t command_bytes[COMMAND_COUNT] = { 0, 8, 48, 44, 8, 4, 6, 8, 24, 8, 12, 16, 24 };
/* Where its data's length stands; 0: it has no data. */
static const uint8_t length_at[COMMAND_COUNT] = { 0, 0, 0, 0, 0, 0, 4, 6, 6, 6, 0, 0, 6 };

static uint16_t get_u16(const uint8_t *in)
{
	return (uint16_t)(in[0] << 8 | in[1]);
}

/* The size of the command at `at`, its data included; 0 when it is not whole. */
static size_t command_size(const uint8_t *at, size_t left)
{
	unsigned command;
	size_t size;

	if (left < COMMAND_HEADER_BYTES)
		return 0;
	command = at[0] & COMMAND_MASK;
	if (command >= COMMAND_COUNT || command_bytes[command] == 0 ||
	    command_bytes[command] > left)
		return 0;
	size = command_bytes[command];
	if (length_at[command] > 0)
		size += get_u16(at + length_at[command]);
	return size <= left ? size : 0;
}

bool light_read(struct light_datagram *out, const uint8_t *data, size_t size, uint16_t peer,
		uint8_t session)
{
	size_t at = 2, step;
	unsigned id;

	out->count = 0;
	out->has_rest = false;
	if (size < 2)
		return false;
	id = get_u16(data);
	if ((id & PEER_MASK) != peer || (id >> SESSION_SHIFT & SESSION_MASK) != session ||
	    id & FLAG_COMPRESSED)
		return false;
	for (at = id & FLAG_SENT_TIME ? 4 : 2; at < size; at += step) {
		step = command_size(data + at, size - at);
		if (step == 0)
			return false;
		if ((data[at] & COMMAND_MASK) != COMMAND_UNSEQUENCED ||
		    data[at] & COMMAND_ACKNOWLEDGE) {
			out->has_rest = true;
			continue;
		}
		if (out->count == LIGHT_PACKETS_MAX)
			return false;
		out->packets[out->count++] =
			(struct light_packet){ .data = data + at +
						       command_bytes[COMMAND_UNSEQUENCED],
					       .size = step - command_bytes[COMMAND_UNSEQUENCED],
					       .channel = data[at + 1] };
	}
	return at == size;
}

size_t light_rest(const struct light_datagram *datagram, uint8_t *data, size_t size)
{
	uint8_t *end = data + size;

	/* From the last on, so that what the others point to stays where it is. */
	for (unsigned i = datagram->count; i-- > 0;) {
		const struct light_packet *packet = &datagram->packets[i];
		uint8_t *after = data + (packet->data - data) + packet->size;
		uint8_t *start = after - packet->size - command_bytes[COMMAND_UNSEQUENCED];

		memmove(start, after, (size_t)(end - after));
		end -= after - start;
	}
	return (size_t)(end - data);
}
