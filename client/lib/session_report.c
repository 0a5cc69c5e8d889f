#include "client/lib/session.h"

#include "proto/net/net.h"

enum {
	REPORT_MS = 100,
	REPORT_SHARE = 20, /* at most one message in so many is a report */
};

static const int64_t ns_per_s = 1000000000;

void session_report_note(struct starling *session, uint16_t number, size_t size)
{
	struct session_reporter *reporter = &session->reporter;

	reporter->count++;
	reporter->bytes += size;
	if (number != session->snapshot_window.newest)
		return;
	reporter->received_us = session_time_room_us(session, net_now_ns());
	reporter->is_pending = true;
}

/* The relay counts a report as a message, and may take few. */
static int64_t pause_ns(const struct starling *session)
{
	int64_t least_ns = REPORT_SHARE * ns_per_s / session->room.message_rate;
	int64_t usual_ns = REPORT_MS * (ns_per_s / 1000);

	return least_ns > usual_ns ? least_ns : usual_ns;
}

void session_report_send(struct starling *session, int64_t now_ns)
{
	struct session_reporter *reporter = &session->reporter;
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	struct wire_report report = {
		.number = session->snapshot_window.newest,
		.count = reporter->count,
		.bytes = reporter->bytes,
		.received_us = (uint64_t)reporter->received_us,
	};

	if (now_ns < session_report_deadline_ns(session))
		return;
	link_send(&session->link, WIRE_CHANNEL_CONTROL, WIRE_UNSEQUENCED, message,
		  wire_report_encode(message, sizeof(message), &report));
	reporter->is_pending = false;
	reporter->next_ns = now_ns + pause_ns(session);
}

int64_t session_report_deadline_ns(const struct starling *session)
{
	return session->reporter.is_pending ? session->reporter.next_ns : INT64_MAX;
}
