#include "bench/comparison.h"

#include <math.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "proto/version.h"

/* cJSON writes what is not finite as null. */
static void add_number(cJSON *object, const char *name, double value)
{
	cJSON_AddNumberToObject(object, name, value);
}

static void add_repetition(cJSON *list, const struct comparison_row *row, unsigned i)
{
	const struct generator_result *result = &row->bouts[i].load;
	cJSON *object = cJSON_CreateObject();

	add_number(object, "due", (double)result->due);
	add_number(object, "delivered", (double)result->delivered);
	add_number(object, "loss", comparison_loss(result));
	add_number(object, "cpu_us_per_update", comparison_cpu_us(result));
	add_number(object, "relay_cpu_us", (double)result->relay_cpu_ns / 1e3);
	add_number(object, "window_us", (double)result->window_ns / 1e3);
	if (row->contender.kind == GENERATOR_TCP)
		cJSON_AddNullToObject(object, "datagrams");
	else
		add_number(object, "datagrams", (double)result->datagrams);
	add_number(object, "bytes", (double)result->bytes);
	add_number(object, "p50_us", (double)result->p50_us);
	add_number(object, "p99_us", (double)result->p99_us);
	add_number(object, "p999_us", (double)result->p999_us);
	add_number(object, "max_us", (double)result->max_us);
	add_number(object, "late_p99_us", (double)result->late_p99_us);
	add_number(object, "late_max_us", (double)result->late_max_us);
	add_number(object, "own_drops", (double)result->own_drops);
	add_number(object, "peak_bytes", (double)row->bouts[i].peak_bytes);
	cJSON_AddItemToArray(list, object);
}

static void add_spread(cJSON *object, const char *name, struct spread spread)
{
	cJSON *list = cJSON_AddObjectToObject(object, name);

	add_number(list, "median", spread.median);
	add_number(list, "min", spread.min);
	add_number(list, "max", spread.max);
}

static void add_row(cJSON *list, const struct comparison *c, const struct comparison_row *row)
{
	cJSON *object = cJSON_CreateObject(), *repetitions;
	double cpu_us[SPREAD_MAX], base_us[SPREAD_MAX];

	for (unsigned i = 0; i < c->finished; i++) {
		cpu_us[i] = comparison_cpu_us(&row->bouts[i].load);
		base_us[i] = comparison_cpu_us(&c->rows[0].bouts[i].load);
	}
	cJSON_AddStringToObject(object, "contender", row->contender.label);
	cJSON_AddStringToObject(object, "program", row->contender.program);
	if (row->contender.tick_hz < 0)
		cJSON_AddStringToObject(object, "tick_hz", "auto");
	else
		add_number(object, "tick_hz", row->contender.tick_hz);
	cJSON_AddBoolToObject(object, "valid",
			      !comparison_late(c, row) && !comparison_dropped(c, row));
	add_spread(object, "cpu_us_per_update", spread_of(cpu_us, c->finished));
	add_spread(object, "ratio", spread_of_ratio(cpu_us, base_us, c->finished));
	repetitions = cJSON_AddArrayToObject(object, "repetitions");
	for (unsigned i = 0; i < c->finished; i++)
		add_repetition(repetitions, row, i);
	cJSON_AddItemToArray(list, object);
}

void comparison_print_json(const struct comparison *c)
{
	cJSON *document = cJSON_CreateObject(), *list;
	char *text;

	cJSON_AddStringToObject(document, "program", "starling-bench compare");
	cJSON_AddStringToObject(document, "version", VERSION_TEXT);
	add_number(document, "seed", (double)c->seed);
	add_number(document, "members", c->members);
	add_number(document, "rate_hz", c->rate_hz);
	add_number(document, "seconds", c->seconds);
	add_number(document, "warm_up_s", GENERATOR_WARM_UP_S);
	add_number(document, "repeat", c->repeat);
	add_number(document, "finished", c->finished);
	cJSON_AddBoolToObject(document, "pinned", c->is_pinned);
	cJSON_AddBoolToObject(document, "valid", comparison_is_valid(c));
	list = cJSON_AddArrayToObject(document, "contenders");
	for (unsigned i = 0; i < c->row_count; i++)
		add_row(list, c, &c->rows[i]);
	text = cJSON_Print(document);
	printf("%s\n", text ? text : "{}");
	cJSON_free(text);
	cJSON_Delete(document);
}
