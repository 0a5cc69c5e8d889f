#include "relay/ledger.h"

#include <inttypes.h>
#include <stddef.h>

#include <cjson/cJSON.h>

const char *ledger_cause_text(enum ledger_cause cause)
{
	static const char *const texts[LEDGER_CAUSE_COUNT] = {
		[LEDGER_DELIVERED] = "delivered",
		[LEDGER_SUPERSEDED] = "superseded",
		[LEDGER_STALE] = "stale",
		[LEDGER_OVER_LIMIT] = "over_limit",
		[LEDGER_OUT_OF_INTEREST] = "out_of_interest",
		[LEDGER_OVER_BUDGET] = "over_budget",
		[LEDGER_QUEUE_FULL] = "queue_full",
		[LEDGER_NOT_TAKEN] = "not_taken",
	};

	return (unsigned)cause < LEDGER_CAUSE_COUNT ? texts[cause] : "unknown";
}

void ledger_end(struct ledger *ledger, enum ledger_cause cause, uint64_t count)
{
	ledger->ended[cause] += count;
}

void ledger_end_pending(struct ledger *ledger, enum ledger_cause cause, uint64_t count)
{
	ledger->pending -= count;
	ledger_end(ledger, cause, count);
}

bool ledger_is_balanced(const struct ledger *ledger)
{
	uint64_t sum = ledger->pending;

	for (int cause = 0; cause < LEDGER_CAUSE_COUNT; cause++)
		sum += ledger->ended[cause];
	return sum == ledger->due;
}

/* One line of the report. Groups of counts print only the causes that happened. */
struct line {
	const char *group, *name;
	uint64_t value;
	bool is_only_if_any;
};

enum {
	LINES_MAX = 128,
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

static void collect_rules(struct lines *lines, const struct ledger *ledger)
{
	add(lines, "updates", "in", ledger->updates_in, false);
	add(lines, "updates", "repeats_in", ledger->repeats_in, false);
	add(lines, "deliveries", "due", ledger->due, false);
	add(lines, "deliveries", "pending", ledger->pending, false);
	for (int cause = 0; cause < LEDGER_CAUSE_COUNT; cause++)
		add(lines, "deliveries", ledger_cause_text((enum ledger_cause)cause),
		    ledger->ended[cause], false);
	add(lines, "sent", "flushes", ledger->flushes, false);
	add(lines, "sent", "snapshots", ledger->snapshots_out, false);
	add(lines, "sent", "keyframes", ledger->keyframes_out, false);
	add(lines, "sent", "dropped_by_enet", ledger->unsent, false);
	add(lines, "sight", "settings_in", ledger->settings_in, false);
	add(lines, "sight", "entered", ledger->entered, false);
	add(lines, "sight", "left", ledger->left, false);
	add(lines, "events", "in", ledger->events_in, false);
	add(lines, "events", "out", ledger->events_out, false);
	add(lines, "events", "astray", ledger->events_astray, false);
	add(lines, "reports", "in", ledger->reports_in, false);
	add(lines, "reports", "ignored", ledger->reports_ignored, false);
	add(lines, "messages", "in", ledger->messages_in, false);
	add(lines, "messages", "rate_limited", ledger->rate_limited, false);
	add(lines, "messages", "out_of_place", ledger->out_of_place, false);
	add(lines, "messages", "slowed", ledger->slowed, false);
	for (int error = 1; error < WIRE_ERROR_COUNT; error++)
		add(lines, "malformed", wire_error_name((enum wire_error)error),
		    ledger->malformed[error], true);
	for (int reason = 0; reason < WIRE_REASON_COUNT; reason++)
		add(lines, "parted", wire_reason_name((enum wire_reason)reason),
		    ledger->parted[reason], true);
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

static void collect_work(struct lines *lines, const struct ledger_work *work)
{
	add(lines, "work", "turns", work->turns, false);
	add(lines, "work", "cpu_user_us", work->cpu_user_us, false);
	add(lines, "work", "cpu_system_us", work->cpu_system_us, false);
	add(lines, "allocations", "asked", work->allocations.asked, false);
	add(lines, "allocations", "system", work->allocations.system, false);
}

static void collect_line(struct lines *lines, const char *group, const struct impair_stats *stats)
{
	struct impair_figure figures[IMPAIR_FIGURES];

	impair_figures(stats, figures);
	for (size_t i = 0; i < IMPAIR_FIGURES; i++)
		add(lines, group, figures[i].name, figures[i].value, false);
}

static void collect_impaired(struct lines *lines, const struct impaired_stats *impaired)
{
	collect_line(lines, "impair_in", &impaired->in);
	collect_line(lines, "impair_out", &impaired->out);
	add(lines, "impair", "overflown", impaired->overflown, true);
}

static void print_table(FILE *out, const struct lines *lines)
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
	fflush(out);
}

static void print_json(FILE *out, const struct lines *lines)
{
	cJSON *report = cJSON_CreateObject();
	char *text;

	for (size_t i = 0; i < lines->count; i++) {
		const struct line *line = &lines->line[i];
		cJSON *group = cJSON_GetObjectItem(report, line->group);

		if (!group)
			group = cJSON_AddObjectToObject(report, line->group);
		cJSON_AddNumberToObject(group, line->name, (double)line->value);
	}
	text = cJSON_PrintUnformatted(report);
	fprintf(out, "%s\n", text ? text : "{}");
	fflush(out);
	cJSON_free(text);
	cJSON_Delete(report);
}

void ledger_print(FILE *out, bool json, const struct ledger *ledger, const struct net_stats *net,
		  const struct ledger_work *work, const struct impaired_stats *impaired,
		  size_t open_rooms, size_t open_members)
{
	struct lines lines = { .count = 0 };

	add(&lines, "open", "rooms", open_rooms, false);
	add(&lines, "open", "members", open_members, false);
	add(&lines, "total", "clients", ledger->clients, false);
	add(&lines, "total", "strangers", ledger->strangers, false);
	add(&lines, "total", "members", ledger->members, false);
	add(&lines, "total", "rooms", ledger->rooms, false);
	collect_rules(&lines, ledger);
	collect_network(&lines, net);
	collect_work(&lines, work);
	if (impaired)
		collect_impaired(&lines, impaired);
	if (json)
		print_json(out, &lines);
	else
		print_table(out, &lines);
}
