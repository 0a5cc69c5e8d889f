/*
 * run_validity: whether a measurement was made as it should be. The bench watches itself over the
 * measured window and says what was wrong, in words; figures of a run with a fault are printed all
 * the same, and marked not valid.
 */
#ifndef STARLING_BENCH_RUN_VALIDITY_H
#define STARLING_BENCH_RUN_VALIDITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	RUN_VALIDITY_LATE_MAX_US = 1000, /* sends, or what links hand on, later than this at p99 */
	RUN_VALIDITY_CLOCK_STEP_MAX_US = 1000, /* of the wall clock against the monotonic one */
	RUN_VALIDITY_SEQUENCED_MIN =
		65536, /* packets of a sequenced channel: its numbers go round */
	RUN_VALIDITY_REASON_BYTES = 160,
	RUN_VALIDITY_TEXT_BYTES = 512,
};

/* Time that a process was ready to run and waited for a processor, as a share of the window. */
#define RUN_VALIDITY_WAIT_MAX_SHARE 0.05
/* Time that the hypervisor gave to others, as a share of all processors' time. */
#define RUN_VALIDITY_STEAL_MAX_SHARE 0.01

enum run_validity_fault {
	RUN_VALIDITY_LATE,             /* the generator sent late */
	RUN_VALIDITY_LINKS_LATE,       /* what makes its links bad handed on late */
	RUN_VALIDITY_DROPS,            /* its own sockets had no room for what came */
	RUN_VALIDITY_GENERATOR_WAITED, /* it was not given a processor */
	RUN_VALIDITY_RELAY_WAITED,
	RUN_VALIDITY_STEAL,
	RUN_VALIDITY_CLOCK_STEP,
	RUN_VALIDITY_SHORT, /* a sequenced channel had too few packets */
	RUN_VALIDITY_FAULT_COUNT,
};

/* One window, as it was seen. {0} has no fault; NAN: could not be measured, and is no fault. */
struct run_validity {
	int64_t late_p99_us, links_late_p99_us;
	uint64_t own_drops;
	double generator_wait_share, relay_wait_share, steal_share;
	int64_t clock_step_us; /* of either sign */
	/* The fewest packets that a sequenced channel carried; 0: none was sequenced. */
	uint64_t sequenced_packets;
};

bool run_validity_has(const struct run_validity *validity, enum run_validity_fault fault);
bool run_validity_is_good(const struct run_validity *validity);
/*
 * Whether others on the machine spoiled it (lateness, waiting, the hypervisor's share, a step of
 * the clock), or may have: another try may be good a moment later. Faults of the
 * bench's own sockets, or of too short a run, would come again.
 */
bool run_validity_is_spoiled(const struct run_validity *validity);

/* The fault, with the figure and the bound: "the generator sent 2.10 ms late (p99, bound 1
 * ms)". Returns `text`. */
const char *run_validity_reason(const struct run_validity *validity, enum run_validity_fault fault,
				char text[static RUN_VALIDITY_REASON_BYTES]);
/* All that is wrong, with semicolons between; "" where nothing is. */
void run_validity_describe(const struct run_validity *validity,
			   char text[static RUN_VALIDITY_TEXT_BYTES]);
/* As run_validity_reason for several runs, without figures: "the generator sent over 1 ms late
 * (p99)". */
const char *run_validity_fault_text(enum run_validity_fault fault);

/* One look at the machine and two processes. */
struct run_validity_look {
	int64_t monotonic_ns, wall_ns;
	uint64_t steal_ticks, ticks;                  /* of all processors; ticks 0: not known */
	int64_t generator_waited_ns, relay_waited_ns; /* -1: not known */
};

/* `relay` 0: not ours to ask, or of many threads, which wait for each other. */
struct run_validity_look run_validity_look(pid_t generator, pid_t relay);

/* Fills in what two looks tell, the window's start and end; the rest stays as it is. */
void run_validity_between(struct run_validity *validity, const struct run_validity_look *start,
			  const struct run_validity_look *end);

/*
 * /proc/PID/task/TID/schedstat (Documentation/scheduler/sched-stats.rst): the second number, the
 * time spent waiting on a run queue. -1 when the text is another.
 */
int64_t run_validity_read_schedstat(const char *text);
/* The first line of /proc/stat (proc(5)): steal, and the sum of all; guests' time is in user. False
 * when the text is another. */
bool run_validity_read_stat(const char *text, uint64_t *steal_ticks, uint64_t *ticks);

#endif
