#include "proto/net/udp_socket.h"

#include <errno.h>
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
		in->parts[i].iov_len = NET_DATAGRAM_MAX_BYTES;
		in->messages[i].msg_hdr.msg_name = &in->from[i];
		in->messages[i].msg_hdr.msg_iov = &in->parts[i];
		in->messages[i].msg_hdr.msg_iovlen = 1;
		in->messages[i].msg_hdr.msg_control = &in->controls[i];
	}
	reset_lengths(in, UDP_BATCH_DATAGRAMS);
}

/* The newest message that carries SO_RXQ_OVFL's count tells the most. */
static void count_kernel_drops(struct udp_socket *socket)
{
	struct udp_in *in = &socket->in;

	for (unsigned i = in->count; i-- > 0;) {
		const struct cmsghdr *header = CMSG_FIRSTHDR(&in->messages[i].msg_hdr);
		uint32_t drops;

		if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SO_RXQ_OVFL)
			continue;
		memcpy(&drops, CMSG_DATA(header), sizeof(drops));
		socket->stats.dropped_kernel += (uint32_t)(drops - in->kernel_drops);
		in->kernel_drops = drops;
		return;
	}
}

/* Takes the next batch from the kernel. False when there is none. */
static bool fill(struct udp_socket *socket)
{
	struct udp_in *in = &socket->in;

	reset_lengths(in, in->count);
	in->count = in->next = 0;
	for (int errors = 0; errors < ERRORS_MAX; errors++) {
		const int taken = recvmmsg(socket->descriptor, in->messages, UDP_BATCH_DATAGRAMS,
					   MSG_DONTWAIT, NULL);

		socket->stats.calls_in++;
		if (taken > 0) {
			in->count = (unsigned)taken;
			in->is_drained = taken < UDP_BATCH_DATAGRAMS;
			udp_addresses_heard(in->from, in->senders, in->count);
			count_kernel_drops(socket);
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
static bool is_useful(struct net_stats *stats, const struct mmsghdr *message,
		      const struct net_address *from, size_t capacity)
{
	if (message->msg_hdr.msg_flags & MSG_TRUNC || message->msg_len > capacity)
		stats->dropped_truncated++;
	else if (message->msg_len == 0)
		stats->dropped_empty++;
	else if (from->port == 0)
		stats->dropped_portless++;
	else if (from->host == NET_HOST_ANY)
		stats->dropped_strangers++;
	else
		return true;
	return false;
}

size_t udp_in_take(struct udp_socket *socket, struct net_address *from, void *data, size_t capacity)
{
	struct udp_in *in = &socket->in;

	for (int batches = 0;; batches++) {
		while (in->next < in->count) {
			const unsigned i = in->next++;
			const size_t size = in->messages[i].msg_len;

			if (!is_useful(&socket->stats, &in->messages[i], &in->senders[i], capacity))
				continue;
			memcpy(data, in->places[i], size);
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
