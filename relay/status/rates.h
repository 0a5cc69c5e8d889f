/* rates: what happened in a second lately, from two counts at least a second apart. */
#ifndef STARLING_RELAY_STATUS_RATES_H
#define STARLING_RELAY_STATUS_RATES_H

#include <stdbool.h>
#include <stdint.h>

#include "relay/status/counts.h"

enum rate {
	RATE_DATAGRAMS_IN,
	RATE_DATAGRAMS_OUT,
	RATE_BYTES_IN,
	RATE_BYTES_OUT,
	RATE_UPDATES_IN,
	RATE_UPDATES_OUT,
	RATE_CPU_SHARE,
	RATES,
};

struct rate_mark {
	int64_t at_ns; /* 0: none yet */
	double totals[RATES];
};

/* {0} knows nothing yet. */
struct rates {
	struct rate_mark marks[2]; /* the newest, and one that is a second older */
	double a_second[RATES];
	bool is_known;
};

const char *rate_name(enum rate rate);

void rates_note(struct rates *rates, const struct counts *counts, int64_t at_ns);

#endif
