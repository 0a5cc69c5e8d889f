/*
 * charges: what a relay's ledger has against its members: messages over the rate, malformed, out of
 * place, and whom it sent away, each by its reason.
 */
#ifndef STARLING_BENCH_CHARGES_H
#define STARLING_BENCH_CHARGES_H

#include <stddef.h>

#include "proto/wire/wire.h"

enum {
	CHARGES_FIXED = 6, /* those that are no list by reason */
	CHARGES_COUNT = CHARGES_FIXED + (WIRE_ERROR_COUNT - 1) + WIRE_REASON_COUNT,
	CHARGES_NAME_BYTES = 48,
};

struct cJSON;

/* Counts, NAN where the relay does not say. */
struct charges {
	double counts[CHARGES_COUNT];
};

/* As in a result file: "ledger_messages_rate_limited", "ledger_malformed_short". */
const char *charges_name(size_t n, char name[static CHARGES_NAME_BYTES]);

/* Of what a relay says as it stops, `starlingd --json`; NULL is allowed. */
struct charges charges_read(const struct cJSON *report);

/* Sums: of messages over the rate, of those that could not be read or may not be said, of REPORTs
 * that were ignored, of times that a member began to be sent little, and was sent away. */
double charges_rate_limited(const struct charges *charges);
double charges_malformed(const struct charges *charges);
double charges_ignored(const struct charges *charges);
double charges_slowed(const struct charges *charges);
double charges_sent_away(const struct charges *charges);

#endif
