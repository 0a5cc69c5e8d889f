#include "tests/bottleneck.h"

#include <string.h>

struct line line;

void bottleneck_start(double rate, unsigned loss_part, unsigned most)
{
	struct config config;

	config_default(&config);
	config.budget = most;
	memset(&line, 0, sizeof(line));
	line.now_ns = START_MS * MS;
	line.rate = rate;
	line.loss_part = loss_part;
	line.path_ns = PATH_MS * MS;
	line.bytes = 200;
	line.clock_off_us = -123456; /* the room was made later than the relay's clock began */
	budget_init(&line.budget, &config, line.now_ns);
}

static void send_one(void)
{
	double wire = (double)(line.bytes + BUDGET_HEADERS);
	double now = (double)(line.now_ns + line.late_ns);
	struct way *way;

	line.offered++;
	if (budget_bytes(&line.budget, line.now_ns) < line.bytes) {
		line.refused++;
		return;
	}
	budget_spend(&line.budget, line.next_number, line.bytes, line.now_ns);
	if (line.free_ns < now)
		line.free_ns = now;
	if (line.rate > 0)
		line.free_ns += wire / line.rate * 1e9;
	way = &line.way[line.next_number];
	way->leaves_ns = (int64_t)line.free_ns;
	way->arrives_ns = way->leaves_ns + line.path_ns +
			  (int64_t)seed_between(&line.seed, 0, line.jitter_ms) * MS;
	way->is_done = (line.loss_part > 0 && line.entered % line.loss_part == 0) ||
		       seed_between(&line.seed, 1, 1000) <= line.loss_per_mille;
	line.entered++;
	line.next_number++;
}

static void take(uint64_t index)
{
	struct way *way = &line.way[index & 0xffff];

	way->is_done = true;
	line.report.count++;
	line.report.bytes += line.bytes;
	if (line.has_newest && index < line.newest)
		return;
	line.has_newest = true;
	line.newest = index;
	line.report.number = (uint16_t)index;
	line.report.received_us = (uint64_t)(way->arrives_ns / 1000 + line.clock_off_us);
}

static void receive(void)
{
	for (uint64_t i = line.arrived; i < line.entered; i++) {
		const struct way *way = &line.way[i & 0xffff];

		if (way->leaves_ns > line.now_ns)
			break;
		if (!way->is_done && way->arrives_ns <= line.now_ns)
			take(i);
	}
	while (line.arrived < line.entered && line.way[line.arrived & 0xffff].is_done)
		line.arrived++;
}

void bottleneck_run(double seconds)
{
	int64_t until_ns = line.now_ns + (int64_t)(seconds * 1e9);

	for (; line.now_ns < until_ns; line.now_ns += MS) {
		if (line.now_ns / MS % SNAPSHOT_EVERY_MS == 0)
			send_one();
		receive();
		if (line.now_ns < line.next_report_ns || line.report.count == 0 || line.is_silent)
			continue;
		budget_report(&line.budget, &line.report, line.told_late_ns, line.now_ns);
		line.next_report_ns = line.now_ns + REPORT_EVERY_MS * MS;
	}
}

double bottleneck_queue_ms(void)
{
	double ns = line.free_ns - (double)line.now_ns;

	return ns > 0 ? ns / 1e6 : 0;
}

double bottleneck_share(double seconds, double *longest_queue_ms)
{
	uint64_t offered = line.offered, refused = line.refused;

	*longest_queue_ms = 0;
	for (int i = 0; i < (int)(seconds * 100); i++) {
		bottleneck_run(0.01);
		if (bottleneck_queue_ms() > *longest_queue_ms)
			*longest_queue_ms = bottleneck_queue_ms();
	}
	return 1 - (double)(line.refused - refused) / (double)(line.offered - offered);
}
