#include "client/tour/chapters/bad_link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proto/net/link/link_model.h"

enum {
	HELD_MAX = 16,
	DATAGRAM_BYTES = 2048,
	NS_PER_MS = 1000000,
	SEED = 998,
};

const char *const bad_link_text = "loss=25%,dup=25%,reorder=25%/40ms";

/* A datagram on the link. */
struct held {
	int64_t due_ns; /* 0: none */
	size_t size;
	char data[DATAGRAM_BYTES];
};

struct link {
	int fd;
	struct sockaddr_in to;
	struct link_model_spec spec;
	struct link_model model;
	struct held held[HELD_MAX];
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Puts a datagram on the link. One that finds it full is lost. */
static void hold(struct link *link, const char *data, size_t size, int64_t due_ns)
{
	for (int i = 0; i < HELD_MAX; i++) {
		if (link->held[i].due_ns != 0)
			continue;
		link->held[i].due_ns = due_ns;
		link->held[i].size = size;
		memcpy(link->held[i].data, data, size);
		return;
	}
}

static void take(struct link *link)
{
	struct link_model_fate fate;
	char data[DATAGRAM_BYTES];
	ssize_t size = recv(link->fd, data, sizeof(data), MSG_DONTWAIT);

	if (size < 0 || !link_model_decide(&link->model, now_ns(), (size_t)size, &fate))
		return;
	hold(link, data, (size_t)size, fate.arrives_ns);
	if (fate.is_doubled)
		hold(link, data, (size_t)size, fate.copy_arrives_ns);
}

/* Hands on what is due. Returns the milliseconds until the next; -1: nothing is held. */
static int hand_on(struct link *link)
{
	int64_t now = now_ns(), next = INT64_MAX;

	for (int i = 0; i < HELD_MAX; i++) {
		struct held *held = &link->held[i];

		if (held->due_ns == 0)
			continue;
		if (held->due_ns > now) {
			next = held->due_ns < next ? held->due_ns : next;
			continue;
		}
		/* As on any link, what cannot be handed on is lost. */
		(void)sendto(link->fd, held->data, held->size, 0,
			     (const struct sockaddr *)&link->to, sizeof(link->to));
		held->due_ns = 0;
	}
	return next == INT64_MAX ? -1 : (int)((next - now) / NS_PER_MS) + 1;
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

static void serve(void *state)
{
	static struct link link;
	const struct sockaddr_in *to = state;
	struct pollfd waits[2] = { { .fd = ACTOR_LINE, .events = POLLIN }, { .events = POLLIN } };

	link.to = *to;
	if (!open_link(&link))
		return;
	waits[1].fd = link.fd;
	/* The tour says nothing on the line; what comes is its end. */
	while (waits[0].revents == 0) {
		if (poll(waits, 2, hand_on(&link)) > 0 && waits[1].revents != 0)
			take(&link);
	}
}

int bad_link_start(struct actor *actor, const struct sockaddr_in *to, struct sockaddr_in *link)
{
	struct sockaddr_in target = *to;
	int status = actor_start(actor, serve, &target);

	if (status < 0)
		return status;
	if (recv(actor->line, link, sizeof(*link), 0) == sizeof(*link))
		return 0;
	actor_stop(actor);
	return -EPIPE;
}
