/*
 * client: one client's conversation with the relay, from its connection to its end: HELLO first,
 * then states, events, settings and the clock. Says what is in order, counts what is not, and
 * drives the rules of its room. No ENet: the server hands messages in, the outbox takes them out.
 */
#ifndef STARLING_RELAY_PEER_CLIENT_H
#define STARLING_RELAY_PEER_CLIENT_H

#include "proto/net/net.h"
#include "relay/peer/admit.h"
#include "relay/peer/penalty.h"
#include "relay/relay.h"

enum client_state {
	CLIENT_GREETING = 0,  /* connected, no HELLO yet */
	CLIENT_MEMBER,        /* in a room */
	CLIENT_DISCONNECTING, /* refused or left; the connection is closing */
};

struct client {
	enum client_state state;
	void *peer;
	struct net_address address; /* for the log */
	struct member *member;      /* while CLIENT_MEMBER, else NULL */
	int64_t since_ns;           /* when the state began */
	int64_t arrived_ns; /* when the message that is taken came to this machine; 0: just now */
	unsigned malformed;
	unsigned message_rate; /* as it was when the client came, which was told it */
	struct admit_budget budget;
	struct penalty penalty;
};

/* Begins a conversation with a client that connected with this data; may refuse it at once. */
void client_open(struct relay *relay, struct client *client, void *peer, uint32_t connect_data,
		 int64_t now_ns);

/* How many channels its connection has: refuses one that has too few to hear all. */
void client_check_channels(struct relay *relay, struct client *client, unsigned channels,
			   int64_t now_ns);

/* Takes one message that came in on `channel`. */
void client_receive(struct relay *relay, struct client *client, unsigned channel, const void *data,
		    size_t size, int64_t now_ns);

/* Refuses a client that should have said HELLO by now. */
void client_check_greeting(struct relay *relay, struct client *client, int64_t now_ns);

/* Sends it away: REFUSED with a reason and a sentence for people; the others hear that it left. */
void client_refuse(struct relay *relay, struct client *client, enum wire_reason reason,
		   const char *text, int64_t now_ns);

/*
 * Why the relay goes when it is told to: WIRE_REASON_STOPPING, after which clients try again, or
 * WIRE_REASON_CLOSING.
 */
enum wire_reason client_goodbye_reason(const struct config *config);

/* The relay is going: GOODBYE with that reason. */
void client_goodbye(struct relay *relay, struct client *client, int64_t now_ns);

/* The connection is gone. The others hear why, if the client had not parted before. */
void client_close(struct relay *relay, struct client *client, enum wire_reason reason,
		  int64_t now_ns);

#endif
