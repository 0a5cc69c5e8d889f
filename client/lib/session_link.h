/*
 * session_link: the connection to the relay: one host (proto/enet/host.h) with one peer.
 *
 * {0} is a closed link.
 */
#ifndef STARLING_CLIENT_LIB_SESSION_LINK_H
#define STARLING_CLIENT_LIB_SESSION_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/net.h"
#include "proto/wire/wire.h"

enum {
	/* Reliable bytes that may wait to be sent and acknowledged. */
	LINK_BACKLOG_MAX_BYTES = 256 << 10,
	/* Unreliable bytes that may wait for a flush; one is made when there are more. */
	LINK_UNFLUSHED_MAX_BYTES = 64 << 10,
};

struct host_batch;

struct session_link {
	struct host *host;
	bool has_peer;                  /* it is connected, or connects */
	const struct host_batch *batch; /* that link_next walks; NULL: none */
	size_t next;                    /* of its events */
	size_t unflushed_bytes;
	uint16_t enet_mtu; /* the longest datagram, UDP payload */
	uint64_t noted_datagrams;
	uint64_t throttled;      /* of the hosts that were closed; see link_throttled */
	struct net_stats closed; /* sums over the sockets that were closed; see link_stats */
};

struct link_settings {
	double timeout_s;
	bool enet_throttle;
	uint16_t sequence_start; /* of the channel of states; as starling.h has it */
	uint16_t mtu;            /* of the path; 0: the usual */
};

enum link_event_type {
	LINK_NOTHING = 0,
	LINK_CONNECTED,
	LINK_DISCONNECTED, /* `data` is the relay's, 0 if none */
	LINK_MESSAGE,      /* `bytes` are valid until the next link_next or link_close */
};

struct link_event {
	enum link_event_type type;
	uint32_t data;
	uint8_t channel;
	const uint8_t *bytes;
	size_t size;
};

/* Opens a socket on a free port. 0, or a negative errno value. */
int link_open(struct session_link *link);

/*
 * Starts to connect; drops a connection that exists without telling the other end. 0, or -ENOMEM.
 */
int link_connect(struct session_link *link, const struct net_address *address,
		 const struct link_settings *settings);

/* Applies the settings; to be called at LINK_CONNECTED. */
void link_configure(struct session_link *link, const struct link_settings *settings);

/* Sends one unreliable DISCONNECT, and frees everything. A closed link is allowed. */
void link_close(struct session_link *link);

/* Frees everything without a DISCONNECT, so that the relay keeps the member's place. */
void link_abandon(struct session_link *link);

/* Abandons `link` for `other`, which is closed then; the counts of both go on in `link`. */
void link_replace(struct session_link *link, struct session_link *other);

/* Moves the counts of `other`, which is closed, to `link`. */
void link_move_counts(struct session_link *link, struct session_link *other);

/* Disconnects after everything queued is delivered: LINK_DISCONNECTED follows. */
void link_disconnect(struct session_link *link);

/* Queues a message. 0; -ENOTCONN; -ENOBUFS when too many reliable bytes wait. */
int link_send(struct session_link *link, enum wire_channel channel, enum wire_mode mode,
	      const void *data, size_t size);

/*
 * The longest message that fits one datagram of an open link; ENet cuts a longer one into
 * fragments.
 */
size_t link_message_bytes(const struct session_link *link);

/* Whether two more reliable messages of any size may be queued. */
bool link_has_room(const struct session_link *link);

/* Sends the queued messages. */
void link_flush(struct session_link *link);

/* Receives, sends what ENet wants to, and gives the next event; LINK_NOTHING when none is left. */
enum link_event_type link_next(struct session_link *link, struct link_event *event);

/* Whether any datagram came since the last call. */
bool link_has_received(struct session_link *link);

/* When the link wants servicing even if nothing arrives, in net time; INT64_MAX: never. */
int64_t link_deadline_ns(const struct session_link *link);

/* The net socket, or -1. */
int link_socket(const struct session_link *link);

/* Messages that ENet's throttle dropped, of all hosts of this link. */
uint64_t link_throttled(const struct session_link *link);

/* Datagrams and bytes both ways and the kernel's drops, summed over all sockets of this link. */
void link_stats(const struct session_link *link, struct net_stats *stats);

#endif
