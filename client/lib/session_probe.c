/*
 * A second connection to the relay, beside the session's own while that is silent.
 *
 * A session hears the relay at least at each ping. When it does not, either the network is away, or
 * the relay began anew, or the relay's datagrams do not find this address any more, as after a
 * change of it. The probe is on a socket and so on a port of its own. Which of the two connections
 * hears the relay first shows which of these it was.
 *
 *	off         the session's own connection is heard
 *	waiting     for the probe's next try
 *	connecting
 *	connected   the session's own connection gets a last chance, as nothing is lost on it
 *	joining     HELLO is sent; the relay may have dropped the session's own connection
 *
 * With WELCOME, the probe becomes the session's connection.
 */
#include "client/lib/session.h"

enum {
	ASK_MS = 1200, /* silent for so long: more than a ping */
	SILENCE_MS = 1500,
	SPREAD_MS = 250,    /* by chance, as all clients of a relay may be silent at once */
	CHANCE_MS = 200,    /* for the session's own connection, beyond a round trip */
	PATIENCE_MS = 4000, /* ENet repeats CONNECT and HELLO about once a second */
	REFUSED_MS = 1000,  /* before the next try */
	LOOK_MS = 20,
};

static const int64_t ns_per_ms = 1000000;

static void enter(struct session_probe *probe, enum session_probe_state state, int64_t deadline_ns)
{
	probe->state = state;
	probe->deadline_ns = deadline_ns;
}

static void wait_for_try(struct starling *session, int64_t least_ms, int64_t now_ns)
{
	const double spread_ms = SPREAD_MS * session_pause_random();

	session_probe_stop(session);
	enter(&session->probe, SESSION_PROBE_WAITING,
	      now_ns + least_ms * ns_per_ms + (int64_t)(spread_ms * (double)ns_per_ms));
}

static void start(struct starling *session, int64_t now_ns)
{
	const struct link_settings settings = session_link_settings(session);
	struct session_probe *probe = &session->probe;

	if (link_open(&probe->link) < 0 ||
	    link_connect(&probe->link, addresses_now(&session->relay), &settings) < 0) {
		wait_for_try(session, REFUSED_MS, now_ns);
		return;
	}
	enter(probe, SESSION_PROBE_CONNECTING, now_ns + PATIENCE_MS * ns_per_ms);
}

/* The network is there again. A question on the session's own connection shows whether that is. */
static void on_connected(struct starling *session, int64_t now_ns)
{
	const struct link_settings settings = session_link_settings(session);
	const double rtt_s = session->stats.rtt_s > 0 ? session->stats.rtt_s : 0;

	link_configure(&session->probe.link, &settings);
	session_time_ask(session, now_ns);
	enter(&session->probe, SESSION_PROBE_CONNECTED,
	      now_ns + CHANCE_MS * ns_per_ms + (int64_t)(rtt_s * 1e9));
}

static void join(struct starling *session, int64_t now_ns)
{
	session->hello_ns = now_ns;
	session_publish_hello(session, &session->probe.link);
	enter(&session->probe, SESSION_PROBE_JOINING, now_ns + PATIENCE_MS * ns_per_ms);
}

/* Makes the probe the session's connection; its first message is then handled as any. */
static void take_over(struct starling *session, const struct link_event *event, int64_t now_ns)
{
	link_replace(&session->link, &session->probe.link);
	session->probe.state = SESSION_PROBE_OFF;
	session->received_ns = now_ns;
	session->stats.rejoins++;
	session->is_resuming = true;
	session_message_receive(session, event->channel, event->bytes, event->size);
}

static bool is_answer(const struct link_event *event)
{
	switch (wire_type_of(event->bytes, event->size)) {
	case WIRE_WELCOME:
	case WIRE_REFUSED:
	case WIRE_GOODBYE:
		return true;
	default:
		return false;
	}
}

/* Whether the probe has become the session's connection. */
static bool receive(struct starling *session, int64_t now_ns)
{
	struct session_probe *probe = &session->probe;
	struct link_event event;

	while (link_next(&probe->link, &event) != LINK_NOTHING) {
		if (event.type == LINK_DISCONNECTED) {
			wait_for_try(session, REFUSED_MS, now_ns);
			return false;
		}
		if (event.type == LINK_CONNECTED)
			on_connected(session, now_ns);
		if (event.type == LINK_MESSAGE && probe->state == SESSION_PROBE_JOINING &&
		    is_answer(&event)) {
			take_over(session, &event, now_ns);
			return true;
		}
	}
	return false;
}

static void on_deadline(struct starling *session, int64_t now_ns)
{
	switch (session->probe.state) {
	case SESSION_PROBE_WAITING:
		start(session, now_ns);
		break;
	case SESSION_PROBE_CONNECTED:
		join(session, now_ns);
		break;
	case SESSION_PROBE_CONNECTING:
	case SESSION_PROBE_JOINING:
		wait_for_try(session, 0, now_ns);
		break;
	case SESSION_PROBE_OFF:
		break;
	}
}

/* When the session's own connection will have been silent for so long. */
static int64_t silence_ns(const struct starling *session, int64_t ms)
{
	return session->received_ns + ms * ns_per_ms;
}

/* A ping or its answer may be lost, so one question goes before the probe. */
static void ask(struct starling *session, int64_t now_ns)
{
	struct session_probe *probe = &session->probe;

	if (now_ns < silence_ns(session, ASK_MS) || probe->asked_ns >= session->received_ns)
		return;
	probe->asked_ns = now_ns;
	session_time_ask(session, now_ns);
}

bool session_probe_run(struct starling *session, int64_t now_ns)
{
	struct session_probe *probe = &session->probe;

	if (!session_is_in_room(session))
		return false;
	if (probe->state == SESSION_PROBE_OFF && now_ns >= silence_ns(session, SILENCE_MS))
		wait_for_try(session, 0, now_ns);
	ask(session, now_ns);
	if (probe->state != SESSION_PROBE_OFF && receive(session, now_ns))
		return true;
	if (probe->state != SESSION_PROBE_OFF && now_ns >= probe->deadline_ns)
		on_deadline(session, now_ns);
	link_flush(&probe->link);
	probe->look_ns = now_ns + LOOK_MS * ns_per_ms;
	return false;
}

void session_probe_on_heard(struct starling *session)
{
	if (!session_probe_is_joining(session))
		session_probe_stop(session);
}

bool session_probe_is_joining(const struct starling *session)
{
	return session->probe.state == SESSION_PROBE_JOINING;
}

void session_probe_stop(struct starling *session)
{
	struct session_probe *probe = &session->probe;

	if (session_probe_is_joining(session))
		link_abandon(&probe->link);
	else
		link_close(&probe->link);
	link_move_counts(&session->link, &probe->link);
	probe->state = SESSION_PROBE_OFF;
}

static int64_t earlier(int64_t one_ns, int64_t other_ns)
{
	return one_ns < other_ns ? one_ns : other_ns;
}

int64_t session_probe_deadline_ns(const struct starling *session)
{
	const struct session_probe *probe = &session->probe;
	int64_t due_ns = earlier(probe->deadline_ns, link_deadline_ns(&probe->link));

	if (!session_is_in_room(session))
		return INT64_MAX;
	if (probe->state == SESSION_PROBE_OFF)
		return silence_ns(session,
				  probe->asked_ns < session->received_ns ? ASK_MS : SILENCE_MS);
	return probe->link.host ? earlier(due_ns, probe->look_ns) : due_ns;
}
