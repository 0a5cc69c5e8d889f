/*
 * status: what a running relay tells over HTTP (--http), by its web (proto/web/web.h). While
 * somebody looks, the loop copies a snapshot, ten times a second at most, under a lock that it only
 * tries; otherwise it looks once in a while whether somebody does, which is one atomic load. The
 * web's thread takes the snapshot and makes all text.
 */
#ifndef STARLING_RELAY_STATUS_STATUS_H
#define STARLING_RELAY_STATUS_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/net/endpoint.h"
#include "proto/web/web.h"
#include "relay/config.h"

struct counts;
struct impaired_net;
struct server;
struct status;

/*
 * Opens it if the configuration asks for it; else `*status` becomes NULL, which all functions below
 * accept. Needs to open files, so call it before the sandbox is entered. False: a sentence in
 * `error`.
 */
bool status_open(struct status **status, const struct config *config,
		 char error[static WEB_ERROR_BYTES]);

/* Whether that can be served, as far as is known without opening anything. */
bool status_check(const struct config *config, char error[static WEB_ERROR_BYTES]);

/* Starts its thread. False: see `error`. */
bool status_start(struct status *status, char error[static WEB_ERROR_BYTES]);

/* The loop's part. Returns when it is due next; INT64_MAX: never. */
int64_t status_turn(struct status *status, struct server *server, struct impaired_net *impaired,
		    int64_t now_ns);

/* Copies what it counts itself. */
void status_count(const struct status *status, struct counts *counts);

/* Where it listens, as HOST:PORT. */
void status_at(const struct status *status, char at[static ENDPOINT_TEXT_BYTES]);

/* The port that it listens on; 0: on none. */
uint16_t status_port(const struct status *status);

void status_close(struct status *status);

#endif
