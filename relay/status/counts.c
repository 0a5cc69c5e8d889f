#include "relay/status/counts.h"

const char *counts_peer_name(unsigned state)
{
	static const char *const names[COUNTS_PEER_STATES] = {
		[COUNTS_HALF_OPEN] = "half_open",
		[COUNTS_GREETING] = "greeting",
		[COUNTS_MEMBER] = "member",
		[COUNTS_DISCONNECTING] = "disconnecting",
	};

	return state < COUNTS_PEER_STATES ? names[state] : "unknown";
}
