#include "client/avatar.h"

enum {
	TAG_TYPE = 'T',
};

enum avatar_kind avatar_kind_of(const uint8_t *payload, size_t payload_bytes)
{
	if (payload_bytes == 0)
		return AVATAR_UNKNOWN;
	switch (payload[0]) {
	case AVATAR_PLAYER:
		return AVATAR_PLAYER;
	case AVATAR_BOT:
		return AVATAR_BOT;
	case AVATAR_REPLAYED:
		return AVATAR_REPLAYED;
	default:
		return AVATAR_UNKNOWN;
	}
}

void avatar_tag_encode(uint8_t data[AVATAR_TAG_BYTES], uint32_t victim)
{
	data[0] = TAG_TYPE;
	for (size_t i = 0; i < sizeof(victim); i++)
		data[1 + i] = (uint8_t)(victim >> (8 * i));
}

bool avatar_tag_decode(const uint8_t *data, size_t data_bytes, uint32_t *victim)
{
	if (data_bytes != AVATAR_TAG_BYTES || data[0] != TAG_TYPE)
		return false;
	*victim = 0;
	for (size_t i = 0; i < sizeof(*victim); i++)
		*victim |= (uint32_t)data[1 + i] << (8 * i);
	return true;
}
