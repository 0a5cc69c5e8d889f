#include "client/payload_format.h"

enum {
	TAG_TYPE = 'T',
};

enum payload_kind payload_kind_of(const uint8_t *payload, size_t payload_bytes)
{
	if (payload_bytes == 0)
		return PAYLOAD_UNKNOWN;
	switch (payload[0]) {
	case PAYLOAD_PLAYER:
		return PAYLOAD_PLAYER;
	case PAYLOAD_BOT:
		return PAYLOAD_BOT;
	case PAYLOAD_REPLAYED:
		return PAYLOAD_REPLAYED;
	default:
		return PAYLOAD_UNKNOWN;
	}
}

void payload_tag_encode(uint8_t data[PAYLOAD_TAG_BYTES], uint32_t victim)
{
	data[0] = TAG_TYPE;
	for (size_t i = 0; i < sizeof(victim); i++)
		data[1 + i] = (uint8_t)(victim >> (8 * i));
}

bool payload_tag_decode(const uint8_t *data, size_t data_bytes, uint32_t *victim)
{
	if (data_bytes != PAYLOAD_TAG_BYTES || data[0] != TAG_TYPE)
		return false;
	*victim = 0;
	for (size_t i = 0; i < sizeof(*victim); i++)
		*victim |= (uint32_t)data[1 + i] << (8 * i);
	return true;
}
