/*
 * tap: what can be seen of a datagram's headers: the whole frame, by a packet socket, where the
 * process may have one; and what the kernel tells of a datagram that waits in a socket.
 */
#ifndef STARLING_CLIENT_TOUR_CHAPTERS_TAP_H
#define STARLING_CLIENT_TOUR_CHAPTERS_TAP_H

#include "client/tour/call.h"

/* socket(AF_PACKET, SOCK_RAW), which gets nothing before it is bound. EPERM: without
 * CAP_NET_RAW. */
struct call_request tap_open(void);

/* setsockopt(SO_ATTACH_FILTER): only UDP to this port. */
struct call_request tap_filter(int fd, uint16_t port);

/* bind to the loopback device and the protocol IP. */
struct call_request tap_bind(int fd);

/* recvfrom: the next frame that holds an unsequenced message of ENet's, or EAGAIN. */
struct call_request tap_read(int fd);

/*
 * setsockopt, for an enet_party: lets the kernel tell of the headers of what comes (`what` is
 * IP_RECVTTL or IP_PKTINFO), and leaves what comes in the socket, for tap_peek.
 */
struct call_request tap_ask(int fd, int what);

/*
 * recvmsg(MSG_PEEK): the next datagram, which stays in the socket. Its sender is the call's
 * `address`, and its `value` the IP header's time to live.
 */
struct call_request tap_peek(int fd);

#endif
