#include "bench/servers/charges.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>

/* Where they stand in the relay's report, before those by reason. */
static const struct {
	const char *group, *name;
} fixed[CHARGES_FIXED] = {
	{ "messages", "rate_limited" }, { "messages", "out_of_place" }, { "reports", "ignored" },
	{ "messages", "slowed" },       { "deliveries", "over_limit" }, { "total", "strangers" },
};

enum {
	RATE_LIMITED = 0,
	OUT_OF_PLACE = 1,
	IGNORED = 2,
	SLOWED = 3,
	MALFORMED = CHARGES_FIXED, /* the first */
	PARTED = MALFORMED + WIRE_ERROR_COUNT - 1,
};

static const char *group_of(size_t n)
{
	if (n < CHARGES_FIXED)
		return fixed[n].group;
	return n < PARTED ? "malformed" : "parted";
}

static const char *name_of(size_t n)
{
	if (n < CHARGES_FIXED)
		return fixed[n].name;
	return n < PARTED ? wire_error_name((enum wire_error)(n - MALFORMED + 1))
			  : wire_reason_name((enum wire_reason)(n - PARTED));
}

const char *charges_name(size_t n, char name[static CHARGES_NAME_BYTES])
{
	snprintf(name, CHARGES_NAME_BYTES, "ledger_%s_%s", group_of(n), name_of(n));
	for (char *at = name; *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
	return name;
}

struct charges charges_read(const struct cJSON *report)
{
	struct charges charges;

	for (size_t n = 0; n < CHARGES_COUNT; n++) {
		const cJSON *group = cJSON_GetObjectItemCaseSensitive(report, group_of(n));
		const cJSON *item = cJSON_GetObjectItemCaseSensitive(group, name_of(n));

		charges.counts[n] = cJSON_IsNumber(item) ? item->valuedouble : NAN;
	}
	return charges;
}

double charges_rate_limited(const struct charges *charges)
{
	return charges->counts[RATE_LIMITED];
}

double charges_malformed(const struct charges *charges)
{
	double sum = charges->counts[OUT_OF_PLACE];

	for (size_t n = MALFORMED; n < PARTED; n++)
		sum += charges->counts[n];
	return sum;
}

double charges_ignored(const struct charges *charges)
{
	return charges->counts[IGNORED];
}

double charges_slowed(const struct charges *charges)
{
	return charges->counts[SLOWED];
}

/* Not those that left, were lost, or heard that the relay stops. */
double charges_sent_away(const struct charges *charges)
{
	static const enum wire_reason own[] = { WIRE_REASON_LEFT, WIRE_REASON_LOST,
						WIRE_REASON_STOPPING, WIRE_REASON_CLOSING };
	double sum = 0;

	for (size_t n = PARTED; n < CHARGES_COUNT; n++)
		sum += charges->counts[n];
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		sum -= charges->counts[PARTED + own[i]];
	return sum;
}
