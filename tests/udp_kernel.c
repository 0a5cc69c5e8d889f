#include "tests/udp_kernel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct udp_kernel udp_kernel;

int udp_kernel_set_up(void **state)
{
	udp_kernel = (struct udp_kernel){ 0 };
	return udp_stage_set_up(state);
}

static bool has_control(const struct msghdr *message, int level, int type)
{
	struct msghdr *mutable = (struct msghdr *)message;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(mutable); header;
	     header = CMSG_NXTHDR(mutable, header))
		if (header->cmsg_level == level && header->cmsg_type == type)
			return true;
	return false;
}

static bool has_source(const struct msghdr *message)
{
	return has_control(message, IPPROTO_IPV6, IPV6_PKTINFO) ||
	       has_control(message, IPPROTO_IP, IP_PKTINFO);
}

static bool is_run_refused(const struct msghdr *message)
{
	const struct sockaddr_in *to = message->msg_name; /* both families have the port there */

	return udp_kernel.runs_error != 0 && has_control(message, SOL_UDP, UDP_SEGMENT) &&
	       (udp_kernel.runs_to_port == 0 || ntohs(to->sin_port) == udp_kernel.runs_to_port);
}

/* 0, or why the message is refused. */
static int refusal_of(const struct msghdr *message)
{
	if (udp_kernel.source_error != 0 && has_source(message))
		return udp_kernel.source_error;
	return is_run_refused(message) ? udp_kernel.runs_error : 0;
}

int sendmmsg(int socket, struct mmsghdr *messages, unsigned count, int flags)
{
	unsigned fine = 0;

	if (udp_kernel.failures > 0) {
		const struct timespec slow = { 0, udp_kernel.slow_ms * 1000000L };

		udp_kernel.failures--;
		nanosleep(&slow, NULL);
		errno = udp_kernel.error;
		return -1;
	}
	if (udp_kernel.at_most > 0 && count > udp_kernel.at_most)
		count = udp_kernel.at_most;
	while (fine < count && refusal_of(&messages[fine].msg_hdr) == 0)
		udp_kernel.sources += has_source(&messages[fine++].msg_hdr);
	if (fine == 0 && count > 0) {
		udp_kernel.sources_refused += has_source(&messages[0].msg_hdr);
		udp_kernel.runs_refused += is_run_refused(&messages[0].msg_hdr);
		errno = refusal_of(&messages[0].msg_hdr);
		return -1;
	}
	return (int)syscall(SYS_sendmmsg, socket, messages, fine, flags);
}
