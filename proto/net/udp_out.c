#include "proto/net/udp_socket.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

enum {
	NS_PER_MS = 1000000,
	/* A device's queue has no readiness to poll for, so look again this often. */
	NO_BUFFERS_PAUSE_NS = 200000,
};

void udp_out_init(struct udp_out *out)
{
	for (unsigned i = 0; i < UDP_BATCH_DATAGRAMS; i++) {
		out->messages[i].msg_hdr.msg_name = &out->to[i];
		out->messages[i].msg_hdr.msg_iov = &out->parts[i];
		out->messages[i].msg_hdr.msg_iovlen = 1;
	}
}

void udp_out_add(struct udp_socket *socket, const struct net_address *to,
		 const struct net_buffer *buffers, size_t count)
{
	struct udp_out *out = &socket->out;
	size_t size = 0;
	uint8_t *at;

	for (size_t i = 0; i < count && size <= NET_DATAGRAM_MAX_BYTES; i++)
		size += buffers[i].size;
	if (size == 0 || size > NET_DATAGRAM_MAX_BYTES || to->port == 0) {
		socket->stats.dropped_unsendable++;
		return;
	}
	if (out->count == UDP_BATCH_DATAGRAMS || size > UDP_OUT_BYTES - out->used_bytes)
		udp_out_flush(socket);
	at = out->bytes + out->used_bytes;
	out->targets[out->count] = *to;
	out->parts[out->count].iov_base = at;
	out->parts[out->count].iov_len = size;
	for (size_t i = 0; i < count; i++) {
		if (buffers[i].size > 0)
			memcpy(at, buffers[i].data, buffers[i].size);
		at += buffers[i].size;
	}
	out->count++;
	out->used_bytes += size;
}

/* Waits a little for room. False when the flush has waited long enough. */
static bool wait_for_room(int descriptor, int reason, int64_t *give_up_ns)
{
	struct pollfd poll = { .fd = descriptor, .events = POLLOUT };
	const int64_t now_ns = udp_clock_ns();
	struct timespec pause = { 0 };
	int64_t left_ns;

	if (*give_up_ns == 0)
		*give_up_ns = now_ns + (int64_t)UDP_CONGESTION_MS * NS_PER_MS;
	left_ns = *give_up_ns - now_ns;
	if (left_ns <= 0)
		return false;
	if (reason == EAGAIN || reason == EWOULDBLOCK) {
		pause.tv_nsec = left_ns;
		ppoll(&poll, 1, &pause, NULL); /* however it ends, the next send tells */
	} else {
		pause.tv_nsec = left_ns < NO_BUFFERS_PAUSE_NS ? left_ns : NO_BUFFERS_PAUSE_NS;
		ppoll(NULL, 0, &pause, NULL);
	}
	return true;
}

static void count_sent(struct udp_socket *socket, unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++)
		socket->stats.bytes_out += socket->out.parts[i].iov_len;
	socket->stats.datagrams_out += count;
}

/* Gives each datagram its address, and closes the gaps of those for which there is none. */
static void address_batch(struct udp_socket *socket)
{
	struct udp_out *out = &socket->out;
	unsigned count = 0;

	udp_addresses_sent(socket->family, out->targets, out->to, out->count);
	for (unsigned i = 0; i < out->count; i++) {
		if (out->to[i].any.sa_family == AF_UNSPEC) {
			socket->stats.dropped_unsendable++;
			continue;
		}
		out->to[count] = out->to[i];
		out->parts[count] = out->parts[i];
		out->messages[count].msg_hdr.msg_namelen = udp_sockaddr_bytes(&out->to[i]);
		count++;
	}
	out->count = count;
}

void udp_out_flush(struct udp_socket *socket)
{
	struct udp_out *out = &socket->out;
	int64_t give_up_ns = 0;
	unsigned at = 0;

	address_batch(socket);
	while (at < out->count) {
		const int sent = sendmmsg(socket->descriptor, out->messages + at, out->count - at,
					  MSG_DONTWAIT | MSG_NOSIGNAL);

		socket->stats.calls_out++;
		if (sent > 0) {
			count_sent(socket, at, (unsigned)sent);
			at += (unsigned)sent;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ||
			   errno == ENOMEM) {
			if (!wait_for_room(socket->descriptor, errno, &give_up_ns)) {
				socket->stats.dropped_congested += out->count - at;
				break;
			}
		} else if (errno != EINTR) {
			socket->stats.dropped_unsendable++; /* this one; the rest goes on */
			at++;
		}
	}
	out->count = 0;
	out->used_bytes = 0;
}
