#include "proto/enet/platform_internal.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <enet/enet.h>

#include "proto/net/net.h"
#include "proto/enet/platform.h"
#include "proto/enet/pool.h"
#include "proto/wire/text.h"

_Thread_local unsigned *platform_seen;

static const char *const names[PLATFORM_FUNCTIONS] = {
	[PLATFORM_INITIALIZE] = "enet_initialize",
	[PLATFORM_CREATE] = "enet_socket_create",
	[PLATFORM_BIND] = "enet_socket_bind",
	[PLATFORM_SET_OPTION] = "enet_socket_set_option",
	[PLATFORM_GET_ADDRESS] = "enet_socket_get_address",
	[PLATFORM_RANDOM_SEED] = "enet_host_random_seed",
	[PLATFORM_TIME_GET] = "enet_time_get",
	[PLATFORM_SEND] = "enet_socket_send",
	[PLATFORM_RECEIVE] = "enet_socket_receive",
	[PLATFORM_WAIT] = "enet_socket_wait",
	[PLATFORM_DESTROY] = "enet_socket_destroy",
};

/*
 * A net that does nothing. Its one socket's number is no open descriptor of any process: a function
 * of libenet's own fails on it and sends nothing.
 */
enum {
	PROBE_SOCKET = 0x7ffffff0,
	PROBE_TICK_NS = 10000, /* the clock moves at each look, so no loop on it is endless */
};

static int probe_open(struct net *net)
{
	(void)net;
	return PROBE_SOCKET;
}

static void probe_close(struct net *net, int socket)
{
	(void)net;
	(void)socket;
}

static int probe_bind(struct net *net, int socket, const struct net_address *address)
{
	(void)net;
	(void)socket;
	(void)address;
	return 0;
}

static int probe_address(struct net *net, int socket, struct net_address *address)
{
	(void)net;
	(void)socket;
	*address = (struct net_address){ .host = htonl(INADDR_LOOPBACK), .port = 1 };
	return 0;
}

static void probe_send(struct net *net, int socket, const struct net_address *to,
		       const struct net_buffer *buffers, size_t count)
{
	(void)net;
	(void)socket;
	(void)to;
	(void)buffers;
	(void)count;
}

static void probe_flush(struct net *net, int socket)
{
	(void)net;
	(void)socket;
}

static size_t probe_receive(struct net *net, int socket, struct net_address *from, void *data,
			    size_t capacity)
{
	(void)net;
	(void)socket;
	(void)from;
	(void)data;
	(void)capacity;
	return 0;
}

static bool probe_has_buffered(struct net *net, int socket)
{
	(void)net;
	(void)socket;
	return false;
}

static int64_t probe_now_ns(struct net *net)
{
	int64_t *now_ns = net->state;

	return *now_ns += PROBE_TICK_NS;
}

static int probe_wait(struct net *net, int socket, int64_t until_ns)
{
	int64_t *now_ns = net->state;

	(void)socket;
	if (until_ns > *now_ns && until_ns != INT64_MAX)
		*now_ns = until_ns;
	return 0;
}

static uint32_t probe_random(struct net *net)
{
	(void)net;
	return 1;
}

static void probe_stats(struct net *net, int socket, struct net_stats *stats)
{
	(void)net;
	(void)socket;
	*stats = (struct net_stats){ 0 };
}

static bool all_seen(unsigned wanted)
{
	return (*platform_seen & wanted) == wanted;
}

/*
 * Drives a host step by step. Returns early where the next step could do harm if a function were
 * not ours: it sends nothing before socket, clock and address were seen to be ours. False: a host
 * could not be made although all its functions are ours.
 */
static bool drive_host(void)
{
	const ENetAddress address = { .host = htonl(INADDR_LOOPBACK), .port = 0 };
	const ENetAddress nobody = { .host = htonl(INADDR_LOOPBACK), .port = 9 };
	const unsigned creation = 1u << PLATFORM_CREATE | 1u << PLATFORM_BIND |
				  1u << PLATFORM_SET_OPTION | 1u << PLATFORM_GET_ADDRESS |
				  1u << PLATFORM_RANDOM_SEED;
	ENetEvent event;
	ENetHost *host = enet_host_create(&address, 1, 1, 0, 0);

	if (!host)
		return !all_seen(creation);
	if (!all_seen(creation))
		goto out;
	enet_host_flush(host); /* reads the clock; there is nothing to send yet */
	if (!all_seen(1u << PLATFORM_TIME_GET))
		goto out;
	if (!enet_host_connect(host, &nobody, 1, 0)) {
		enet_host_destroy(host);
		return false;
	}
	enet_host_flush(host);
	if (all_seen(1u << PLATFORM_SEND))
		enet_host_service(host, &event, 1); /* receives, and waits for a millisecond */
out:
	enet_host_destroy(host);
	return true;
}

static int refuse(char *why, enum platform_function missing)
{
	Dl_info info;
	const char *file = "its shared object";

	if (dladdr((const void *)(uintptr_t)&enet_host_create, &info) && info.dli_fname)
		file = info.dli_fname;
	snprintf(why, PLATFORM_WHY_BYTES,
		 "libenet calls its own %s, not ours: use one built without -Bsymbolic, such as "
		 "Debian's libenet7, link it after Starling, and leave the program's enet_* "
		 "symbols visible (found: %s)",
		 names[missing], text_shown(file).text);
	return -ENOTSUP;
}

static int refuse_version(char *why, ENetVersion linked)
{
	snprintf(why, PLATFORM_WHY_BYTES,
		 "libenet is version %u.%u.%u, but Starling was built with the headers of "
		 "%d.%d.%d, whose structs may differ: build it again with those of the libenet "
		 "in use",
		 ENET_VERSION_GET_MAJOR(linked), ENET_VERSION_GET_MINOR(linked),
		 ENET_VERSION_GET_PATCH(linked), ENET_VERSION_MAJOR, ENET_VERSION_MINOR,
		 ENET_VERSION_PATCH);
	return -ENOTSUP;
}

static int refuse_memory(char *why)
{
	snprintf(why, PLATFORM_WHY_BYTES,
		 "libenet could not be set up: out of memory; free some, or raise the limit "
		 "(ulimit -v)");
	return -ENOMEM;
}

/* ENet checks each result itself; by default it would call abort() here. */
static void report_nothing(void)
{
}

int platform_check(char why[static PLATFORM_WHY_BYTES])
{
	const ENetCallbacks callbacks = {
		.malloc = pool_take,
		.free = pool_give,
		.no_memory = report_nothing,
	};
	const ENetVersion linked = enet_linked_version();
	unsigned seen = 0;
	int64_t now_ns = INT64_C(1000000000);
	struct net probe = {
		.state = &now_ns,
		.open = probe_open,
		.close = probe_close,
		.bind = probe_bind,
		.address = probe_address,
		.send = probe_send,
		.flush = probe_flush,
		.receive = probe_receive,
		.has_buffered = probe_has_buffered,
		.wait = probe_wait,
		.now_ns = probe_now_ns,
		.random = probe_random,
		.stats = probe_stats,
	};
	bool is_driven = true;

	if (linked != ENET_VERSION)
		return refuse_version(why, linked);
	platform_seen = &seen;
	if (enet_initialize_with_callbacks(ENET_VERSION, &callbacks) == 0 &&
	    all_seen(1u << PLATFORM_INITIALIZE)) {
		struct net *own = net_thread();

		net_use_thread(&probe);
		is_driven = drive_host();
		net_use_thread(own);
	}
	platform_seen = NULL;
	if (!is_driven)
		return refuse_memory(why);
	for (enum platform_function i = 0; i < PLATFORM_FUNCTIONS; i++)
		if (!(seen & 1u << i))
			return refuse(why, i);
	return 0;
}
