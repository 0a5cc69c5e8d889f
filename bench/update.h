/*
 * update: the 32 bytes that every contender of `compare` carries: whose it is, its number, and what
 * a game would put in: a position and 12 more bytes.
 */
#ifndef STARLING_BENCH_UPDATE_H
#define STARLING_BENCH_UPDATE_H

#include <stdint.h>

enum {
	UPDATE_BYTES = 32,
	UPDATE_PAYLOAD_BYTES = 20, /* the first bytes, all but the position */
};

struct update {
	uint32_t sender, number;
	int32_t position[3]; /* millimetres */
};

/* The update of a member that goes round in an arena of 100 m; the same every time. */
struct update update_of(uint32_t sender, uint32_t number);

void update_encode(uint8_t out[static UPDATE_BYTES], const struct update *update);

/* The sender and number alone, from the first UPDATE_PAYLOAD_BYTES. Takes any bytes. */
struct update update_decode(const uint8_t in[static UPDATE_PAYLOAD_BYTES]);

#endif
