/*
 * recode: decodes a message and encodes what was decoded. As every value has one legal encoding,
 * the same bytes must come out; tests and fuzz targets hold the wire to that.
 */
#ifndef STARLING_TESTS_RECODE_H
#define STARLING_TESTS_RECODE_H

#include "proto/wire/wire.h"

enum recode_direction {
	RECODE_TO_RELAY = 1,
	RECODE_TO_MEMBER = 2,
};

/* Whether a message of this type may go that way (PROTOCOL.md, "Messages"). */
bool recode_is_sent(enum wire_type type, enum recode_direction direction);

/*
 * Gives `data` to the decoder of `type`, and what it found to the encoder. `out` has room for
 * WIRE_MESSAGE_MAX_BYTES; `*out_size` is 0 when the encoder would not have it. `*entries` counts
 * what a list or a message of states holds.
 */
enum wire_error recode(enum wire_type type, const void *data, size_t size, uint8_t *out,
		       size_t *out_size, size_t *entries);

#endif
