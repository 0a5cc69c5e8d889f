/*
 * The local address that a datagram came to, and from which its answer leaves, in the kernel's
 * control messages. Ours are in the form of IPV6_PKTINFO, which a dual-stack socket uses for IPv4
 * too; an IPv4 socket has IP_PKTINFO. Routes choose the interface of an answer, except from a
 * link-local address, which is valid on one interface only.
 */
#include "proto/net/udp/udp_internal.h"

#include <errno.h>
#include <string.h>

void udp_source_ask(int descriptor, sa_family_t family)
{
	const int on = 1;

	/* Best effort: without it, the kernel chooses. */
	if (family == AF_INET6)
		setsockopt(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	else
		setsockopt(descriptor, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
}

static struct in6_pktinfo mapped(const struct in_addr *ipv4)
{
	struct in6_pktinfo mapped = { 0 };

	mapped.ipi6_addr.s6_addr[10] = 0xff;
	mapped.ipi6_addr.s6_addr[11] = 0xff;
	memcpy(&mapped.ipi6_addr.s6_addr[12], ipv4, sizeof(*ipv4));
	return mapped;
}

/*
 * Whether one host has this address, and so can send from it. A network's broadcast address looks
 * like any other; the kernel refuses to send from it.
 */
static bool is_a_host_s(const struct in6_addr *address)
{
	const uint8_t first = address->s6_addr[12];

	if (IN6_IS_ADDR_V4MAPPED(address))
		return first != 0 && first < 224; /* multicast, broadcast */
	return !IN6_IS_ADDR_MULTICAST(address) && !IN6_IS_ADDR_UNSPECIFIED(address);
}

bool udp_source_read(const struct cmsghdr *header, struct in6_pktinfo *source)
{
	struct in_pktinfo ipv4;

	if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
		memcpy(source, CMSG_DATA(header), sizeof(*source));
		if (!IN6_IS_ADDR_LINKLOCAL(&source->ipi6_addr))
			source->ipi6_ifindex = 0;
	} else if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
		memcpy(&ipv4, CMSG_DATA(header), sizeof(ipv4));
		/* Which is not the broadcast address, when it came to that. */
		*source = mapped(&ipv4.ipi_spec_dst);
	} else {
		return false;
	}
	return is_a_host_s(&source->ipi6_addr);
}

void udp_control_put(struct msghdr *message, int level, int type, const void *data, size_t size)
{
	struct cmsghdr *header =
		(void *)((uint8_t *)message->msg_control + message->msg_controllen);

	memset(header, 0, CMSG_SPACE(size));
	header->cmsg_level = level;
	header->cmsg_type = type;
	header->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(header), data, size);
	message->msg_controllen += CMSG_SPACE(size);
}

void udp_source_put(struct msghdr *message, sa_family_t family, const struct in6_pktinfo *source)
{
	struct in_pktinfo ipv4 = { 0 };

	if (family == AF_INET6) {
		udp_control_put(message, IPPROTO_IPV6, IPV6_PKTINFO, source, sizeof(*source));
	} else {
		memcpy(&ipv4.ipi_spec_dst, &source->ipi6_addr.s6_addr[12],
		       sizeof(ipv4.ipi_spec_dst));
		udp_control_put(message, IPPROTO_IP, IP_PKTINFO, &ipv4, sizeof(ipv4));
	}
}

bool udp_source_is_refused(int error)
{
	return error == EINVAL || error == EADDRNOTAVAIL || error == ENETUNREACH ||
	       error == EHOSTUNREACH || error == ENODEV || error == ENXIO;
}
