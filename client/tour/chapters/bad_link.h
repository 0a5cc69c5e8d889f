/*
 * bad_link: a process that hands datagrams on to an address, as a link model decides
 * (proto/net/link/link_model.h): late, twice, or not at all.
 */
#ifndef STARLING_CLIENT_TOUR_CHAPTERS_BAD_LINK_H
#define STARLING_CLIENT_TOUR_CHAPTERS_BAD_LINK_H

#include "client/tour/actor.h"

enum {
	BAD_LINK_HOLD_MS = 40, /* for so long a datagram is held back */
};

/*
 * With its seed, the link loses the second datagram, doubles the third, and holds the fourth back;
 * it hands on the first and the fifth at once.
 */
extern const char *const bad_link_text;

/*
 * Starts it; `to` must not change while it runs. Its own address, to send to, is stored in `link`.
 * 0, or a negative errno value. Stop it with actor_stop.
 */
int bad_link_start(struct actor *actor, const struct sockaddr_in *to, struct sockaddr_in *link);

#endif
