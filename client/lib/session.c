#include "client/lib/session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/net/net.h"
#include "proto/enet/deadline.h"
#include "proto/enet/platform.h"
#include "proto/wire/text.h"

enum {
	LEAVE_MS = 1000,
	EVENTS_A_TURN = 4096, /* a flood must not keep a turn from ending */
};

static const int64_t ns_per_ms = 1000000;

static int64_t ns_of(double seconds)
{
	return (int64_t)(seconds * 1e9);
}

bool session_is_in_room(const struct starling *session)
{
	return session->room.member != 0 &&
	       (session->status == STARLING_JOINING || session->status == STARLING_PLAYING);
}

static bool has_connection(const struct starling *session)
{
	return session->status == STARLING_JOINING || session->status == STARLING_PLAYING;
}

/* Ending. */

void session_end(struct starling *session, enum starling_reason reason, const char *text)
{
	if (session->status == STARLING_OVER)
		return;
	/* After starling_leave any end is the one that was wanted. */
	if (session->status == STARLING_LEAVING) {
		reason = STARLING_REASON_LEFT;
		text = "left";
	}
	session->status = STARLING_OVER;
	event_queue_end(&session->events, reason, text);
}

void session_notify(struct starling *session, const struct starling_event *event)
{
	if (session->status == STARLING_OVER)
		return;
	if (!event_queue_push(&session->events, event))
		session_end(session, STARLING_REASON_SLOW,
			    "too many events wait; call starling_next until it returns false");
}

static void leave_room(struct starling *session)
{
	roster_clear(&session->roster);
	session->room = (struct wire_welcome){ 0 };
	session->clock = (struct clock){ 0 };
	session->snapshot_window = (struct sequence_stats_window){ 0 };
	session->reporter = (struct session_reporter){ 0 };
	session->is_whole = false;
	session->is_checking = session->is_resuming = false;
}

/* Connecting, and trying again. */

struct link_settings session_link_settings(const struct starling *session)
{
	return (struct link_settings){ .timeout_s = session->config.values.timeout_s,
				       .enet_throttle = session->config.values.enet_throttle,
				       .sequence_start = session->config.values.sequence_start,
				       .mtu = session->config.values.mtu };
}

static int start_connecting(struct starling *session, int64_t now_ns)
{
	const struct link_settings settings = session_link_settings(session);

	session->is_pausing = false;
	session->deadline_ns = now_ns + session_pause_patience_ns(session);
	return link_connect(&session->link, addresses_now(&session->relay), &settings);
}

static int start_round(struct starling *session, int64_t now_ns)
{
	addresses_begin_round(&session->relay);
	return start_connecting(session, now_ns);
}

static void end_by_errno(struct starling *session, int result)
{
	char text[STARLING_TEXT_MAX_BYTES];

	snprintf(text, sizeof(text), "cannot connect again: %s", strerror(-result));
	session_end(session, STARLING_REASON_LOST, text);
}

/* Without a DISCONNECT, the relay keeps the place of a member that has a ticket. */
static void end_connection(struct starling *session, bool is_lost)
{
	const bool has_place = has_connection(session) && session->ticket.size > 0;

	session_probe_stop(session);
	if (is_lost && has_place && session->config.values.rejoin_s > 0)
		link_abandon(&session->link);
	else
		link_close(&session->link);
}

void session_forget_room(struct starling *session, const char *text)
{
	leave_room(session);
	if (session->config.values.rejoin_s <= 0) {
		session_end(session, STARLING_REASON_LOST, text);
		return;
	}
	session->status = STARLING_JOINING;
	session_notify(session, &(struct starling_event){ .type = STARLING_LOST,
							  .reason = STARLING_REASON_LOST,
							  .text = text });
}

/* The next try's socket is opened before the pause, so that it can be polled. */
void session_lose(struct starling *session, enum starling_reason reason, const char *text,
		  int64_t now_ns)
{
	struct starling_event event = { .type = STARLING_LOST, .reason = reason, .text = text };
	int result;

	if (session->status == STARLING_JOINING)
		addresses_advance(&session->relay);
	end_connection(session, reason == STARLING_REASON_LOST);
	leave_room(session);
	if (session->status == STARLING_LEAVING || session->config.values.rejoin_s <= 0) {
		session_end(session, reason, text);
		return;
	}
	session->status = STARLING_CONNECTING;
	session_notify(session, &event);
	if (session->status == STARLING_OVER)
		return;
	result = link_open(&session->link);
	if (result < 0) {
		end_by_errno(session, result);
		return;
	}
	session->stats.rejoins++;
	session->is_pausing = true;
	addresses_refresh(&session->relay, session->config.host, session->config.values.port);
	session->deadline_ns = now_ns + session_pause_next_ns(session, reason);
}

/* Events of the link. */

static void on_connected(struct starling *session)
{
	const struct link_settings settings = session_link_settings(session);

	link_configure(&session->link, &settings);
	session->status = STARLING_JOINING;
	session->hello_ns = net_now_ns();
	session->received_ns = session->hello_ns;
	session->deadline_ns = session->hello_ns + ns_of(session->config.values.timeout_s);
	session_publish_hello(session, &session->link);
}

static void on_disconnected(struct starling *session, uint32_t data, int64_t now_ns)
{
	const uint32_t version_mask = UINT32_C(0xff);
	char text[STARLING_TEXT_MAX_BYTES];
	enum wire_reason reason;

	if ((data & ~version_mask) == WIRE_MAGIC && (data & version_mask) != WIRE_VERSION) {
		snprintf(text, sizeof(text),
			 "the relay speaks version %" PRIu32
			 " of the protocol, this program version %d; use the same release of both",
			 data & version_mask, WIRE_VERSION);
		session_end(session, STARLING_REASON_VERSION, text);
		return;
	}
	if (session->status == STARLING_CONNECTING)
		addresses_advance(&session->relay);
	/*
	 * A DISCONNECT is more easily forged than a message, so its reason does not end a session
	 * that had a connection. Only a ban is told before there is one.
	 */
	if (wire_data_reason(data, &reason) && reason == WIRE_REASON_BANNED &&
	    session->status == STARLING_CONNECTING)
		session_end(session, STARLING_REASON_BANNED,
			    "the relay has banned this address; ask its operator, or wait until "
			    "the ban ends");
	else if (wire_data_reason(data, &reason))
		session_lose(session, (enum starling_reason)reason, wire_reason_text(reason),
			     now_ns);
	else
		session_lose(session, STARLING_REASON_LOST,
			     session->status == STARLING_CONNECTING
				     ? "the relay does not take the connection"
				     : "the relay closed the connection",
			     now_ns);
}

/* False when the link that the event came from is closed. */
static bool on_link_event(struct starling *session, const struct link_event *event, int64_t now_ns)
{
	switch (event->type) {
	case LINK_CONNECTED:
		if (session->status == STARLING_CONNECTING)
			on_connected(session);
		break;
	case LINK_DISCONNECTED:
		if (session_probe_is_joining(session))
			break;
		on_disconnected(session, event->data, now_ns);
		return false;
	case LINK_MESSAGE:
		session_message_receive(session, event->channel, event->bytes, event->size);
		break;
	case LINK_NOTHING:
		break;
	}
	return session->status != STARLING_OVER;
}

/* A turn. */

static void receive_events(struct starling *session, int64_t now_ns)
{
	struct link_event event;

	for (unsigned i = 0; i < EVENTS_A_TURN; i++) {
		if (link_next(&session->link, &event) == LINK_NOTHING)
			break;
		if (!on_link_event(session, &event, now_ns))
			return;
	}
	if (link_has_received(&session->link)) {
		session->received_ns = now_ns;
		session_probe_on_heard(session);
	}
}

/* The relay's answer did not come in time. */
static void on_timeout(struct starling *session, const char *what, int64_t now_ns)
{
	char text[STARLING_TEXT_MAX_BYTES + 1], host[141];

	snprintf(text, sizeof(text), "%s from %s, port %u", what,
		 text_visible(host, sizeof(host), session->config.host,
			      strlen(session->config.host)),
		 session->config.values.port);
	session_lose(session, STARLING_REASON_LOST, text, now_ns);
}

/* A name may have several addresses; only when none answered is there no answer. */
static int on_connect_timeout(struct starling *session, int64_t now_ns)
{
	if (addresses_next(&session->relay))
		return start_connecting(session, now_ns);
	on_timeout(session, "no answer", now_ns);
	return 0;
}

static void on_deadline(struct starling *session, int64_t now_ns)
{
	int result = 0;

	switch (session->status) {
	case STARLING_CONNECTING:
		if (session->is_pausing)
			result = start_round(session, now_ns);
		else
			result = on_connect_timeout(session, now_ns);
		break;
	case STARLING_JOINING:
		on_timeout(session, "no answer to HELLO", now_ns);
		break;
	case STARLING_LEAVING:
		session_end(session, STARLING_REASON_LEFT, "left");
		break;
	case STARLING_PLAYING:
	case STARLING_OVER:
		break;
	}
	if (result < 0)
		end_by_errno(session, result);
}

static int64_t silence_deadline_ns(const struct starling *session)
{
	return session->received_ns + ns_of(session->config.values.timeout_s);
}

static void run_due(struct starling *session, int64_t now_ns)
{
	if (now_ns >= session->deadline_ns)
		on_deadline(session, now_ns);
	if (has_connection(session) && now_ns >= silence_deadline_ns(session))
		on_timeout(session, "no datagram any more", now_ns);
	if (session_is_in_room(session)) {
		session_time_request(session, now_ns);
		session_report_send(session, now_ns);
		if (session_probe_run(session, now_ns))
			receive_events(session, now_ns);
	}
}

int starling_update(struct starling *session)
{
	if (session->status == STARLING_OVER)
		return -ENOTCONN;
	session_publish_flush(session, net_now_ns());
	link_flush(&session->link);
	receive_events(session, net_now_ns());
	if (session->status != STARLING_OVER)
		run_due(session, net_now_ns());
	if (session->status == STARLING_OVER) {
		leave_room(session);
		session_probe_stop(session);
		link_close(&session->link);
		return -ENOTCONN;
	}
	session_publish_flush(session, net_now_ns());
	link_flush(&session->link);
	return 0;
}

static int64_t earlier(int64_t one_ns, int64_t other_ns)
{
	return one_ns < other_ns ? one_ns : other_ns;
}

/* When starling_update is due without a datagram; INT64_MAX: never. */
static int64_t due_ns(const struct starling *session)
{
	int64_t due = session->deadline_ns;

	if (session->status == STARLING_OVER)
		return INT64_MAX;
	due = earlier(due, link_deadline_ns(&session->link));
	due = earlier(due, session_publish_deadline_ns(session));
	due = earlier(due, session_probe_deadline_ns(session));
	if (has_connection(session))
		due = earlier(due, silence_deadline_ns(session));
	if (session_is_in_room(session)) {
		due = earlier(due, session->clock_requests.next_ns);
		due = earlier(due, session_report_deadline_ns(session));
	}
	return due;
}

int starling_timeout_ms(const struct starling *session)
{
	int64_t left_ns = due_ns(session);

	if (left_ns == INT64_MAX)
		return -1;
	left_ns -= net_now_ns();
	if (left_ns <= 0)
		return 0;
	left_ns = (left_ns + ns_per_ms - 1) / ns_per_ms;
	return left_ns < INT32_MAX ? (int)left_ns : INT32_MAX;
}

int starling_wait(struct starling *session, double seconds)
{
	struct net *net = net_current();
	int64_t until_ns = due_ns(session);
	int result;

	if (session->status == STARLING_OVER)
		return -ENOTCONN;
	if (!(seconds > 0))
		seconds = 0;
	if (seconds < 1e9)
		until_ns = earlier(until_ns, net_now_ns() + ns_of(seconds));
	result = net->wait(net, link_socket(&session->link), until_ns);
	return result < 0 ? result : 0;
}

bool starling_next(struct starling *session, struct starling_event *event)
{
	return event_queue_pop(&session->events, event);
}

/* Life. */

__attribute__((format(printf, 3, 4))) static int fail(struct starling_error *error, int result,
						      const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	return result;
}

static int prepare(struct starling *session, const struct starling_config *config,
		   struct starling_error *error)
{
	int result = session_config_copy(&session->config, config, error);

	if (result < 0)
		return result;
	result = platform_init(error->text, sizeof(error->text));
	if (result < 0)
		return result;
	result = addresses_find(&session->relay, session->config.host, config->port);
	if (result < 0)
		return fail(error, result,
			    "the host %s is not known; check the spelling, or give its address",
			    text_shown(session->config.host).text);
	result = link_open(&session->link);
	if (result < 0)
		return fail(error, result, "cannot open a UDP socket: %s", strerror(-result));
	session->pause_s = config->rejoin_s;
	session->stats.rtt_s = -1;
	session->publisher.settle_ns = INT64_MAX;
	result = start_connecting(session, net_now_ns());
	if (result < 0)
		return fail(error, result, "cannot start to connect: %s", strerror(-result));
	return 0;
}

int starling_open(struct starling **session, const struct starling_config *config,
		  struct starling_error *error)
{
	struct starling_error unread;
	struct starling *made = calloc(1, sizeof(*made));
	int result;

	*session = NULL;
	if (!error)
		error = &unread;
	if (!made)
		return fail(error, -ENOMEM, "out of memory");
	result = prepare(made, config, error);
	if (result < 0) {
		starling_close(made);
		return result;
	}
	error->text[0] = '\0';
	*session = made;
	return 0;
}

void starling_leave(struct starling *session)
{
	const int64_t now_ns = net_now_ns();
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	if (session->status == STARLING_LEAVING || session->status == STARLING_OVER)
		return;
	link_close(&session->probe.link);
	if (!has_connection(session)) {
		session->status = STARLING_LEAVING;
		session->deadline_ns = now_ns;
		return;
	}
	session_publish_flush(session, now_ns);
	link_send(&session->link, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, message,
		  wire_leave_encode(message, sizeof(message)));
	session->status = STARLING_LEAVING;
	session->deadline_ns = now_ns + LEAVE_MS * ns_per_ms;
	link_disconnect(&session->link);
	link_flush(&session->link);
}

void starling_close(struct starling *session)
{
	if (!session)
		return;
	link_close(&session->probe.link);
	link_close(&session->link);
	addresses_fini(&session->relay);
	roster_clear(&session->roster);
	event_queue_fini(&session->events);
	session_publish_fini(&session->publisher);
	free(session);
}
