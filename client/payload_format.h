/*
 * payload_format: the conventions of this folder's programs above the library: the kinds of
 * entities, the tag event, and the common arena. Other games have their own.
 *
 * Payload of an entity: byte 0 is its kind; the rest is the kind's own.
 * Event "tag": the byte 'T', then the tagged member's id, 32 bits, little endian: 5 bytes in all.
 * It goes to everyone (STARLING_TO_ALL), reliably; its sender is the tagger.
 */
#ifndef STARLING_CLIENT_PAYLOAD_FORMAT_H
#define STARLING_CLIENT_PAYLOAD_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum payload_kind {
	PAYLOAD_UNKNOWN = 0,   /* no payload, or another program's */
	PAYLOAD_PLAYER = 'p',  /* a person at `starling play` */
	PAYLOAD_BOT = 'b',     /* a bird of `starling bots` */
	PAYLOAD_REPLAYED = 'r' /* a row of a trace, from `starling replay` */
};

/* The arena: a football pitch with its corner at 0, 0, so that a recorded match, players and bots
 * fit on one map. x runs to the right, y upwards. */
#define PAYLOAD_ARENA_WIDTH_M  105.0
#define PAYLOAD_ARENA_HEIGHT_M 68.0

enum {
	PAYLOAD_KIND_BYTES = 1,
	PAYLOAD_TAG_BYTES = 5,
};

/* To whom a relay lets an entity have less than PAYLOAD_KIND_BYTES. */
#define PAYLOAD_REFUSED                                                                             \
	"the relay takes no payload, and players, bots and replayed entities are known by theirs; " \
	"start it with --payload 1 or more"

/* The kind of a payload; PAYLOAD_UNKNOWN for an empty or foreign one. */
enum payload_kind payload_kind_of(const uint8_t *payload, size_t payload_bytes);

/* Writes the tag event for `victim`. */
void payload_tag_encode(uint8_t data[PAYLOAD_TAG_BYTES], uint32_t victim);

/* Whether an event is a tag; then `*victim` is the tagged member. */
bool payload_tag_decode(const uint8_t *data, size_t data_bytes, uint32_t *victim);

#endif
