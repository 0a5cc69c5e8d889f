#include "client/sessions/unreachable.h"

#include <stdio.h>

#include "proto/net/endpoint.h"

void unreachable_text(char text[static UNREACHABLE_TEXT_BYTES], const struct options *options,
		      enum starling_reason reason)
{
	char endpoint[ENDPOINT_TEXT_BYTES];

	endpoint_format(endpoint, options->host, options->port);
	switch (reason) {
	case STARLING_REASON_STOPPING:
		snprintf(text, UNREACHABLE_TEXT_BYTES,
			 "the relay at %s has stopped, and was not back within %g s; start it "
			 "again with starlingd, or pass a longer --patience",
			 endpoint, options->patience_s);
		break;
	case STARLING_REASON_RELAY_FULL:
		snprintf(text, UNREACHABLE_TEXT_BYTES,
			 "the relay at %s is full, and nobody left within %g s; try later, pass a "
			 "longer --patience, or raise its --clients",
			 endpoint, options->patience_s);
		break;
	case STARLING_REASON_ADDRESS_FULL:
		snprintf(text, UNREACHABLE_TEXT_BYTES,
			 "the relay at %s takes no more connections from this address, and none "
			 "ended within %g s; end one, pass a longer --patience, or raise its "
			 "--per-address",
			 endpoint, options->patience_s);
		break;
	default:
		snprintf(text, UNREACHABLE_TEXT_BYTES,
			 "no relay answers at %s; start one with starlingd, or pass --host and "
			 "--port",
			 endpoint);
	}
}
