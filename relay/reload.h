/*
 * reload: on SIGHUP the relay reads its file again, and takes over the settings that a running
 * relay can change. The log names each setting that changed, and those that need a restart. A file
 * with an error changes nothing.
 */
#ifndef STARLING_RELAY_RELOAD_H
#define STARLING_RELAY_RELOAD_H

#include "relay/config.h"
#include "relay/server.h"

/* `config` is the server's; the arguments are those that it was made from. */
void reload(struct config *config, struct server *server, int argc, char **argv);

#endif
