#include "bench/measure/run_validity.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/wire/text.h"

enum {
	STAT_FIELDS = 8, /* user nice system idle iowait irq softirq steal */
	STEAL_FIELD = 7,
	TEXT_BYTES = 256,
};

/* Faults. */

bool run_validity_has(const struct run_validity *c, enum run_validity_fault fault)
{
	switch (fault) {
	case RUN_VALIDITY_LATE:
		return c->late_p99_us > RUN_VALIDITY_LATE_MAX_US;
	case RUN_VALIDITY_LINKS_LATE:
		return c->links_late_p99_us > RUN_VALIDITY_LATE_MAX_US;
	case RUN_VALIDITY_DROPS:
		return c->own_drops > 0;
	case RUN_VALIDITY_GENERATOR_WAITED:
		return c->generator_wait_share > RUN_VALIDITY_WAIT_MAX_SHARE;
	case RUN_VALIDITY_RELAY_WAITED:
		return c->relay_wait_share > RUN_VALIDITY_WAIT_MAX_SHARE;
	case RUN_VALIDITY_STEAL:
		return c->steal_share > RUN_VALIDITY_STEAL_MAX_SHARE;
	case RUN_VALIDITY_CLOCK_STEP:
		return llabs(c->clock_step_us) > RUN_VALIDITY_CLOCK_STEP_MAX_US;
	case RUN_VALIDITY_SHORT:
		return c->sequenced_packets > 0 &&
		       c->sequenced_packets < RUN_VALIDITY_SEQUENCED_MIN;
	default:
		return false;
	}
}

bool run_validity_is_good(const struct run_validity *validity)
{
	for (int fault = 0; fault < RUN_VALIDITY_FAULT_COUNT; fault++)
		if (run_validity_has(validity, (enum run_validity_fault)fault))
			return false;
	return true;
}

bool run_validity_is_spoiled(const struct run_validity *validity)
{
	static const enum run_validity_fault faults[] = {
		RUN_VALIDITY_LATE,         RUN_VALIDITY_LINKS_LATE, RUN_VALIDITY_GENERATOR_WAITED,
		RUN_VALIDITY_RELAY_WAITED, RUN_VALIDITY_STEAL,      RUN_VALIDITY_CLOCK_STEP,
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (run_validity_has(validity, faults[i]))
			return true;
	return false;
}

const char *run_validity_fault_text(enum run_validity_fault fault)
{
	static const char *const texts[RUN_VALIDITY_FAULT_COUNT] = {
		"the generator sent over 1 ms late (p99)",
		"the links handed on over 1 ms late (p99)",
		"the generator's own sockets overflowed",
		"the generator waited for a processor over 5 % of the time",
		"the relay waited for a processor over 5 % of the time",
		"the hypervisor took over 1 % of the processors' time",
		"the wall clock was stepped by over 1 ms",
		"a sequenced channel carried fewer than 65536 packets",
	};

	return fault < RUN_VALIDITY_FAULT_COUNT ? texts[fault] : "";
}

const char *run_validity_reason(const struct run_validity *c, enum run_validity_fault fault,
				char text[static RUN_VALIDITY_REASON_BYTES])
{
	static const char *const late = "%s %.2f ms late (p99, bound %d ms)";
	static const char *const waited =
		"the %s waited for a processor %.1f %% of the time (bound %.0f %%)";

	switch (fault) {
	case RUN_VALIDITY_LATE:
		snprintf(text, RUN_VALIDITY_REASON_BYTES, late, "the generator sent",
			 (double)c->late_p99_us / 1e3, RUN_VALIDITY_LATE_MAX_US / 1000);
		break;
	case RUN_VALIDITY_LINKS_LATE:
		snprintf(text, RUN_VALIDITY_REASON_BYTES, late, "the links handed on",
			 (double)c->links_late_p99_us / 1e3, RUN_VALIDITY_LATE_MAX_US / 1000);
		break;
	case RUN_VALIDITY_DROPS:
		snprintf(text, RUN_VALIDITY_REASON_BYTES,
			 "the generator's own sockets dropped %" PRIu64 " %s", c->own_drops,
			 text_plural(c->own_drops, "datagram", "datagrams"));
		break;
	case RUN_VALIDITY_GENERATOR_WAITED:
		snprintf(text, RUN_VALIDITY_REASON_BYTES, waited, "generator",
			 100 * c->generator_wait_share, 100 * RUN_VALIDITY_WAIT_MAX_SHARE);
		break;
	case RUN_VALIDITY_RELAY_WAITED:
		snprintf(text, RUN_VALIDITY_REASON_BYTES, waited, "relay",
			 100 * c->relay_wait_share, 100 * RUN_VALIDITY_WAIT_MAX_SHARE);
		break;
	case RUN_VALIDITY_STEAL:
		snprintf(text, RUN_VALIDITY_REASON_BYTES,
			 "the hypervisor took %.1f %% of the processors' time (bound %.0f %%)",
			 100 * c->steal_share, 100 * RUN_VALIDITY_STEAL_MAX_SHARE);
		break;
	case RUN_VALIDITY_CLOCK_STEP:
		snprintf(text, RUN_VALIDITY_REASON_BYTES,
			 "the wall clock was stepped by %.2f ms (bound %d ms)",
			 (double)c->clock_step_us / 1e3, RUN_VALIDITY_CLOCK_STEP_MAX_US / 1000);
		break;
	case RUN_VALIDITY_SHORT:
		snprintf(text, RUN_VALIDITY_REASON_BYTES,
			 "a sequenced channel carried %" PRIu64
			 " %s, fewer than the %d after which its numbers go round",
			 c->sequenced_packets,
			 text_plural(c->sequenced_packets, "packet", "packets"),
			 RUN_VALIDITY_SEQUENCED_MIN);
		break;
	default:
		text[0] = '\0';
	}
	return text;
}

void run_validity_describe(const struct run_validity *validity,
			   char text[static RUN_VALIDITY_TEXT_BYTES])
{
	char reason[RUN_VALIDITY_REASON_BYTES];
	size_t size = 0;

	text[0] = '\0';
	for (int fault = 0; fault < RUN_VALIDITY_FAULT_COUNT; fault++)
		if (size < RUN_VALIDITY_TEXT_BYTES - RUN_VALIDITY_REASON_BYTES &&
		    run_validity_has(validity, (enum run_validity_fault)fault))
			size += (size_t)snprintf(text + size, RUN_VALIDITY_TEXT_BYTES - size,
						 "%s%s", size > 0 ? "; " : "",
						 run_validity_reason(validity,
								     (enum run_validity_fault)fault,
								     reason));
}

/* The kernel's texts. */

int64_t run_validity_read_schedstat(const char *text)
{
	unsigned long long ran_ns, waited_ns, slices;

	if (sscanf(text, "%llu %llu %llu", &ran_ns, &waited_ns, &slices) != 3)
		return -1;
	return waited_ns <= INT64_MAX ? (int64_t)waited_ns : -1;
}

bool run_validity_read_stat(const char *text, uint64_t *steal_ticks, uint64_t *ticks)
{
	const char *at = text + 4;

	*steal_ticks = *ticks = 0;
	if (strncmp(text, "cpu ", 4) != 0)
		return false;
	for (int field = 0; field < STAT_FIELDS; field++) {
		char *end;
		unsigned long long value;

		at += strspn(at, " ");
		if (!isdigit((unsigned char)*at))
			return false;
		value = strtoull(at, &end, 10);
		at = end;
		*ticks += value;
		if (field == STEAL_FIELD)
			*steal_ticks = value;
	}
	return true;
}

static bool read_line(const char *path, char text[static TEXT_BYTES])
{
	FILE *file = fopen(path, "re");
	bool is_read = file && fgets(text, TEXT_BYTES, file);

	if (file)
		fclose(file);
	return is_read;
}

/* Sum over all threads. */
static int64_t waited_ns(pid_t pid)
{
	char path[64], text[TEXT_BYTES];
	const struct dirent *entry;
	int64_t sum_ns = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = pid > 0 ? opendir(path) : NULL;
	if (!tasks)
		return -1;
	while ((entry = readdir(tasks)) && sum_ns >= 0) {
		int64_t one_ns = -1;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%.20s/schedstat", (int)pid,
			 entry->d_name);
		if (read_line(path, text))
			one_ns = run_validity_read_schedstat(text);
		sum_ns = one_ns < 0 ? -1 : sum_ns + one_ns;
	}
	closedir(tasks);
	return sum_ns;
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now = { 0 };

	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

struct run_validity_look run_validity_look(pid_t generator, pid_t relay)
{
	struct run_validity_look look = { .generator_waited_ns = waited_ns(generator),
					  .relay_waited_ns = waited_ns(relay) };
	char text[TEXT_BYTES];
	int64_t again_ns;

	if (!read_line("/proc/stat", text) ||
	    !run_validity_read_stat(text, &look.steal_ticks, &look.ticks))
		look.ticks = 0;
	/* The wall clock as of the middle of two readings of the other; a long gap is read again.
	 */
	for (int tries = 0; tries < 5; tries++) {
		look.monotonic_ns = clock_ns(CLOCK_MONOTONIC);
		look.wall_ns = clock_ns(CLOCK_REALTIME);
		again_ns = clock_ns(CLOCK_MONOTONIC);
		look.monotonic_ns += (again_ns - look.monotonic_ns) / 2;
		if (again_ns - look.monotonic_ns < 10000)
			break;
	}
	return look;
}

static double wait_share(int64_t start_ns, int64_t end_ns, int64_t window_ns)
{
	if (start_ns < 0 || end_ns < start_ns || window_ns <= 0)
		return NAN;
	return (double)(end_ns - start_ns) / (double)window_ns;
}

void run_validity_between(struct run_validity *validity, const struct run_validity_look *start,
			  const struct run_validity_look *end)
{
	const int64_t window_ns = end->monotonic_ns - start->monotonic_ns;

	validity->generator_wait_share =
		wait_share(start->generator_waited_ns, end->generator_waited_ns, window_ns);
	validity->relay_wait_share =
		wait_share(start->relay_waited_ns, end->relay_waited_ns, window_ns);
	validity->steal_share = NAN;
	if (start->ticks > 0 && end->ticks > start->ticks && end->steal_ticks >= start->steal_ticks)
		validity->steal_share = (double)(end->steal_ticks - start->steal_ticks) /
					(double)(end->ticks - start->ticks);
	validity->clock_step_us = (end->wall_ns - start->wall_ns - window_ns) / 1000;
}
