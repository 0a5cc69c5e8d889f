/* wish: what a page says on the feed: which room it looks at, {"room":"lobby"}. */
#ifndef STARLING_RELAY_STATUS_WISH_H
#define STARLING_RELAY_STATUS_WISH_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/wire/wire.h"

/* False: it is anything else. */
bool wish_read(char room[static WIRE_NAME_MAX_BYTES + 1], const char *text, size_t size);

#endif
