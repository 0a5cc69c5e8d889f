/*
 * reload: SIGHUP: the relay's file is read again, and taken over as far as a running relay can. The
 * log tells of each setting that changed, and whether that takes a restart. With a file that is not
 * good everything stays as it was.
 */
#ifndef STARLING_RELAY_RELOAD_H
#define STARLING_RELAY_RELOAD_H

#include "relay/config.h"
#include "relay/server.h"

/* `config` is the server's; the arguments are those that it was made from. */
void reload(struct config *config, struct server *server, int argc, char **argv);

#endif
