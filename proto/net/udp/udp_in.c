#include "proto/net/udp/udp_internal.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>

enum {
	/* In one call: batches with nothing of use in them, then errors in place of a batch. */
	USELESS_BATCHES_MAX = 4,
	ERRORS_MAX = 8,
	NS_PER_S = 1000000000,
};

/* One moment, on both of the kernel's clocks. */
struct udp_now {
	int64_t steady_ns;   /* CLOCK_MONOTONIC */
	struct timespec set; /* CLOCK_REALTIME */
};

/* The kernel overwrites these lengths with what it gave. */
static void reset_lengths(struct udp_in *in, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		in->messages[i].msg_hdr.msg_namelen = sizeof(in->from[i]);
		in->messages[i].msg_hdr.msg_controllen = sizeof(in->controls[i]);
	}
}

void udp_in_init(struct udp_in *in)
{
	for (unsigned i = 0; i < UDP_BATCH_DATAGRAMS; i++) {
		in->parts[i][0] = (struct iovec){ in->heads[i], UDP_HEAD_BYTES };
		in->parts[i][1] = (struct iovec){ in->places[i] + UDP_HEAD_BYTES,
						  UDP_MESSAGE_BYTES - UDP_HEAD_BYTES };
		in->messages[i].msg_hdr.msg_name = &in->from[i];
		in->messages[i].msg_hdr.msg_iov = in->parts[i];
		in->messages[i].msg_hdr.msg_iovlen = 2;
		in->messages[i].msg_hdr.msg_control = &in->controls[i];
	}
	reset_lengths(in, UDP_BATCH_DATAGRAMS);
}

/*
 * Translates the kernel's time stamp, on the clock that people set, to the monotonic clock. A step
 * of the former between arrival and now cannot move the result beyond two bounds: the datagram came
 * after the queue was last empty, and before now.
 */
static int64_t steady_ns(const struct udp_in *in, const struct timespec *stamp,
			 const struct udp_now *now)
{
	const int64_t ago_ns = (int64_t)(now->set.tv_sec - stamp->tv_sec) * NS_PER_S +
			       (now->set.tv_nsec - stamp->tv_nsec);
	const int64_t came_ns = now->steady_ns - ago_ns;

	if (came_ns < in->drained_ns)
		return in->drained_ns;
	return came_ns < now->steady_ns ? came_ns : now->steady_ns;
}

static bool is_all_head(const struct udp_in *in, unsigned i)
{
	return in->messages[i].msg_len <= UDP_HEAD_BYTES;
}

static const uint8_t *bytes_of(const struct udp_in *in, unsigned i)
{
	return is_all_head(in, i) ? in->heads[i] : in->places[i];
}

/* Reads the kernel's control messages: its drops so far, how to cut, arrival time, our address. */
static void read_controls(struct udp_socket *socket, unsigned i, const struct udp_now *now)
{
	struct udp_in *in = &socket->in;
	struct msghdr *message = &in->messages[i].msg_hdr;
	struct in6_pktinfo local;
	struct timespec stamp;
	uint32_t drops;
	int size;

	in->segment_bytes[i] = 0;
	in->came_ns[i] = now->steady_ns;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SO_RXQ_OVFL) {
			memcpy(&drops, CMSG_DATA(header), sizeof(drops));
			socket->stats.dropped_kernel += (uint32_t)(drops - in->kernel_drops);
			in->kernel_drops = drops;
		} else if (header->cmsg_level == SOL_UDP && header->cmsg_type == UDP_GRO) {
			memcpy(&size, CMSG_DATA(header), sizeof(size));
			if (size > 0 && size <= UDP_MESSAGE_BYTES)
				in->segment_bytes[i] = (uint16_t)size;
		} else if (header->cmsg_level == SOL_SOCKET &&
			   header->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&stamp, CMSG_DATA(header), sizeof(stamp));
			in->came_ns[i] = steady_ns(in, &stamp, now);
		} else if (udp_source_read(header, &local)) {
			paths_received(&socket->paths, &in->senders[i], &local, now->steady_ns);
		}
	}
}

static void read_batch(struct udp_socket *socket, unsigned count)
{
	struct udp_in *in = &socket->in;
	struct udp_now now = { .steady_ns = udp_clock_ns() };

	clock_gettime(CLOCK_REALTIME, &now.set);
	udp_addresses_received(in->from, in->senders, count);
	for (unsigned i = 0; i < count; i++) {
		read_controls(socket, i, &now);
		if (!is_all_head(in, i))
			memcpy(in->places[i], in->heads[i], UDP_HEAD_BYTES);
	}
	in->count = count;
	in->is_drained = count < UDP_BATCH_DATAGRAMS;
	if (in->is_drained)
		in->drained_ns = now.steady_ns;
}

/* Takes the next batch from the kernel. False when there is none. */
static bool fill(struct udp_socket *socket)
{
	struct udp_in *in = &socket->in;

	reset_lengths(in, in->count);
	in->count = in->next = 0;
	in->at = 0;
	for (int errors = 0; errors < ERRORS_MAX; errors++) {
		const int taken = recvmmsg(socket->descriptor, in->messages, UDP_BATCH_DATAGRAMS,
					   MSG_DONTWAIT, NULL);

		socket->stats.calls_in++;
		if (taken > 0) {
			read_batch(socket, (unsigned)taken);
			return true;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return false;
		if (errno != EINTR)
			socket->stats.errors_in++; /* of an earlier send; reading it cleared it */
	}
	return false;
}

/* Whether the datagram can be handed on; counts it if not. */
static bool is_useful(struct udp_socket *socket, const struct mmsghdr *message, size_t size,
		      const struct net_address *from, size_t capacity)
{
	struct net_stats *stats = &socket->stats;

	if (message->msg_hdr.msg_flags & MSG_TRUNC || size > udp_max_bytes(socket) ||
	    size > capacity)
		stats->dropped_truncated++;
	else if (size == 0 && !socket->has_any_size)
		stats->dropped_empty++;
	else if (from->port == 0)
		stats->dropped_portless++;
	else if (from->host == NET_HOST_ANY)
		stats->dropped_strangers++;
	else
		return true;
	return false;
}

/* Goes past the next datagram and returns its size. */
static size_t step(struct udp_in *in)
{
	const size_t left = in->messages[in->next].msg_len - in->at;
	const size_t segment = in->segment_bytes[in->next];

	if (segment > 0 && segment < left) {
		in->at += segment;
		return segment;
	}
	in->next++;
	in->at = 0;
	return left;
}

size_t udp_in_take(struct udp_socket *socket, struct net_address *from, void *data, size_t capacity)
{
	struct udp_in *in = &socket->in;

	for (int batches = 0;; batches++) {
		while (in->next < in->count) {
			const unsigned i = in->next;
			const uint8_t *bytes = bytes_of(in, i) + in->at;
			const size_t size = step(in);

			if (!is_useful(socket, &in->messages[i], size, &in->senders[i], capacity))
				continue;
			memcpy(data, bytes, size);
			*from = in->senders[i];
			in->arrived_ns = in->came_ns[i];
			socket->stats.datagrams_in++;
			socket->stats.bytes_in += size;
			return size;
		}
		if (in->is_drained) {
			in->is_drained = false;
			return 0;
		}
		if (batches == USELESS_BATCHES_MAX || !fill(socket))
			return 0;
	}
}

/* The head of a message that was put together at its place still holds its first bytes. */
const uint8_t *udp_in_peek(const struct udp_in *in, unsigned steps, size_t *bytes)
{
	const unsigned left = in->count - in->next;

	if (steps >= left)
		return NULL;
	*bytes = in->messages[in->next + steps].msg_len;
	if (*bytes > UDP_HEAD_BYTES)
		*bytes = UDP_HEAD_BYTES;
	return in->heads[in->next + steps];
}
