/*
 * report: the summary at the end of a subcommand, on stdout: a table of one line a figure, or one
 * JSON object.
 */
#ifndef STARLING_CLIENT_REPORT_H
#define STARLING_CLIENT_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "client/sessions/session_pool.h"

enum {
	REPORT_ROWS_MAX = 64,
	REPORT_TEXT_BYTES = 32,
};

struct report_row {
	char key[REPORT_TEXT_BYTES];   /* in JSON: "rtt_mean_ms" */
	char label[REPORT_TEXT_BYTES]; /* in the table: "round trip, mean" */
	const char *unit;              /* in the table: "ms"; "": a count */
	double value;                  /* negative: not known (JSON null) */
	int digits;                    /* after the decimal point */
};

struct report {
	struct report_row rows[REPORT_ROWS_MAX];
	size_t count;
};

/* Adds a row; beyond REPORT_ROWS_MAX it is dropped. The unit is borrowed, the texts are copied. */
void report_add(struct report *report, const char *key, const char *label, const char *unit,
		double value, int digits);

/*
 * Adds the totals of a session pool: clients, updates sent, received, late, lost, ..., round trips.
 */
void report_add_totals(struct report *report, const struct session_pool_totals *totals);

/*
 * Adds the impairment's counts, if there is any: impair_in_entered, ..., impair_out_delay_max_us.
 */
void report_add_impairment(struct report *report, const struct impairment *impairment);

/* Prints to stdout. 0, or -ENOMEM. */
int report_print(const struct report *report, bool as_json);

#endif
