/*
 * stream: a member's TCP connection to the relay, for the drivers over one: bytes in and bytes out,
 * without waiting. A fault ends the run, by generator_fail.
 */
#ifndef STARLING_BENCH_STREAM_H
#define STARLING_BENCH_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct generator;
struct generator_traffic;

enum {
	STREAM_IN_BYTES = 1 << 16,
	STREAM_OUT_BYTES = 1 << 15,
};

/* All zero at first; memory costs nothing until it is used. */
struct stream {
	int fd;
	uint64_t bytes_in;
	size_t in_size, out_size;
	uint8_t in[STREAM_IN_BYTES], out[STREAM_OUT_BYTES];
};

/* Begins to connect the member, which joins as soon as it is. 0, or -1 with generator_fail. */
int stream_open(struct generator *g, struct stream *stream, unsigned member, bool is_nodelay);

/* Accepts one that is all zero. */
void stream_close(struct stream *stream);

/* Sees whether the member is connected, and sends what waits. */
void stream_tend(struct generator *g, struct stream *stream, unsigned member);

/* Adds bytes to what waits; false, and nothing is added, if it would be more than `most`. */
bool stream_add(struct stream *stream, const void *bytes, size_t size, size_t most);

/* Sends what waits, as far as it goes. */
void stream_send(struct generator *g, struct stream *stream, unsigned member);

/*
 * Takes what came, behind what is in `in` already, and tells generator_arrived. False: nothing new
 * is there.
 */
bool stream_receive(struct generator *g, struct stream *stream, unsigned member);

/* The first bytes of `in` are done with. */
void stream_consume(struct stream *stream, size_t size);

/* For a driver that keeps of a member its stream and nothing else: fields of struct driver. */
#define STREAM_DRIVER                                                                              \
	.bytes = sizeof(struct stream), .descriptor = stream_descriptor,                           \
	.tend = stream_tend_member, .traffic = stream_traffic, .close = stream_close_all
struct stream *stream_of(const struct generator *g, unsigned member);
int stream_descriptor(struct generator *g, unsigned member);
void stream_tend_member(struct generator *g, unsigned member);
void stream_traffic(struct generator *g, unsigned member, struct generator_traffic *traffic);
void stream_close_all(struct generator *g);

#endif
