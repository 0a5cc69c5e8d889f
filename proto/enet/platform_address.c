/* ENet's enet_address_* functions, over the network's own. */
#include <enet/enet.h>

#include "proto/net/resolve.h"

#define EXPORTED __attribute__((visibility("default")))

static struct net_address of_enet(const ENetAddress *address)
{
	return (struct net_address){ .host = address->host, .port = address->port };
}

/* Takes no names. */
EXPORTED int enet_address_set_host_ip(ENetAddress *address, const char *name)
{
	uint32_t host;

	if (!net_read_host(name, &host))
		return -1;
	address->host = host;
	return 0;
}

/* The first of its addresses. */
EXPORTED int enet_address_set_host(ENetAddress *address, const char *name)
{
	struct net_address first;

	if (net_resolve(name, 0, &first, 1) == 0)
		return -1;
	address->host = first.host;
	return 0;
}

EXPORTED int enet_address_get_host_ip(const ENetAddress *address, char *name, size_t name_bytes)
{
	const struct net_address known = of_enet(address);

	return net_write_host(&known, name, name_bytes) ? 0 : -1;
}

EXPORTED int enet_address_get_host(const ENetAddress *address, char *name, size_t name_bytes)
{
	const struct net_address known = of_enet(address);

	if (net_host_name(&known, name, name_bytes))
		return 0;
	return enet_address_get_host_ip(address, name, name_bytes);
}
