/* Members of a live room by the library: one session each, its own socket. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/netns/trial_live.h"
#include "bench/netns/tunnel.h"
#include "proto/net/udp/udp.h"
#include "proto/net/udp/udp_clock.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	REPORT_MS = 20, /* for the relay to count before the members leave */
};

/* The library binds to no address in particular; here each member has its own. */
static int bind_own(struct net *net, int socket, const struct net_address *address)
{
	const struct trial *trial = net->state;
	const struct net_address own = {
		.host = htonl(TUNNEL_MEMBER_HOSTS + (uint32_t)trial->live->speaking),
		.port = address->port,
	};

	return udp_net()->bind(udp_net(), socket, &own);
}

/* ENet takes all that there is in each turn; when that began is when it arrived. */
static size_t receive(struct net *net, int socket, struct net_address *from, void *data,
		      size_t capacity)
{
	const struct trial *trial = net->state;
	const size_t size = udp_net()->receive(udp_net(), socket, from, data, capacity);

	if (size > 0)
		arrivals_note(&trial->arrivals[trial->live->speaking], data, size, trial->turn_ns);
	return size;
}

/* Real sockets' functions do not look at their `state`, which so is ours. */
static void use_own_net(struct trial *trial)
{
	trial->live->net = *udp_net();
	trial->live->net.state = trial;
	trial->live->net.receive = receive;
	trial->live->net.bind = bind_own;
	net_use_thread(&trial->live->net);
}

static int watch(const struct trial *trial, size_t member, short *events)
{
	(void)events;
	return starling_fd(trial->actors[member].session);
}

static int64_t wake_ns(const struct trial *trial, size_t member)
{
	return trial->live->wake_ns[member];
}

/* A session that rejoins opens a new socket in its update. */
static void tend(struct trial *trial, size_t member)
{
	struct starling *session = trial->actors[member].session;
	int timeout_ms;

	trial->live->speaking = member;
	trial->turn_ns = udp_clock_ns();
	if (starling_update(session) < 0)
		trial_live_fail(trial, "the relay has ended member %zu's session", member + 1);
	trial_take_session(trial, member);
	timeout_ms = starling_timeout_ms(session);
	trial->live->wake_ns[member] =
		timeout_ms < 0 ? INT64_MAX : udp_clock_ns() + timeout_ms * NS_PER_MS;
}

static const struct trial_hands hands = {
	.watch = watch,
	.wake_ns = wake_ns,
	.tend = tend,
	.are_all_in = trial_are_sessions_in,
};

static void run(struct trial *trial, int64_t until_ns)
{
	trial_live_run(trial, &hands, until_ns);
}

static bool open_sessions(struct trial *trial, char error[TRIAL_ERROR_BYTES])
{
	const struct trial_place *place = trial->config->place;
	struct starling_config config;
	struct starling_error why;
	char host[INET_ADDRSTRLEN];

	trial_configure_session(trial->config, &config);
	config.host = host;
	inet_ntop(AF_INET, &place->to.sin_addr, host, sizeof(host));
	config.port = ntohs(place->to.sin_port);
	for (size_t i = 0; i < trial->config->members; i++) {
		trial->live->speaking = i;
		if (starling_open(&trial->actors[i].session, &config, &why) == 0) {
			trial_listen_to(trial, i);
			continue;
		}
		snprintf(error, TRIAL_ERROR_BYTES, "%.250s", why.text);
		return false;
	}
	return true;
}

static bool open_room(struct trial *trial, char error[TRIAL_ERROR_BYTES])
{
	if (!trial_live_init(trial, error) || !trial_make_arrivals(trial, error))
		return false;
	use_own_net(trial);
	if (!open_sessions(trial, error))
		return false;
	if (trial_live_join(trial, &hands))
		return true;
	snprintf(error, TRIAL_ERROR_BYTES,
		 "not everyone was in the room after %d s; give a better line", TRIAL_LIVE_JOIN_S);
	return false;
}

static void publish(struct trial *trial, size_t member, struct movement_place place)
{
	trial_live_note_send(trial, member);
	trial->live->speaking = member;
	trial_publish_session(trial, member, place);
	tend(trial, member);
}

static void send_event(struct trial *trial, size_t member)
{
	trial->live->speaking = member;
	trial_send_session_event(trial, member);
	tend(trial, member);
}

static void begin(struct trial *trial)
{
	trial_begin_sessions(trial);
	kill(trial->config->place->relay, SIGUSR1);
}

static void count(struct trial *trial, struct trial_result *result)
{
	const struct timespec pause = { 0, REPORT_MS * NS_PER_MS };

	trial_count_sessions(trial, result);
	kill(trial->config->place->relay, SIGUSR1);
	nanosleep(&pause, NULL);
	for (size_t i = 0; i < trial->config->members; i++) {
		struct starling_stats stats;

		starling_stats(trial->actors[i].session, &stats);
		result->check.conduct.own_drops += stats.kernel_drops;
	}
}

static void close_room(struct trial *trial)
{
	if (!trial->live)
		return;
	for (size_t i = 0; i < trial->config->members; i++)
		starling_close(trial->actors[i].session);
	net_use_thread(NULL);
	free(trial->arrivals);
	trial->arrivals = NULL;
	trial_live_fini(trial);
}

const struct trial_way trial_live_session = {
	TRIAL_LIVE_HOOKS, .open = open_room, .publish = publish, .send_event = send_event,
	.run = run,       .begin = begin,    .count = count,     .close = close_room,
};
