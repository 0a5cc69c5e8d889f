/*
 * update: the 32 bytes that every server of `compare` carries: whose it is, its number, and what
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

/* Where members go: each there and back again along both axes, with its own start and speed. */
struct update_course {
	uint64_t seed;
	uint32_t side_mm; /* of the arena, a square with 0 in its middle */
};

/*
 * In an arena of 100 m; or, if `spread` is not 0, in one in which so many members have 100 square
 * metres each, so that a member has as many neighbours however many there are.
 */
struct update_course update_course(uint64_t seed, unsigned spread);

/* Every time alike. A step from one number to the next is at most 150 mm along each axis. */
struct update update_of(const struct update_course *course, uint32_t sender, uint32_t number);

/* Sender, number, bytes that follow from these two and do not pack, position; little endian. */
void update_encode(uint8_t out[static UPDATE_BYTES], const struct update *update);

/* The sender and number alone, from the first UPDATE_PAYLOAD_BYTES. Takes any bytes. */
static inline struct update update_decode(const uint8_t in[static UPDATE_PAYLOAD_BYTES]);

static inline uint32_t update_get_u32(const uint8_t *in)
{
	return (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 |
	       (uint32_t)in[3] << 24;
}

static inline struct update update_decode(const uint8_t in[static UPDATE_PAYLOAD_BYTES])
{
	return (struct update){ .sender = update_get_u32(in), .number = update_get_u32(in + 4) };
}

#endif
