/*
 * bottleneck: a member at the end of a line with an endless queue, computed in virtual time: what
 * its budget lets through goes to it, and it reports what came. For tests of the budget's rules.
 *
 * One at a time: it is in `line`.
 */
#ifndef STARLING_TESTS_BOTTLENECK_H
#define STARLING_TESTS_BOTTLENECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay/peer/budget.h"
#include "tests/seed.h"

#define MS INT64_C(1000000)

enum {
	START_MS = 5000, /* the time when it begins */
	REPORT_EVERY_MS = 100,
	SNAPSHOT_EVERY_MS = 5, /* of line.bytes; as far as there is budget */
	PATH_MS = 20,          /* each way, without a queue */
};

/* What becomes of a SNAPSHOT. */
struct way {
	int64_t leaves_ns, arrives_ns; /* the bottleneck; at the member */
	bool is_done;                  /* lost, or taken */
};

/* A member at the end of a bottleneck with an endless queue, which reports what comes. */
struct line {
	struct budget budget;
	int64_t now_ns;
	double rate;                        /* bytes a second; 0: no bottleneck */
	unsigned loss_part;                 /* every so-manieth is lost; 0: none */
	unsigned loss_per_mille, jitter_ms; /* by chance; up to so much more delay */
	struct seed seed;
	int64_t path_ns;
	int64_t late_ns, told_late_ns; /* what the relay sends leaves so late; what it knows of */
	size_t bytes;                  /* of each SNAPSHOT */
	uint16_t next_number;
	uint64_t offered, refused, entered;
	double free_ns; /* when the bottleneck will be free */
	int64_t clock_off_us;
	struct way way[65536]; /* by number */
	uint64_t arrived;      /* index of the first that has not */
	uint64_t newest;
	bool has_newest;
	struct wire_report report;
	int64_t next_report_ns;
	bool is_silent;
};

extern struct line line;

/*
 * A new line of so many bytes a second (0: any), on which every `loss_part`th SNAPSHOT is lost (0:
 * none), with a budget of `most` bytes a second (0: no limit). What else is to be different is set
 * in `line` afterwards.
 */
void bottleneck_start(double rate, unsigned loss_part, unsigned most);

/* Lets so much time pass. */
void bottleneck_run(double seconds);

/* How long what enters the queue now will be in it. */
double bottleneck_queue_ms(void);

/* The share of what was offered that went, over the next seconds; and the longest queue. */
double bottleneck_share(double seconds, double *longest_queue_ms);

#endif
