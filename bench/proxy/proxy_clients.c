#include "bench/proxy/proxy_clients.h"

#include <stdbool.h>

#define IDLE_NS (PROXY_IDLE_S * INT64_C(1000000000))

static bool has_address(const struct proxy_client *client, const struct net_address *address)
{
	return client->address.host == address->host && client->address.port == address->port;
}

struct proxy_client *proxy_clients_find(struct proxy_clients *clients,
					const struct net_address *address)
{
	if (clients->last_found < clients->count &&
	    has_address(&clients->list[clients->last_found], address))
		return &clients->list[clients->last_found];
	for (size_t i = 0; i < clients->count; i++) {
		if (has_address(&clients->list[i], address)) {
			clients->last_found = i;
			return &clients->list[i];
		}
	}
	return NULL;
}

struct proxy_client *proxy_clients_place(struct proxy_clients *clients, int64_t now_ns)
{
	struct proxy_client *oldest = &clients->list[0];

	if (clients->count < PROXY_CLIENTS_MAX) {
		clients->list[clients->count].socket = -1;
		return &clients->list[clients->count++];
	}
	for (size_t i = 1; i < clients->count; i++)
		if (clients->list[i].heard_ns < oldest->heard_ns)
			oldest = &clients->list[i];
	return now_ns - oldest->heard_ns >= IDLE_NS ? oldest : NULL;
}
