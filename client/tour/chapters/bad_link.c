#include "client/tour/chapters/bad_link.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proto/enet/guard/datagram.h"
#include "proto/net/link/link_model.h"

enum {
	HELD_MAX = 32,
	DATAGRAM_BYTES = 2048,
	UPDATE_BYTES = 16,
	NS_PER_MS = 1000000,
	SEED = 998,
};

const char *const bad_link_text = "loss=25%,dup=25%,reorder=25%/40ms";

/* A late one: it waits for the next update. */
static const int64_t behind_next = INT64_MAX;

/* A datagram on the link. */
struct held {
	int64_t due_ns; /* 0: none */
	struct sockaddr_in to;
	struct bad_link_seen *seen; /* NULL: it is not in the log */
	size_t size;
	char data[DATAGRAM_BYTES];
};

struct link {
	int fd;
	struct sockaddr_in to, client;
	const struct bad_link_plan *plan; /* NULL: the model decides */
	struct link_model_spec spec;
	struct link_model model;
	struct held held[HELD_MAX];
	struct bad_link_log log;
	bool has_lost[BAD_LINK_LOST], has_held; /* the plan's, done */
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* A datagram that has come. */
struct arrival {
	bool is_back;
	struct bad_link_seen *seen;
	size_t size;
	char data[DATAGRAM_BYTES];
};

/* Puts a datagram on the link. One that finds it full is lost. */
static void hold(struct link *link, const struct arrival *arrival, int64_t due_ns)
{
	for (int i = 0; i < HELD_MAX; i++) {
		struct held *held = &link->held[i];

		if (held->due_ns != 0)
			continue;
		*held = (struct held){ .due_ns = due_ns,
				       .to = arrival->is_back ? link->client : link->to,
				       .seen = arrival->seen,
				       .size = arrival->size };
		memcpy(held->data, arrival->data, arrival->size);
		return;
	}
}

/* The bit of the number in a message "update N"; 0: it is another command. */
static uint32_t update_of(const struct datagram_command *command)
{
	char text[UPDATE_BYTES] = "";
	unsigned update;

	if (!datagram_is_message(command) || command->size >= sizeof(text))
		return 0;
	memcpy(text, command->data, command->size);
	if (sscanf(text, "update %9u", &update) != 1 || update > BAD_LINK_UPDATE_MAX)
		return 0;
	return UINT32_C(1) << update;
}

/* Notes what ENet's commands in a datagram are about, and which updates are in it. */
static void read_commands(struct bad_link_seen *seen, const struct arrival *arrival)
{
	struct datagram_command command;
	struct datagram datagram;

	if (datagram_open(&datagram, arrival->data, arrival->size) != DATAGRAM_OK)
		return;
	while (datagram_next(&datagram, &command)) {
		if (seen->kind == 0)
			seen->kind = (int)command.kind;
		seen->is_on_channel |= command.channel != DATAGRAM_CHANNEL_NONE;
		seen->updates |= update_of(&command);
	}
}

static struct bad_link_seen *note(struct link *link, const struct arrival *arrival)
{
	struct bad_link_seen *seen;

	if (link->log.count == BAD_LINK_SEEN_MAX)
		return NULL;
	seen = &link->log.seen[link->log.count++];
	*seen = (struct bad_link_seen){ .ns = now_ns(),
					.is_back = arrival->is_back,
					.size = arrival->size };
	read_commands(seen, arrival);
	memcpy(seen->data, arrival->data,
	       arrival->size < sizeof(seen->data) ? arrival->size : sizeof(seen->data));
	return seen;
}

/* The plan's word on a datagram that was noted. */
static void follow_plan(struct link *link, const struct arrival *arrival)
{
	struct bad_link_seen *seen = arrival->seen;

	for (int i = 0; i < BAD_LINK_LOST; i++) {
		if (link->has_lost[i] || !(seen->updates >> link->plan->lost[i] & 1))
			continue;
		link->has_lost[i] = seen->is_lost = true;
	}
	if (seen->is_lost)
		return;
	if (!link->has_held && seen->updates >> link->plan->late & 1) {
		link->has_held = seen->is_late = true;
		hold(link, arrival, behind_next);
		return;
	}
	hold(link, arrival, seen->ns + (int64_t)link->plan->delay_ms * NS_PER_MS);
}

/* Takes a datagram, and decides about it. */
static void take(struct link *link)
{
	struct arrival arrival = { 0 };
	struct link_model_fate fate;
	struct sockaddr_in from;
	socklen_t from_size = sizeof(from);
	ssize_t size = recvfrom(link->fd, arrival.data, sizeof(arrival.data), MSG_DONTWAIT,
				(struct sockaddr *)&from, &from_size);

	if (size < 0)
		return;
	arrival.size = (size_t)size;
	arrival.is_back = from.sin_port == link->to.sin_port;
	if (!arrival.is_back)
		link->client = from;
	arrival.seen = link->plan ? note(link, &arrival) : NULL;
	if (arrival.seen) {
		follow_plan(link, &arrival);
		return;
	}
	if (link->plan || !link_model_decide(&link->model, now_ns(), arrival.size, &fate))
		return;
	hold(link, &arrival, fate.arrives_ns);
	if (fate.is_doubled)
		hold(link, &arrival, fate.copy_arrives_ns);
}

/* The one that is due first. NULL: nothing is held that has a time. */
static struct held *first_due(struct link *link)
{
	struct held *first = NULL;

	for (int i = 0; i < HELD_MAX; i++) {
		struct held *held = &link->held[i];

		if (held->due_ns != 0 && held->due_ns != behind_next &&
		    (!first || held->due_ns < first->due_ns))
			first = held;
	}
	return first;
}

/* Lets a late one follow the update that was handed on, before all others. */
static void release_late(struct link *link)
{
	for (int i = 0; i < HELD_MAX; i++) {
		if (link->held[i].due_ns == behind_next)
			link->held[i].due_ns = 1;
	}
}

/* Hands on what is due. Returns the milliseconds until the next; -1: nothing is held. */
static int hand_on(struct link *link)
{
	struct held *held;

	while ((held = first_due(link))) {
		int64_t now = now_ns();

		if (held->due_ns > now)
			return (int)((held->due_ns - now) / NS_PER_MS) + 1;
		/* As on any link, what cannot be handed on is lost. */
		(void)sendto(link->fd, held->data, held->size, 0,
			     (const struct sockaddr *)&held->to, sizeof(held->to));
		held->due_ns = 0;
		if (!held->seen)
			continue;
		held->seen->handed_ns = now;
		if (held->seen->updates >> link->plan->late > 1)
			release_late(link);
	}
	return -1;
}

/* Opens the link's socket and tells its address. False: it cannot. */
static bool open_link(struct link *link)
{
	struct sockaddr_in address = call_loopback(0);
	socklen_t size = sizeof(address);
	char error[LINK_MODEL_ERROR_BYTES];

	if (!link_model_parse(&link->spec, bad_link_text, error))
		return false;
	link_model_init(&link->model, &link->spec, SEED, now_ns());
	link->fd = socket(AF_INET, SOCK_DGRAM, 0);
	return link->fd >= 0 &&
	       bind(link->fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	       getsockname(link->fd, (struct sockaddr *)&address, &size) == 0 &&
	       send(ACTOR_LINE, &address, sizeof(address), MSG_NOSIGNAL) == sizeof(address);
}

/* Answers the tour with the log, and begins a new one. False: the tour is gone. */
static bool tell(struct link *link)
{
	char request;

	if (recv(ACTOR_LINE, &request, sizeof(request), 0) != sizeof(request) ||
	    send(ACTOR_LINE, &link->log, sizeof(link->log), MSG_NOSIGNAL) != sizeof(link->log))
		return false;
	link->log.count = 0;
	link->has_held = false;
	memset(link->has_lost, 0, sizeof(link->has_lost));
	for (int i = 0; i < HELD_MAX; i++)
		link->held[i].seen = NULL;
	return true;
}

/* The tour's, copied with the process. */
struct start {
	const struct sockaddr_in *to;
	const struct bad_link_plan *plan;
};

static void serve(void *state)
{
	static struct link link;
	const struct start *start = state;
	struct pollfd waits[2] = { { .fd = ACTOR_LINE, .events = POLLIN }, { .events = POLLIN } };

	link.to = *start->to;
	link.plan = start->plan;
	if (!open_link(&link))
		return;
	waits[1].fd = link.fd;
	for (;;) {
		if (poll(waits, 2, hand_on(&link)) <= 0)
			continue;
		if (waits[1].revents != 0)
			take(&link);
		if (waits[0].revents != 0 && !tell(&link))
			return;
	}
}

int bad_link_start_planned(struct actor *actor, const struct sockaddr_in *to,
			   const struct bad_link_plan *plan, struct sockaddr_in *link)
{
	struct start start = { .to = to, .plan = plan };
	int status = actor_start(actor, serve, &start);

	if (status < 0)
		return status;
	if (recv(actor->line, link, sizeof(*link), 0) == sizeof(*link))
		return 0;
	actor_stop(actor);
	return -EPIPE;
}

int bad_link_start(struct actor *actor, const struct sockaddr_in *to, struct sockaddr_in *link)
{
	return bad_link_start_planned(actor, to, NULL, link);
}

bool bad_link_look(const struct actor *actor, struct bad_link_log *log)
{
	return send(actor->line, "?", 1, MSG_NOSIGNAL) == 1 &&
	       recv(actor->line, log, sizeof(*log), 0) == sizeof(*log);
}
