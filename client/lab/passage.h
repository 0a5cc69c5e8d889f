/*
 * passage: which updates a packet to a receiver of the lab carries: states in ENet's datagrams, or
 * messages whose last byte is in a segment of the stream. The bytes may be anything.
 */
#ifndef STARLING_CLIENT_LAB_PASSAGE_H
#define STARLING_CLIENT_LAB_PASSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/lab/record.h"
#include "client/lab/update.h"

enum {
	PASSAGE_UPDATES = 256,   /* of a packet, at most; the rest is left out */
	PASSAGE_MESSAGES = 8192, /* of the stream, the newest, that are known again */
};

/* The stream as it enters its link: a segment that is sent again brings nothing new. */
struct passage_stream {
	bool has_begun, is_broken;
	uint32_t next; /* TCP's sequence number behind all that entered */
	uint8_t rest[LAB_MESSAGE_MAX_BYTES];
	size_t rest_bytes; /* of a message that is not whole yet */
	struct passage_message {
		uint32_t end; /* the sequence number behind its last byte */
		struct lab_update_id id;
	} messages[PASSAGE_MESSAGES];
	size_t count; /* so far; the newest are kept */
};

/*
 * Reads a packet from IP's head on, as it enters the link to a receiver or leaves it. Returns how
 * many updates it carries. `stream` begins all zero.
 */
size_t passage_read(struct passage_stream *stream, enum lab_way way, const uint8_t *data,
		    size_t size, struct lab_update_id ids[static PASSAGE_UPDATES]);

#endif
