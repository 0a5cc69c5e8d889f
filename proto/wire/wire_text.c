/* Names for people of wire.h's numbers. */
#include "proto/wire/wire.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

const char *wire_error_text(enum wire_error error)
{
	static const char *const texts[WIRE_ERROR_COUNT] = {
		[WIRE_OK] = "well formed",
		[WIRE_SHORT] = "ends inside a field",
		[WIRE_TRAILING] = "bytes left over",
		[WIRE_TOO_LONG] = "too long",
		[WIRE_TYPE] = "no such type here",
		[WIRE_RANGE] = "value out of range",
		[WIRE_NOT_CANONICAL] = "not the one legal encoding",
		[WIRE_RESERVED] = "reserved bit set",
		[WIRE_TEXT] = "text not printable UTF-8, or no name",
		[WIRE_EMPTY] = "empty list",
	};

	return (unsigned)error < COUNT_OF(texts) ? texts[error] : "unknown error";
}

const char *wire_error_name(enum wire_error error)
{
	static const char *const names[WIRE_ERROR_COUNT] = {
		[WIRE_OK] = "OK",
		[WIRE_SHORT] = "SHORT",
		[WIRE_TRAILING] = "TRAILING",
		[WIRE_TOO_LONG] = "TOO_LONG",
		[WIRE_TYPE] = "TYPE",
		[WIRE_RANGE] = "RANGE",
		[WIRE_NOT_CANONICAL] = "NOT_CANONICAL",
		[WIRE_RESERVED] = "RESERVED",
		[WIRE_TEXT] = "TEXT",
		[WIRE_EMPTY] = "EMPTY",
	};

	return (unsigned)error < COUNT_OF(names) ? names[error] : "UNKNOWN";
}

const char *wire_reason_name(enum wire_reason reason)
{
	static const char *const names[WIRE_REASON_COUNT] = {
		[WIRE_REASON_LEFT] = "LEFT",
		[WIRE_REASON_LOST] = "LOST",
		[WIRE_REASON_VERSION] = "VERSION",
		[WIRE_REASON_MALFORMED] = "MALFORMED",
		[WIRE_REASON_NAME] = "NAME",
		[WIRE_REASON_ROOM_NAME] = "ROOM_NAME",
		[WIRE_REASON_ROOM_FULL] = "ROOM_FULL",
		[WIRE_REASON_RELAY_FULL] = "RELAY_FULL",
		[WIRE_REASON_TOKEN] = "TOKEN",
		[WIRE_REASON_SLOW] = "SLOW",
		[WIRE_REASON_SILENT] = "SILENT",
		[WIRE_REASON_STOPPING] = "STOPPING",
		[WIRE_REASON_CLOSING] = "CLOSING",
		[WIRE_REASON_CHANNELS] = "CHANNELS",
		[WIRE_REASON_ADDRESS_FULL] = "ADDRESS_FULL",
		[WIRE_REASON_KICKED] = "KICKED",
		[WIRE_REASON_BANNED] = "BANNED",
		[WIRE_REASON_ROOM_CLOSED] = "ROOM_CLOSED",
	};

	return (unsigned)reason < COUNT_OF(names) ? names[reason] : "UNKNOWN";
}

const char *wire_type_text(enum wire_type type)
{
	static const char *const texts[WIRE_TYPE_END] = {
		[WIRE_HELLO] = "HELLO",       [WIRE_WELCOME] = "WELCOME",
		[WIRE_REFUSED] = "REFUSED",   [WIRE_SETTINGS] = "SETTINGS",
		[WIRE_JOINED] = "JOINED",     [WIRE_LEFT] = "LEFT",
		[WIRE_STATE] = "STATE",       [WIRE_SNAPSHOT] = "SNAPSHOT",
		[WIRE_KEYFRAME] = "KEYFRAME", [WIRE_GONE] = "GONE",
		[WIRE_EVENT] = "EVENT",       [WIRE_CLOCK] = "CLOCK",
		[WIRE_LEAVE] = "LEAVE",       [WIRE_GOODBYE] = "GOODBYE",
		[WIRE_REPORT] = "REPORT",
	};

	return (unsigned)type < COUNT_OF(texts) && texts[type] ? texts[type] : "unknown";
}

const char *wire_mode_text(enum wire_mode mode)
{
	static const char *const texts[WIRE_MODE_COUNT] = {
		[WIRE_UNSEQUENCED] = "unsequenced",
		[WIRE_SEQUENCED] = "sequenced",
		[WIRE_RELIABLE] = "reliable",
	};

	return (unsigned)mode < COUNT_OF(texts) ? texts[mode] : "unknown";
}

const char *wire_reason_text(enum wire_reason reason)
{
	static const char *const texts[WIRE_REASON_COUNT] = {
		[WIRE_REASON_LEFT] = "left",
		[WIRE_REASON_LOST] = "connection lost",
		[WIRE_REASON_VERSION] = "another version of the protocol",
		[WIRE_REASON_MALFORMED] = "too many malformed messages",
		[WIRE_REASON_NAME] = "name not acceptable",
		[WIRE_REASON_ROOM_NAME] = "room name not acceptable",
		[WIRE_REASON_ROOM_FULL] = "the room is full",
		[WIRE_REASON_RELAY_FULL] = "the relay is full",
		[WIRE_REASON_TOKEN] = "token not accepted",
		[WIRE_REASON_SLOW] = "does not take what it is sent",
		[WIRE_REASON_SILENT] = "said no HELLO in time",
		[WIRE_REASON_STOPPING] = "the relay is stopping",
		[WIRE_REASON_CLOSING] = "the relay closes for good",
		[WIRE_REASON_CHANNELS] = "connected with too few channels",
		[WIRE_REASON_ADDRESS_FULL] = "the relay takes no more from this address",
		[WIRE_REASON_KICKED] = "kicked",
		[WIRE_REASON_BANNED] = "banned from the relay",
		[WIRE_REASON_ROOM_CLOSED] = "the room is closed",
	};

	return (unsigned)reason < COUNT_OF(texts) ? texts[reason] : "unknown reason";
}
