#include "relay/status/report.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "proto/wire/text.h"
#include "proto/cli/version.h"
#include "relay/log/log.h"
#include "relay/status/counters.h"

static size_t rooms_listed(const struct relay *relay)
{
	return relay->rooms.count < REPORT_ROOMS_MAX ? relay->rooms.count : REPORT_ROOMS_MAX;
}

static double uptime_s(const struct report *report)
{
	return (double)(report->uptime_ns / 1000000) / 1e3;
}

/* As a table. */

static void print_line(FILE *out, const char *group, const char *name, uint64_t value)
{
	fprintf(out, "%-12s %-22s %12" PRIu64 "\n", group, name, value);
}

/* Returns the group of the last line. */
static const char *print_counter(FILE *out, const struct counter *counter,
				 const struct counts *counts, const char *group)
{
	unsigned number = counter->first;

	do {
		const uint64_t value = counters_read(counter, counts, number);
		const char *name = counter->series ? counter->series(number) : counter->name;

		if (value == 0 && counter->is_rare)
			continue;
		print_line(out, strcmp(group, counter->group) == 0 ? "" : counter->group, name,
			   value);
		group = counter->group;
	} while (++number < counter->next);
	return group;
}

static void print_counters(FILE *out, const struct counts *counts)
{
	const char *group = "";

	for (size_t i = 0; i < counters_count; i++)
		if (counters_has(&counters[i], counts) &&
		    strcmp(counters[i].group, COUNTERS_REFUSED) != 0)
			group = print_counter(out, &counters[i], counts, group);
}

/* All in one line, with the reasons that happened. */
static void print_refused(FILE *out, const struct guard_stats *guard)
{
	uint64_t total = 0;

	for (unsigned reason = 0; reason < GUARD_REASON_COUNT; reason++)
		total += guard->refused[reason];
	fprintf(out, "%-12s %-22s %12" PRIu64, "refused", "datagrams", total);
	for (unsigned reason = 0; reason < GUARD_REASON_COUNT; reason++)
		if (guard->refused[reason] > 0)
			fprintf(out, ", %s %" PRIu64, guard_reason_name(reason),
				guard->refused[reason]);
	fprintf(out, "\n");
}

static void print_rooms(FILE *out, const struct relay *relay)
{
	const size_t listed = rooms_listed(relay);

	for (size_t i = 0; i < listed; i++) {
		const struct room *room = relay->rooms.list[i];

		fprintf(out, "%-12s %-22s %12zu %s, %zu %s\n", i == 0 ? "rooms" : "", room->name,
			room->member_count, text_plural(room->member_count, "member", "members"),
			room->entity_count, text_plural(room->entity_count, "entity", "entities"));
	}
	if (relay->rooms.count > listed)
		fprintf(out, "%-12s and %zu more\n", "", relay->rooms.count - listed);
}

static void print_table(FILE *out, const struct report *report)
{
	char stamp[LOG_STAMP_BYTES];

	log_stamp(stamp);
	fprintf(out, "starlingd %s, protocol %d, %s, up for %.3f s\n", VERSION_TEXT, WIRE_VERSION,
		stamp, uptime_s(report));
	print_counters(out, report->counts);
	print_refused(out, &report->counts->guard);
	print_rooms(out, report->relay);
}

/* As JSON. */

static void add_counter(cJSON *document, const struct counter *counter, const struct counts *counts)
{
	cJSON *group = cJSON_GetObjectItem(document, counter->group);
	unsigned number = counter->first;

	if (!group)
		group = cJSON_AddObjectToObject(document, counter->group);
	do {
		cJSON_AddNumberToObject(group,
					counter->series ? counter->series(number) : counter->name,
					(double)counters_read(counter, counts, number));
	} while (++number < counter->next);
}

static void add_counters(cJSON *document, const struct counts *counts)
{
	for (size_t i = 0; i < counters_count; i++)
		if (counters_has(&counters[i], counts))
			add_counter(document, &counters[i], counts);
}

static void add_rooms(cJSON *document, const struct relay *relay)
{
	cJSON *rooms = cJSON_AddArrayToObject(document, "rooms");
	const size_t listed = rooms_listed(relay);

	for (size_t i = 0; i < listed; i++) {
		cJSON *room = cJSON_CreateObject();

		cJSON_AddStringToObject(room, "name", relay->rooms.list[i]->name);
		cJSON_AddNumberToObject(room, "members",
					(double)relay->rooms.list[i]->member_count);
		cJSON_AddNumberToObject(room, "entities",
					(double)relay->rooms.list[i]->entity_count);
		cJSON_AddItemToArray(rooms, room);
	}
	cJSON_AddNumberToObject(document, "rooms_left_out", (double)(relay->rooms.count - listed));
}

static bool print_json(FILE *out, const struct report *report)
{
	cJSON *document = cJSON_CreateObject();
	char stamp[LOG_STAMP_BYTES], *text;

	log_stamp(stamp);
	cJSON_AddStringToObject(document, "time", stamp);
	cJSON_AddNumberToObject(document, "uptime_s", uptime_s(report));
	cJSON_AddStringToObject(document, "version", VERSION_TEXT);
	cJSON_AddNumberToObject(document, "protocol", WIRE_VERSION);
	add_counters(document, report->counts);
	add_rooms(document, report->relay);
	text = cJSON_PrintUnformatted(document);
	if (text)
		fprintf(out, "%s\n", text);
	cJSON_free(text);
	cJSON_Delete(document);
	return text;
}

bool report_print(FILE *out, bool json, const struct report *report)
{
	if (json)
		return print_json(out, report);
	print_table(out, report);
	return true;
}
