/*
 * The batch out. A flush puts the waiting datagrams together by destination, in time linear in
 * their count, and sends them in chunks: each chunk is one sendmmsg, each of its messages one
 * datagram or a run of equal ones to one address (UDP_SEGMENT). A chunk is on the stack; a socket
 * keeps only the waiting datagrams.
 */
#include "proto/net/udp/udp_internal.h"

#include <errno.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <time.h>

enum {
	NS_PER_MS = 1000000,
	/* A device's queue has no readiness to poll for, so look again this often. */
	NO_BUFFERS_PAUSE_NS = 200000,
	NONE = UINT16_MAX, /* no datagram */
	LOOKED = 1,        /* a time to give up at that has long passed */
	CHUNK_MESSAGES = 64,
	CHUNK_PARTS = 256,
	/* A UDP payload over IPv4; the kernel cuts no more from one message. */
	RUN_MAX_BYTES = 65507,
	RUN_MAX_DATAGRAMS = 64,
	/* Refusals of runs, one after another, after which a socket sends no more of them. */
	REFUSALS_MAX = 4,
};

_Static_assert((int)UDP_OUT_DATAGRAMS < (int)NONE, "indices are 16 bits");

enum {
	SEGMENT_SPACE = CMSG_SPACE(sizeof(uint16_t)),
	SOURCE_SPACE = CMSG_SPACE(sizeof(struct in6_pktinfo)), /* of both families the larger */
};

/* The control messages of one message: its source address, then how to cut it, each if wanted. */
union out_control {
	struct cmsghdr header;
	uint8_t bytes[SOURCE_SPACE + SEGMENT_SPACE];
};

/* Messages for one sendmmsg, and what they point at. */
struct chunk {
	unsigned count, part_count;
	struct mmsghdr messages[CHUNK_MESSAGES];
	struct net_address targets[CHUNK_MESSAGES];
	union udp_sockaddr to[CHUNK_MESSAGES]; /* the same, as the kernel sees them */
	union out_control controls[CHUNK_MESSAGES];
	struct iovec parts[CHUNK_PARTS];
};

/* Adding */

void udp_out_add(struct udp_socket *socket, const struct net_address *to,
		 const struct net_buffer *buffers, size_t count)
{
	const size_t max_bytes = udp_max_bytes(socket);
	struct udp_out *out = &socket->out;
	size_t size = 0;
	uint8_t *at;

	for (size_t i = 0; i < count && size <= max_bytes; i++)
		size += buffers[i].size;
	if ((size == 0 && !socket->has_any_size) || size > max_bytes || to->port == 0) {
		socket->stats.dropped_unsendable++;
		return;
	}
	if (out->count == UDP_OUT_DATAGRAMS || size > UDP_OUT_BYTES - out->used_bytes)
		udp_out_flush(socket);
	at = out->bytes + out->used_bytes;
	out->datagrams[out->count++] = (struct udp_datagram){
		.to = *to,
		.offset = (uint32_t)out->used_bytes,
		.size = (uint16_t)size,
	};
	for (size_t i = 0; i < count; i++) {
		if (buffers[i].size > 0)
			memcpy(at, buffers[i].data, buffers[i].size);
		at += buffers[i].size;
	}
	out->used_bytes += size;
}

/* Grouping by destination */

static bool is_same(const struct net_address *a, const struct net_address *b)
{
	return a->host == b->host && a->port == b->port;
}

/* Multiply-shift by a secret, so that a receiver cannot choose addresses that collide. */
static unsigned bucket_of(const struct net_address *address, uint64_t key, unsigned bits)
{
	const uint64_t number = (uint64_t)address->host << 16 | address->port;

	return (unsigned)((number * (key | 1)) >> (64 - bits));
}

/* The first datagram to the same address, or NONE. */
static uint16_t find_first(const struct udp_out *out, uint16_t first, const struct net_address *to)
{
	while (first != NONE && !is_same(&out->datagrams[first].to, to))
		first = out->datagrams[first].other;
	return first;
}

/* Links the datagrams to each destination, in the order in which they came. */
static void group_batch(struct udp_out *out)
{
	uint16_t buckets[UDP_OUT_DATAGRAMS];
	unsigned bits = 1;

	while (1u << bits < out->count)
		bits++;
	memset(buckets, 0xff, sizeof(buckets[0]) << bits);
	for (unsigned i = 0; i < out->count; i++) {
		struct udp_datagram *datagram = &out->datagrams[i];
		uint16_t *bucket = &buckets[bucket_of(&datagram->to, out->key, bits)];
		const uint16_t first = find_first(out, *bucket, &datagram->to);

		datagram->next = NONE;
		datagram->is_first = first == NONE;
		if (first == NONE) {
			datagram->other = *bucket;
			datagram->last = (uint16_t)i;
			*bucket = (uint16_t)i;
		} else {
			out->datagrams[out->datagrams[first].last].next = (uint16_t)i;
			out->datagrams[first].last = (uint16_t)i;
		}
	}
}

/* Sending */

/*
 * Waits a little for room. False when the flush has waited for long enough, and has looked once
 * more since, because a thread may have been stopped meanwhile.
 */
static bool wait_for_room(int descriptor, int reason, int64_t *give_up_ns)
{
	struct pollfd poll = { .fd = descriptor, .events = POLLOUT };
	const int64_t now_ns = udp_clock_ns();
	struct timespec pause = { 0 };
	int64_t left_ns;

	if (*give_up_ns == 0)
		*give_up_ns = now_ns + (int64_t)UDP_CONGESTION_MS * NS_PER_MS;
	left_ns = *give_up_ns - now_ns;
	if (left_ns <= 0) {
		const bool is_first = *give_up_ns != LOOKED;

		*give_up_ns = LOOKED;
		return is_first;
	}
	if (reason == EAGAIN || reason == EWOULDBLOCK) {
		pause.tv_nsec = left_ns;
		ppoll(&poll, 1, &pause, NULL); /* however it ends, the next send tells */
	} else {
		pause.tv_nsec = left_ns < NO_BUFFERS_PAUSE_NS ? left_ns : NO_BUFFERS_PAUSE_NS;
		ppoll(NULL, 0, &pause, NULL);
	}
	return true;
}

static size_t datagrams_in(const struct mmsghdr *message)
{
	return message->msg_hdr.msg_iovlen;
}

static bool is_run(const struct mmsghdr *message)
{
	return datagrams_in(message) > 1;
}

/* The source address's part of a message's control bytes; it comes first. */
static size_t source_bytes(const struct mmsghdr *message)
{
	return message->msg_hdr.msg_controllen - (is_run(message) ? SEGMENT_SPACE : 0);
}

/* Whether a message refused with this error may be sent without its control messages. */
static bool may_go_plainer(const struct mmsghdr *message, int error)
{
	return is_run(message) || (source_bytes(message) > 0 && udp_source_is_refused(error));
}

static void count_sent(struct udp_socket *socket, const struct mmsghdr *messages, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		socket->stats.bytes_out += messages[i].msg_len;
		socket->stats.datagrams_out += datagrams_in(&messages[i]);
		if (is_run(&messages[i])) {
			socket->stats.segmented_out += datagrams_in(&messages[i]);
			socket->out.refusals = 0;
		}
	}
}

static size_t count_datagrams(const struct mmsghdr *messages, unsigned count)
{
	size_t sum = 0;

	for (unsigned i = 0; i < count; i++)
		sum += datagrams_in(&messages[i]);
	return sum;
}

static bool is_congestion(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == ENOMEM;
}

/*
 * Sends from `messages` until each is sent, or lost and counted, or until the kernel refuses one
 * for its control messages, with errno saying why. Returns how many are done.
 */
static unsigned send_messages(struct udp_socket *socket, struct mmsghdr *messages, unsigned count,
			      int64_t *give_up_ns)
{
	unsigned at = 0;

	while (at < count) {
		const int sent = sendmmsg(socket->descriptor, messages + at, count - at,
					  MSG_DONTWAIT | MSG_NOSIGNAL);

		socket->stats.calls_out++;
		if (sent > 0) {
			count_sent(socket, messages + at, (unsigned)sent);
			at += (unsigned)sent;
		} else if (is_congestion(errno)) {
			if (wait_for_room(socket->descriptor, errno, give_up_ns))
				continue;
			socket->stats.dropped_congested +=
				count_datagrams(messages + at, count - at);
			return count;
		} else if (errno != EINTR) {
			if (may_go_plainer(&messages[at], errno))
				return at;
			socket->stats.dropped_unsendable++; /* this one; the rest goes on */
			at++;
		}
	}
	return count;
}

/*
 * Sends a refused message in a simpler form: each datagram of a run by itself; a single datagram,
 * or one that is refused again, from the kernel's choice of address.
 *
 * The kernel refuses runs where it is too old, where a device cannot compute checksums (EIO), and
 * where a path takes only smaller packets (EINVAL), but not their datagrams. The last concerns one
 * receiver, so others' runs go on; after a few refusals in a row the socket sends no more runs. The
 * kernel refuses a source address that this machine has lost, or from which no route leads there;
 * then the peer's path is forgotten, so that later datagrams do not try it.
 */
static void send_plainer(struct udp_socket *socket, const struct chunk *chunk, unsigned refused,
			 int64_t *give_up_ns)
{
	const struct mmsghdr *message = &chunk->messages[refused];
	struct mmsghdr messages[RUN_MAX_DATAGRAMS];
	const unsigned count = (unsigned)datagrams_in(message);
	const uint64_t sent_before = socket->stats.datagrams_out;
	const bool keeps_source = is_run(message);
	unsigned done;

	for (unsigned i = 0; i < count; i++) {
		messages[i] = (struct mmsghdr){
			.msg_hdr.msg_name = message->msg_hdr.msg_name,
			.msg_hdr.msg_namelen = message->msg_hdr.msg_namelen,
			.msg_hdr.msg_iov = &message->msg_hdr.msg_iov[i],
			.msg_hdr.msg_iovlen = 1,
			.msg_hdr.msg_control = message->msg_hdr.msg_control,
			.msg_hdr.msg_controllen = keeps_source ? source_bytes(message) : 0,
		};
	}
	done = send_messages(socket, messages, count, give_up_ns);
	if (keeps_source && done == count) {
		if (socket->stats.datagrams_out > sent_before)
			socket->out.refusals++;
		return;
	}
	paths_forget(&socket->paths, &chunk->targets[refused]);
	for (unsigned i = done; i < count; i++)
		messages[i].msg_hdr.msg_controllen = 0;
	send_messages(socket, messages + done, count - done, give_up_ns);
}

static void put_controls(struct udp_socket *socket, struct chunk *chunk, unsigned i, int64_t now_ns)
{
	struct msghdr *header = &chunk->messages[i].msg_hdr;
	const struct in6_pktinfo *source = NULL;

	header->msg_control = &chunk->controls[i];
	if (socket->has_paths)
		source = paths_sent(&socket->paths, &chunk->targets[i], now_ns);
	if (source)
		udp_source_put(header, socket->family, source);
	if (is_run(&chunk->messages[i])) {
		const uint16_t size = (uint16_t)header->msg_iov[0].iov_len;

		udp_control_put(header, SOL_UDP, UDP_SEGMENT, &size, sizeof(size));
	}
}

/* Gives each message its addresses, and closes the gaps of those for which there is none. */
static void address_chunk(struct udp_socket *socket, struct chunk *chunk)
{
	const int64_t now_ns = socket->has_paths ? udp_clock_ns() : 0;
	unsigned count = 0;

	udp_addresses_sent(socket->family, chunk->targets, chunk->to, chunk->count);
	for (unsigned i = 0; i < chunk->count; i++) {
		struct mmsghdr *message = &chunk->messages[count];

		*message = chunk->messages[i];
		if (chunk->to[i].any.sa_family == AF_UNSPEC) {
			socket->stats.dropped_unsendable += datagrams_in(message);
			continue;
		}
		message->msg_hdr.msg_name = &chunk->to[i];
		message->msg_hdr.msg_namelen = udp_sockaddr_bytes(&chunk->to[i]);
		chunk->targets[count] = chunk->targets[i];
		put_controls(socket, chunk, count++, now_ns);
	}
	chunk->count = count;
}

static void send_chunk(struct udp_socket *socket, struct chunk *chunk, int64_t *give_up_ns)
{
	unsigned at = 0;

	address_chunk(socket, chunk);
	while (at < chunk->count) {
		at += send_messages(socket, chunk->messages + at, chunk->count - at, give_up_ns);
		if (at == chunk->count)
			break;
		send_plainer(socket, chunk, at, give_up_ns);
		at++;
	}
	chunk->count = chunk->part_count = 0;
}

/* Writing chunks */

/*
 * Puts one message into a chunk that has room for one: the datagram `i`, the datagrams of its size
 * to the same address behind it, and one shorter but not empty one, because an empty one would be
 * lost in the message. Returns the datagram after them, or NONE.
 */
static uint16_t put_run(struct chunk *chunk, struct udp_out *out, uint16_t i)
{
	const struct udp_datagram *first = &out->datagrams[i], *datagram = first;
	const unsigned most = out->refusals < REFUSALS_MAX ? RUN_MAX_DATAGRAMS : 1;
	struct msghdr *header = &chunk->messages[chunk->count].msg_hdr;
	struct iovec *parts = &chunk->parts[chunk->part_count];
	size_t bytes = 0;
	unsigned count = 0;
	bool is_ended = false;

	do {
		datagram = &out->datagrams[i];
		parts[count].iov_base = out->bytes + datagram->offset;
		parts[count++].iov_len = datagram->size;
		chunk->part_count++;
		bytes += datagram->size;
		is_ended = datagram->size < first->size;
		i = datagram->next;
	} while (!is_ended && i != NONE && count < most && chunk->part_count < CHUNK_PARTS &&
		 out->datagrams[i].size > 0 && out->datagrams[i].size <= first->size &&
		 bytes + out->datagrams[i].size <= RUN_MAX_BYTES);
	*header = (struct msghdr){ .msg_iov = parts, .msg_iovlen = count };
	chunk->targets[chunk->count++] = first->to;
	return i;
}

void udp_out_flush(struct udp_socket *socket)
{
	struct udp_out *out = &socket->out;
	struct chunk chunk;
	int64_t give_up_ns = 0;

	if (out->count == 0)
		return;
	chunk.count = chunk.part_count = 0;
	group_batch(out);
	for (unsigned i = 0; i < out->count; i++) {
		if (!out->datagrams[i].is_first)
			continue;
		for (uint16_t at = (uint16_t)i; at != NONE;) {
			at = put_run(&chunk, out, at);
			if (chunk.count == CHUNK_MESSAGES || chunk.part_count == CHUNK_PARTS)
				send_chunk(socket, &chunk, &give_up_ns);
		}
	}
	send_chunk(socket, &chunk, &give_up_ns);
	out->count = 0;
	out->used_bytes = 0;
}
