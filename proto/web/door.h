/*
 * door: who may come in. A page of another site must not read what a browser on this machine can
 * reach: so where there is no token, Host must name this machine's loopback, which no name of an
 * attacker's does (DNS rebinding); and an Origin must be the door's own. Bytes only.
 */
#ifndef STARLING_PROTO_WEB_DOOR_H
#define STARLING_PROTO_WEB_DOOR_H

#include <stdbool.h>

#include "proto/web/request.h"

/* The subprotocol of a feed. */
#define DOOR_PROTOCOL "starling"

enum door_outcome {
	DOOR_OPEN = 0,
	/* Others are HTTP statuses. */
	DOOR_MALFORMED = 400, /* a WebSocket of another subprotocol */
	DOOR_NO_TOKEN = 401,
	DOOR_FOREIGN = 403,
};

/*
 * `token`: NULL, or what a request must bring: as "Authorization: Bearer TOKEN", or for a
 * WebSocket also as a subprotocol "token.TOKEN". It is compared in constant time.
 * `needs_token`: whether what it asks for is not for everybody.
 */
enum door_outcome door_check(const struct request *request, const char *token, bool needs_token);

#endif
