#include "proto/net/udp/udp_address.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "proto/net/udp/address_table.h"
#include "proto/net/udp/udp_clock.h"

_Static_assert(ADDRESS_TABLE_FIRST == UINT32_C(0xf0000000),
	       "NET_HOST_ANY_IPV4 is the first of them");

/* The process's table, because ENet's addresses are the process's. */
static struct address_table table;
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void draw_key(void)
{
	uint64_t key[2];

	/* A kernel without it: then the key is only hard to guess. */
	if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key)) {
		key[0] = (uint64_t)udp_clock_ns();
		key[1] = (uint64_t)(uintptr_t)&key ^ (uint64_t)getpid() << 48;
	}
	address_table_init(&table, key);
}

/* The lock, taken when a batch first needs it, with the time of its batch. */
struct hold {
	bool is_held;
	int64_t now_ns;
};

static void take_hold(struct hold *hold)
{
	if (hold->is_held)
		return;
	pthread_once(&table_once, draw_key);
	hold->now_ns = udp_clock_ns();
	hold->is_held = true;
	pthread_mutex_lock(&table_lock);
}

static void let_go(struct hold *hold)
{
	if (hold->is_held)
		pthread_mutex_unlock(&table_lock);
	hold->is_held = false;
}

/* Families */

static in_addr_t mapped_ipv4(const struct in6_addr *address)
{
	in_addr_t host;

	memcpy(&host, &address->s6_addr[12], sizeof(host));
	return host;
}

static struct sockaddr_in ipv4_of(in_addr_t host, uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = host == NET_HOST_ANY_IPV4 ? htonl(INADDR_ANY) : host,
	};
}

/* As a dual-stack socket wants it: ::ffff:a.b.c.d. */
static struct sockaddr_in6 mapped_of(in_addr_t host, uint16_t port)
{
	const struct sockaddr_in plain = ipv4_of(host, port);
	struct sockaddr_in6 mapped = { .sin6_family = AF_INET6, .sin6_port = plain.sin_port };

	mapped.sin6_addr.s6_addr[10] = 0xff;
	mapped.sin6_addr.s6_addr[11] = 0xff;
	memcpy(&mapped.sin6_addr.s6_addr[12], &plain.sin_addr, sizeof(plain.sin_addr));
	return mapped;
}

static struct address_table_ipv6 ipv6_address(const struct sockaddr_in6 *address)
{
	const struct in6_addr *host = &address->sin6_addr;
	struct address_table_ipv6 taken = { 0 };

	memcpy(taken.bytes, host->s6_addr, sizeof(taken.bytes));
	/* Elsewhere the interface is only the way that a datagram took. */
	if (IN6_IS_ADDR_LINKLOCAL(host) || IN6_IS_ADDR_MC_LINKLOCAL(host))
		taken.scope = address->sin6_scope_id;
	return taken;
}

static struct sockaddr_in6 ipv6_of(const struct address_table_ipv6 *address, uint16_t port)
{
	struct sockaddr_in6 known = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_scope_id = address->scope,
	};

	memcpy(known.sin6_addr.s6_addr, address->bytes, sizeof(address->bytes));
	return known;
}

static bool is_handle(uint32_t host)
{
	return host != NET_HOST_ANY_IPV4 && address_table_is_handle(ntohl(host));
}

/* The IPv4 address in it, in either form. */
static bool is_ipv4(const union udp_sockaddr *address, in_addr_t *host)
{
	if (address->any.sa_family == AF_INET)
		*host = address->in.sin_addr.s_addr;
	else if (IN6_IS_ADDR_V4MAPPED(&address->in6.sin6_addr))
		*host = mapped_ipv4(&address->in6.sin6_addr);
	else
		return false;
	return true;
}

bool udp_has_ipv6(void)
{
	const int descriptor = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (descriptor < 0)
		return false;
	close(descriptor);
	return true;
}

/* Batches */

static uint32_t heard(const union udp_sockaddr *from, struct hold *hold)
{
	const uint32_t class_e = UINT32_C(0xf0000000);
	struct address_table_ipv6 address;
	in_addr_t host;

	if (is_ipv4(from, &host))
		return (ntohl(host) & class_e) == class_e ? NET_HOST_ANY : host;
	if (IN6_IS_ADDR_UNSPECIFIED(&from->in6.sin6_addr))
		return NET_HOST_ANY;
	address = ipv6_address(&from->in6);
	take_hold(hold);
	return htonl(address_table_received(&table, &address, hold->now_ns));
}

void udp_addresses_received(const union udp_sockaddr *from, struct net_address *senders,
			    unsigned count)
{
	struct hold hold = { 0 };

	for (unsigned i = 0; i < count; i++) {
		/* Both families keep the port at the same place. */
		senders[i].port = ntohs(from[i].in.sin_port);
		senders[i].host = heard(&from[i], &hold);
	}
	let_go(&hold);
}

/* Where a datagram to the handle goes; false: the handle is nobody's. */
static bool goes_to(const struct net_address *target, const struct hold *hold,
		    struct address_table_ipv6 *address)
{
	return target->is_unproven
		       ? address_table_look(&table, ntohl(target->host), address)
		       : address_table_sent(&table, ntohl(target->host), hold->now_ns, address);
}

static void sent(sa_family_t family, const struct net_address *target, union udp_sockaddr *to,
		 struct hold *hold)
{
	struct address_table_ipv6 address;

	if (!is_handle(target->host) && family == AF_INET) {
		to->in = ipv4_of(target->host, target->port);
	} else if (!is_handle(target->host)) {
		to->in6 = mapped_of(target->host, target->port);
	} else {
		take_hold(hold);
		to->any.sa_family = AF_UNSPEC;
		if (family == AF_INET6 && goes_to(target, hold, &address))
			to->in6 = ipv6_of(&address, target->port);
	}
}

void udp_addresses_sent(sa_family_t family, const struct net_address *targets,
			union udp_sockaddr *to, unsigned count)
{
	struct hold hold = { 0 };

	for (unsigned i = 0; i < count; i++)
		sent(family, &targets[i], &to[i], &hold);
	let_go(&hold);
}

/* One by one */

bool udp_address_name(const struct sockaddr *address, uint32_t *host)
{
	const union udp_sockaddr *known = (const union udp_sockaddr *)address;
	struct address_table_ipv6 ipv6;
	struct hold hold = { 0 };

	if (is_ipv4(known, host)) {
		if (*host == htonl(INADDR_ANY))
			*host = NET_HOST_ANY_IPV4;
		else if (address_table_is_handle(ntohl(*host)))
			return false;
		return true;
	}
	*host = NET_HOST_ANY;
	if (IN6_IS_ADDR_UNSPECIFIED(&known->in6.sin6_addr))
		return true;
	ipv6 = ipv6_address(&known->in6);
	take_hold(&hold);
	*host = htonl(address_table_name(&table, &ipv6, hold.now_ns));
	let_go(&hold);
	return *host != NET_HOST_ANY;
}

bool udp_address_look(const struct net_address *address, union udp_sockaddr *to)
{
	struct address_table_ipv6 ipv6 = { 0 };
	struct hold hold = { 0 };
	bool is_known = true;

	if (address->host != NET_HOST_ANY && !is_handle(address->host)) {
		to->in = ipv4_of(address->host, address->port);
		return true;
	}
	if (is_handle(address->host)) {
		take_hold(&hold);
		is_known = address_table_look(&table, ntohl(address->host), &ipv6);
		let_go(&hold);
	}
	to->in6 = ipv6_of(&ipv6, address->port); /* all zero is "::" */
	return is_known;
}

int udp_address_to_bind(sa_family_t family, const struct net_address *address,
			union udp_sockaddr *to)
{
	if (!udp_address_look(address, to))
		return -EADDRNOTAVAIL;
	if (family == AF_INET6 && to->any.sa_family == AF_INET)
		to->in6 = mapped_of(address->host, address->port);
	else if (family == AF_INET && address->host == NET_HOST_ANY)
		to->in = ipv4_of(NET_HOST_ANY_IPV4, address->port);
	else if (family != to->any.sa_family)
		return -EAFNOSUPPORT;
	return 0;
}

uint64_t udp_address_network(const struct net_address *address)
{
	union udp_sockaddr known;
	uint8_t bytes[8];
	uint64_t network = 0;

	if (!is_handle(address->host) || !udp_address_look(address, &known))
		return UINT64_C(0xffffffff) << 32 | address->host; /* no IPv6 network */
	memcpy(bytes, known.in6.sin6_addr.s6_addr, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		network = network << 8 | bytes[i];
	return network;
}
