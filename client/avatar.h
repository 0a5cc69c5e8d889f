/*
 * avatar: what the programs of this folder agree on, above the library: what kind of thing an
 * entity is, how a tag is told, and where the common arena lies. Other games agree on other things.
 *
 * Payload of an entity: byte 0 is its kind; what follows is the kind's own.
 * Event "tag": the byte 'T', then the tagged member's id, 32 bits, little endian: 5 bytes in all.
 * It goes to everyone (STARLING_TO_ALL), reliably; its sender is the tagger.
 */
#ifndef STARLING_CLIENT_AVATAR_H
#define STARLING_CLIENT_AVATAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum avatar_kind {
	AVATAR_UNKNOWN = 0,   /* no payload, or another program's */
	AVATAR_PLAYER = 'p',  /* a person at `starling play` */
	AVATAR_BOT = 'b',     /* a bird of `starling bots` */
	AVATAR_REPLAYED = 'r' /* a row of a trace, from `starling replay` */
};

/* The arena: a football pitch with its corner at 0, 0, so that a recorded match, players and bots
 * fit on one map. x runs to the right, y upwards. */
#define AVATAR_ARENA_WIDTH_M  105.0
#define AVATAR_ARENA_HEIGHT_M 68.0

enum {
	AVATAR_TAG_BYTES = 5,
};

/* The kind that a payload tells; AVATAR_UNKNOWN for one that is empty or not one of the above. */
enum avatar_kind avatar_kind_of(const uint8_t *payload, size_t payload_bytes);

/* Writes the tag event for `victim`. */
void avatar_tag_encode(uint8_t data[AVATAR_TAG_BYTES], uint32_t victim);

/* Whether an event's bytes are a tag; then `*victim` is whom it tags. */
bool avatar_tag_decode(const uint8_t *data, size_t data_bytes, uint32_t *victim);

#endif
