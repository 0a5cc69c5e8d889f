/*
 * client: one client's connection from its beginning to its end: HELLO first, then states, events,
 * settings and the clock. It checks each message, counts the faulty ones, and drives the rules of
 * the client's room. No ENet: the server hands messages in, the outbox takes them out.
 */
#ifndef STARLING_RELAY_PEER_CLIENT_H
#define STARLING_RELAY_PEER_CLIENT_H

#include "proto/net/net.h"
#include "relay/peer/admit.h"
#include "relay/peer/penalty.h"
#include "relay/relay.h"
#include "proto/net/token_bucket.h"

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
	unsigned malformed;
	unsigned message_rate; /* as the client was told */
	struct token_bucket messages;
	struct penalty penalty;
};

/* One message of a client. Its bytes are the caller's. */
struct client_message {
	unsigned channel;
	const void *data;
	size_t size;
	int64_t arrived_ns; /* when it reached this machine; 0: now */
};

/* Begins with a client that connected with this data; may refuse it at once. */
void client_open(struct relay *relay, struct client *client, void *peer, uint32_t connect_data,
		 int64_t now_ns);

/* Refuses a client whose connection has too few channels. */
void client_check_channels(struct relay *relay, struct client *client, unsigned channels,
			   int64_t now_ns);

/* Its member goes on with another client; its connection is about to end. */
void client_replaced(struct client *client, int64_t now_ns);

/* Ends the absence of this member, which leaves. */
void client_end_absence(struct relay *relay, const struct member *member, enum wire_reason reason,
			int64_t now_ns);

/* Ends the absences whose time is over; or all, for a reason of the relay's. */
void client_check_absent(struct relay *relay, int64_t now_ns);
void client_end_absent(struct relay *relay, enum wire_reason reason, int64_t now_ns);

/* Handles a message. */
void client_receive(struct relay *relay, struct client *client,
		    const struct client_message *message, int64_t now_ns);

/* Refuses a client that should have sent HELLO by now. */
void client_check_greeting(struct relay *relay, struct client *client, int64_t now_ns);

/* Ends it with REFUSED, a reason and a sentence for people; the others are told that it left. */
void client_refuse(struct relay *relay, struct client *client, enum wire_reason reason,
		   const char *text, int64_t now_ns);

/*
 * The reason that clients are given when the relay stops: WIRE_REASON_STOPPING, after which they
 * try again, or WIRE_REASON_CLOSING.
 */
enum wire_reason client_goodbye_reason(const struct config *config);

/* The relay stops: ends it with GOODBYE and that reason. */
void client_goodbye(struct relay *relay, struct client *client, int64_t now_ns);

/*
 * The connection is gone. The others are told why, if the client had not left before; but the place
 * of a member whose connection is lost may be kept for a time.
 */
void client_close(struct relay *relay, struct client *client, enum wire_reason reason,
		  int64_t now_ns);

#endif
