#include "bench/netns/medium.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/netns/medium_way.h"

enum {
	BACKLOG = 16,
};

static const int64_t ns_per_s = 1000000000;

static volatile sig_atomic_t is_stopped;

static void stop(int signal)
{
	(void)signal;
	is_stopped = 1;
}

/* Sockets. */

void medium_grow_buffers(int socket)
{
	const int bytes = MEDIUM_BUFFER_BYTES;

	setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
}

uint64_t medium_socket_drops(int socket)
{
	uint32_t memory[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof(memory);

	if (getsockopt(socket, SOL_SOCKET, SO_MEMINFO, memory, &size) < 0)
		return 0;
	return memory[SK_MEMINFO_DROPS];
}

static int open_one(enum medium_kind kind, uint16_t *port)
{
	const int type = kind == MEDIUM_STREAMS ? SOCK_STREAM : SOCK_DGRAM;
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t size = sizeof(address);

	if (fd < 0)
		return -1;
	if (kind == MEDIUM_DATAGRAMS)
		medium_grow_buffers(fd);
	if (bind(fd, (struct sockaddr *)&address, size) == 0 &&
	    getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
	    (kind != MEDIUM_STREAMS || listen(fd, BACKLOG) == 0)) {
		*port = ntohs(address.sin_port);
		return fd;
	}
	close(fd);
	return -1;
}

int medium_listen(struct medium_config *config, uint16_t ports[static TRIAL_MEMBERS_MAX],
		  char error[static MEDIUM_ERROR_BYTES])
{
	for (size_t i = 0; i < config->members; i++)
		config->listening[i] = -1;
	for (size_t i = 0; i < config->members; i++) {
		config->listening[i] = open_one(config->kind, &ports[i]);
		if (config->listening[i] >= 0)
			continue;
		snprintf(error, MEDIUM_ERROR_BYTES,
			 "cannot open the proxy's socket for member %zu on 127.0.0.1: %s", i + 1,
			 strerror(errno));
		medium_close(config);
		return -1;
	}
	return 0;
}

void medium_close(struct medium_config *config)
{
	for (size_t i = 0; i < config->members; i++) {
		if (config->listening[i] >= 0)
			close(config->listening[i]);
		config->listening[i] = -1;
	}
}

/* The loop. */

int64_t medium_now_ns(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * ns_per_s + now.tv_nsec;
}

int64_t medium_lanes_next_ns(const struct medium *medium)
{
	return lanes_next_ns(&medium->lanes);
}

void medium_lanes_count(const struct medium *medium, uint64_t *datagrams, uint64_t *bytes)
{
	*datagrams = medium->lanes.datagrams;
	*bytes = medium->lanes.bytes;
}

void medium_note_late(struct medium *medium, int64_t due_ns)
{
	const int64_t late_ns = medium_now_ns() - due_ns;

	if (medium->is_restarted)
		hist_record(&medium->late, late_ns > 0 ? late_ns : 0);
}

/* Once the members begin to publish, which they say before the first datagram of it. */
static void watch_start(struct medium *medium)
{
	const int64_t start_ns = atomic_load(&medium->shared->start_ns);

	if (medium->is_restarted || start_ns == 0)
		return;
	medium->is_restarted = true;
	lanes_restart(&medium->lanes, start_ns);
}

static void tell_counts(const struct medium *medium, const struct medium_way *way)
{
	uint64_t datagrams, bytes;

	way->count(medium, &datagrams, &bytes);
	atomic_store(&medium->shared->datagrams, datagrams);
	atomic_store(&medium->shared->bytes, bytes);
}

static void serve(struct medium *medium, const struct medium_way *way, const sigset_t *wait_mask)
{
	while (!is_stopped) {
		const size_t count = way->watch(medium);
		const int64_t next_ns = way->next_ns(medium);
		const int64_t left_ns = next_ns == INT64_MAX ? ns_per_s : next_ns - medium_now_ns();
		struct timespec timeout = { 0 };

		if (left_ns > 0)
			timeout = (struct timespec){ left_ns / ns_per_s, left_ns % ns_per_s };
		if (ppoll(medium->polls, count, &timeout, wait_mask) < 0)
			continue;
		watch_start(medium);
		way->turn(medium, medium_now_ns());
		tell_counts(medium, way);
	}
}

static void block_stop(sigset_t *wait_mask)
{
	const struct sigaction action = { .sa_handler = stop };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &blocked, wait_mask);
	sigdelset(wait_mask, SIGTERM);
}

void medium_run(const struct medium_config *config, struct medium_shared *shared)
{
	static const struct medium_way *const ways[] = { [MEDIUM_DATAGRAMS] = &medium_datagrams,
							 [MEDIUM_STREAMS] = &medium_streams,
							 [MEDIUM_PACKETS] = &medium_packets };
	static struct medium medium; /* too large for a stack; the process runs one */
	const struct medium_way *way = ways[config->kind];
	sigset_t wait_mask;

	medium = (struct medium){ .config = config, .shared = shared };
	block_stop(&wait_mask);
	/* Sleeps end when they should, not up to 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	if (lanes_init(&medium.lanes, config->line, config->seed, config->members,
		       medium_now_ns()) < 0 ||
	    !way->open(&medium))
		return;
	serve(&medium, way, &wait_mask);
	lanes_stats(&medium.lanes, &shared->result.up, &shared->result.down);
	shared->result.overflown = medium.lanes.overflown;
	shared->result.drops = way->drops(&medium);
	shared->result.late_p99_us = hist_quantile_ns(&medium.late, 0.99) / 1000;
	shared->result.is_done = true;
}
