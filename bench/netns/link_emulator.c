#include "bench/netns/link_emulator.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "bench/measure/hist.h"
#include "bench/netns/namespaces.h"
#include "bench/netns/tunnel.h"
#include "proto/net/udp/udp_clock.h"

enum {
	BATCH = 64, /* reads of one tunnel in a turn, so that the other does not starve */
};

struct link_emulator {
	const struct link_emulator_config *config;
	struct link_emulator_shared *shared;
	struct member_links lanes;
	struct hist late; /* handed on after its time */
	bool is_restarted;
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

static void take(struct link_emulator *emulator, enum member_links_way way)
{
	const struct link_emulator_config *config = emulator->config;
	uint8_t data[TUNNEL_MTU_BYTES + 1];

	for (int i = 0; i < BATCH; i++) {
		const ssize_t size = read(config->tunnels[way], data, sizeof(data));
		struct tunnel_packet packet;

		if (size <= 0)
			return;
		if (!tunnel_read(data, (size_t)size, config->members, &packet) ||
		    packet.is_up != (way == MEMBER_LINKS_UP))
			continue;
		member_links_enter(&emulator->lanes, packet.member, way, udp_clock_ns(), data,
				   (size_t)size, line_bytes((size_t)size), packet.payload_bytes);
	}
}

static void note_late(struct link_emulator *emulator, int64_t due_ns)
{
	const int64_t late_ns = udp_clock_ns() - due_ns;

	if (emulator->is_restarted)
		hist_record(&emulator->late, late_ns > 0 ? late_ns : 0);
}

/* It goes into the tunnel at the other end. */
static void hand_on(void *context, size_t member, enum member_links_way way, const uint8_t *data,
		    size_t size, int64_t due_ns)
{
	struct link_emulator *emulator = context;
	const int other =
		emulator->config
			->tunnels[way == MEMBER_LINKS_UP ? MEMBER_LINKS_DOWN : MEMBER_LINKS_UP];

	(void)member;
	note_late(emulator, due_ns);
	if (write(other, data, size) < 0)
		emulator->lanes.overflown++;
}

static uint64_t drops(const struct link_emulator_config *config)
{
	uint64_t sum = 0;

	for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
		if (namespaces_enter(config->namespaces[way]) == 0)
			sum += tunnel_drops();
	return sum;
}

/* The loop. */

/* At the time from which the members publish, which they say before. */
static void watch_start(struct link_emulator *emulator)
{
	const int64_t start_ns = atomic_load(&emulator->shared->start_ns);

	if (emulator->is_restarted || start_ns == 0 || udp_clock_ns() < start_ns)
		return;
	emulator->is_restarted = true;
	member_links_restart(&emulator->lanes, start_ns);
}

/* Until the next packet is due. */
static struct timespec timeout_of(const struct link_emulator *emulator)
{
	const int64_t next_ns = member_links_next_ns(&emulator->lanes);
	const int64_t left_ns = next_ns == INT64_MAX ? ns_per_s : next_ns - udp_clock_ns();

	if (left_ns <= 0)
		return (struct timespec){ 0 };
	return (struct timespec){ left_ns / ns_per_s, left_ns % ns_per_s };
}

static void serve(struct link_emulator *emulator, const sigset_t *wait_mask)
{
	struct pollfd polls[MEMBER_LINKS_WAYS];

	for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
		polls[way] =
			(struct pollfd){ .fd = emulator->config->tunnels[way], .events = POLLIN };
	while (!is_stopped) {
		const struct timespec timeout = timeout_of(emulator);

		if (ppoll(polls, MEMBER_LINKS_WAYS, &timeout, wait_mask) < 0)
			continue;
		watch_start(emulator);
		for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
			if (polls[way].revents != 0)
				take(emulator, (enum member_links_way)way);
		member_links_leave(&emulator->lanes, udp_clock_ns(), hand_on, emulator);
		atomic_store(&emulator->shared->datagrams, emulator->lanes.datagrams);
		atomic_store(&emulator->shared->bytes, emulator->lanes.bytes);
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

void link_emulator_run(const struct link_emulator_config *config,
		       struct link_emulator_shared *shared)
{
	static struct link_emulator emulator; /* too large for a stack; the process runs one */
	sigset_t wait_mask;

	emulator = (struct link_emulator){ .config = config, .shared = shared };
	block_stop(&wait_mask);
	/* Sleeps end when they should, not up to 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	if (member_links_init(&emulator.lanes, config->line, config->seed, config->members,
			      udp_clock_ns()) < 0)
		return;
	serve(&emulator, &wait_mask);
	member_links_stats(&emulator.lanes, &shared->result.up, &shared->result.down);
	shared->result.overflown = emulator.lanes.overflown;
	shared->result.drops = drops(config);
	shared->result.late_p99_us = hist_quantile_ns(&emulator.late, 0.99) / 1000;
	shared->result.is_done = true;
}
