/* The wire between two tunnels: what the kernel of either namespace sends, packet by packet. */
#include <errno.h>
#include <unistd.h>

#include "bench/netns/medium_way.h"
#include "bench/netns/namespaces.h"
#include "bench/netns/tunnel.h"

static bool open_nothing(struct medium *medium)
{
	(void)medium;
	return true;
}

static size_t watch(struct medium *medium)
{
	for (int way = 0; way < LANES_WAYS; way++)
		medium->polls[way] =
			(struct pollfd){ .fd = medium->config->tunnels[way], .events = POLLIN };
	return LANES_WAYS;
}

/* Packets of a size that is less than IPv4's and UDP's headers count as if they had both. */
static size_t line_bytes(size_t size)
{
	return size > LINK_MODEL_HEADER_BYTES ? size - LINK_MODEL_HEADER_BYTES : 0;
}

static void take(struct medium *medium, enum lanes_way way)
{
	uint8_t data[TUNNEL_MTU_BYTES + 1];

	for (int i = 0; i < MEDIUM_BATCH; i++) {
		const ssize_t size = read(medium->config->tunnels[way], data, sizeof(data));
		struct tunnel_packet packet;

		if (size <= 0)
			return;
		if (!tunnel_read(data, (size_t)size, medium->config->members, &packet) ||
		    packet.is_up != (way == LANES_UP))
			continue;
		lanes_enter(&medium->lanes, packet.member, way, medium_now_ns(), data, (size_t)size,
			    line_bytes((size_t)size), packet.payload_bytes);
	}
}

/* It goes into the tunnel at the other end. */
static void hand_on(void *context, size_t member, enum lanes_way way, const uint8_t *data,
		    size_t size, int64_t due_ns)
{
	struct medium *medium = context;
	const int other = medium->config->tunnels[way == LANES_UP ? LANES_DOWN : LANES_UP];

	(void)member;
	medium_note_late(medium, due_ns);
	if (write(other, data, size) < 0)
		medium->lanes.overflown++;
}

static void turn(struct medium *medium, int64_t now_ns)
{
	(void)now_ns;
	for (int way = 0; way < LANES_WAYS; way++)
		if (medium->polls[way].revents != 0)
			take(medium, (enum lanes_way)way);
	lanes_leave(&medium->lanes, medium_now_ns(), hand_on, medium);
}

static uint64_t drops(const struct medium *medium)
{
	uint64_t sum = 0;

	for (int way = 0; way < LANES_WAYS; way++)
		if (namespaces_enter(medium->config->namespaces[way]) == 0)
			sum += tunnel_drops();
	return sum;
}

const struct medium_way medium_packets = {
	.open = open_nothing,
	.watch = watch,
	.turn = turn,
	.next_ns = medium_lanes_next_ns,
	.count = medium_lanes_count,
	.drops = drops,
};
