#include "proto/net/udp_socket.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>

enum {
	/* In one call: batches with nothing of use in them, then errors in place of a batch. */
	USELESS_BATCHES_MAX = 4,
	ERRORS_MAX = 8,
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
		in->parts[i].iov_base = in->places[i];
		in->parts[i].iov_len = UDP_MESSAGE_BYTES;
		in->messages[i].msg_hdr.msg_name = &in->from[i];
		in->messages[i].msg_hdr.msg_iov = &in->parts[i];
		in->messages[i].msg_hdr.msg_iovlen = 1;
		in->messages[i].msg_hdr.msg_control = &in->controls[i];
	}
	reset_lengths(in, UDP_BATCH_DATAGRAMS);
}

/* What the kernel says beside the datagrams: its own drops so far, and how to cut a message. */
static void read_controls(struct udp_socket *socket, unsigned i)
{
	struct udp_in *in = &socket->in;
	struct msghdr *message = &in->messages[i].msg_hdr;
	uint32_t drops;
	int size;

	in->segment_bytes[i] = 0;
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
		}
	}
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
			in->count = (unsigned)taken;
			in->is_drained = taken < UDP_BATCH_DATAGRAMS;
			udp_addresses_heard(in->from, in->senders, in->count);
			for (unsigned i = 0; i < in->count; i++)
				read_controls(socket, i);
			return true;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return false;
		if (errno != EINTR)
			socket->stats.errors_in++; /* of an earlier send; reading it cleared it */
	}
	return false;
}

/* Whether the datagram can be handed on; counted when not. */
static bool is_useful(struct net_stats *stats, const struct mmsghdr *message, size_t size,
		      const struct net_address *from, size_t capacity)
{
	if (message->msg_hdr.msg_flags & MSG_TRUNC || size > NET_DATAGRAM_MAX_BYTES ||
	    size > capacity)
		stats->dropped_truncated++;
	else if (size == 0)
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
			const uint8_t *bytes = in->places[i] + in->at;
			const size_t size = step(in);

			if (!is_useful(&socket->stats, &in->messages[i], size, &in->senders[i],
				       capacity))
				continue;
			memcpy(data, bytes, size);
			*from = in->senders[i];
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
