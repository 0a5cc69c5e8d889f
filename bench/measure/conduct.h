/*
 * conduct: whether a measurement was made as it should be. The bench watches itself over the
 * measured window and says what was wrong, in words; figures of a run with a fault are printed all
 * the same, and marked not valid.
 */
#ifndef STARLING_BENCH_CONDUCT_H
#define STARLING_BENCH_CONDUCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	CONDUCT_LATE_MAX_US = 1000,       /* sends, or what lines hand on, later than this at p99 */
	CONDUCT_CLOCK_STEP_MAX_US = 1000, /* of the wall clock against the monotonic one */
	CONDUCT_SEQUENCED_MIN = 65536,    /* packets of a sequenced channel: its numbers go round */
	CONDUCT_REASON_BYTES = 160,
};

/* Time that a process was ready to run and waited for a processor, as a share of the window. */
#define CONDUCT_WAIT_MAX_SHARE 0.05
/* Time that the hypervisor gave to others, as a share of all processors' time. */
#define CONDUCT_STEAL_MAX_SHARE 0.01

enum conduct_fault {
	CONDUCT_LATE,             /* the generator sent late */
	CONDUCT_LINES_LATE,       /* what makes its lines bad handed on late */
	CONDUCT_DROPS,            /* its own sockets had no room for what came */
	CONDUCT_GENERATOR_WAITED, /* it was not given a processor */
	CONDUCT_RELAY_WAITED,
	CONDUCT_STEAL,
	CONDUCT_CLOCK_STEP,
	CONDUCT_SHORT, /* a sequenced channel had too few packets */
	CONDUCT_FAULT_COUNT,
};

/* What was seen over one window. {0} has no fault; NAN: could not be measured, and is no fault. */
struct conduct {
	int64_t late_p99_us, lines_late_p99_us;
	uint64_t own_drops;
	double generator_wait_share, relay_wait_share, steal_share;
	int64_t clock_step_us; /* of either sign */
	/* The fewest packets that a sequenced channel carried; 0: none was sequenced. */
	uint64_t sequenced_packets;
};

bool conduct_has(const struct conduct *conduct, enum conduct_fault fault);
bool conduct_is_good(const struct conduct *conduct);
/*
 * Whether others on the machine spoiled it (lateness, waiting, the hypervisor's share, a step of
 * the clock), or may have: the same may be measured as it should be a moment later. What the
 * bench's own sockets or too short a run bring about would be so again.
 */
bool conduct_is_spoiled(const struct conduct *conduct);

/* What is wrong, with the figure and the bound: "the generator sent 2.10 ms late (p99, bound 1
 * ms)". Returns `text`. */
const char *conduct_reason(const struct conduct *conduct, enum conduct_fault fault,
			   char text[static CONDUCT_REASON_BYTES]);
/* The same for several runs, without figures: "the generator sent over 1 ms late (p99)". */
const char *conduct_fault_text(enum conduct_fault fault);

/* One look at the machine and two processes. */
struct conduct_look {
	int64_t monotonic_ns, wall_ns;
	uint64_t steal_ticks, ticks;                  /* of all processors; ticks 0: not known */
	int64_t generator_waited_ns, relay_waited_ns; /* -1: not known */
};

/* `relay` 0: not ours to ask, or of many threads, which wait for each other. */
struct conduct_look conduct_look(pid_t generator, pid_t relay);

/* Fills in what two looks tell, the window's start and end; the rest stays as it is. */
void conduct_between(struct conduct *conduct, const struct conduct_look *start,
		     const struct conduct_look *end);

/*
 * /proc/PID/task/TID/schedstat (Documentation/scheduler/sched-stats.rst): the second number, the
 * time spent waiting on a run queue. -1 when the text is another.
 */
int64_t conduct_read_schedstat(const char *text);
/* The first line of /proc/stat (proc(5)): steal, and the sum of all; guests' time is in user. False
 * when the text is another. */
bool conduct_read_stat(const char *text, uint64_t *steal_ticks, uint64_t *ticks);

#endif
