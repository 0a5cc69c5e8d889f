/* A UDP proxy: each member sends to a socket of its own, and has one towards the relay. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/netns/medium_way.h"

struct end {
	struct sockaddr_in member; /* where it last sent from; port 0: not yet */
	int to_relay;
};

static struct end *end_of(const struct medium *medium, size_t member)
{
	return (struct end *)medium->state + member;
}

static bool open_ends(struct medium *medium)
{
	const struct medium_config *config = medium->config;

	medium->state = calloc(config->members, sizeof(struct end));
	for (size_t i = 0; i < config->members && medium->state; i++) {
		struct end *end = end_of(medium, i);

		end->to_relay = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (end->to_relay < 0)
			return false;
		medium_grow_buffers(end->to_relay);
		if (connect(end->to_relay, (const struct sockaddr *)&config->relay,
			    sizeof(config->relay)) < 0)
			return false;
	}
	return medium->state;
}

static size_t watch(struct medium *medium)
{
	const size_t members = medium->config->members;

	for (size_t i = 0; i < members; i++) {
		medium->polls[2 * i] =
			(struct pollfd){ .fd = medium->config->listening[i], .events = POLLIN };
		medium->polls[2 * i + 1] =
			(struct pollfd){ .fd = end_of(medium, i)->to_relay, .events = POLLIN };
	}
	return 2 * members;
}

static void take(struct medium *medium, size_t member, enum lanes_way way)
{
	struct end *end = end_of(medium, member);
	const int fd = way == LANES_UP ? medium->config->listening[member] : end->to_relay;
	uint8_t data[NET_DATAGRAM_MAX_BYTES];

	for (int i = 0; i < MEDIUM_BATCH; i++) {
		struct sockaddr_in from = { 0 };
		socklen_t from_size = sizeof(from);
		const ssize_t size = recvfrom(fd, data, sizeof(data), MSG_DONTWAIT,
					      (struct sockaddr *)&from, &from_size);

		if (size <= 0)
			return;
		if (way == LANES_UP)
			end->member = from;
		lanes_enter(&medium->lanes, member, way, medium_now_ns(), data, (size_t)size,
			    (size_t)size, (size_t)size);
	}
}

/* What cannot be sent is lost, as on a line; on the loopback it is not seen. */
static void hand_on(void *context, size_t member, enum lanes_way way, const uint8_t *data,
		    size_t size, int64_t due_ns)
{
	struct medium *medium = context;
	const struct end *end = end_of(medium, member);

	medium_note_late(medium, due_ns);
	if (way == LANES_UP)
		send(end->to_relay, data, size, MSG_DONTWAIT);
	else if (end->member.sin_port != 0)
		sendto(medium->config->listening[member], data, size, MSG_DONTWAIT,
		       (const struct sockaddr *)&end->member, sizeof(end->member));
}

static void turn(struct medium *medium, int64_t now_ns)
{
	(void)now_ns;
	for (size_t i = 0; i < medium->config->members; i++) {
		if (medium->polls[2 * i].revents != 0)
			take(medium, i, LANES_UP);
		if (medium->polls[2 * i + 1].revents != 0)
			take(medium, i, LANES_DOWN);
	}
	lanes_leave(&medium->lanes, medium_now_ns(), hand_on, medium);
}

static uint64_t drops(const struct medium *medium)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < medium->config->members; i++)
		sum += medium_socket_drops(medium->config->listening[i]) +
		       medium_socket_drops(end_of(medium, i)->to_relay);
	return sum;
}

const struct medium_way medium_datagrams = {
	.open = open_ends,
	.watch = watch,
	.turn = turn,
	.next_ns = medium_lanes_next_ns,
	.count = medium_lanes_count,
	.drops = drops,
};
