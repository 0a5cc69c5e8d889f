#include "bench/proxy/proxy_report.h"

#include <inttypes.h>
#include <stddef.h>

#include <cjson/cJSON.h>

/* The report's figures besides the two ways. */
static const struct {
	const char *name;
	size_t offset;
} figures[] = {
	{ "clients", offsetof(struct proxy_counts, clients) },
	{ "evicted", offsetof(struct proxy_counts, evicted) },
	{ "refused", offsetof(struct proxy_counts, refused) },
	{ "strangers", offsetof(struct proxy_counts, strangers) },
	{ "looped", offsetof(struct proxy_counts, looped) },
	{ "overflown", offsetof(struct proxy_counts, overflown) },
	{ "late_p99_us", offsetof(struct proxy_counts, late_p99_us) },
	{ "late_max_us", offsetof(struct proxy_counts, late_max_us) },
	{ "dropped_kernel", offsetof(struct proxy_counts, net.dropped_kernel) },
	{ "dropped_truncated", offsetof(struct proxy_counts, net.dropped_truncated) },
	{ "dropped_congested", offsetof(struct proxy_counts, net.dropped_congested) },
	{ "dropped_unsendable", offsetof(struct proxy_counts, net.dropped_unsendable) },
	{ "dropped_portless", offsetof(struct proxy_counts, net.dropped_portless) },
	{ "dropped_strangers", offsetof(struct proxy_counts, net.dropped_strangers) },
	{ "errors_in", offsetof(struct proxy_counts, net.errors_in) },
};

/* Each way's figures. */
static const struct {
	const char *name;
	size_t offset;
} way_figures[] = {
	{ "came", offsetof(struct proxy_way, came) },
	{ "overflown", offsetof(struct proxy_way, overflown) },
	{ "under_way", offsetof(struct proxy_way, under_way) },
	{ "sent", offsetof(struct proxy_way, sent) },
	{ "unsendable", offsetof(struct proxy_way, unsendable) },
	{ "congested", offsetof(struct proxy_way, congested) },
};

enum {
	FIGURES = sizeof(figures) / sizeof(figures[0]),
	WAY_FIGURES = sizeof(way_figures) / sizeof(way_figures[0]),
};

static uint64_t value_at(const void *counts, size_t offset)
{
	return *(const uint64_t *)(const void *)((const char *)counts + offset);
}

static void print_table(FILE *out, const struct proxy_counts *counts)
{
	struct link_model_figure in[LINK_MODEL_FIGURES], back[LINK_MODEL_FIGURES];

	link_model_figures(&counts->in.line, in);
	link_model_figures(&counts->out.line, back);
	fprintf(out, "%-20s %12.1f s\n", "ran for", counts->seconds);
	for (size_t i = 0; i < FIGURES; i++)
		fprintf(out, "%-20s %12" PRIu64 "\n", figures[i].name,
			value_at(counts, figures[i].offset));
	fprintf(out, "%-20s %12s %12s\n", "", "in", "out");
	fprintf(out, "%-20s %12" PRIu64 " %12" PRIu64 "\n", "datagrams", counts->in.datagrams,
		counts->out.datagrams);
	fprintf(out, "%-20s %12" PRIu64 " %12" PRIu64 "\n", "bytes", counts->in.bytes,
		counts->out.bytes);
	for (size_t i = 0; i < WAY_FIGURES; i++)
		fprintf(out, "%-20s %12" PRIu64 " %12" PRIu64 "\n", way_figures[i].name,
			value_at(&counts->in, way_figures[i].offset),
			value_at(&counts->out, way_figures[i].offset));
	for (size_t i = 0; i < LINK_MODEL_FIGURES; i++)
		fprintf(out, "link: %-14s %12" PRIu64 " %12" PRIu64 "\n", in[i].name, in[i].value,
			back[i].value);
}

static void add_way(cJSON *object, const char *name, const struct proxy_way *way)
{
	cJSON *inner = cJSON_AddObjectToObject(object, name);
	struct link_model_figure line[LINK_MODEL_FIGURES];

	link_model_figures(&way->line, line);
	cJSON_AddNumberToObject(inner, "datagrams", (double)way->datagrams);
	cJSON_AddNumberToObject(inner, "bytes", (double)way->bytes);
	for (size_t i = 0; i < WAY_FIGURES; i++)
		cJSON_AddNumberToObject(inner, way_figures[i].name,
					(double)value_at(way, way_figures[i].offset));
	for (size_t i = 0; i < LINK_MODEL_FIGURES; i++)
		cJSON_AddNumberToObject(inner, line[i].name, (double)line[i].value);
}

static void print_json(FILE *out, const struct proxy_counts *counts)
{
	cJSON *object = cJSON_CreateObject();
	char *text;

	cJSON_AddNumberToObject(object, "milliseconds",
				(double)(int64_t)(counts->seconds * 1e3 + 0.5));
	for (size_t i = 0; i < FIGURES; i++)
		cJSON_AddNumberToObject(object, figures[i].name,
					(double)value_at(counts, figures[i].offset));
	add_way(object, "in", &counts->in);
	add_way(object, "out", &counts->out);
	text = cJSON_PrintUnformatted(object);
	fprintf(out, "%s\n", text ? text : "{}");
	cJSON_free(text);
	cJSON_Delete(object);
}

void proxy_report(FILE *out, const struct proxy_counts *counts, bool as_json)
{
	if (as_json)
		print_json(out, counts);
	else
		print_table(out, counts);
}
