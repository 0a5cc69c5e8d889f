/*
 * own_network: a network of their own for two processes of the tour, in which an ordinary user may
 * do what else takes root's rights: see unshare(2) and user_namespaces(7). It has a loopback device
 * and nothing else, and is gone with the last process in it.
 */
#ifndef STARLING_CLIENT_TOUR_CHAPTERS_OWN_NETWORK_H
#define STARLING_CLIENT_TOUR_CHAPTERS_OWN_NETWORK_H

#include <sys/types.h>

#include "client/tour/call.h"

/* unshare: the process that makes the call gets such a network. EPERM: it may not. */
struct call_request own_network_make(void);

/* ioctl(SIOCSIFFLAGS): turns its loopback device on. */
struct call_request own_network_turn_on(void);

/* setns: the process joins another one's network. */
struct call_request own_network_join(pid_t pid);

#endif
