#include "proto/net/netns/network.h"

#include <unistd.h>

#include "proto/net/netns/tunnel.h"

_Static_assert((int)TUNNEL_ERROR_BYTES <= (int)NAMESPACES_ERROR_BYTES, "a sentence fits");

bool network_make(struct network *network, uint32_t host, size_t count,
		  char error[static NAMESPACES_ERROR_BYTES])
{
	*network = NETWORK_NONE;
	network->space = namespaces_make(error);
	if (network->space >= 0)
		network->tunnel = tunnel_open(host, count, error);
	return network->tunnel >= 0;
}

void network_close(struct network *network)
{
	if (network->tunnel >= 0)
		close(network->tunnel);
	if (network->space >= 0)
		close(network->space);
	*network = NETWORK_NONE;
}
