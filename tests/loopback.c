#include "tests/loopback.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "bench/namespaces.h"
#include "tests/ipv6.h"

/* As <linux/ipv6.h> has it, which does not go together with <netinet/in.h>. */
struct ipv6_request {
	struct in6_addr address;
	uint32_t prefix_bits;
	int interface;
};

static char why_not[NAMESPACES_ERROR_BYTES] = "it was not tried";

/* 0, or -1 as ioctl. */
static int ask(int family, unsigned long request, void *argument)
{
	const int control = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const int result = control < 0 ? -1 : ioctl(control, request, argument);

	if (control >= 0)
		close(control);
	return result;
}

static int set_flags(const char *name, short flags)
{
	struct ifreq request = { .ifr_flags = flags };

	strcpy(request.ifr_name, name);
	return ask(AF_INET, SIOCSIFFLAGS, &request);
}

int loopback_set_up(void **state)
{
	(void)state;
	if (namespaces_make(why_not) < 0)
		return 0;
	why_not[0] = '\0';
	if (set_flags("lo", IFF_UP) < 0)
		snprintf(why_not, sizeof(why_not), "cannot set up its loopback interface: %s",
			 strerror(errno));
	else if (!ipv6_is_there())
		snprintf(why_not, sizeof(why_not), "it has no IPv6 address ::1");
	return 0;
}

void loopback_need(void)
{
	if (why_not[0] == '\0')
		return;
	printf("skipped: no network namespace with a loopback interface: %s\n", why_not);
	skip();
}

static bool read_ipv6(const char *host, struct ipv6_request *request)
{
	request->prefix_bits = 128;
	request->interface = (int)if_nametoindex("lo");
	return inet_pton(AF_INET6, host, &request->address) == 1;
}

/* The kernel takes it up in its own time. */
static void await_ipv6(const struct ipv6_request *request)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	const struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					      .sin6_addr = request->address,
					      .sin6_scope_id = (uint32_t)request->interface };
	const int socket_there = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result = -1;

	for (int tries = 0; tries < 2000 && result < 0; tries++) {
		nanosleep(&pause, NULL);
		result = bind(socket_there, (const struct sockaddr *)&address, sizeof(address));
	}
	assert_int_equal(result, 0);
	close(socket_there);
}

/* IPv4: at a label, as the ioctl wants it. */

#define LABEL "lo:1"

void loopback_add(const char *host)
{
	struct ipv6_request ipv6;
	struct ifreq ipv4 = { .ifr_name = LABEL };
	struct sockaddr_in address = { .sin_family = AF_INET };

	if (read_ipv6(host, &ipv6)) {
		assert_int_equal(ask(AF_INET6, SIOCSIFADDR, &ipv6), 0);
		await_ipv6(&ipv6);
		return;
	}
	assert_int_equal(inet_pton(AF_INET, host, &address.sin_addr), 1);
	memcpy(&ipv4.ifr_addr, &address, sizeof(address));
	assert_int_equal(ask(AF_INET, SIOCSIFADDR, &ipv4), 0);
}

void loopback_remove(const char *host)
{
	struct ipv6_request ipv6;

	if (read_ipv6(host, &ipv6))
		assert_int_equal(ask(AF_INET6, SIOCDIFADDR, &ipv6), 0);
	else
		assert_int_equal(set_flags(LABEL, 0), 0);
}
