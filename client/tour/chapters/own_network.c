#include "client/tour/chapters/own_network.h"

#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

static void make_network(struct call *call, const struct call_request *request)
{
	(void)request;
	call_keep_name(call, "unshare");
	call_keep_result(call, unshare(CLONE_NEWUSER | CLONE_NEWNET));
	call_keep_arguments(call, "CLONE_NEWUSER | CLONE_NEWNET");
}

struct call_request own_network_make(void)
{
	return (struct call_request){ .kind = CALL_OWN, .make = make_network, .fd = -1 };
}

static void turn_on(struct call *call, const struct call_request *request)
{
	struct ifreq device = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)request;
	call_keep_name(call, "ioctl");
	call_keep_result(call, ioctl(fd, SIOCSIFFLAGS, &device));
	call_keep_arguments(call, "%d, SIOCSIFFLAGS, {lo, IFF_UP}", fd);
	if (fd >= 0)
		close(fd);
}

struct call_request own_network_turn_on(void)
{
	return (struct call_request){ .kind = CALL_OWN, .make = turn_on, .fd = -1 };
}

static void join(struct call *call, const struct call_request *request)
{
	int process = pidfd_open((pid_t)request->number, 0);

	call_keep_name(call, "setns");
	call_keep_result(call, setns(process, CLONE_NEWUSER | CLONE_NEWNET));
	call_keep_arguments(call, "process %d, CLONE_NEWUSER | CLONE_NEWNET", request->number);
	if (process >= 0)
		close(process);
}

struct call_request own_network_join(pid_t pid)
{
	return (struct call_request){
		.kind = CALL_OWN, .make = join, .fd = -1, .number = (int)pid
	};
}
