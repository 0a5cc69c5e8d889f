/*
 * command: one request on the control socket, a line with a JSON object:
 *
 *	{"do": "list"}
 *	{"do": "kick", "member": 3, "room": "lobby", "why": "a reason"}
 *	{"do": "mute", "member": 3, "room": "lobby"}            and unmute
 *	{"do": "ban", "address": "203.0.113.0/24", "seconds": 600, "why": "a reason"}
 *	{"do": "unban", "address": "203.0.113.0/24"}
 *	{"do": "bans"}
 *	{"do": "close", "room": "lobby", "why": "a reason"}     and open
 *	{"do": "message", "text": "back at noon", "room": "lobby"}
 *
 * `why` may be left out, and so may `seconds` (for good) and the `room` of a member or a message.
 * Nothing else may be in it.
 */
#ifndef STARLING_RELAY_CONTROL_COMMAND_H
#define STARLING_RELAY_CONTROL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/wire/wire.h"
#include "proto/net/prefix.h"

enum {
	COMMAND_WHY_MAX_BYTES = 100,
	COMMAND_ERROR_BYTES = 256,
	COMMAND_SECONDS_MAX = 1000000000, /* some 30 years */
};

enum command_kind {
	COMMAND_LIST,
	COMMAND_KICK,
	COMMAND_MUTE,
	COMMAND_UNMUTE,
	COMMAND_BAN,
	COMMAND_UNBAN,
	COMMAND_BANS,
	COMMAND_CLOSE,
	COMMAND_OPEN,
	COMMAND_MESSAGE,
	COMMAND_COUNT,
};

/* A part that was not given is all zero. */
struct command {
	enum command_kind kind;
	uint32_t member;
	char room[WIRE_NAME_MAX_BYTES + 1];  /* "": none was given */
	char why[COMMAND_WHY_MAX_BYTES + 1]; /* printable */
	char text[WIRE_TEXT_MAX_BYTES + 1];  /* printable */
	struct prefix prefix;
	double seconds; /* 0: for good */
};

/* Reads any bytes. False: a sentence in `error`. */
bool command_read(const char *line, size_t size, struct command *command,
		  char error[COMMAND_ERROR_BYTES]);

#endif
