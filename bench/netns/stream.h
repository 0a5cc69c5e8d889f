/*
 * stream: a model of what an impaired line does to one direction of a TCP stream, for where the
 * kernel's own TCP cannot be put on such a line. It is a model: `contrast --live --netns` shows the
 * real one, and figures from here are marked.
 *
 * Bytes that are written are cut into segments of at most STREAM_SEGMENT_BYTES. Each enters the
 * line (link_model.h) as a packet of so many bytes and STREAM_HEADER_BYTES of IPv4 and TCP with
 * timestamps. One that passes arrives as the line says; its bytes come out when those of all
 * segments before it have. One that is lost is sent again:
 *
 * - a smoothed round trip after it was sent, if at least three later segments passed by then (fast
 *   retransmit, RFC 5681);
 * - else when its timer runs out, after RTO = max(200 ms, SRTT + 4 RTTVAR), as RFC 6298 has it but
 *   with Linux's minimum; each time that the timer runs out for one segment, its RTO doubles, up to
 *   120 s. Before the first sample the RTO is 1 s. A sample is twice what a segment that was sent
 *   once took.
 *
 * With Nagle's rule (RFC 896) what is less than a whole segment waits until all before it is
 * acknowledged, half a smoothed round trip after it arrived.
 *
 * Not in it: congestion and receive windows, slow start, delayed acknowledgements, lost ones,
 * selective ones, probes of the tail; the handshake and the close take no time. Duplicates that the
 * line makes are dropped, as TCP does. Virtual time; no clock, no socket.
 */
#ifndef STARLING_BENCH_STREAM_H
#define STARLING_BENCH_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/link/link_model.h"

enum {
	STREAM_SEGMENT_BYTES = 1448,
	STREAM_HEADER_BYTES = 52,
	STREAM_SEGMENTS_MAX = 256,
	STREAM_BYTES_MAX = 1 << 17, /* of the ring; a power of two */
	STREAM_FAST_SEGMENTS = 3,
};

#define STREAM_RTO_MIN_NS   INT64_C(200000000)
#define STREAM_RTO_FIRST_NS INT64_C(1000000000)
#define STREAM_RTO_MAX_NS   INT64_C(120000000000)

struct stream_segment {
	size_t bytes;
	int64_t arrives_ns; /* INT64_MAX: lost so far */
	int64_t next_ns;    /* when it is decided on, or sent again; INT64_MAX: neither */
	int64_t sent_ns;    /* first */
	int64_t rto_ns;     /* what the timer is set to next */
	unsigned later;     /* segments after it that passed */
	bool is_watched;    /* next_ns is when fast retransmit is decided on */
};

struct stream {
	struct link_model *impair; /* the line; borrowed */
	bool is_nagle;
	uint8_t bytes[STREAM_BYTES_MAX];
	size_t first, size; /* of all bytes in the ring */
	size_t unsent;      /* the last so many of them are in no segment */
	struct stream_segment segments[STREAM_SEGMENTS_MAX];
	size_t first_segment, segment_count;
	size_t taken;         /* bytes of the first segment that were consumed */
	int64_t delivered_ns; /* when the last segment that is gone came out */
	int64_t now_ns;       /* up to which things have happened */
	int64_t srtt_ns, rttvar_ns;
	bool has_sample;
	uint64_t sent, sent_bytes, repeated; /* segments and their bytes, repeats included */
};

/* An empty stream on a line. */
void stream_init(struct stream *stream, struct link_model *impair, bool is_nagle);

/* How many bytes may be written. */
size_t stream_room(const struct stream *stream);

/* Writes at `now_ns`, which never goes back; `size` is at most stream_room. */
void stream_write(struct stream *stream, int64_t now_ns, const uint8_t *data, size_t size);

/* When something happens next: a repeat, or bytes come out; INT64_MAX: never. */
int64_t stream_next_ns(const struct stream *stream);

/*
 * Lets everything happen that is due by `now_ns`, and returns how many bytes have come out, in one
 * piece at `*data`; there may be more behind them. They stay until they are consumed.
 */
size_t stream_ready(struct stream *stream, int64_t now_ns, const uint8_t **data);

/* Takes away the first `size` bytes of those that were ready. */
void stream_consume(struct stream *stream, size_t size);

/* When the first byte of those ready came out. */
int64_t stream_ready_since_ns(const struct stream *stream);

#endif
