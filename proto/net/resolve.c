/*
 * resolve: ENet's enet_address_* functions, names and numbers to addresses and back. IPv4.
 * The only functions here that may block, in the resolver of the C library.
 */
#include <string.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <enet/enet.h>

#define EXPORTED __attribute__((visibility("default")))

EXPORTED int enet_address_set_host_ip(ENetAddress *address, const char *name)
{
	struct in_addr parsed;

	if (inet_pton(AF_INET, name, &parsed) != 1)
		return -1;
	address->host = parsed.s_addr;
	return 0;
}

EXPORTED int enet_address_set_host(ENetAddress *address, const char *name)
{
	const struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found;
	struct sockaddr_in first;

	if (enet_address_set_host_ip(address, name) == 0)
		return 0;
	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		return -1;
	memcpy(&first, found->ai_addr, sizeof(first)); /* AF_INET was asked for */
	freeaddrinfo(found);
	address->host = first.sin_addr.s_addr;
	return 0;
}

EXPORTED int enet_address_get_host_ip(const ENetAddress *address, char *name, size_t name_bytes)
{
	const struct in_addr host = { .s_addr = address->host };
	const socklen_t room =
		name_bytes < INET_ADDRSTRLEN ? (socklen_t)name_bytes : INET_ADDRSTRLEN;

	return inet_ntop(AF_INET, &host, name, room) ? 0 : -1;
}

EXPORTED int enet_address_get_host(const ENetAddress *address, char *name, size_t name_bytes)
{
	const struct sockaddr_in known = {
		.sin_family = AF_INET,
		.sin_port = htons(address->port),
		.sin_addr.s_addr = address->host,
	};
	const socklen_t room = name_bytes < NI_MAXHOST ? (socklen_t)name_bytes : NI_MAXHOST;

	if (getnameinfo((const struct sockaddr *)&known, sizeof(known), name, room, NULL, 0,
			NI_NAMEREQD) == 0)
		return 0;
	return enet_address_get_host_ip(address, name, name_bytes);
}
