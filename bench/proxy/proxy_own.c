#include "bench/proxy/proxy_own.h"

#include "proto/net/udp/address_table.h"

/* Only such can be bound to. */
bool proxy_is_here(struct net *net, const struct net_address *address)
{
	const struct net_address any_port = { .host = address->host };
	const int socket = net->open(net);
	bool is_here;

	if (socket < 0)
		return false;
	is_here = net->bind(net, socket, &any_port) == 0;
	net->close(net, socket);
	return is_here;
}

static bool is_any(const struct net_address *address)
{
	return address->host == NET_HOST_ANY || address->host == NET_HOST_ANY_IPV4;
}

/* All of IPv4 are none of IPv6. */
bool proxy_is_own(struct net *net, const struct net_address *at, const struct net_address *target)
{
	const bool is_ipv6 = address_table_is_handle(ntohl(target->host));

	if (at->port != target->port)
		return false;
	if (at->host == target->host || is_any(target))
		return true;
	return is_any(at) && proxy_is_here(net, target) &&
	       !(is_ipv6 && at->host == NET_HOST_ANY_IPV4);
}
