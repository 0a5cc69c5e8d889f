/* unreachable: the sentence that says why a program could not join a room. */
#ifndef STARLING_CLIENT_SESSIONS_UNREACHABLE_H
#define STARLING_CLIENT_SESSIONS_UNREACHABLE_H

#include "client/options.h"
#include "client/lib/starling.h"

enum {
	UNREACHABLE_TEXT_BYTES = 512,
};

/*
 * Writes the sentence for the end of --patience without a welcome. `reason` is that of the last
 * STARLING_LOST; STARLING_REASON_LOST when there was none.
 */
void unreachable_text(char text[static UNREACHABLE_TEXT_BYTES], const struct options *options,
		      enum starling_reason reason);

#endif
