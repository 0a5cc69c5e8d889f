#include "bench/generator.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench/generator_line.h"

enum {
	EVENTS_MAX = 64,
	SPARE_DESCRIPTORS = 32,
};

static const int64_t ns_per_s = 1000000000;

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now = { 0 };

	clock_gettime(clock, &now);
	return now.tv_sec * ns_per_s + now.tv_nsec;
}

static int64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

void generator_fail(struct generator *g, const char *format, ...)
{
	va_list arguments;

	if (g->result->error[0] != '\0')
		return;
	va_start(arguments, format);
	vsnprintf(g->result->error, sizeof(g->result->error), format, arguments);
	va_end(arguments);
}

static bool has_failed(const struct generator *g)
{
	return g->result->error[0] != '\0';
}

void generator_joined(struct generator *g, unsigned member)
{
	g->joined += !g->is_joined[member];
	g->is_joined[member] = true;
}

/* Sending. */

static void send_due(struct generator *g, int64_t time_ns)
{
	while (g->is_sending) {
		const struct pace_turn turn = pace_turn_at(&g->pace, g->turn);
		struct update update;

		if (turn.number >= g->end) {
			g->is_sending = false;
			return;
		}
		if (turn.due_ns > time_ns)
			return;
		g->turn++;
		update = update_of(turn.member, turn.number);
		g->line->send(g, turn.member, &update);
		time_ns = now_ns();
		if (turn.number >= g->first)
			delays_add(&g->late, (time_ns - turn.due_ns) / 1000);
	}
}

/* Hearing. */

static bool is_first_sight(struct generator_heard *heard, uint32_t number)
{
	if (number >= heard->next) {
		const uint32_t ahead = number + 1 - heard->next;

		heard->seen = (ahead < 64 ? heard->seen << ahead : 0) | 1;
		heard->next = number + 1;
		return true;
	}
	number = heard->next - 1 - number;
	/* More than 64 behind: nobody knows any more, so it stays lost. */
	if (number >= 64 || heard->seen >> number & 1)
		return false;
	heard->seen |= UINT64_C(1) << number;
	return true;
}

void generator_heard(struct generator *g, unsigned member, const uint8_t *bytes)
{
	const struct update update = update_decode(bytes);
	const int64_t time_ns = now_ns();

	if (update.sender < g->pace.members && update.sender != member && update.number < g->end &&
	    is_first_sight(&g->heard[member * g->pace.members + update.sender], update.number) &&
	    update.number >= g->first)
		delays_add(&g->delays,
			   (time_ns - pace_due_ns(&g->pace, update.sender, update.number)) / 1000);
	/* What is due does not wait until all that came has been read. */
	send_due(g, time_ns);
}

/* The measured window. */

static int64_t relay_cpu_ns(struct generator *g)
{
	clockid_t clock;

	if (clock_getcpuclockid(g->config->relay, &clock) != 0) {
		generator_fail(g, "the relay (process %d) has gone", (int)g->config->relay);
		return 0;
	}
	return clock_ns(clock);
}

static struct generator_traffic traffic(struct generator *g)
{
	struct generator_traffic sum = { 0 };

	for (unsigned i = 0; i < g->pace.members; i++)
		g->line->traffic(g, i, &sum);
	return sum;
}

static int64_t time_of_ns(const struct generator *g, uint32_t number)
{
	return g->pace.start_ns + (int64_t)llround(number * 1e9 / g->pace.rate_hz);
}

static void watch_window(struct generator *g, int64_t time_ns)
{
	if (!g->is_window_open && time_ns >= time_of_ns(g, g->first)) {
		g->is_window_open = true;
		g->before = traffic(g);
		g->relay_cpu_before_ns = relay_cpu_ns(g);
		g->window_start_ns = now_ns();
	}
	if (!g->is_window_over && time_ns >= time_of_ns(g, g->end)) {
		const struct generator_traffic after = traffic(g);

		g->is_window_over = true;
		g->result->relay_cpu_ns = relay_cpu_ns(g) - g->relay_cpu_before_ns;
		g->result->window_ns = now_ns() - g->window_start_ns;
		g->result->datagrams = after.datagrams - g->before.datagrams;
		g->result->bytes = after.bytes - g->before.bytes;
	}
}

/* The loop. */

static void tend(struct generator *g, int64_t time_ns)
{
	while (g->tend_ns <= time_ns) {
		g->line->tend(g, g->tend_next);
		g->tend_next = (g->tend_next + 1) % g->pace.members;
		g->tend_ns += GENERATOR_TEND_MS * INT64_C(1000000) / g->pace.members;
	}
}

static int64_t next_ns(const struct generator *g, int64_t until_ns)
{
	int64_t next = g->tend_ns < until_ns ? g->tend_ns : until_ns;

	if (g->is_sending) {
		const int64_t due_ns = pace_turn_at(&g->pace, g->turn).due_ns;

		next = due_ns < next ? due_ns : next;
	}
	return next;
}

static void sleep_until(struct generator *g, int64_t wake_ns)
{
	struct pollfd pollfd = { .fd = g->epoll, .events = POLLIN };
	const int64_t left_ns = wake_ns - now_ns();
	const struct timespec wait = { left_ns / ns_per_s, left_ns % ns_per_s };

	if (left_ns > 0)
		ppoll(&pollfd, 1, &wait, NULL);
}

/* One turn: what is due, what has come, and a sleep when there was nothing. */
static void turn(struct generator *g, int64_t until_ns)
{
	struct epoll_event events[EVENTS_MAX];
	int count;

	send_due(g, now_ns());
	count = epoll_wait(g->epoll, events, EVENTS_MAX, 0);
	for (int i = 0; i < count; i++)
		g->line->receive(g, events[i].data.u32);
	tend(g, now_ns());
	if (count <= 0)
		sleep_until(g, next_ns(g, until_ns));
}

static int join_all(struct generator *g)
{
	const int64_t until_ns = now_ns() + GENERATOR_JOIN_S * ns_per_s;

	if (g->line->open(g) < 0)
		return -1;
	for (unsigned i = 0; i < g->pace.members; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };

		if (epoll_ctl(g->epoll, EPOLL_CTL_ADD, g->line->descriptor(g, i), &event) < 0) {
			generator_fail(g, "cannot watch member %u: %s", i, strerror(errno));
			return -1;
		}
	}
	g->tend_ns = now_ns();
	while (g->joined < g->pace.members && !has_failed(g)) {
		if (now_ns() >= until_ns)
			generator_fail(g, "%u of %u members got in within %d s", g->joined,
				       g->pace.members, GENERATOR_JOIN_S);
		else
			turn(g, until_ns);
	}
	return has_failed(g) ? -1 : 0;
}

static void play(struct generator *g)
{
	int64_t until_ns;

	g->pace.start_ns = now_ns() + ns_per_s / 10;
	g->is_sending = true;
	until_ns = time_of_ns(g, g->end + 1) + GENERATOR_LINGER_MS * INT64_C(1000000);
	while (now_ns() < until_ns && !has_failed(g)) {
		watch_window(g, now_ns());
		turn(g, g->is_window_over ? until_ns
					  : time_of_ns(g, g->is_window_open ? g->end : g->first));
	}
}

static void sum_up(struct generator *g)
{
	struct generator_result *result = g->result;

	result->due = (uint64_t)(g->end - g->first) * g->pace.members * (g->pace.members - 1);
	result->delivered = g->delays.total;
	result->p50_us = delays_quantile_us(&g->delays, 0.5);
	result->p99_us = delays_quantile_us(&g->delays, 0.99);
	result->p999_us = delays_quantile_us(&g->delays, 0.999);
	result->max_us = g->delays.max_us;
	result->late_p99_us = delays_quantile_us(&g->late, 0.99);
	result->late_max_us = g->late.max_us;
	result->own_drops = traffic(g).own_drops;
	result->is_done = !has_failed(g);
}

unsigned generator_descriptors(unsigned members)
{
	return members + SPARE_DESCRIPTORS;
}

static int prepare(struct generator *g)
{
	const struct generator_config *config = g->config;
	struct rlimit limit;

	pace_init(&g->pace, config->members, config->rate_hz, config->seed);
	g->first = (uint32_t)ceil(GENERATOR_WARM_UP_S * config->rate_hz);
	g->end = g->first + (uint32_t)ceil(config->seconds * config->rate_hz);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	/* Sleeps end when they should, not up to 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	g->heard = calloc((size_t)config->members * config->members, sizeof(*g->heard));
	g->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!g->heard || delays_init(&g->delays) < 0 || delays_init(&g->late) < 0 || g->epoll < 0) {
		generator_fail(g, "not enough memory for %u members", config->members);
		return -1;
	}
	return 0;
}

void generator_run(const struct generator_config *config, struct generator_result *result)
{
	struct generator g = { .config = config,
			       .result = result,
			       .line = config->kind <= GENERATOR_STARLING
					       ? &generator_line_enet
					       : &generator_line_socket };

	*result = (struct generator_result){ 0 };
	if (prepare(&g) == 0 && join_all(&g) == 0) {
		play(&g);
		sum_up(&g);
	}
	g.line->close(&g);
	delays_fini(&g.delays);
	delays_fini(&g.late);
	free(g.heard);
	if (g.epoll >= 0)
		close(g.epoll);
}
