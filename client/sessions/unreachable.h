/* unreachable: why a program has no room to join, as a sentence for people. */
#ifndef STARLING_CLIENT_SESSIONS_UNREACHABLE_H
#define STARLING_CLIENT_SESSIONS_UNREACHABLE_H

#include "client/options.h"
#include "client/lib/starling.h"

enum {
	UNREACHABLE_TEXT_BYTES = 512,
};

/*
 * What to say when --patience is over and the relay has not let anybody in. `reason` is that of the
 * last STARLING_LOST; STARLING_REASON_LOST when there was none.
 */
void unreachable_text(char text[static UNREACHABLE_TEXT_BYTES], const struct options *options,
		      enum starling_reason reason);

#endif
