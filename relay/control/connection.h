/*
 * connection: one connection to the control socket: lines in, and one line back for each. Nothing
 * waits for the other side, and nothing grows by what it does: a line is bounded, and the next one
 * is read when the answer to the last has left.
 */
#ifndef STARLING_RELAY_CONTROL_CONNECTION_H
#define STARLING_RELAY_CONTROL_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CONNECTION_LINE_MAX_BYTES = 4096, /* with its end */
	CONNECTION_IDLE_S = 30,           /* without a byte either way: it ends */
};

struct connection {
	int descriptor; /* -1: there is none */
	char in[CONNECTION_LINE_MAX_BYTES];
	size_t in_bytes, line_bytes; /* of these, the line at hand with its end; 0: none */
	char *out;                   /* NULL: nothing is to be sent */
	size_t out_bytes, out_sent;
	int64_t active_ns;
	bool is_last; /* it ends when the answer has left */
};

/* Begins with a descriptor that never blocks, and is the connection's from now on. */
void connection_open(struct connection *connection, int descriptor, int64_t now_ns);

/* Ends it, if there is one. */
void connection_close(struct connection *connection);

/*
 * Sends what waits, and reads on. True: a line is at hand, to be answered by connection_answer.
 * `*line` is its text, of `*size` bytes, which may be any. Where a line is too long, `*line` is
 * NULL, and the answer is the last. So is that to a line without an end, at the end of all.
 */
bool connection_next(struct connection *connection, int64_t now_ns, const char **line,
		     size_t *size);

/* Answers the line with a text that ends with a line's end; its memory is the connection's. NULL:
 * there was none; the connection ends. */
void connection_answer(struct connection *connection, char *text);

#endif
