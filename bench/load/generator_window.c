/* The measured window, and what the generator itself did in it. */
#include <time.h>
#include <unistd.h>

#include "bench/load/generator_internal.h"
#include "bench/load/generator_ports.h"

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now = { 0 };

	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* -1: not known. */
static int64_t relay_cpu_ns(const struct generator *g)
{
	clockid_t clock;

	if (g->config->relay <= 0 || clock_getcpuclockid(g->config->relay, &clock) != 0)
		return -1;
	return clock_ns(clock);
}

/* Without what it looked for in vain. */
static int64_t own_cpu_ns(const struct generator *g)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID) - g->idle_ns;
}

static struct generator_traffic traffic(struct generator *g)
{
	struct generator_ports_traffic ports;
	struct generator_traffic sum;

	generator_ports_traffic(&ports);
	sum = (struct generator_traffic){ .datagrams = ports.datagrams,
					  .bytes = ports.bytes,
					  .own_drops = ports.drops };
	for (unsigned i = 0; i < g->pace.members && g->driver->traffic; i++)
		g->driver->traffic(g, i, &sum);
	return sum;
}

/* A server of many threads, on one processor, waits for itself: that is not starvation. */
static struct run_validity_look look(const struct generator *g)
{
	return run_validity_look(getpid(),
				 g->config->kind == GENERATOR_NATS ? 0 : g->config->relay);
}

static void open_window(struct generator *g)
{
	g->is_window_open = true;
	g->before = traffic(g);
	g->look = look(g);
	g->relay_cpu_before_ns = relay_cpu_ns(g);
	g->own_cpu_before_ns = own_cpu_ns(g);
	g->window_start_ns = generator_now_ns();
	if (g->sink->begin)
		g->sink->begin(g);
}

static void close_window(struct generator *g)
{
	const int64_t cpu_ns = relay_cpu_ns(g);
	const struct run_validity_look after_look = look(g);
	const struct generator_traffic after = traffic(g);

	g->is_window_over = true;
	if (g->sink->end)
		g->sink->end(g);
	g->result->window_ns = generator_now_ns() - g->window_start_ns;
	g->result->relay_cpu_ns =
		cpu_ns < 0 || g->relay_cpu_before_ns < 0 ? -1 : cpu_ns - g->relay_cpu_before_ns;
	g->result->own_cpu_ns = own_cpu_ns(g) - g->own_cpu_before_ns;
	g->result->datagrams = after.datagrams - g->before.datagrams;
	g->result->bytes = after.bytes - g->before.bytes;
	run_validity_between(&g->result->validity, &g->look, &after_look);
}

void generator_watch_window(struct generator *g, int64_t time_ns)
{
	if (!g->is_window_open && time_ns >= g->from_ns)
		open_window(g);
	if (!g->is_window_over && time_ns >= g->until_ns)
		close_window(g);
}

void generator_end_window(struct generator *g)
{
	if (!g->is_window_open || g->is_window_over)
		return;
	g->until_ns = generator_now_ns();
	close_window(g);
}

static int64_t in_us(int64_t ns)
{
	return ns < 0 ? -1 : ns / 1000;
}

void generator_sum_up(struct generator *g)
{
	struct generator_result *result = g->result;

	result->late_p50_us = in_us(hist_quantile_ns(&g->late, 0.5));
	result->late_p99_us = in_us(hist_quantile_ns(&g->late, 0.99));
	result->late_max_us = in_us(hist_max_ns(&g->late));
	result->call_p50_ns = hist_quantile_ns(&g->calls, 0.5);
	result->call_p99_ns = hist_quantile_ns(&g->calls, 0.99);
	result->own_drops = traffic(g).own_drops;
	result->validity.late_p99_us = result->late_p99_us;
	result->validity.own_drops = result->own_drops;
	g->sink->sum_up(g);
	result->is_done = result->error[0] == '\0';
}
