/*
 * wire_error: why bytes are not a message. Receivers count by reason; they never log a line a
 * packet.
 */
#ifndef STARLING_PROTO_WIRE_WIRE_ERROR_H
#define STARLING_PROTO_WIRE_WIRE_ERROR_H

enum wire_error {
	WIRE_OK = 0,
	WIRE_SHORT,         /* the message ends inside a field */
	WIRE_TRAILING,      /* bytes are left over after the last field */
	WIRE_TOO_LONG,      /* longer than WIRE_MESSAGE_MAX_BYTES */
	WIRE_TYPE,          /* a type that does not exist, or not in this direction */
	WIRE_RANGE,         /* a value or a length outside its range */
	WIRE_NOT_CANONICAL, /* a value not in its one legal encoding */
	WIRE_RESERVED,      /* a reserved bit is set */
	WIRE_TEXT,          /* text that is not printable UTF-8, or is no name where one must be */
	WIRE_EMPTY,         /* a list without an entry where one is required */
	WIRE_ERROR_COUNT,
};

/* The reason as a short text for counters and messages, e.g. "ends inside a field". Never NULL. */
const char *wire_error_text(enum wire_error error);

/* PROTOCOL.md's own name, e.g. "SHORT", for counters that programs read. Never NULL. */
const char *wire_error_name(enum wire_error error);

#endif
