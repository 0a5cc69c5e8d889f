#include "proto/net/netns/link_emulator.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "proto/net/netns/tunnel.h"
#include "proto/net/udp/udp_clock.h"

enum {
	BATCH = 64, /* reads of one tunnel in a turn, so that the other does not starve */
};

struct link_emulator {
	const struct link_emulator_config *config;
	struct member_links *links;
};

static const int64_t ns_per_s = 1000000000;

static volatile sig_atomic_t is_stopped;

static void stop(int signal)
{
	(void)signal;
	is_stopped = 1;
}

/* Packets. */

/* Packets of a size that is less than IPv4's and UDP's headers count as if they had both. */
static size_t line_bytes(size_t size)
{
	return size > LINK_MODEL_HEADER_BYTES ? size - LINK_MODEL_HEADER_BYTES : 0;
}

static void enter(struct link_emulator *emulator, enum member_links_way way, const uint8_t *data,
		  size_t size, const struct tunnel_packet *packet)
{
	const struct link_emulator_watch *watch = &emulator->config->watch;
	const int64_t now_ns = udp_clock_ns();
	const bool is_passed =
		member_links_enter(emulator->links, packet->member, way, now_ns, data, size,
				   line_bytes(size), packet->payload_bytes);

	if (watch->entered)
		watch->entered(
			watch->context,
			&(struct link_emulator_packet){ .member = packet->member,
							.way = way,
							.data = data,
							.size = size,
							.payload_bytes = packet->payload_bytes,
							.is_passed = is_passed },
			now_ns);
}

static void take(struct link_emulator *emulator, enum member_links_way way)
{
	const struct link_emulator_config *config = emulator->config;
	uint8_t data[TUNNEL_MTU_BYTES + 1];

	for (int i = 0; i < BATCH; i++) {
		const ssize_t size = read(config->tunnels[way], data, sizeof(data));
		struct tunnel_packet packet;

		if (size <= 0)
			return;
		if (tunnel_read(data, (size_t)size, config->members, &packet) &&
		    packet.is_up == (way == MEMBER_LINKS_UP))
			enter(emulator, way, data, (size_t)size, &packet);
	}
}

/* It goes into the tunnel at the other end. */
static void hand_on(void *context, size_t member, enum member_links_way way, const uint8_t *data,
		    size_t size, int64_t due_ns)
{
	struct link_emulator *emulator = context;
	const struct link_emulator_watch *watch = &emulator->config->watch;
	const int other =
		emulator->config
			->tunnels[way == MEMBER_LINKS_UP ? MEMBER_LINKS_DOWN : MEMBER_LINKS_UP];

	if (watch->handed_on)
		watch->handed_on(watch->context,
				 &(struct link_emulator_packet){ .member = member,
								 .way = way,
								 .data = data,
								 .size = size,
								 .is_passed = true },
				 due_ns, udp_clock_ns());
	if (write(other, data, size) < 0)
		emulator->links->overflown++;
}

/* The loop. */

/* Until the next packet is due. */
static struct timespec timeout_of(const struct link_emulator *emulator)
{
	const int64_t next_ns = member_links_next_ns(emulator->links);
	const int64_t left_ns = next_ns == INT64_MAX ? ns_per_s : next_ns - udp_clock_ns();

	if (left_ns <= 0)
		return (struct timespec){ 0 };
	return (struct timespec){ left_ns / ns_per_s, left_ns % ns_per_s };
}

static void serve(struct link_emulator *emulator, const sigset_t *wait_mask)
{
	const struct link_emulator_watch *watch = &emulator->config->watch;
	struct pollfd polls[MEMBER_LINKS_WAYS];

	for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
		polls[way] =
			(struct pollfd){ .fd = emulator->config->tunnels[way], .events = POLLIN };
	while (!is_stopped) {
		const struct timespec timeout = timeout_of(emulator);

		if (ppoll(polls, MEMBER_LINKS_WAYS, &timeout, wait_mask) < 0)
			continue;
		if (watch->turn)
			watch->turn(watch->context, emulator->links, udp_clock_ns());
		for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
			if (polls[way].revents != 0)
				take(emulator, (enum member_links_way)way);
		member_links_leave(emulator->links, udp_clock_ns(), hand_on, emulator);
	}
}

static void block_stop(sigset_t *wait_mask)
{
	const struct sigaction action = { .sa_handler = stop };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaction(SIGTERM, &action, NULL);
	sigprocmask(SIG_BLOCK, &blocked, wait_mask);
	sigdelset(wait_mask, SIGTERM);
}

int link_emulator_run(const struct link_emulator_config *config, struct member_links *links)
{
	struct link_emulator emulator = { .config = config, .links = links };
	sigset_t wait_mask;
	int status;

	block_stop(&wait_mask);
	/* Sleeps end when they should, not up to 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	status = member_links_init(links, config->line, config->seed, config->members,
				   udp_clock_ns());
	if (status == 0)
		serve(&emulator, &wait_mask);
	return status;
}
