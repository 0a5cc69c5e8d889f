#include "proto/net/resolve.h"

#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <enet/enet.h>

#include "proto/net/udp_address.h"

#define EXPORTED __attribute__((visibility("default")))

/* An address in figures. Only this form of IPv4: getaddrinfo would take "127.1" and "0x7f000001".
 */
static bool read_figures(const char *name, uint32_t *host)
{
	const struct addrinfo hints = { .ai_family = AF_INET6,
					.ai_socktype = SOCK_DGRAM,
					.ai_flags = AI_NUMERICHOST };
	struct sockaddr_in ipv4 = { .sin_family = AF_INET };
	struct addrinfo *found;
	bool is_good;

	if (inet_pton(AF_INET, name, &ipv4.sin_addr) == 1)
		return udp_address_name((const struct sockaddr *)&ipv4, host);
	if (!strchr(name, ':') || getaddrinfo(name, NULL, &hints, &found) != 0)
		return false;
	is_good = udp_address_name(found->ai_addr, host);
	freeaddrinfo(found);
	return is_good;
}

size_t net_resolve(const char *name, uint16_t port, struct net_address *addresses, size_t max)
{
	const struct addrinfo hints = { .ai_family = udp_has_ipv6() ? AF_UNSPEC : AF_INET,
					.ai_socktype = SOCK_DGRAM };
	struct addrinfo *found;
	size_t count = 0;
	uint32_t host;

	if (max > 0 && read_figures(name, &host)) {
		addresses[0] = (struct net_address){ .host = host, .port = port };
		return 1;
	}
	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		return 0;
	for (const struct addrinfo *at = found; at && count < max; at = at->ai_next)
		if ((at->ai_family == AF_INET || at->ai_family == AF_INET6) &&
		    udp_address_name(at->ai_addr, &host))
			addresses[count++] = (struct net_address){ .host = host, .port = port };
	freeaddrinfo(found);
	return count;
}

bool net_is_address(const char *name)
{
	struct in_addr unused;

	/* No name has a colon. */
	return strchr(name, ':') || inet_pton(AF_INET, name, &unused) == 1;
}

/* False when it does not fit, or the handle is nobody's. */
static bool write_figures(const struct net_address *address, char *text, size_t bytes)
{
	union udp_sockaddr known;

	return udp_address_look(address, &known) &&
	       getnameinfo(&known.any, udp_sockaddr_bytes(&known), text, (socklen_t)bytes, NULL, 0,
			   NI_NUMERICHOST) == 0;
}

void net_host_text(const struct net_address *address, char text[static NET_TEXT_BYTES])
{
	if (!write_figures(address, text, NET_TEXT_BYTES))
		snprintf(text, NET_TEXT_BYTES, "?");
}

/* ENet's */

EXPORTED int enet_address_set_host_ip(ENetAddress *address, const char *name)
{
	uint32_t host;

	if (!read_figures(name, &host))
		return -1;
	address->host = host;
	return 0;
}

EXPORTED int enet_address_set_host(ENetAddress *address, const char *name)
{
	struct net_address first;

	if (net_resolve(name, 0, &first, 1) == 0)
		return -1;
	address->host = first.host;
	return 0;
}

static struct net_address of_enet(const ENetAddress *address)
{
	return (struct net_address){ .host = address->host, .port = address->port };
}

EXPORTED int enet_address_get_host_ip(const ENetAddress *address, char *name, size_t name_bytes)
{
	const struct net_address known = of_enet(address);

	return write_figures(&known, name, name_bytes < NI_MAXHOST ? name_bytes : NI_MAXHOST) ? 0
											      : -1;
}

EXPORTED int enet_address_get_host(const ENetAddress *address, char *name, size_t name_bytes)
{
	const struct net_address wanted = of_enet(address);
	const socklen_t room = name_bytes < NI_MAXHOST ? (socklen_t)name_bytes : NI_MAXHOST;
	union udp_sockaddr known;

	if (udp_address_look(&wanted, &known) && getnameinfo(&known.any, udp_sockaddr_bytes(&known),
							     name, room, NULL, 0, NI_NAMEREQD) == 0)
		return 0;
	return enet_address_get_host_ip(address, name, name_bytes);
}
