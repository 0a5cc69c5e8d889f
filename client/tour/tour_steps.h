/* tour_steps: the parts of the tour, in order. */
#ifndef STARLING_CLIENT_TOUR_TOUR_STEPS_H
#define STARLING_CLIENT_TOUR_TOUR_STEPS_H

#include "client/tour/tour_call.h"

/*
 * Each goes on as far as this machine allows, says so where it cannot, and closes its sockets.
 * False when the part could not be shown to its end.
 */
bool tour_datagrams(struct tour *tour); /* socket, bind, sendto, recvfrom, boundaries */
bool tour_limits(struct tour *tour);    /* sent to nobody, too long */
bool tour_streams(struct tour *tour);   /* listen, accept, connect, read, write */
bool tour_enet(struct tour *tour);      /* ENet's features, and its first bytes */
bool tour_snapshot(struct tour *tour);  /* one of our own datagrams */

#endif
