/*
 * report: time, uptime, rooms and counters of the relay, on SIGUSR1 and at its end: as a table for
 * people, or as one line of JSON for programs.
 */
#ifndef STARLING_RELAY_STATUS_REPORT_H
#define STARLING_RELAY_STATUS_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "relay/relay.h"
#include "relay/status/counts.h"

enum {
	REPORT_ROOMS_MAX = 64, /* listed by name; the others are counted */
};

struct report {
	int64_t uptime_ns;
	const struct relay *relay; /* whose rooms are listed */
	const struct counts *counts;
};

/* False: no memory, and the report is not whole. */
bool report_print(FILE *out, bool json, const struct report *report);

#endif
