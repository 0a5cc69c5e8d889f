/*
 * talk: what players of the game tell each other in events, besides the tag (avatar.h). The first
 * byte says what it is; numbers are little endian.
 *
 *	'C' u32              claim, reliable, to all: the sender takes IT's place from this member
 *	'S' u32              told, reliable, to one newcomer: this member is IT
 *	'P' u8 u16 u32 u32   status, unreliable, to the others, once a second: mode, round trip in
 *	                     milliseconds (65535: not known), points, who is IT as the sender
 *	                     believes
 *	'M' text             chat, reliable, to all: 1 to TALK_TEXT_MAX_BYTES of printable UTF-8
 *	'E' u32              eats, reliable, to all: the sender wants the seed of this number
 */
#ifndef STARLING_CLIENT_PLAY_TALK_H
#define STARLING_CLIENT_PLAY_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/lib/starling.h"

enum {
	TALK_TEXT_MAX_BYTES = 120,
	TALK_MAX_BYTES = 1 + TALK_TEXT_MAX_BYTES,
	TALK_RTT_UNKNOWN = 65535,
};

enum talk_type {
	TALK_CLAIM = 'C',
	TALK_TOLD = 'S',
	TALK_STATUS = 'P',
	TALK_CHAT = 'M',
	TALK_SEED = 'E',
};

struct talk {
	enum talk_type type;
	uint32_t member;         /* claim: the predecessor; told and status: who is IT */
	uint32_t seed;           /* seed: its number */
	enum starling_mode mode; /* status */
	uint16_t rtt_ms;         /* status */
	uint32_t points;         /* status */
	const char *text;        /* chat: `text_bytes` bytes, borrowed, no NUL */
	size_t text_bytes;
};

/* Writes it into TALK_MAX_BYTES at `data`. Its size, or 0 when the text is not fit to be sent. */
size_t talk_encode(uint8_t data[TALK_MAX_BYTES], const struct talk *talk);

/* Whether the bytes, which may be anything, are one of the above. The text is borrowed from them.
 */
bool talk_decode(const uint8_t *data, size_t data_bytes, struct talk *talk);

#endif
