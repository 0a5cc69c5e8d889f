#include "relay/status/counters.h"

#include <string.h>

#include "proto/wire/wire.h"

/* A count of struct counts. */
#define AT(place) .at = offsetof(struct counts, place), .bytes = sizeof(((struct counts *)0)->place)
/* Several, of an array in it. */
#define EACH(place, from, until, namer)                                                            \
	.at = offsetof(struct counts, place), .bytes = sizeof(((struct counts *)0)->place[0]),     \
	.first = (from), .next = (until), .series = (namer)
#define WITH(place) .when = offsetof(struct counts, place)

static const char *cause_name(unsigned number)
{
	return accounting_cause_text((enum accounting_cause)number);
}

static const char *error_name(unsigned number)
{
	return wire_error_name((enum wire_error)number);
}

static const char *reason_name(unsigned number)
{
	return wire_reason_name((enum wire_reason)number);
}

static const char *refusal_name(unsigned number)
{
	return web_refusal_name((enum web_refusal)number);
}

enum {
	IMPAIRED_FATES = 7, /* the first of the link's figures; the others are delays */
};

static struct link_model_figure figure(const struct link_model_stats *stats, unsigned number)
{
	struct link_model_figure figures[LINK_MODEL_FIGURES];

	link_model_figures(stats, figures);
	return figures[number];
}

static const char *figure_name(unsigned number)
{
	const struct link_model_stats none = { 0 };

	return figure(&none, number).name;
}

static uint64_t figure_in(const struct counts *counts, unsigned number)
{
	return figure(&counts->impaired.in, number).value;
}

static uint64_t figure_out(const struct counts *counts, unsigned number)
{
	return figure(&counts->impaired.out, number).value;
}

const struct counter counters[] = {
	{ "open", "rooms", "rooms", "Rooms that are open.", AT(rooms), .is_gauge = true },
	{ "open", "members", "members", "Members, with those whose places are kept.", AT(members),
	  .is_gauge = true },
	{ "open", "absent", "members_absent", "Members whose places are kept for them.", AT(absent),
	  .is_gauge = true },
	{ "peers", NULL, "peers", "Connections, by how far they are.", "state",
	  EACH(peers, 0, COUNTS_PEER_STATES, counts_peer_name), .is_gauge = true, .is_rare = true },

	{ "total", "clients", "connections_total", "Connections that were opened.",
	  AT(accounting.clients) },
	{ "total", "strangers", "connections_foreign_total",
	  "Connections that spoke another protocol or version.", AT(accounting.unknown_protocol) },
	{ "total", "members", "members_joined_total", "Members that joined.",
	  AT(accounting.members) },
	{ "total", "rooms", "rooms_opened_total", "Rooms that opened.", AT(accounting.rooms) },

	{ "updates", "in", "updates_received_total", "Updates of entities from members.",
	  AT(accounting.updates_in) },
	{ "updates", "repeats_in", "updates_repeated_total", "Updates that repeated a known state.",
	  AT(accounting.repeats_in) },
	{ "deliveries", "due", "deliveries_due_total",
	  "Deliveries of an update to a member, all that were due.", AT(accounting.due) },
	{ "deliveries", "pending", "deliveries_pending",
	  "Deliveries that wait. Due are these and all that ended.", AT(accounting.pending),
	  .is_gauge = true },
	{ "deliveries", NULL, "deliveries_ended_total", "Deliveries, by how they ended.", "cause",
	  EACH(accounting.ended, 0, ACCOUNTING_CAUSE_COUNT, cause_name) },

	{ "sent", "flushes", "flushes_total", "Flushes of rooms in which something waited.",
	  AT(accounting.flushes) },
	{ "sent", "snapshots", "snapshots_sent_total", "SNAPSHOTs to members.",
	  AT(accounting.snapshots_out) },
	{ "sent", "keyframes", "keyframes_sent_total", "KEYFRAMEs to members.",
	  AT(accounting.keyframes_out) },
	{ "sent", "dropped_by_enet", "messages_dropped_total",
	  "Messages that ENet took and did not send.", AT(dropped_by_enet) },
	{ "sight", "settings_in", "settings_received_total", "Requests for other settings.",
	  AT(accounting.settings_in) },
	{ "sight", "entered", "sight_entered_total", "Entities that came into a member's sight.",
	  AT(accounting.entered) },
	{ "sight", "left", "sight_left_total", "Entities that went out of a member's sight.",
	  AT(accounting.left) },

	{ "events", "in", "events_received_total", "Events from members.",
	  AT(accounting.events_in) },
	{ "events", "out", "events_sent_total", "Events to members.", AT(accounting.events_out) },
	{ "events", "astray", "events_dropped_total", "Events that were not sent.",
	  "reason=\"astray\"", AT(accounting.events_undeliverable) },
	{ "events", "muted", "events_dropped_total", NULL, "reason=\"muted\"",
	  AT(accounting.events_muted) },
	{ "events", "refused_member", "events_dropped_total", NULL, "reason=\"member_output\"",
	  AT(accounting.events_refused[BUDGET_OF_MEMBER]) },
	{ "events", "refused_room", "events_dropped_total", NULL, "reason=\"room_output\"",
	  AT(accounting.events_refused[BUDGET_OF_ROOM]) },
	{ "gones", "held_member", "gones_held_total", "Ends of entities that had to wait.",
	  "reason=\"member_output\"", AT(accounting.gones_held[BUDGET_OF_MEMBER]) },
	{ "gones", "held_room", "gones_held_total", NULL, "reason=\"room_output\"",
	  AT(accounting.gones_held[BUDGET_OF_ROOM]) },

	{ "reports", "in", "reports_received_total", "REPORTs from members.",
	  AT(accounting.reports_in) },
	{ "reports", "ignored", "reports_ignored_total",
	  "REPORTs that came too soon or cannot be true.", AT(accounting.reports_ignored) },
	{ "paths", "small_told", "paths_small_total", "Paths that take no full datagrams.",
	  "by=\"client\"", AT(accounting.paths_told) },
	{ "paths", "small_found", "paths_small_total", NULL, "by=\"reports\"",
	  AT(accounting.paths_found) },

	{ "messages", "in", "messages_received_total", "Messages from members.",
	  AT(accounting.messages_in) },
	{ "messages", "rate_limited", "messages_refused_total",
	  "Messages that were well formed and not taken.", "reason=\"rate_limited\"",
	  AT(accounting.rate_limited) },
	{ "messages", "out_of_place", "messages_refused_total", NULL, "reason=\"out_of_place\"",
	  AT(accounting.out_of_place) },
	{ "messages", "slowed", "penalties_total", "Penalties that began.",
	  AT(accounting.penalised) },
	{ "malformed", NULL, "messages_malformed_total", "Messages that no client sends.", "error",
	  EACH(accounting.malformed, 1, WIRE_ERROR_COUNT, error_name), .is_rare = true },

	{ "declined", "RELAY_FULL", "connections_declined_total",
	  "Connections for which there was no place.", "reason=\"RELAY_FULL\"",
	  AT(accounting.declined[WIRE_REASON_RELAY_FULL]) },
	{ "declined", "ADDRESS_FULL", "connections_declined_total", NULL, "reason=\"ADDRESS_FULL\"",
	  AT(accounting.declined[WIRE_REASON_ADDRESS_FULL]) },
	{ "declined", "BANNED", "connections_declined_total", NULL, "reason=\"BANNED\"",
	  AT(accounting.declined[WIRE_REASON_BANNED]) },
	{ "declined", "untold", "connections_unanswered_total",
	  "Connections without a place that were not even told.", AT(accounting.untold) },
	{ "places", "kept", "places_kept_total", "Places kept for members that were lost.",
	  AT(accounting.suspended) },
	{ "places", "resumed", "places_resumed_total", "Places that were taken again.",
	  AT(accounting.resumed) },
	{ "places", "given_up", "places_given_up_total", "Places that nobody took again.",
	  AT(accounting.given_up) },
	{ "places", "tickets_refused", "tickets_refused_total", "Tickets of no place.",
	  AT(accounting.tickets_refused) },
	{ "parted", NULL, "disconnects_total", "Clients that left or were sent away.", "reason",
	  EACH(accounting.disconnects, 0, WIRE_REASON_COUNT, reason_name), .is_rare = true },

	{ "network", "datagrams_in", "datagrams_received_total", "Datagrams that came in.",
	  AT(net.datagrams_in) },
	{ "network", "datagrams_out", "datagrams_sent_total", "Datagrams that went out.",
	  AT(net.datagrams_out) },
	{ "network", "bytes_in", "received_bytes_total", "UDP payload that came in.",
	  AT(net.bytes_in) },
	{ "network", "bytes_out", "sent_bytes_total", "UDP payload that went out.",
	  AT(net.bytes_out) },
	{ "network", "calls_in", "syscalls_total", "System calls of the network.",
	  "call=\"receive\"", AT(net.calls_in) },
	{ "network", "calls_out", "syscalls_total", NULL, "call=\"send\"", AT(net.calls_out) },
	{ "network", "calls_wait", "syscalls_total", NULL, "call=\"wait\"", AT(net.calls_wait) },
	{ "network", "segmented_out", "datagrams_segmented_total",
	  "Datagrams that the kernel cut from a message of several.", AT(net.segmented_out),
	  .is_rare = true },
	{ "network", "dropped_kernel", "kernel_drops_total",
	  "Datagrams that the kernel dropped, the receive buffer being full.",
	  AT(net.dropped_kernel) },
	{ "network", "receive_buffer_bytes", "receive_buffer_bytes",
	  "The receive buffer, as the kernel granted it.", AT(net.receive_buffer_bytes),
	  .is_gauge = true },
	{ "network", "dropped_truncated", "datagrams_dropped_total",
	  "Datagrams that were not taken or not sent.", "reason=\"truncated\"",
	  AT(net.dropped_truncated), .is_rare = true },
	{ "network", "dropped_unsendable", "datagrams_dropped_total", NULL, "reason=\"unsendable\"",
	  AT(net.dropped_unsendable), .is_rare = true },
	{ "network", "dropped_congested", "datagrams_dropped_total", NULL, "reason=\"congested\"",
	  AT(net.dropped_congested), .is_rare = true },
	{ "network", "dropped_empty", "datagrams_dropped_total", NULL, "reason=\"empty\"",
	  AT(net.dropped_empty), .is_rare = true },
	{ "network", "dropped_portless", "datagrams_dropped_total", NULL, "reason=\"portless\"",
	  AT(net.dropped_portless), .is_rare = true },
	{ "network", "dropped_strangers", "datagrams_dropped_total", NULL, "reason=\"strangers\"",
	  AT(net.dropped_strangers), .is_rare = true },
	{ "network", "errors_in", "receive_errors_total",
	  "Errors that the kernel gave in place of a datagram.", AT(net.errors_in),
	  .is_rare = true },
	{ "handshakes", "challenged", "cookies_sent_total",
	  "Addresses that were asked to echo a cookie.", AT(guard.challenged) },
	{ "handshakes", "proven", "cookies_returned_total", "Cookies that came back.",
	  AT(guard.proven) },
	{ COUNTERS_REFUSED, NULL, "datagrams_refused_total",
	  "Datagrams that the guard did not let pass, or a command of which it cut out.", "reason",
	  EACH(guard.refused, 1, GUARD_REASON_COUNT, guard_reason_name) },

	{ "work", "turns", "loop_turns_total", "Turns of the relay's loop.", AT(turns) },
	{ "work", "cpu_user_us", "cpu_seconds_total", "The process's processor time.",
	  "mode=\"user\"", AT(cpu_user_us), .unit = 1e-6 },
	{ "work", "cpu_system_us", "cpu_seconds_total", NULL, "mode=\"system\"", AT(cpu_system_us),
	  .unit = 1e-6 },
	{ "allocations", "asked", "allocations_total", "Blocks that ENet asked for.",
	  AT(allocations.asked) },
	{ "allocations", "system", "allocations_system_total",
	  "Of these, blocks that came from the system.", AT(allocations.system) },
	{ "log", "dropped", "log_lines_dropped_total", "Lines of the log that nobody gets.",
	  "reason=\"unread\"", AT(log_dropped) },
	{ "log", "left_out", "log_lines_dropped_total", NULL, "reason=\"too_many\"",
	  AT(log_left_out) },

	{ "impair_in", NULL, "impaired_datagrams_in_total",
	  "Datagrams on the impaired link from clients, by what became of them.", "fate",
	  .next = IMPAIRED_FATES, .series = figure_name, .read = figure_in, WITH(is_impaired) },
	{ "impair_in", NULL, "impaired_delay_in_seconds", "Delays on that link.", "figure",
	  .first = IMPAIRED_FATES, .next = LINK_MODEL_FIGURES, .series = figure_name,
	  .read = figure_in, .is_gauge = true, .unit = 1e-6, WITH(is_impaired) },
	{ "impair_out", NULL, "impaired_datagrams_out_total",
	  "Datagrams on the impaired link to clients, by what became of them.", "fate",
	  .next = IMPAIRED_FATES, .series = figure_name, .read = figure_out, WITH(is_impaired) },
	{ "impair_out", NULL, "impaired_delay_out_seconds", "Delays on that link.", "figure",
	  .first = IMPAIRED_FATES, .next = LINK_MODEL_FIGURES, .series = figure_name,
	  .read = figure_out, .is_gauge = true, .unit = 1e-6, WITH(is_impaired) },
	{ "impair", "overflown", "impaired_datagrams_overflown_total",
	  "Datagrams for which the impaired link had no room.", AT(impaired.overflown),
	  .is_rare = true, WITH(is_impaired) },

	{ "http", "connections", "http_connections_total", "Connections for HTTP.",
	  AT(web.connections), WITH(has_web) },
	{ "http", "answered", "http_answers_total", "Requests that were answered, or refused.",
	  AT(web.answered), WITH(has_web) },
	{ "http", "feeds", "http_feeds_opened_total", "Feeds that pages opened.", AT(web.feeds),
	  WITH(has_web) },
	{ "http", "messages", "http_feed_messages_total", "Messages of feeds.", AT(web.messages),
	  WITH(has_web) },
	{ "http_refused", NULL, "http_refused_total", "Requests that were refused.", "reason",
	  EACH(web.refused, 0, WEB_REFUSALS, refusal_name), .is_rare = true, WITH(has_web) },
};

const size_t counters_count = sizeof(counters) / sizeof(counters[0]);

bool counters_has(const struct counter *counter, const struct counts *counts)
{
	return counter->when == COUNTERS_ALWAYS ||
	       *(const bool *)((const char *)counts + counter->when);
}

uint64_t counters_read(const struct counter *counter, const struct counts *counts, unsigned number)
{
	const char *at = (const char *)counts + counter->at + number * counter->bytes;
	uint64_t wide;
	uint32_t narrow;

	if (counter->read)
		return counter->read(counts, number);
	if (counter->bytes == sizeof(narrow)) {
		memcpy(&narrow, at, sizeof(narrow));
		return narrow;
	}
	memcpy(&wide, at, sizeof(wide));
	return wide;
}
