/*
 * actor: a process of the tour: a server or a client, which makes the calls that it is asked for.
 *
 * It is a child with no descriptors but the standard ones and its line to the tour, which has a
 * high number; so its first socket is number 3, as in any program. It ends when the line closes:
 * when it is stopped, and whenever the tour is gone.
 */
#ifndef STARLING_CLIENT_TOUR_ACTOR_H
#define STARLING_CLIENT_TOUR_ACTOR_H

#include <stdbool.h>
#include <sys/types.h>

#include "client/tour/call.h"

enum {
	ACTOR_LINE = 100, /* the line's descriptor in the child */
};

/* Zeroed: none is running. */
struct actor {
	pid_t pid;
	int line; /* the tour's end */
};

/*
 * Starts a process that runs `serve`, and `serve` returns when it reads the end of ACTOR_LINE, a
 * SOCK_SEQPACKET socket. 0, or a negative errno value.
 */
int actor_start(struct actor *actor, void (*serve)(void *state), void *state);

/* For a `serve`: waits for a request, makes its call, and answers. False: the line has closed. */
bool actor_make_call(void);

/* The usual `serve`: makes one call for each request. `state` is not used. */
void actor_make_calls(void *state);

/* Lets it make a call and waits for it. The error is EPIPE when the process is gone. */
struct call actor_do(struct actor *actor, const struct call_request *request);

/* actor_do in two halves, for a call that waits for another process. */
void actor_begin(struct actor *actor, const struct call_request *request);
struct call actor_finish(struct actor *actor);

/* Ends it, and waits until it is gone. Allowed when none runs. */
void actor_stop(struct actor *actor);

#endif
