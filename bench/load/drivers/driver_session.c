/* Members by the client library: one session each, with a socket and an address of its own. */
#include "bench/load/generator_internal.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "bench/sim/sessions.h"
#include "client/lib/starling.h"
#include "proto/net/net.h"
#include "proto/net/udp/udp.h"

static const int64_t ns_per_ms = 1000000;

struct session {
	struct starling *session;
	int64_t wake_ns;
	bool has_new_socket; /* which nobody watches yet */
};

/* One for the process, as the library's network carries no context for each session. */
static struct {
	struct generator *g;
	struct net net; /* real sockets, but a member's own address is bound */
	struct sessions sessions;
	unsigned speaking;
	int64_t turn_ns; /* when the session that speaks was turned to */
} state;

static struct session *session_of(const struct generator *g, unsigned member)
{
	return generator_connection(g, member);
}

/* The network. */

/* The library binds to no address in particular. */
static int bind_own(struct net *net, int socket, const struct net_address *address)
{
	const struct net_address own = {
		.host = htonl(state.g->config->own_host + state.speaking),
		.port = address->port,
	};

	(void)net;
	session_of(state.g, state.speaking)->has_new_socket = true;
	return udp_net()->bind(udp_net(), socket, &own);
}

/* ENet takes all that there is in each turn; when that began is when it arrived. */
static size_t receive_noting(struct net *net, int socket, struct net_address *from, void *data,
			     size_t capacity)
{
	const size_t size = udp_net()->receive(udp_net(), socket, from, data, capacity);

	(void)net;
	if (size > 0)
		arrivals_note(&state.sessions.list[state.speaking].arrivals, data, size,
			      state.turn_ns);
	return size;
}

/* Hearing. */

/* Nothing held back what is handed over in the very turn in which it was read. */
static void on_heard(void *context, const struct sessions_heard *heard)
{
	struct generator *g = context;
	struct sessions_heard told = *heard;

	if (told.arrived_ns == state.turn_ns)
		told.arrived_ns = INT64_MAX;
	g->sink->hear_session(g, &told);
}

static void set_wake(struct generator *g, unsigned member)
{
	struct session *session = session_of(g, member);
	const int timeout_ms = starling_timeout_ms(session->session);

	session->wake_ns = timeout_ms < 0 ? INT64_MAX : generator_now_ns() + timeout_ms * ns_per_ms;
}

/* A session that rejoins opens a new socket in its update. */
static void watch_anew(struct generator *g, unsigned member)
{
	struct session *session = session_of(g, member);

	if (session->has_new_socket && starling_fd(session->session) >= 0) {
		session->has_new_socket = false;
		generator_watch_add(g, member);
	}
}

static void receive(struct generator *g, unsigned member)
{
	struct session *session = session_of(g, member);

	state.speaking = member;
	state.turn_ns = generator_now_ns();
	if (starling_update(session->session) < 0)
		generator_fail(g, "the relay has ended member %u's session", member + 1);
	for (unsigned heard = sessions_take(&state.sessions, member); heard > 0; heard--)
		g->sink->hear_event(g, member);
	if (starling_status(session->session) == STARLING_PLAYING)
		generator_joined(g, member);
	watch_anew(g, member);
	set_wake(g, member);
}

static int64_t wake_ns(const struct generator *g, unsigned member)
{
	return session_of(g, member)->wake_ns;
}

/* Opening. */

static int open_all(struct generator *g)
{
	state.g = g;
	state.net = *udp_net();
	state.net.receive = receive_noting;
	state.net.bind = bind_own;
	net_use_thread(&state.net);
	if (sessions_init(&state.sessions, g->config->members, on_heard, g) == 0)
		return 0;
	generator_fail(g, "not enough memory for %u members", g->config->members);
	return -1;
}

static int start(struct generator *g, unsigned member)
{
	struct starling_config config = *g->config->session;
	struct session *session = session_of(g, member);
	struct starling_error why;

	config.host = g->config->host;
	config.port = g->config->port;
	state.speaking = member;
	if (starling_open(&session->session, &config, &why) != 0) {
		generator_fail(g, "%.250s", why.text);
		return -1;
	}
	sessions_add(&state.sessions, member, session->session);
	session->has_new_socket = false;
	set_wake(g, member);
	return 0;
}

static int descriptor(struct generator *g, unsigned member)
{
	return starling_fd(session_of(g, member)->session);
}

/* Sending. */

static void send_update(struct generator *g, unsigned member, const struct update *update)
{
	const double metres = g->config->grain_um / 1e6;

	state.speaking = member;
	sessions_publish(&state.sessions, member, update->number, update->position[0] * metres,
			 update->position[1] * metres, g->config->payload_bytes);
	g->sink->round_trip(g, sessions_round_trip_ns(&state.sessions, member));
	receive(g, member);
}

static bool send_event(struct generator *g, unsigned member, const void *event, size_t size)
{
	const bool is_sent = sessions_send_event(&state.sessions, member, event, size);

	receive(g, member);
	return is_sent;
}

/* Counting. */

static void add_traffic(struct generator *g, unsigned member, struct generator_traffic *traffic)
{
	struct starling_stats stats;

	starling_stats(session_of(g, member)->session, &stats);
	traffic->own_drops += stats.kernel_drops;
}

static void close_all(struct generator *g)
{
	for (unsigned i = 0; i < g->started; i++)
		starling_close(session_of(g, i)->session);
	net_use_thread(NULL);
	sessions_fini(&state.sessions);
}

struct sessions *drivers_sessions(void)
{
	return &state.sessions;
}

const struct driver driver_session = {
	.bytes = sizeof(struct session),
	.open = open_all,
	.start = start,
	.descriptor = descriptor,
	.send = send_update,
	.send_event = send_event,
	.receive = receive,
	.tend = receive,
	.wake_ns = wake_ns,
	.traffic = add_traffic,
	.close = close_all,
};
