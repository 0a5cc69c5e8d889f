/*
 * counters: the one table of what a relay counts: how a report and how the metrics call each count,
 * and where it is read. A new counter is a row here, and is in both.
 */
#ifndef STARLING_RELAY_STATUS_COUNTERS_H
#define STARLING_RELAY_STATUS_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay/status/counts.h"

/* The group of what the guard refused, which a report for people has in one line. */
#define COUNTERS_REFUSED "refused_datagrams"

enum {
	COUNTERS_ALWAYS = 0, /* as `when` */
};

/* One count, or several of a kind. Rows of one metric stand together. */
struct counter {
	const char *group, *name;  /* in a report; with `series` the name is that */
	const char *metric, *help; /* as Prometheus has it, "starling_" left out; HELP of the first
				      row of a metric counts */
	const char *label;         /* NULL: none; of a single row "KEY=\"VALUE\"", else the key */
	bool is_gauge;             /* it may go down */
	bool is_rare;              /* a report for people leaves it out while it is 0 */
	double unit;               /* of one count, in the metric's unit; 0: 1 */

	size_t at, bytes;     /* of the first count, in struct counts; of each */
	unsigned first, next; /* of several: the first, and the one behind the last; else 0 */
	const char *(*series)(unsigned number);
	uint64_t (*read)(const struct counts *counts, unsigned number); /* instead of `at` */
	size_t when; /* of a bool in struct counts, without which there is no such count */
};

extern const struct counter counters[];
extern const size_t counters_count;

/* Whether this relay has it. */
bool counters_has(const struct counter *counter, const struct counts *counts);

/* `number`: of several, from `first` to before `next`; else 0. */
uint64_t counters_read(const struct counter *counter, const struct counts *counts, unsigned number);

#endif
