#include "tests/udp_kernel.h"

#include <arpa/inet.h>
#include <errno.h>
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

static bool is_refused(const struct msghdr *message)
{
	const struct sockaddr_in *to = message->msg_name; /* both families have the port there */

	return udp_kernel.runs_error != 0 && message->msg_controllen > 0 &&
	       (udp_kernel.runs_to_port == 0 || ntohs(to->sin_port) == udp_kernel.runs_to_port);
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
	while (fine < count && !is_refused(&messages[fine].msg_hdr))
		fine++;
	if (fine == 0 && count > 0) {
		udp_kernel.runs_refused++;
		errno = udp_kernel.runs_error;
		return -1;
	}
	return (int)syscall(SYS_sendmmsg, socket, messages, fine, flags);
}
