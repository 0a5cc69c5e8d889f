/*
 * enet_party: a process of the tour that has an ENet host (proto/enet/host.h), and the calls that
 * it makes. Between two calls it lets ENet work, as the loop of a program does.
 */
#ifndef STARLING_CLIENT_TOUR_CHAPTERS_ENET_PARTY_H
#define STARLING_CLIENT_TOUR_CHAPTERS_ENET_PARTY_H

#include "client/tour/actor.h"
#include "proto/wire/wire.h"

/* For actor_start. The requests below are for such a process alone, those of call.h as well. */
void enet_party_serve(void *state);

/* host_open on 127.0.0.1 and any free port, with Starling's channels. */
struct call_request enet_party_open(bool is_server);

/* host_socket: the descriptor of the host's socket. */
struct call_request enet_party_socket(void);

/* host_connect, which does not wait for the answer. */
struct call_request enet_party_connect(struct sockaddr_in to);

/*
 * host_receive, until an event is there or for `limit_ms`: the call is recorded with the time at
 * which ENet gave it, and the message's first bytes. Its `value` is 1 + the event's type (enum
 * host_event_type); 0: none came.
 */
struct call_request enet_party_receive(unsigned limit_ms);

/* host_send, and a flush. Data longer than CALL_DATA_BYTES are cut. */
struct call_request enet_party_send(enum wire_channel channel, enum wire_mode mode,
				    const void *data, size_t size);

/* From within a call: ENet reads nothing more, until the tour asks for an event. */
void enet_party_hold(void);

/* host_disconnect. As of any function without a result, 0 is recorded. */
struct call_request enet_party_disconnect(void);

/* host_close. */
struct call_request enet_party_close(void);

#endif
