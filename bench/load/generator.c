#include "bench/load/generator.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench/load/generator_internal.h"
#include "bench/load/generator_ports.h"
#include "proto/wire/wire.h"

enum {
	SENDS_MAX = 32, /* that leave together, and by one look at the clock */
	CALL_EACH = 64, /* of one send in so many the time in the call is noted */
	SPARE_DESCRIPTORS = 64,
	START_MS = 100,   /* from when all are in to the first update */
	JOINING_MAX = 8,  /* at a time: a crowd at the door is not what is measured, */
	WAITING_MAX = 32, /* sockets that have something: it is behind with its reading */
};

static const int64_t ns_per_s = 1000000000;

static volatile sig_atomic_t is_ended;

static void end(int signal)
{
	(void)signal;
	is_ended = 1;
}

int64_t generator_now_ns(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * ns_per_s + now.tv_nsec;
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
	g->result->refusal.admitted = g->joined;
}

/* Rooms. */

unsigned generator_rooms(const struct generator_config *config)
{
	if (config->rooms == 0)
		return 1;
	return config->rooms < config->members ? config->rooms : config->members;
}

unsigned generator_room(const struct generator_config *config, unsigned member)
{
	return member % generator_rooms(config);
}

unsigned generator_room_size(const struct generator_config *config, unsigned member)
{
	const unsigned rooms = generator_rooms(config);

	return config->members / rooms + (member % rooms < config->members % rooms);
}

/* Sending. */

/* Sends what is due then, up to so many; how many there were. */
static unsigned send_some(struct generator *g, int64_t time_ns, struct pace_turn turns[SENDS_MAX])
{
	unsigned count = 0;

	while (count < SENDS_MAX && g->is_sending) {
		const struct pace_turn turn = pace_turn_at(&g->pace, g->turn);
		struct update update;

		g->is_sending = turn.number < g->end;
		if (!g->is_sending || turn.due_ns > time_ns)
			break;
		g->turn++;
		g->sink->update(g, &turn, &update);
		g->driver->send(g, turn.member, &update);
		turns[count++] = turn;
	}
	return count;
}

static void note_sent(struct generator *g, const struct pace_turn *turn, int64_t time_ns)
{
	if (g->sink->sent)
		g->sink->sent(g, turn, time_ns);
	if (turn->number >= g->first)
		hist_record(&g->late, time_ns - turn->due_ns);
}

static int64_t event_ns(struct generator *g)
{
	return g->has_events && g->is_sending ? pace_turn_at(&g->events, g->event_turn).due_ns
					      : INT64_MAX;
}

static void send_events(struct generator *g, int64_t time_ns)
{
	while (event_ns(g) <= time_ns) {
		g->sink->event(g, pace_turn_at(&g->events, g->event_turn).member);
		g->event_turn++;
	}
}

/* One of CALL_EACH sends, by the readings of the clock that lateness needs anyway. */
static void note_call(struct generator *g, unsigned count, int64_t took_ns)
{
	if (g->turn / CALL_EACH != (g->turn - count) / CALL_EACH)
		hist_record(&g->calls, took_ns / count);
}

static void send_due(struct generator *g, int64_t time_ns)
{
	struct pace_turn turns[SENDS_MAX];
	unsigned count;

	do {
		const int64_t before_ns = time_ns;

		count = send_some(g, time_ns, turns);
		generator_ports_flush();
		if (count > 0) {
			time_ns = generator_now_ns();
			note_call(g, count, time_ns - before_ns);
		}
		for (unsigned i = 0; i < count; i++)
			note_sent(g, &turns[i], time_ns);
	} while (count > 0);
	if (g->has_events)
		send_events(g, time_ns);
}

/* Hearing. */

void generator_arrived(struct generator *g, int64_t arrived_ns)
{
	g->time_ns = arrived_ns;
}

void generator_turned(struct generator *g)
{
	send_due(g, generator_now_ns());
}

/* The loop. */

static void tend(struct generator *g, int64_t time_ns)
{
	while (g->tend_ns <= time_ns) {
		g->tend_next = g->tend_next + 1 < g->started ? g->tend_next + 1 : 0;
		g->driver->tend(g, g->tend_next);
		g->tend_ns += GENERATOR_TEND_MS * INT64_C(1000000) / g->started;
	}
}

static int64_t least(int64_t one, int64_t other)
{
	return one < other ? one : other;
}

/* Members whose connection has something to do by itself. */
static void wake(struct generator *g)
{
	for (unsigned i = 0; i < g->started && g->driver->wake_ns; i++)
		if (g->driver->wake_ns(g, i) <= generator_now_ns())
			g->driver->tend(g, i);
}

static int64_t next_ns(struct generator *g, int64_t until_ns)
{
	int64_t next = least(least(g->tend_ns, until_ns), event_ns(g));

	if (g->is_sending)
		next = least(next, pace_turn_at(&g->pace, g->turn).due_ns);
	for (unsigned i = 0; i < g->started && g->driver->wake_ns; i++)
		next = least(next, g->driver->wake_ns(g, i));
	return next;
}

/*
 * One turn: what is due, a sleep until more is or something comes, and what has come. Whether it is
 * behind: so much has come that more may wait.
 */
static bool turn(struct generator *g, int64_t until_ns)
{
	unsigned members[GENERATOR_WATCHED];
	bool is_behind;
	int count;

	send_due(g, generator_now_ns());
	count = generator_sleep(g, members, next_ns(g, until_ns));
	is_behind = count >= WAITING_MAX;
	for (int i = 0; i < count; i++) {
		g->driver->receive(g, members[i]);
		is_behind = is_behind || generator_ports_is_full();
	}
	tend(g, generator_now_ns());
	wake(g);
	return is_behind;
}

static int open_connections(struct generator *g)
{
	const size_t bytes = g->driver->bytes > 0 ? g->driver->bytes : 1;

	g->connections = calloc(g->pace.members, bytes);
	if (g->connections)
		return g->driver->open ? g->driver->open(g) : 0;
	generator_fail(g, "not enough memory for %u members", g->pace.members);
	return -1;
}

static int start_next(struct generator *g)
{
	const unsigned member = g->started++;

	return g->driver->start(g, member) < 0 ? -1 : generator_watch_add(g, member);
}

static const char *join_hint(const struct generator *g)
{
	if (g->config->own_host != 0)
		return "; give a better link";
	return g->joined > 0 ? "" : "; is it a relay of this kind (--contender)?";
}

/*
 * Members join as fast as what this brings to those who are in is taken: a room tells each of each,
 * and who does not listen for long is lost.
 */
static int join_all(struct generator *g)
{
	const unsigned join_s = g->config->join_s > 0 ? g->config->join_s : GENERATOR_JOIN_S;
	const int64_t until_ns = generator_now_ns() + join_s * ns_per_s;
	bool is_behind = false;

	if (open_connections(g) < 0)
		return -1;
	g->tend_ns = generator_now_ns();
	while (g->joined < g->pace.members && !has_failed(g)) {
		while (!is_behind && g->started < g->pace.members &&
		       g->started < g->joined + JOINING_MAX && g->out == 0)
			if (start_next(g) < 0)
				return -1;
		if (g->out > 0 && g->joined + g->out >= g->started)
			generator_say_refusal(g);
		else if (generator_now_ns() >= until_ns)
			generator_fail(g, "%u of %u members got in within %u s%s", g->joined,
				       g->pace.members, join_s, join_hint(g));
		else if (is_ended)
			generator_fail(g, "the relay has gone while %u of %u members were in",
				       g->joined, g->pace.members);
		else
			is_behind = turn(g, until_ns);
	}
	return has_failed(g) ? -1 : 0;
}

static int64_t time_of_ns(const struct generator *g, uint32_t number)
{
	return g->pace.start_ns + (int64_t)llround(number * 1e9 / g->pace.rate_hz);
}

static void play(struct generator *g)
{
	const unsigned linger_ms =
		g->config->linger_ms > 0 ? g->config->linger_ms : GENERATOR_LINGER_MS;
	int64_t until_ns;

	g->pace.start_ns = generator_now_ns() + START_MS * INT64_C(1000000);
	g->from_ns = time_of_ns(g, g->first);
	g->until_ns = time_of_ns(g, g->end);
	g->events.start_ns = g->pace.start_ns;
	g->is_sending = true;
	generator_watch_nap(g);
	if (g->sink->start)
		g->sink->start(g);
	until_ns = time_of_ns(g, g->end + 1) + linger_ms * INT64_C(1000000);
	while (generator_now_ns() < until_ns && !has_failed(g)) {
		if (is_ended)
			generator_fail(g, "the relay has gone");
		generator_watch_window(g, generator_now_ns());
		turn(g, g->is_window_over   ? until_ns
			: g->is_window_open ? g->until_ns
					    : g->from_ns);
	}
	generator_end_window(g);
}

/* Its needs. */

unsigned generator_descriptors(unsigned members)
{
	return members + SPARE_DESCRIPTORS;
}

/* A trial's phases part the period evenly, on real sockets as in simulation. */
static void prepare_pace(struct generator *g)
{
	const struct generator_config *config = g->config;

	if (config->sink)
		pace_init_even(&g->pace, config->members, config->rate_hz);
	else
		pace_init(&g->pace, config->members, config->rate_hz, config->seed);
	g->has_events = config->event_hz > 0 && g->driver->send_event && g->sink->event;
	if (g->has_events)
		pace_init_even(&g->events, config->members, config->event_hz);
}

static int prepare(struct generator *g)
{
	const struct generator_config *config = g->config;
	const struct sigaction action = { .sa_handler = end };
	struct rlimit limit;

	is_ended = 0;
	sigaction(SIGTERM, &action, NULL);
	prepare_pace(g);
	g->first = (uint32_t)ceil(GENERATOR_WARM_UP_S * config->rate_hz);
	g->end = g->first + (uint32_t)ceil(config->seconds * config->rate_hz);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	/* Sleeps end when they should, not up to 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	if (generator_watch_open(g) < 0) {
		generator_fail(g, "cannot watch sockets: %s", strerror(errno));
		return -1;
	}
	if (g->sink->open(g) < 0)
		return -1;
	if (generator_ports_aim(config->host, config->port) == 0) {
		generator_ports_own(config->own_host);
		return 0;
	}
	generator_fail(g, "\"%s\" is not an IPv4 or IPv6 address", config->host);
	return -1;
}

static void release(struct generator *g)
{
	g->sink->close(g);
	free(g->connections);
	generator_watch_close(g);
	free(g);
}

static const struct driver *driver_of(enum generator_kind kind)
{
	switch (kind) {
	case GENERATOR_NAIVE_ENET:
	case GENERATOR_STARLING:
		return &driver_enet;
	case GENERATOR_MQTT:
		return &driver_mqtt;
	case GENERATOR_NATS:
		return &driver_nats;
	case GENERATOR_SESSION:
		return &driver_session;
	case GENERATOR_TCP:
		return &driver_stream;
	case GENERATOR_HTTP:
		return &driver_http;
	default:
		return &driver_datagram;
	}
}

void generator_run(const struct generator_config *config, struct generator_result *result)
{
	struct generator *g = calloc(1, sizeof(*g)); /* of half a MiB */

	*result = (struct generator_result){ .relay_cpu_ns = -1 };
	if (!g) {
		snprintf(result->error, sizeof(result->error), "not enough memory");
		return;
	}
	g->config = config;
	g->result = result;
	g->driver = driver_of(config->kind);
	g->sink = config->sink ? config->sink : &generator_load;
	if (prepare(g) == 0) {
		if (join_all(g) == 0) {
			play(g);
			generator_sum_up(g);
		}
		g->driver->close(g);
	}
	release(g);
}
