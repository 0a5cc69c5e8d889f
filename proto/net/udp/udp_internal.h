/*
 * udp_internal: one real socket with its two batches. For udp*.c only.
 */
#ifndef STARLING_PROTO_NET_UDP_UDP_INTERNAL_H
#define STARLING_PROTO_NET_UDP_UDP_INTERNAL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

#include "proto/net/udp/paths.h"
#include "proto/net/udp/udp.h"
#include "proto/net/udp/udp_address.h"
#include "proto/net/udp/udp_clock.h"

enum {
	UDP_MESSAGE_BYTES = 65535, /* the most that the kernel puts into one (UDP_GRO) */
	/* Not 65,536: places pages apart would all fall into a few sets of the cache. */
	UDP_PLACE_BYTES = UDP_MESSAGE_BYTES + 65,
	UDP_HEAD_BYTES = 128, /* as long as most of what clients send */
	UDP_OUT_BYTES = UDP_OUT_DATAGRAMS * 1200,
};

/* A datagram always fits an empty batch. */
_Static_assert((int)UDP_OUT_BYTES >= (int)NET_ANY_SIZE_MAX_BYTES, "see udp_out_add");
_Static_assert((int)UDP_MESSAGE_BYTES >= (int)NET_ANY_SIZE_MAX_BYTES, "none is cut");

/* Room for the control messages that we ask for, aligned. */
union udp_control {
	struct cmsghdr header;
	uint8_t bytes[CMSG_SPACE(sizeof(uint32_t)) + CMSG_SPACE(sizeof(int)) +
		      CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/*
 * The batch in: `receive` has not handed out the messages from `next` to `count` yet, the first of
 * them from its byte `at` on.
 */
struct udp_in {
	unsigned count, next;
	size_t at;
	bool is_drained;       /* the kernel had no more when this batch was taken */
	int64_t drained_ns;    /* when it last had no more: the next datagram came later */
	int64_t arrived_ns;    /* when the datagram that `receive` gave last came */
	uint32_t kernel_drops; /* the kernel's own count, which wraps */
	struct mmsghdr messages[UDP_BATCH_DATAGRAMS];
	struct iovec parts[UDP_BATCH_DATAGRAMS][2]; /* a head, and the place behind its own */
	union udp_sockaddr from[UDP_BATCH_DATAGRAMS];
	struct net_address senders[UDP_BATCH_DATAGRAMS]; /* `from` as ENet sees it */
	/* The bytes of each datagram in a message, the last of which may be shorter; 0: it is one.
	 */
	uint16_t segment_bytes[UDP_BATCH_DATAGRAMS];
	int64_t came_ns[UDP_BATCH_DATAGRAMS];
	union udp_control controls[UDP_BATCH_DATAGRAMS];
	/* Where a message begins, side by side: places lie so far apart that each is a page of its
	 * own, to be found and fetched. One that is longer is put together at its place. */
	uint8_t heads[UDP_BATCH_DATAGRAMS][UDP_HEAD_BYTES];
	uint8_t places[UDP_BATCH_DATAGRAMS][UDP_PLACE_BYTES];
};

/*
 * A datagram that waits. The indices are made by the flush: they link the datagrams to one address,
 * and the first ones of different addresses that share a bucket of its table.
 */
struct udp_datagram {
	struct net_address to;
	uint32_t offset; /* of its bytes */
	uint16_t size;
	uint16_t next;        /* to the same address */
	uint16_t last, other; /* of a first one */
	bool is_first;
};

/* The batch out: datagrams that were not sent yet, packed one after the other into `bytes`. */
struct udp_out {
	unsigned count;
	unsigned refusals; /* of UDP_SEGMENT by the kernel, in a row */
	uint64_t key;      /* of the flush's hash */
	size_t used_bytes;
	struct udp_datagram datagrams[UDP_OUT_DATAGRAMS];
	uint8_t bytes[UDP_OUT_BYTES];
};

struct udp_socket {
	int descriptor;
	sa_family_t family; /* AF_INET6: both */
	bool has_any_size;  /* see net.h */
	bool has_paths;     /* it hears all of this machine's addresses, and answers from each */
	struct net_stats stats;
	struct udp_in in;
	struct udp_out out;
	struct paths paths;
};

static inline size_t udp_max_bytes(const struct udp_socket *socket)
{
	return socket->has_any_size ? NET_ANY_SIZE_MAX_BYTES : NET_DATAGRAM_MAX_BYTES;
}

/* Points the messages at their places. The socket is zeroed. */
void udp_in_init(struct udp_in *in);

/* `struct net`'s receive, peek, send and flush, on a socket found. */
size_t udp_in_take(struct udp_socket *socket, struct net_address *from, void *data,
		   size_t capacity);
const uint8_t *udp_in_peek(const struct udp_in *in, unsigned steps, size_t *bytes);
void udp_out_add(struct udp_socket *socket, const struct net_address *to,
		 const struct net_buffer *buffers, size_t count);
void udp_out_flush(struct udp_socket *socket);

/* Asks the kernel to say of each datagram which address it came to. */
void udp_source_ask(int descriptor, sa_family_t family);

/* Reads that, if it stands in `header`, and if it is an address to send from; else false. */
bool udp_source_read(const struct cmsghdr *header, struct in6_pktinfo *source);

/* Has a message leave from there. */
void udp_source_put(struct msghdr *message, sa_family_t family, const struct in6_pktinfo *source);

/* Whether this error may mean that the kernel refused a message only for its source address. */
bool udp_source_is_refused(int error);

/* Puts a control message behind those that the message has, where there must be room. */
void udp_control_put(struct msghdr *message, int level, int type, const void *data, size_t size);

#endif
