/* chapters: what each chapter tells, one file a chapter. See struct chapter for the contract. */
#ifndef STARLING_CLIENT_TOUR_CHAPTERS_CHAPTERS_H
#define STARLING_CLIENT_TOUR_CHAPTERS_CHAPTERS_H

#include "client/tour/step.h"

bool chapters_address(struct tour *tour);   /* an IP and a port; the pair of sockets */
bool chapters_datagrams(struct tour *tour); /* UDP both ways, its limits, and a bad link */
bool chapters_streams(struct tour *tour);   /* TCP: who waits, who begins, and a loss */
bool chapters_request(struct tour *tour);   /* HTTP, what a server remembers, what each way costs */
bool chapters_layers(struct tour *tour);    /* one of our own datagrams, byte by byte */
bool chapters_enet(struct tour *tour);      /* what ENet adds */

#endif
