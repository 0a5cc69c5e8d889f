#include "client/report.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void report_add(struct report *report, const char *key, const char *label, const char *unit,
		double value, int digits)
{
	struct report_row *row = &report->rows[report->count];

	if (report->count == REPORT_ROWS_MAX)
		return;
	report->count++;
	snprintf(row->key, sizeof(row->key), "%s", key);
	snprintf(row->label, sizeof(row->label), "%s", label);
	row->unit = unit;
	row->value = value;
	row->digits = digits;
}

void report_add_totals(struct report *report, const struct session_pool_totals *t)
{
	double mean_ms = t->rtt_mean_s < 0 ? -1 : t->rtt_mean_s * 1e3;
	double max_ms = t->rtt_max_s < 0 ? -1 : t->rtt_max_s * 1e3;

	report_add(report, "clients", "clients", "", (double)t->opened, 0);
	report_add(report, "joined", "joined", "", (double)t->joined, 0);
	report_add(report, "sent", "updates sent", "", (double)t->published, 0);
	report_add(report, "received", "updates received", "", (double)t->received, 0);
	report_add(report, "duplicate", "  duplicate", "", (double)t->duplicate, 0);
	report_add(report, "late", "  late", "", (double)t->late, 0);
	report_add(report, "lost", "  lost", "", (double)t->lost, 0);
	report_add(report, "skipped", "  skipped by the relay", "", (double)t->skipped, 0);
	report_add(report, "repaired", "  only as a reliable repeat", "", (double)t->repaired, 0);
	report_add(report, "throttled", "dropped by ENet's throttle", "", (double)t->throttled, 0);
	report_add(report, "kernel_drops", "dropped by the kernel", "", (double)t->kernel_drops, 0);
	report_add(report, "rejoins", "rejoins", "", (double)t->rejoins, 0);
	report_add(report, "rtt_mean_ms", "round trip, mean", "ms", mean_ms, 3);
	report_add(report, "rtt_max_ms", "round trip, worst client", "ms", max_ms, 3);
}

static void add_link(struct report *report, const char *direction,
		     const struct link_model_stats *stats)
{
	struct link_model_figure figures[LINK_MODEL_FIGURES];

	link_model_figures(stats, figures);
	for (size_t i = 0; i < LINK_MODEL_FIGURES; i++) {
		char key[REPORT_TEXT_BYTES], label[REPORT_TEXT_BYTES];

		snprintf(key, sizeof(key), "impair_%s_%s", direction, figures[i].name);
		snprintf(label, sizeof(label), "link %s: %s", direction, figures[i].name);
		report_add(report, key, label, "", (double)figures[i].value, 0);
	}
}

void report_add_impairment(struct report *report, const struct impairment *impairment)
{
	struct impaired_net_stats stats;

	if (!impairment_stats(impairment, &stats))
		return;
	add_link(report, "in", &stats.in);
	add_link(report, "out", &stats.out);
	report_add(report, "impair_overflown", "links: overflown", "", (double)stats.overflown, 0);
}

static double rounded(double value, int digits)
{
	double scale = pow(10, digits);

	return round(value * scale) / scale;
}

static int print_json(const struct report *report)
{
	cJSON *object = cJSON_CreateObject();
	char *text;

	for (size_t i = 0; i < report->count; i++) {
		const struct report_row *row = &report->rows[i];

		if (row->value < 0)
			cJSON_AddNullToObject(object, row->key);
		else
			cJSON_AddNumberToObject(object, row->key, rounded(row->value, row->digits));
	}
	text = cJSON_PrintUnformatted(object);
	cJSON_Delete(object);
	if (text == NULL)
		return -ENOMEM;
	puts(text);
	cJSON_free(text);
	return 0;
}

int report_print(const struct report *report, bool as_json)
{
	if (as_json)
		return print_json(report);
	for (size_t i = 0; i < report->count; i++) {
		const struct report_row *row = &report->rows[i];

		if (row->value < 0)
			printf("%-28s %12s\n", row->label, "not known");
		else
			printf("%-28s %12.*f%s%s\n", row->label, row->digits, row->value,
			       *row->unit != '\0' ? " " : "", row->unit);
	}
	return 0;
}
