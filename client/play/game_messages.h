/*
 * message: what players of the game tell each other in events, besides the tag (payload_format.h).
 *The first byte says what it is; numbers are little endian.
 *
 *	'C' u32              claim, reliable, to all: the sender takes IT's place from this member
 *	'S' u32              told, reliable, to one newcomer: this member is IT
 *	'P' u8 u16 u32 u32   status, unreliable, to the others, once a second: mode, round trip in
 *	                     milliseconds (65535: not known), points, who is IT as the sender
 *	                     believes
 *	'M' text             chat, reliable, to all: 1 to GAME_MESSAGE_TEXT_MAX_BYTES of printable
 *UTF-8 'E' u32              eats, reliable, to all: the sender wants the seed of this number
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
	uint32_t member;         /* claim: the predecessor; told and status: who is IT */
	uint32_t seed;           /* seed: its number */
	enum starling_mode mode; /* status */
	uint16_t rtt_ms;         /* status */
	uint32_t points;         /* status */
	const char *text;        /* chat: `text_bytes` bytes, borrowed, no NUL */
	size_t text_bytes;
};

/* Writes it into GAME_MESSAGE_MAX_BYTES at `data`. Its size, or 0 when the text is not fit to be
 * sent. */
size_t game_message_encode(uint8_t data[GAME_MESSAGE_MAX_BYTES],
			   const struct game_message *message);

/* Whether the bytes, which may be anything, are one of the above. The text is borrowed from them.
 */
bool game_message_decode(const uint8_t *data, size_t data_bytes, struct game_message *message);

#endif
