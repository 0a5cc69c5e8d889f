#include "relay/status/documents.h"

#include <inttypes.h>
#include <string.h>

#include "proto/cli/version.h"
#include "proto/net/resolve.h"
#include "proto/wire/text.h"

enum {
	NAME_BYTES = 6 * WIRE_NAME_MAX_BYTES + 1, /* each byte as an escape */
};

static void write_text(FILE *out, const char *key, const char *text)
{
	char json[NAME_BYTES];

	fprintf(out, "\"%s\":\"%s\"", key, text_json(json, sizeof(json), text));
}

/* A figure that is less than 0 is not known. */
static void write_figure(FILE *out, const char *key, double figure)
{
	if (figure < 0)
		fprintf(out, ",\"%s\":null", key);
	else
		fprintf(out, ",\"%s\":%.6g", key, figure);
}

static void write_ms(FILE *out, const char *key, int64_t us)
{
	write_figure(out, key, us < 0 ? SNAPSHOT_UNKNOWN : (double)us / 1e3);
}

static void write_relay(FILE *out, const struct snapshot *snapshot)
{
	char host[NET_TEXT_BYTES];

	net_host_text(&snapshot->address, host);
	fprintf(out, "\"relay\":{");
	write_text(out, "version", VERSION_TEXT);
	fprintf(out, ",\"uptime_s\":%.3f,", (double)snapshot->uptime_ns / 1e9);
	write_text(out, "host", host);
	fprintf(out, ",\"port\":%u,\"ready\":%s,\"state\":\"%s\"}", snapshot->address.port,
		snapshot->is_stopping || snapshot->is_full ? "false" : "true",
		snapshot->is_stopping ? "stopping"
		: snapshot->is_full   ? "full"
				      : "running");
}

static void write_rates(FILE *out, const struct rates *rates)
{
	fprintf(out, ",\"rates\":{");
	for (unsigned i = 0; i < RATES; i++) {
		fprintf(out, "%s\"%s\":", i == 0 ? "" : ",", rate_name((enum rate)i));
		if (rates->is_known)
			fprintf(out, "%.6g", rates->a_second[i]);
		else
			fprintf(out, "null");
	}
	fprintf(out, "}");
}

static void write_rooms(FILE *out, const struct snapshot *snapshot)
{
	fprintf(out, ",\"rooms\":[");
	for (size_t i = 0; i < snapshot->room_count; i++) {
		const struct snapshot_room *room = &snapshot->rooms[i];

		fprintf(out, "%s{", i == 0 ? "" : ",");
		write_text(out, "name", room->name);
		fprintf(out, ",\"members\":%zu,\"entities\":%zu}", room->members, room->entities);
	}
	fprintf(out, "]");
}

static void write_member(FILE *out, const struct snapshot *snapshot,
			 const struct snapshot_member *member)
{
	fprintf(out, "{\"id\":%" PRIu32 ",", member->id);
	write_text(out, "room", snapshot->rooms[member->room].name);
	fputc(',', out);
	write_text(out, "name", member->name);
	fprintf(out, ",\"absent\":%s,\"mode\":\"%s\",\"mode_down\":\"%s\"",
		member->is_absent ? "true" : "false", wire_mode_text(member->up),
		wire_mode_text(member->down));
	write_figure(out, "rtt_ms", (double)member->rtt_ms);
	write_ms(out, "age_ms", member->age_us);
	write_ms(out, "age_p50_ms", member->age_p50_us);
	write_ms(out, "age_p99_ms", member->age_p99_us);
	write_figure(out, "loss_up", member->loss_up);
	write_figure(out, "loss_down", member->loss_down);
	write_figure(out, "budget", member->budget);
	fputc('}', out);
}

static void write_all(FILE *out, const struct snapshot *snapshot, const struct rates *rates)
{
	write_relay(out, snapshot);
	write_rates(out, rates);
	write_rooms(out, snapshot);
	fprintf(out, ",\"members\":[");
	for (size_t i = 0; i < snapshot->member_count; i++) {
		if (i > 0)
			fputc(',', out);
		write_member(out, snapshot, &snapshot->members[i]);
	}
	fprintf(out, "],\"members_left_out\":%zu", snapshot->members_left_out);
}

void documents_write_status(FILE *out, const struct snapshot *snapshot, const struct rates *rates)
{
	fputc('{', out);
	write_all(out, snapshot, rates);
	fprintf(out, ",\"configuration\":");
	config_print(&snapshot->config, out);
	fprintf(out, "}\n");
}

void documents_write_feed_status(FILE *out, const struct snapshot *snapshot,
				 const struct rates *rates)
{
	fprintf(out, "{\"kind\":\"status\",");
	write_all(out, snapshot, rates);
	fputc('}', out);
}

static void write_ages(FILE *out, const struct snapshot *snapshot, const char *room)
{
	bool is_first = true;

	fprintf(out, "],\"ages\":[");
	for (size_t i = 0; i < snapshot->member_count; i++) {
		const struct snapshot_member *member = &snapshot->members[i];

		if (member->age_us < 0 || strcmp(snapshot->rooms[member->room].name, room) != 0)
			continue;
		fprintf(out, "%s[%" PRIu32 ",%.1f]", is_first ? "" : ",", member->id,
			(double)member->age_us / 1e3);
		is_first = false;
	}
	fprintf(out, "]}");
}

void documents_write_feed_room(FILE *out, const struct snapshot *snapshot,
			       const struct snapshot_map *map)
{
	fprintf(out, "{\"kind\":\"room\",");
	write_text(out, "room", map->name);
	fprintf(out, ",\"t_ms\":%" PRId64 ",\"entities\":[", map->time_us / 1000);
	for (size_t i = 0; i < map->count; i++) {
		const struct snapshot_entity *entity = &map->entities[i];

		fprintf(out, "%s[%" PRIu32 ",%u,%" PRId32 ",%" PRId32 "]", i == 0 ? "" : ",",
			entity->member, entity->index, entity->x, entity->y);
	}
	write_ages(out, snapshot, map->name);
}
