#include "proto/net/resolve.h"

#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "proto/net/udp/udp_address.h"

enum {
	IPV4_OF_MANY = 224, /* the first byte of the addresses that no single machine has */
};

/* Only this form of IPv4: getaddrinfo would take "127.1" and "0x7f000001". */
bool net_read_host(const char *name, uint32_t *host)
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

	if (max > 0 && net_read_host(name, &host)) {
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

bool net_write_host(const struct net_address *address, char *text, size_t bytes)
{
	const socklen_t room = bytes < NI_MAXHOST ? (socklen_t)bytes : NI_MAXHOST;
	union udp_sockaddr known;

	return udp_address_look(address, &known) &&
	       getnameinfo(&known.any, udp_sockaddr_bytes(&known), text, room, NULL, 0,
			   NI_NUMERICHOST) == 0;
}

bool net_host_is_loopback(const struct net_address *address)
{
	union udp_sockaddr known;

	if (!udp_address_look(address, &known))
		return false;
	if (known.any.sa_family == AF_INET)
		return ntohl(known.in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&known.in6.sin6_addr);
}

bool net_host_is_of_many(const struct net_address *address)
{
	union udp_sockaddr known;

	if (!udp_address_look(address, &known))
		return false;
	if (known.any.sa_family == AF_INET)
		return ntohl(known.in.sin_addr.s_addr) >> 24 >= IPV4_OF_MANY;
	return IN6_IS_ADDR_MULTICAST(&known.in6.sin6_addr);
}

bool net_host_bytes(const struct net_address *address, uint8_t bytes[static NET_IPV6_BYTES])
{
	static const uint8_t mapped[NET_IPV6_BYTES] = { [10] = 0xff, [11] = 0xff };
	union udp_sockaddr known;

	if (!udp_address_look(address, &known))
		return false;
	memcpy(bytes, mapped, sizeof(mapped));
	if (known.any.sa_family == AF_INET)
		memcpy(bytes + 12, &known.in.sin_addr, sizeof(known.in.sin_addr));
	else
		memcpy(bytes, known.in6.sin6_addr.s6_addr, NET_IPV6_BYTES);
	return true;
}

void net_host_text(const struct net_address *address, char text[static NET_TEXT_BYTES])
{
	if (!net_write_host(address, text, NET_TEXT_BYTES))
		snprintf(text, NET_TEXT_BYTES, "?");
}

bool net_host_name(const struct net_address *address, char *text, size_t bytes)
{
	const socklen_t room = bytes < NI_MAXHOST ? (socklen_t)bytes : NI_MAXHOST;
	union udp_sockaddr known;

	return udp_address_look(address, &known) &&
	       getnameinfo(&known.any, udp_sockaddr_bytes(&known), text, room, NULL, 0,
			   NI_NAMEREQD) == 0;
}
