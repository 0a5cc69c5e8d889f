#include "proto/net/udp/paths.h"

#include <stddef.h>
#include <string.h>

#define PEER_IDLE_NS (PATHS_PEER_IDLE_S * INT64_C(1000000000))

_Static_assert(sizeof(struct path) == 40, "as the header says");

/* Multiply-shift, twice, by secrets, so that a sender cannot choose addresses that collide. */
static struct path *set_of(struct paths *paths, const struct net_address *remote)
{
	uint64_t number = (uint64_t)remote->host << 16 | remote->port;

	number *= paths->key[0] | 1;
	number ^= number >> 32;
	number *= paths->key[1] | 1;
	return paths->sets[number >> (64 - PATHS_SET_BITS)];
}

static bool is_free(const struct path *path)
{
	return path->used_ns == 0;
}

static struct path *find(struct path *set, const struct net_address *remote)
{
	for (int i = 0; i < PATHS_WAYS && !is_free(&set[i]); i++)
		if (set[i].remote.host == remote->host && set[i].remote.port == remote->port)
			return &set[i];
	return NULL;
}

static bool is_live(const struct path *path, int64_t now_ns)
{
	return path->is_peer && now_ns - path->used_ns < PEER_IDLE_NS;
}

/* A place for a new path; NULL when live peers have all of them. */
static struct path *make_place(struct path *set, int64_t now_ns)
{
	struct path *place = NULL;

	for (int i = 0; i < PATHS_WAYS; i++) {
		if (is_free(&set[i]))
			return &set[i];
		if (!is_live(&set[i], now_ns) && (!place || set[i].used_ns < place->used_ns))
			place = &set[i];
	}
	return place;
}

void paths_init(struct paths *paths, const uint64_t key[static 2])
{
	paths->key[0] = key[0];
	paths->key[1] = key[1];
}

void paths_received(struct paths *paths, const struct net_address *remote,
		    const struct in6_pktinfo *local, int64_t now_ns)
{
	struct path *set = set_of(paths, remote);
	struct path *path = find(set, remote);

	if (!path) {
		path = make_place(set, now_ns);
		if (!path)
			return;
		*path = (struct path){ .remote = *remote };
	}
	path->local = *local;
	path->has_local = true;
	path->used_ns = now_ns;
}

const struct in6_pktinfo *paths_sent(struct paths *paths, const struct net_address *remote,
				     int64_t now_ns)
{
	struct path *path = find(set_of(paths, remote), remote);

	if (!path)
		return NULL;
	path->is_peer = true;
	path->used_ns = now_ns;
	return path->has_local ? &path->local : NULL;
}

void paths_forget(struct paths *paths, const struct net_address *remote)
{
	struct path *path = find(set_of(paths, remote), remote);

	if (path)
		path->has_local = false;
}
