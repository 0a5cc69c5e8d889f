/*
 * lab_report: the lab's figures once a second: as a table that stays in its place on a terminal, or
 * as a line of JSON.
 */
#ifndef STARLING_CLIENT_LAB_LAB_REPORT_H
#define STARLING_CLIENT_LAB_LAB_REPORT_H

#include <stdbool.h>

#include "client/lab/view.h"

/* A receiver's ages since the last line, sampled. */
struct lab_ages {
	double sum_ms,
		parts_ms[AGE_PARTS]; /* sums; those of the parts add up to that of the ages */
	unsigned count;
};

struct lab_report {
	const struct view *view;
	const char *link; /* its text */
	double seconds, rate_hz;
	int64_t now_ns;
	struct lab_ages ages[LAB_WAYS];
};

/* One line on stdout. False: no memory. */
bool lab_report_json(const struct lab_report *report);

/* The table on stdout. `again`: over the one before it. */
void lab_report_table(const struct lab_report *report, bool again);

#endif
