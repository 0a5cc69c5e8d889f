/*
 * unsequenced: takes the unsequenced messages out of one of ENet's datagrams.
 *
 * A generator that hears millions of updates a second cannot afford libenet's work for each
 * message: an allocation, a queue, an event. Unsequenced messages need none of it. The rest of the
 * datagram (acknowledgements, pings, reliable messages, fragments) is left to libenet, as if the
 * messages had never been in it. ENet would also drop a message that came twice: a caller does that
 * by the updates' numbers.
 */
#ifndef STARLING_BENCH_UNSEQUENCED_H
#define STARLING_BENCH_UNSEQUENCED_H

#include <stddef.h>
#include <stdint.h>

/* Hears one message, on whatever channel; `data` is good for the call only. */
typedef void unsequenced_function(void *context, const uint8_t *data, size_t size);

/*
 * Tells each message in a datagram that is meant for the connection with this peer id and session
 * (the receiver's own, ENetPeer's incomingPeerID and incomingSessionID), and takes it out in place.
 * Returns the size left, 0 when nothing is left for ENet. A datagram that is for another
 * connection, or not well-formed, stays whole and untold: ENet has to judge it.
 */
size_t unsequenced_take(uint8_t *bytes, size_t size, uint16_t peer, uint8_t session,
			unsequenced_function *hear, void *context);

#endif
