#include "relay/status/report.h"

#include <inttypes.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "proto/wire/text.h"
#include "proto/cli/version.h"
#include "relay/log/log.h"

/* One count of the report. Groups of counts print only the causes that happened. */
struct line {
	const char *group, *name;
	uint64_t value;
	bool is_only_if_any;
};

enum {
	LINES_MAX = 160,
};

struct lines {
	struct line line[LINES_MAX];
	size_t count;
};

static void add(struct lines *lines, const char *group, const char *name, uint64_t value,
		bool is_only_if_any)
{
	if (lines->count < LINES_MAX)
		lines->line[lines->count++] = (struct line){ group, name, value, is_only_if_any };
}

static void collect_rules(struct lines *lines, const struct accounting *accounting,
			  uint64_t dropped_by_enet)
{
	add(lines, "updates", "in", accounting->updates_in, false);
	add(lines, "updates", "repeats_in", accounting->repeats_in, false);
	add(lines, "deliveries", "due", accounting->due, false);
	add(lines, "deliveries", "pending", accounting->pending, false);
	for (int cause = 0; cause < ACCOUNTING_CAUSE_COUNT; cause++)
		add(lines, "deliveries", accounting_cause_text((enum accounting_cause)cause),
		    accounting->ended[cause], false);
	add(lines, "sent", "flushes", accounting->flushes, false);
	add(lines, "sent", "snapshots", accounting->snapshots_out, false);
	add(lines, "sent", "keyframes", accounting->keyframes_out, false);
	add(lines, "sent", "dropped_by_enet", dropped_by_enet, false);
	add(lines, "sight", "settings_in", accounting->settings_in, false);
	add(lines, "sight", "entered", accounting->entered, false);
	add(lines, "sight", "left", accounting->left, false);
	add(lines, "events", "in", accounting->events_in, false);
	add(lines, "events", "out", accounting->events_out, false);
	add(lines, "events", "astray", accounting->events_undeliverable, false);
	add(lines, "events", "muted", accounting->events_muted, false);
	add(lines, "events", "refused_member", accounting->events_refused[BUDGET_OF_MEMBER], false);
	add(lines, "events", "refused_room", accounting->events_refused[BUDGET_OF_ROOM], false);
	add(lines, "gones", "held_member", accounting->gones_held[BUDGET_OF_MEMBER], false);
	add(lines, "gones", "held_room", accounting->gones_held[BUDGET_OF_ROOM], false);
	add(lines, "reports", "in", accounting->reports_in, false);
	add(lines, "reports", "ignored", accounting->reports_ignored, false);
	add(lines, "paths", "small_told", accounting->paths_told, false);
	add(lines, "paths", "small_found", accounting->paths_found, false);
	add(lines, "messages", "in", accounting->messages_in, false);
	add(lines, "messages", "rate_limited", accounting->rate_limited, false);
	add(lines, "messages", "out_of_place", accounting->out_of_place, false);
	add(lines, "messages", "slowed", accounting->penalised, false);
	for (int error = 1; error < WIRE_ERROR_COUNT; error++)
		add(lines, "malformed", wire_error_name((enum wire_error)error),
		    accounting->malformed[error], true);
	add(lines, "declined", "RELAY_FULL", accounting->declined[WIRE_REASON_RELAY_FULL], false);
	add(lines, "declined", "ADDRESS_FULL", accounting->declined[WIRE_REASON_ADDRESS_FULL],
	    false);
	add(lines, "declined", "BANNED", accounting->declined[WIRE_REASON_BANNED], false);
	add(lines, "declined", "untold", accounting->untold, false);
	add(lines, "places", "kept", accounting->suspended, false);
	add(lines, "places", "resumed", accounting->resumed, false);
	add(lines, "places", "given_up", accounting->given_up, false);
	add(lines, "places", "tickets_refused", accounting->tickets_refused, false);
	for (int reason = 0; reason < WIRE_REASON_COUNT; reason++)
		add(lines, "parted", wire_reason_name((enum wire_reason)reason),
		    accounting->disconnects[reason], true);
}

static void collect_network(struct lines *lines, const struct net_stats *net)
{
	add(lines, "network", "datagrams_in", net->datagrams_in, false);
	add(lines, "network", "datagrams_out", net->datagrams_out, false);
	add(lines, "network", "bytes_in", net->bytes_in, false);
	add(lines, "network", "bytes_out", net->bytes_out, false);
	add(lines, "network", "calls_in", net->calls_in, false);
	add(lines, "network", "calls_out", net->calls_out, false);
	add(lines, "network", "calls_wait", net->calls_wait, false);
	add(lines, "network", "segmented_out", net->segmented_out, true);
	add(lines, "network", "dropped_kernel", net->dropped_kernel, false);
	add(lines, "network", "receive_buffer_bytes", net->receive_buffer_bytes, false);
	add(lines, "network", "dropped_truncated", net->dropped_truncated, true);
	add(lines, "network", "dropped_unsendable", net->dropped_unsendable, true);
	add(lines, "network", "dropped_congested", net->dropped_congested, true);
	add(lines, "network", "dropped_empty", net->dropped_empty, true);
	add(lines, "network", "dropped_portless", net->dropped_portless, true);
	add(lines, "network", "dropped_strangers", net->dropped_strangers, true);
	add(lines, "network", "errors_in", net->errors_in, true);
}

static void collect_handshakes(struct lines *lines, const struct guard_stats *guard)
{
	add(lines, "handshakes", "challenged", guard->challenged, false);
	add(lines, "handshakes", "proven", guard->proven, false);
}

static void collect_work(struct lines *lines, const struct counts *work)
{
	add(lines, "work", "turns", work->turns, false);
	add(lines, "work", "cpu_user_us", work->cpu_user_us, false);
	add(lines, "work", "cpu_system_us", work->cpu_system_us, false);
	add(lines, "allocations", "asked", work->allocations.asked, false);
	add(lines, "allocations", "system", work->allocations.system, false);
}

static void collect_line(struct lines *lines, const char *group,
			 const struct link_model_stats *stats)
{
	struct link_model_figure figures[LINK_MODEL_FIGURES];

	link_model_figures(stats, figures);
	for (size_t i = 0; i < LINK_MODEL_FIGURES; i++)
		add(lines, group, figures[i].name, figures[i].value, false);
}

static void collect_impaired(struct lines *lines, const struct impaired_net_stats *impaired)
{
	collect_line(lines, "impair_in", &impaired->in);
	collect_line(lines, "impair_out", &impaired->out);
	add(lines, "impair", "overflown", impaired->overflown, true);
}

static void collect_log(struct lines *lines, const struct counts *counts)
{
	add(lines, "log", "dropped", counts->log_dropped, false);
	add(lines, "log", "left_out", counts->log_left_out, false);
}

static void collect(struct lines *lines, const struct report *report)
{
	const struct counts *counts = report->counts;
	const struct accounting *accounting = &counts->accounting;

	add(lines, "open", "rooms", counts->rooms, false);
	add(lines, "open", "members", counts->members, false);
	add(lines, "open", "absent", counts->absent, false);
	add(lines, "total", "clients", accounting->clients, false);
	add(lines, "total", "strangers", accounting->unknown_protocol, false);
	add(lines, "total", "members", accounting->members, false);
	add(lines, "total", "rooms", accounting->rooms, false);
	collect_rules(lines, accounting, counts->dropped_by_enet);
	collect_network(lines, &counts->net);
	collect_handshakes(lines, &counts->guard);
	collect_work(lines, counts);
	collect_log(lines, counts);
	if (counts->is_impaired)
		collect_impaired(lines, &counts->impaired);
}

static size_t rooms_listed(const struct relay *relay)
{
	return relay->rooms.count < REPORT_ROOMS_MAX ? relay->rooms.count : REPORT_ROOMS_MAX;
}

static double uptime_s(const struct report *report)
{
	return (double)(report->uptime_ns / 1000000) / 1e3;
}

/* As a table. */

static void print_lines(FILE *out, const struct lines *lines)
{
	const char *group = "";

	for (size_t i = 0; i < lines->count; i++) {
		const struct line *line = &lines->line[i];

		if (line->is_only_if_any && line->value == 0)
			continue;
		fprintf(out, "%-12s %-22s %12" PRIu64 "\n", line->group == group ? "" : line->group,
			line->name, line->value);
		group = line->group;
	}
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

static void print_table(FILE *out, const struct report *report, const struct lines *lines)
{
	char stamp[LOG_STAMP_BYTES];

	log_stamp(stamp);
	fprintf(out, "starlingd %s, protocol %d, %s, up for %.3f s\n", VERSION_TEXT, WIRE_VERSION,
		stamp, uptime_s(report));
	print_lines(out, lines);
	print_refused(out, &report->counts->guard);
	print_rooms(out, report->relay);
}

/* As JSON. */

static void add_lines(cJSON *document, const struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		const struct line *line = &lines->line[i];
		cJSON *group = cJSON_GetObjectItem(document, line->group);

		if (!group)
			group = cJSON_AddObjectToObject(document, line->group);
		cJSON_AddNumberToObject(group, line->name, (double)line->value);
	}
}

static void add_refused(cJSON *document, const struct guard_stats *guard)
{
	cJSON *refused = cJSON_AddObjectToObject(document, "refused_datagrams");

	for (unsigned reason = 1; reason < GUARD_REASON_COUNT; reason++)
		cJSON_AddNumberToObject(refused, guard_reason_name(reason),
					(double)guard->refused[reason]);
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

static bool print_json(FILE *out, const struct report *report, const struct lines *lines)
{
	cJSON *document = cJSON_CreateObject();
	char stamp[LOG_STAMP_BYTES], *text;

	log_stamp(stamp);
	cJSON_AddStringToObject(document, "time", stamp);
	cJSON_AddNumberToObject(document, "uptime_s", uptime_s(report));
	cJSON_AddStringToObject(document, "version", VERSION_TEXT);
	cJSON_AddNumberToObject(document, "protocol", WIRE_VERSION);
	add_lines(document, lines);
	add_refused(document, &report->counts->guard);
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
	struct lines lines = { .count = 0 };

	collect(&lines, report);
	if (json)
		return print_json(out, report, &lines);
	print_table(out, report, &lines);
	return true;
}
