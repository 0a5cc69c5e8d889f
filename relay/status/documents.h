/* documents: what a snapshot says, as JSON; DOCUMENTS of starlingd(8) lists the keys. */
#ifndef STARLING_RELAY_STATUS_DOCUMENTS_H
#define STARLING_RELAY_STATUS_DOCUMENTS_H

#include <stdio.h>

#include "relay/status/rates.h"
#include "relay/status/snapshot.h"

/* /status.json. */
void documents_write_status(FILE *out, const struct snapshot *snapshot, const struct rates *rates);

/* Messages of the feed: the same without the configuration, and a room. */
void documents_write_feed_status(FILE *out, const struct snapshot *snapshot,
				 const struct rates *rates);
void documents_write_feed_room(FILE *out, const struct snapshot *snapshot,
			       const struct snapshot_map *map);

#endif
