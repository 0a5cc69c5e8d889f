#include "client/lab/lab_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "client/lab/explain.h"
#include "proto/cli/output.h"

enum {
	TABLE_LINES = 2 + 2 * LAB_WAYS,
};

static double mean_ms(const struct lab_ages *ages)
{
	return ages->count > 0 ? ages->sum_ms / ages->count : -1;
}

static void explain_now(const struct lab_report *report, enum lab_way way,
			char text[static LAB_TEXT_BYTES])
{
	explain(report->view, way, (int64_t)(1e9 / report->rate_hz), report->now_ns, text);
}

/* Lengths of time and space with as many digits as a reader can use. */
static double rounded(double value)
{
	return (double)(int64_t)(value * 1000 + 0.5) / 1000;
}

static void add_parts(cJSON *parent, const struct lab_ages *ages)
{
	cJSON *json = cJSON_AddObjectToObject(parent, "parts_ms");

	for (unsigned part = 0; part < AGE_PARTS; part++)
		cJSON_AddNumberToObject(json, age_part_name((enum age_part)part),
					rounded(ages->parts_ms[part] / ages->count));
}

static cJSON *way_json(const struct lab_report *report, enum lab_way way)
{
	const struct view_receiver *receiver = &report->view->receivers[way];
	const double age_ms = mean_ms(&report->ages[way]);
	char text[LAB_TEXT_BYTES];
	cJSON *json = cJSON_CreateObject();

	explain_now(report, way, text);
	cJSON_AddStringToObject(json, "way", explain_way(way));
	if (age_ms >= 0) {
		cJSON_AddNumberToObject(json, "age_ms", rounded(age_ms));
		add_parts(json, &report->ages[way]);
	} else {
		cJSON_AddNullToObject(json, "age_ms");
		cJSON_AddNullToObject(json, "parts_ms");
	}
	cJSON_AddNumberToObject(json, "longest_age_ms",
				rounded((double)receiver->longest_age_ns / 1e6));
	cJSON_AddNumberToObject(json, "error_m", rounded(view_error_m(report->view, way)));
	cJSON_AddNumberToObject(json, "delivered", (double)receiver->delivered);
	cJSON_AddNumberToObject(json, "late", (double)receiver->late);
	cJSON_AddNumberToObject(json, "lost", (double)receiver->lost);
	cJSON_AddNumberToObject(json, "skipped", (double)receiver->skipped);
	cJSON_AddStringToObject(json, "happens", text);
	return json;
}

bool lab_report_json(const struct lab_report *report)
{
	cJSON *json = cJSON_CreateObject(), *ways;
	char *text;

	cJSON_AddNumberToObject(json, "seconds", rounded(report->seconds));
	cJSON_AddStringToObject(json, "link", report->link);
	cJSON_AddNumberToObject(json, "published", (double)report->view->published);
	cJSON_AddNumberToObject(json, "parts_error_ms",
				rounded((double)view_error_ns(report->view) / 1e6));
	ways = cJSON_AddArrayToObject(json, "ways");
	for (unsigned way = 0; way < LAB_WAYS; way++)
		cJSON_AddItemToArray(ways, way_json(report, (enum lab_way)way));
	text = cJSON_PrintUnformatted(json);
	cJSON_Delete(json);
	if (!text)
		return false;
	puts(text);
	(void)output_flush();
	free(text);
	return true;
}

/* On a terminal the table is over the one before it, whose lines may be longer. */
static void begin_line(bool again)
{
	if (again)
		fputs("\033[K", stdout);
}

static void print_way(const struct lab_report *report, enum lab_way way, bool again)
{
	const struct view_receiver *receiver = &report->view->receivers[way];
	const double age_ms = mean_ms(&report->ages[way]);
	char text[LAB_TEXT_BYTES];

	explain_now(report, way, text);
	begin_line(again);
	printf("%-12s", explain_way(way));
	if (age_ms >= 0)
		printf("%8.0f", age_ms);
	else
		printf("%8s", "-");
	printf("%10.0f%10.2f%11" PRIu64 "%8" PRIu64 "%8" PRIu64 "%9" PRIu64 "\n",
	       (double)receiver->longest_age_ns / 1e6, view_error_m(report->view, way),
	       receiver->delivered, receiver->late, receiver->lost, receiver->skipped);
	begin_line(again);
	printf("  %s\n", text);
}

void lab_report_table(const struct lab_report *report, bool again)
{
	if (again)
		printf("\033[%dA", TABLE_LINES);
	begin_line(again);
	printf("%.0f s on a link of %.60s\n", report->seconds, report->link);
	begin_line(again);
	printf("%-12s%8s%10s%10s%11s%8s%8s%9s\n", "", "age ms", "longest", "off by m", "delivered",
	       "late", "lost", "skipped");
	for (unsigned way = 0; way < LAB_WAYS; way++)
		print_way(report, (enum lab_way)way, again);
	(void)output_flush();
}
