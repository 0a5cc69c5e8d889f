#include "proto/web/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	WAITING = 64, /* connections that are not taken yet */
};

/* One of both families. */
union address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

static bool read_host(union address *address, const char *host, uint16_t port)
{
	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, host, &address->ipv4.sin_addr) == 1) {
		address->ipv4.sin_family = AF_INET;
		address->ipv4.sin_port = htons(port);
		return true;
	}
	address->ipv6.sin6_family = AF_INET6;
	address->ipv6.sin6_port = htons(port);
	return inet_pton(AF_INET6, host, &address->ipv6.sin6_addr) == 1;
}

static socklen_t size_of(const union address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->ipv4) : sizeof(address->ipv6);
}

bool listener_is_loopback(const char *host)
{
	union address address;

	if (!read_host(&address, host, 0))
		return false;
	return address.any.sa_family == AF_INET
		       ? ntohl(address.ipv4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET
		       : IN6_IS_ADDR_LOOPBACK(&address.ipv6.sin6_addr);
}

static int listen_on(int listener, union address *address, uint16_t *port)
{
	socklen_t size = size_of(address);
	const int on = 1;

	/* Connections of a former run must not keep the port. */
	if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(listener, &address->any, size) != 0 || listen(listener, WAITING) != 0 ||
	    getsockname(listener, &address->any, &size) != 0)
		return -errno;
	*port = ntohs(address->any.sa_family == AF_INET ? address->ipv4.sin_port
							: address->ipv6.sin6_port);
	return 0;
}

int listener_open(const char *host, uint16_t *port)
{
	union address address;
	int listener, result;

	if (!read_host(&address, host, *port))
		return -EINVAL;
	listener = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener < 0)
		return -errno;
	result = listen_on(listener, &address, port);
	if (result == 0)
		return listener;
	close(listener);
	return result;
}

int listener_accept(int listener)
{
	const int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	return connection >= 0 ? connection : -errno;
}
