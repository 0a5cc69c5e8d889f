#include "client/watch/watch_line.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "proto/wire/text.h"

/* The rise of a counter. `lost` may fall, when an update counted as lost comes late. */
static double rise(uint64_t now, uint64_t before)
{
	return (double)(int64_t)(now - before);
}

static double percent(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : 0;
}

/* The share received in time, of all that the relay did not skip. */
static double percent_delivered(const struct starling_stats *stats)
{
	return percent((double)stats->received,
		       (double)(stats->received + stats->late + stats->lost + stats->repaired));
}

/* A span in milliseconds, or "-" when it is not known. */
static const char *ms(char out[16], double span_s)
{
	if (span_s < 0)
		return strcpy(out, "-");
	snprintf(out, 16, span_s < 0.01 ? "%.2f" : span_s < 0.1 ? "%.1f" : "%.0f", span_s * 1e3);
	return out;
}

/* The texts of this second. */
struct texts {
	double received, late, loss_percent;
	const char *members, *entities;
	char p50[16], p99[16], max[16], rtt[16];
};

static void format_texts(struct texts *texts, const struct room_monitor *monitor)
{
	const struct starling_stats *now = &monitor->stats, *before = &monitor->second_stats;
	double lost = fmax(rise(now->lost, before->lost), 0);

	texts->received = rise(now->received, before->received);
	texts->late = rise(now->late, before->late);
	texts->loss_percent = percent(lost, texts->received + texts->late + lost);
	texts->members = text_plural(monitor->member_total, "member", "members");
	texts->entities = text_plural(monitor->entity_total, "entity", "entities");
	ms(texts->p50, age_histogram_percentile(&monitor->second, 50));
	ms(texts->p99, age_histogram_percentile(&monitor->second, 99));
	ms(texts->max, age_histogram_max(&monitor->second));
	ms(texts->rtt, now->rtt_s);
}

void watch_line_text(char line[WATCH_LINE_BYTES], const struct room_monitor *monitor, double t_s)
{
	struct texts w;

	format_texts(&w, monitor);
	snprintf(line, WATCH_LINE_BYTES,
		 "%5.0f s  %zu %s  %zu %s  %.0f updates/s  loss %.1f %%  late %.0f  "
		 "age p50 %s p99 %s max %s ms  rtt %s ms",
		 t_s, monitor->member_total, w.members, monitor->entity_total, w.entities,
		 w.received, w.loss_percent, w.late, w.p50, w.p99, w.max, w.rtt);
}

void watch_line_header(char line[WATCH_LINE_BYTES], const struct room_monitor *monitor,
		       const char *room)
{
	struct texts w;

	format_texts(&w, monitor);
	snprintf(line, WATCH_LINE_BYTES,
		 " %s  %zu %s %zu %s  age %s/%s/%s ms  loss %.1f %%  %.0f/s  rtt %s ms  "
		 "%s",
		 room, monitor->member_total, w.members, monitor->entity_total, w.entities, w.p50,
		 w.p99, w.max, w.loss_percent, w.received, w.rtt,
		 starling_mode_text(monitor->settings.down));
}

/* JSON. cJSON's adders do nothing when memory ran out before; the last print then fails. */

static void add_number(cJSON *object, const char *key, double value, double scale)
{
	cJSON_AddNumberToObject(object, key, round(value * scale) / scale);
}

static void add_ms(cJSON *object, const char *key, double span_s)
{
	if (span_s < 0)
		cJSON_AddNullToObject(object, key);
	else
		add_number(object, key, span_s * 1e3, 1e3);
}

static int print(cJSON *object, FILE *out)
{
	char *text = cJSON_PrintUnformatted(object);

	cJSON_Delete(object);
	if (text == NULL)
		return -ENOMEM;
	fprintf(out, "%s\n", text);
	cJSON_free(text);
	return 0;
}

static void add_entities(cJSON *object, const struct room_monitor *monitor)
{
	cJSON *list = cJSON_AddArrayToObject(object, "positions");

	for (size_t i = 0; i < monitor->entity_count; i++) {
		const struct starling_entity *entity = &monitor->entities[i];
		cJSON *item = cJSON_CreateObject();

		cJSON_AddNumberToObject(item, "member", entity->member);
		cJSON_AddStringToObject(item, "name", room_monitor_name(monitor, entity->member));
		cJSON_AddNumberToObject(item, "index", entity->index);
		add_number(item, "x", entity->x, 1e6);
		add_number(item, "y", entity->y, 1e6);
		add_number(item, "z", entity->z, 1e6);
		add_ms(item, "age_ms", fmax(entity->age_s, 0));
		cJSON_AddItemToArray(list, item);
	}
}

int watch_line_json(FILE *out, const struct room_monitor *monitor, const char *room, double t_s,
		    bool with_entities)
{
	const struct starling_stats *now = &monitor->stats, *before = &monitor->second_stats;
	cJSON *object = cJSON_CreateObject();

	add_number(object, "t", t_s, 1e3);
	cJSON_AddStringToObject(object, "room", room);
	cJSON_AddStringToObject(object, "mode", starling_mode_text(monitor->settings.down));
	cJSON_AddNumberToObject(object, "members", (double)monitor->member_total);
	cJSON_AddNumberToObject(object, "entities", (double)monitor->entity_total);
	cJSON_AddNumberToObject(object, "received", rise(now->received, before->received));
	cJSON_AddNumberToObject(object, "late", rise(now->late, before->late));
	cJSON_AddNumberToObject(object, "lost", rise(now->lost, before->lost));
	cJSON_AddNumberToObject(object, "duplicate", rise(now->duplicate, before->duplicate));
	cJSON_AddNumberToObject(object, "skipped", rise(now->skipped, before->skipped));
	add_ms(object, "age_p50_ms", age_histogram_percentile(&monitor->second, 50));
	add_ms(object, "age_p99_ms", age_histogram_percentile(&monitor->second, 99));
	add_ms(object, "age_max_ms", age_histogram_max(&monitor->second));
	add_ms(object, "rtt_ms", now->rtt_s);
	add_ms(object, "clock_error_ms", monitor->clock_error_s);
	if (with_entities)
		add_entities(object, monitor);
	return print(object, out);
}

static int summary_json(const struct room_monitor *monitor, double t_s)
{
	const struct starling_stats *stats = &monitor->stats;
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "mode", starling_mode_text(monitor->settings.down));
	add_number(object, "seconds", t_s, 1e3);
	cJSON_AddNumberToObject(object, "delivered", (double)stats->received);
	add_number(object, "delivered_percent", percent_delivered(stats), 1e3);
	cJSON_AddNumberToObject(object, "lost", (double)stats->lost);
	cJSON_AddNumberToObject(object, "late", (double)stats->late);
	cJSON_AddNumberToObject(object, "duplicate", (double)stats->duplicate);
	cJSON_AddNumberToObject(object, "skipped", (double)stats->skipped);
	cJSON_AddNumberToObject(object, "repaired", (double)stats->repaired);
	add_ms(object, "age_p50_ms", age_histogram_percentile(&monitor->whole, 50));
	add_ms(object, "age_p99_ms", age_histogram_percentile(&monitor->whole, 99));
	add_ms(object, "age_max_ms", age_histogram_max(&monitor->whole));
	cJSON_AddNumberToObject(object, "stall", (double)monitor->stalls);
	add_ms(object, "stall_longest_ms", monitor->stall_longest_s);
	cJSON_AddNumberToObject(object, "stall_bound_ms", ROOM_MONITOR_STALL_MS);
	return print(object, stdout);
}

int watch_line_summary(const struct room_monitor *monitor, double t_s, bool as_json)
{
	const struct starling_stats *stats = &monitor->stats;
	char p50[16], p99[16], max[16];

	if (as_json)
		return summary_json(monitor, t_s);
	printf("%-11s %9s %6s %7s %7s %8s %8s %8s %6s\n", "mode", "delivered", "%", "lost", "late",
	       "p50 ms", "p99 ms", "max ms", "stalls");
	printf("%-11s %9llu %6.2f %7llu %7llu %8s %8s %8s %6llu\n",
	       starling_mode_text(monitor->settings.down), (unsigned long long)stats->received,
	       percent_delivered(stats), (unsigned long long)stats->lost,
	       (unsigned long long)stats->late,
	       ms(p50, age_histogram_percentile(&monitor->whole, 50)),
	       ms(p99, age_histogram_percentile(&monitor->whole, 99)),
	       ms(max, age_histogram_max(&monitor->whole)), (unsigned long long)monitor->stalls);
	return 0;
}
