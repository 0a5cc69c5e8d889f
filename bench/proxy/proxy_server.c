#include "bench/proxy/proxy_server.h"

#include "proto/net/resolve.h"

#define NS_PER_MS INT64_C(1000000)

static bool is_same(const struct net_address *one, const struct net_address *other)
{
	return one->host == other->host && one->port == other->port;
}

bool proxy_server_find(struct proxy_server *server, const struct endpoint *to)
{
	server->count = net_resolve(to->host, to->port, server->list, LOOKUP_ADDRESSES_MAX);
	return server->count > 0;
}

static void note_silence(struct proxy_server *server, int64_t now_ns)
{
	const int64_t patience_ms = server->has_answered ? PROXY_GONE_MS : PROXY_TRY_MS;
	const int64_t late_ns = now_ns - server->delay_ns;

	if (server->count < 2 || late_ns - server->tried_ns < patience_ms * NS_PER_MS)
		return;
	server->at = (server->at + 1) % server->count;
	server->has_answered = false;
	server->tried_ns = now_ns;
}

const struct net_address *proxy_server_ask(struct proxy_server *server, int64_t now_ns)
{
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
