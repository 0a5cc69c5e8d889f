#include "bench/proxy/proxy_server.h"

#include "proto/net/resolve.h"

#define NS_PER_MS INT64_C(1000000)

static bool is_same(const struct net_address *one, const struct net_address *other)
{
	return one->host == other->host && one->port == other->port;
}

bool proxy_server_find(struct proxy_server *server, const struct endpoint *to)
{
	server->to = to;
	server->count = net_resolve(to->host, to->port, server->list, LOOKUP_ADDRESSES_MAX);
	return server->count > 0;
}

const struct net_address *proxy_server_own(const struct proxy_server *server)
{
	for (size_t i = 0; i < server->count; i++)
		if (server->is_own(server->context, &server->list[i]))
			return &server->list[i];
	return NULL;
}

/* No address is known to be the server's until it answers. */
static void choose(struct proxy_server *server, size_t at, int64_t now_ns)
{
	server->at = at;
	server->has_answered = false;
	server->tried_ns = now_ns;
}

/* Goes over to what was found, with the present address if it is still among that. */
static void take_found(struct proxy_server *server, int64_t now_ns)
{
	const struct net_address present = server->list[server->at];
	struct net_address found[LOOKUP_ADDRESSES_MAX];
	const size_t found_count = lookup_take(&server->lookup, found);
	size_t count = 0, at = LOOKUP_ADDRESSES_MAX;

	for (size_t i = 0; i < found_count; i++) {
		if (server->is_own(server->context, &found[i]))
			continue;
		if (is_same(&found[i], &present))
			at = count;
		server->list[count++] = found[i];
	}
	if (count == 0)
		return;
	server->count = count;
	if (at < count)
		server->at = at;
	else
		choose(server, 0, now_ns);
}

static void note_silence(struct proxy_server *server, int64_t now_ns)
{
	const int64_t patience_ms = server->has_answered ? PROXY_GONE_MS : PROXY_TRY_MS;
	const int64_t late_ns = now_ns - server->delay_ns;

	if (late_ns - server->asked_ns >= PROXY_LOOK_AGAIN_MS * NS_PER_MS &&
	    now_ns - server->looked_ns >= PROXY_LOOK_AGAIN_MS * NS_PER_MS) {
		server->looked_ns = now_ns;
		lookup_start(&server->lookup, server->to->host, server->to->port);
	}
	if (server->count > 1 && late_ns - server->tried_ns >= patience_ms * NS_PER_MS)
		choose(server, (server->at + 1) % server->count, now_ns);
}

const struct net_address *proxy_server_ask(struct proxy_server *server, int64_t now_ns)
{
	if (lookup_is_under_way(&server->lookup))
		take_found(server, now_ns);
	if (server->asked_ns == 0)
		server->asked_ns = server->tried_ns = now_ns;
	else
		note_silence(server, now_ns);
	return &server->list[server->at];
}

bool proxy_server_hear(struct proxy_server *server, const struct net_address *from)
{
	for (size_t i = 0; i < server->count; i++) {
		if (!is_same(&server->list[i], from))
			continue;
		server->at = i;
		server->has_answered = true;
		server->asked_ns = 0;
		return true;
	}
	return false;
}

void proxy_server_fini(struct proxy_server *server)
{
	lookup_drop(&server->lookup);
}
