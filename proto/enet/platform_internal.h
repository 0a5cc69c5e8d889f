/*
 * platform_internal: whether libenet calls our platform functions. For platform*.c only.
 */
#ifndef STARLING_PROTO_ENET_PLATFORM_INTERNAL_H
#define STARLING_PROTO_ENET_PLATFORM_INTERNAL_H

#include "proto/enet/platform.h"

/* The functions that libenet's core calls, in the order in which the check drives them. */
enum platform_function {
	PLATFORM_INITIALIZE,
	PLATFORM_CREATE,
	PLATFORM_BIND,
	PLATFORM_SET_OPTION,
	PLATFORM_GET_ADDRESS,
	PLATFORM_RANDOM_SEED,
	PLATFORM_TIME_GET,
	PLATFORM_SEND,
	PLATFORM_RECEIVE,
	PLATFORM_WAIT,
	PLATFORM_DESTROY,
	PLATFORM_FUNCTIONS
};

/* One bit for each function called in this thread; NULL except during the check. */
extern _Thread_local unsigned *platform_seen;

static inline void platform_mark(enum platform_function function)
{
	if (platform_seen)
		*platform_seen |= 1u << function;
}

/*
 * Initialises ENet and runs the check, once, for platform_init. 0, or -ENOTSUP or -ENOMEM with the
 * sentence in `why`.
 */
int platform_check(char why[static PLATFORM_WHY_BYTES]);

#endif
