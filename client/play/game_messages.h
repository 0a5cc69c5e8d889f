/*
 * game_messages: the events that players of the game send each other, besides the tag
 * (payload_format.h). The first byte is the type; numbers are little endian.
 *
 *	'C' u32              claim, reliable, to all: the sender takes IT's place from this member
 *	'S' u32              introduction, reliable, to one newcomer: this member is IT
 *	'P' u8 u16 u32 u32   status, unreliable, to the others, once a second: mode, round trip in
 *	                     milliseconds (65535: not known), points, who is IT to the sender
 *	'M' text             chat, reliable, to all: GAME_MESSAGE_TEXT_MAX_BYTES of UTF-8 at most
 *	'E' u32              seed, reliable, to all: the sender wants the seed of this number
 */
#ifndef STARLING_CLIENT_PLAY_GAME_MESSAGES_H
#define STARLING_CLIENT_PLAY_GAME_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/lib/starling.h"

enum {
	GAME_MESSAGE_TEXT_MAX_BYTES = 120,
	GAME_MESSAGE_MAX_BYTES = 1 + GAME_MESSAGE_TEXT_MAX_BYTES,
	GAME_MESSAGE_RTT_UNKNOWN = 65535,
};

enum game_message_type {
	GAME_MESSAGE_CLAIM = 'C',
	GAME_MESSAGE_INTRODUCTION = 'S',
	GAME_MESSAGE_STATUS = 'P',
	GAME_MESSAGE_CHAT = 'M',
	GAME_MESSAGE_SEED = 'E',
};

struct game_message {
	enum game_message_type type;
	uint32_t member;         /* claim: the predecessor; introduction and status: IT */
	uint32_t seed;           /* seed: its number */
	enum starling_mode mode; /* status */
	uint16_t rtt_ms;         /* status */
	uint32_t points;         /* status */
	const char *text;        /* chat: `text_bytes` bytes, borrowed, no NUL */
	size_t text_bytes;
};

/*
 * Encodes into GAME_MESSAGE_MAX_BYTES at `data`. The size, or 0 for a text that is too long or not
 * printable.
 */
size_t game_message_encode(uint8_t data[GAME_MESSAGE_MAX_BYTES],
			   const struct game_message *message);

/* Decodes any bytes; false when they are no such message. The text is borrowed from them. */
bool game_message_decode(const uint8_t *data, size_t data_bytes, struct game_message *message);

#endif
