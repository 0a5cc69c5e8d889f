#include "tests/ipv6.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

bool ipv6_is_there(void)
{
	const struct sockaddr_in6 loopback = { .sin6_family = AF_INET6,
					       .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	const int descriptor = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const bool is_there =
		descriptor >= 0 &&
		bind(descriptor, (const struct sockaddr *)&loopback, sizeof(loopback)) == 0;

	if (descriptor >= 0)
		close(descriptor);
	return is_there;
}

void ipv6_need(void)
{
	if (ipv6_is_there())
		return;
	puts("skipped: this machine has no IPv6 address ::1");
	skip();
}
