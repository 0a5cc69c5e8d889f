/* Places for those who ask to connect. */
#include "proto/enet/host_internal.h"

static uint64_t network_of(const ENetAddress *address)
{
	return net_network(net_current(),
			   &(struct net_address){ .host = address->host, .port = address->port });
}

uint64_t host_peer_network(struct host *host, const ENetPeer *peer)
{
	struct host_peer *own = host_peer_of(host, peer);

	if (own->network == 0 || own->network_host != peer->address.host) {
		own->network_host = peer->address.host;
		own->network = network_of(&peer->address);
	}
	return own->network;
}

static bool is_in_use(const ENetPeer *peer)
{
	return peer->state != ENET_PEER_STATE_DISCONNECTED;
}

static bool may_enter(const struct host *host)
{
	const struct net_address address = { .host = host->enet->receivedAddress.host,
					     .port = host->enet->receivedAddress.port };

	return !host->gate || host->gate(host->gate_context, &address);
}

enum host_place host_place_for(struct host *host, const struct connect_request *asked)
{
	const ENetHost *enet = host->enet;
	const uint64_t network = network_of(&enet->receivedAddress);
	bool is_free = enet->peerCount < host->peers_max;
	size_t of_network = 0;

	if (!may_enter(host))
		return HOST_PLACE_SHUT;
	for (size_t i = 0; i < enet->peerCount; i++) {
		const ENetPeer *peer = &enet->peers[i];

		if (is_in_use(peer) && peer->address.host == enet->receivedAddress.host &&
		    peer->address.port == enet->receivedAddress.port &&
		    peer->connectID == asked->connection)
			return HOST_PLACE;
		is_free |= !is_in_use(peer);
		of_network += is_in_use(peer) && host_peer_network(host, peer) == network;
	}
	if (of_network >= host->per_address)
		return HOST_PLACE_ADDRESS_FULL;
	return is_free ? HOST_PLACE : HOST_PLACE_FULL;
}
