#include "bench/contrast_rows.h"

#include <inttypes.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "bench/bursts.h"
#include "proto/version.h"

#define SHORT_TEXT "a sequenced channel carried fewer than 65536 packets"

/* One figure of a row; the same in JSON and CSV. */
struct figure {
	const char *name;
	double value;
};

enum {
	FIGURES = 57,
};

static void collect(const struct trial_result *result, struct figure figures[FIGURES])
{
	const struct figure all[FIGURES] = {
		{ "due", (double)result->due },
		{ "delivered", (double)result->delivered },
		{ "late", (double)result->late },
		{ "lost", (double)result->lost },
		{ "skipped", (double)result->skipped },
		{ "duplicates", (double)result->duplicates },
		{ "throttled", (double)result->throttled },
		{ "events_due", (double)result->events_due },
		{ "events_delivered", (double)result->events_delivered },
		{ "delay_count", (double)result->delays },
		{ "delay_p50_us", (double)result->delay_p50_us },
		{ "delay_p99_us", (double)result->delay_p99_us },
		{ "delay_p999_us", (double)result->delay_p999_us },
		{ "age_p50_us", (double)result->age_p50_us },
		{ "age_p95_us", (double)result->age_p95_us },
		{ "age_p99_us", (double)result->age_p99_us },
		{ "age_max_us", (double)result->age_max_us },
		{ "stalls", (double)result->stalls },
		{ "longest_stall_us", (double)result->longest_stall_us },
		{ "datagrams", (double)result->datagrams },
		{ "bytes", (double)result->bytes },
		{ "up_entered", (double)result->up.entered },
		{ "up_lost", (double)(result->up.lost + result->up.lost_blackout) },
		{ "up_lost_queue", (double)result->up.lost_queue },
		{ "down_entered", (double)result->down.entered },
		{ "down_lost", (double)(result->down.lost + result->down.lost_blackout) },
		{ "down_lost_queue", (double)result->down.lost_queue },
		{ "rejoins", (double)result->rejoins },
		{ "channel_packets", (double)result->channel_packets },
		{ "simulated_s", result->simulated_s },
		{ "age_above_50ms", result->age_above[0] },
		{ "age_above_100ms", result->age_above[1] },
		{ "age_above_250ms", result->age_above[2] },
		{ "worst_age_p99_us", (double)result->worst_age_p99_us },
		{ "worst_age_receiver", (double)result->worst_age_receiver },
		{ "worst_loss", result->worst_loss },
		{ "worst_loss_receiver", (double)result->worst_loss_receiver },
		{ "jitter_median_us", (double)result->jitter_median_us },
		{ "jitter_worst_us", (double)result->jitter_worst_us },
		{ "pdv_p50_us", (double)result->pdv_p50_us },
		{ "pdv_p99_us", (double)result->pdv_p99_us },
		{ "loss_periods", (double)result->loss_periods },
		{ "loss_period_mean", contrast_burst_mean(result) },
		{ "loss_period_longest", (double)result->loss_longest },
		{ "loss_noticeable", (double)result->loss_noticeable },
		{ "reordered", (double)result->reordered },
		{ "reorder_extent_p99", (double)result->reorder_p99 },
		{ "reorder_extent_max", (double)result->reorder_max },
		{ "hol_count", (double)result->waits },
		{ "hol_waited", (double)result->waited },
		{ "hol_p50_us", (double)result->wait_p50_us },
		{ "hol_p99_us", (double)result->wait_p99_us },
		{ "hol_max_us", (double)result->wait_max_us },
		{ "useful_bytes", (double)result->useful_bytes },
		{ "bytes_per_update", contrast_bytes_an_update(result) },
		{ "bytes_per_useful_byte", contrast_bytes_a_useful_byte(result) },
		{ "datagrams_per_update", contrast_datagrams_an_update(result) },
	};

	_Static_assert(sizeof(all) / sizeof(all[0]) == FIGURES, "each figure has its place");

	for (size_t i = 0; i < FIGURES; i++)
		figures[i] = all[i];
}

static void format_digest(char text[17], const struct trial_result *result)
{
	snprintf(text, 17, "%016" PRIx64, result->digest);
}

static const char *scenario_name(const struct contrast_line *line)
{
	return line->scenario ? line->scenario->name : "";
}

/* JSON. */

static void add_result(cJSON *list, const struct contrast *contrast, size_t line, size_t carrier)
{
	const struct trial_result *result = contrast_row(contrast, line, carrier);
	struct figure figures[FIGURES];
	cJSON *row = cJSON_CreateObject();
	char digest[17];

	format_digest(digest, result);
	collect(result, figures);
	if (contrast->lines[line].scenario)
		cJSON_AddStringToObject(row, "scenario", scenario_name(&contrast->lines[line]));
	cJSON_AddStringToObject(row, "line", contrast->lines[line].text);
	cJSON_AddStringToObject(row, "mode", trial_carrier_text(contrast->carriers[carrier]));
	for (size_t i = 0; i < FIGURES; i++)
		cJSON_AddNumberToObject(row, figures[i].name, figures[i].value);
	cJSON_AddBoolToObject(row, "valid", contrast_is_valid(contrast, result));
	if (!contrast_is_valid(contrast, result))
		cJSON_AddStringToObject(row, "reason", SHORT_TEXT);
	else if (contrast_is_short(result))
		cJSON_AddStringToObject(row, "note", SHORT_TEXT);
	cJSON_AddStringToObject(row, "digest", digest);
	cJSON_AddItemToArray(list, row);
}

static void add_parameters(cJSON *document, const struct contrast *contrast)
{
	const struct trial_config *trial = &contrast->trial;

	cJSON_AddNumberToObject(document, "seed", (double)trial->seed);
	cJSON_AddNumberToObject(document, "members", (double)trial->members);
	cJSON_AddNumberToObject(document, "rate_hz", trial->rate_hz);
	cJSON_AddNumberToObject(document, "event_hz", trial->event_hz);
	cJSON_AddNumberToObject(document, "tick_hz", trial->tick_hz);
	cJSON_AddNumberToObject(document, "seconds", trial->seconds);
	cJSON_AddNumberToObject(document, "redundancy", (double)trial->redundancy);
	cJSON_AddNumberToObject(document, "payload_bytes", (double)trial->payload_bytes);
	cJSON_AddStringToObject(document, "motion",
				contrast->trace_path ? contrast->trace_path : "flock");
	cJSON_AddBoolToObject(document, "strict", contrast->is_strict);
	cJSON_AddNumberToObject(document, "stall_bound_ms", TRIAL_STALL_MS);
	cJSON_AddNumberToObject(document, "noticeable_delta", BURSTS_DELTA);
}

void contrast_print_json(const struct contrast *contrast)
{
	cJSON *document = cJSON_CreateObject(), *list;
	char *text;

	cJSON_AddStringToObject(document, "program", "starling-bench contrast --sim");
	cJSON_AddStringToObject(document, "version", VERSION_TEXT);
	add_parameters(document, contrast);
	cJSON_AddBoolToObject(document, "valid", contrast_are_all_valid(contrast));
	list = cJSON_AddArrayToObject(document, "results");
	for (size_t line = 0; line < contrast->line_count; line++)
		for (size_t i = 0; i < contrast->carrier_count; i++)
			add_result(list, contrast, line, i);
	text = cJSON_Print(document);
	printf("%s\n", text ? text : "{}");
	cJSON_free(text);
	cJSON_Delete(document);
}

/* CSV, as RFC 4180 has it, but for the line ends. */

/* In quotes, those in it doubled. */
static void print_quoted(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	printf("\",");
}

static void print_names(void)
{
	const struct trial_result nothing = { 0 };
	struct figure figures[FIGURES];

	collect(&nothing, figures);
	printf("version,seed,members,rate_hz,event_hz,tick_hz,seconds,redundancy,payload_bytes,"
	       "motion,scenario,line,mode,");
	for (size_t i = 0; i < FIGURES; i++)
		printf("%s,", figures[i].name);
	printf("valid,short,digest\n");
}

static void print_record(const struct contrast *contrast, size_t line, size_t carrier)
{
	const struct trial_config *trial = &contrast->trial;
	const struct trial_result *result = contrast_row(contrast, line, carrier);
	struct figure figures[FIGURES];
	char digest[17];

	format_digest(digest, result);
	collect(result, figures);
	printf("%s,%" PRIu64 ",%zu,%g,%g,%g,%g,%zu,%zu,", VERSION_TEXT, trial->seed, trial->members,
	       trial->rate_hz, trial->event_hz, trial->tick_hz, trial->seconds, trial->redundancy,
	       trial->payload_bytes);
	print_quoted(contrast->trace_path ? contrast->trace_path : "flock");
	print_quoted(scenario_name(&contrast->lines[line]));
	print_quoted(contrast->lines[line].text);
	printf("%s,", trial_carrier_text(contrast->carriers[carrier]));
	for (size_t i = 0; i < FIGURES; i++)
		printf("%.17g,", figures[i].value);
	printf("%d,%d,%s\n", contrast_is_valid(contrast, result), contrast_is_short(result),
	       digest);
}

void contrast_print_csv(const struct contrast *contrast)
{
	print_names();
	for (size_t line = 0; line < contrast->line_count; line++)
		for (size_t i = 0; i < contrast->carrier_count; i++)
			print_record(contrast, line, i);
}
