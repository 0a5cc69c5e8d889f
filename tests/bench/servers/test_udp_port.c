/* The kernel's word on a port: who is bound to it, and what was dropped there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/servers/udp_port.h"

static void the_kernel_says_who_is_bound_and_what_was_dropped(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), least = 1;
	const int from = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	static const uint8_t data[1000];
	struct udp_port port;
	uint16_t number;

	(void)state;
	assert_true(fd >= 0 && from >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	number = ntohs(address.sin_port);
	port = udp_port_read(number);
	if (!port.is_known)
		skip();
	assert_true(port.is_bound);
	assert_true(port.drops == 0);
	/* The least buffer holds a few of these at most. */
	for (int i = 0; i < 100; i++)
		sendto(from, data, sizeof(data), 0, (struct sockaddr *)&address, size);
	assert_true(udp_port_read(number).drops > 50);
	close(fd);
	assert_false(udp_port_read(number).is_bound);
	close(from);
}

static void the_kernel_says_whose_port_it_is(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint16_t number;
	pid_t child;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	number = ntohs(address.sin_port);
	if (!udp_port_read(number).is_known)
		skip();
	child = fork();
	if (child == 0) {
		close(fd);
		pause();
		_exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(udp_port_owner(number, getpid()), UDP_PORT_ITS_OWN);
	/* Until it has closed what it inherited, it is the child's, too. */
	for (int i = 0; i < 1000 && udp_port_owner(number, child) == UDP_PORT_ITS_OWN; i++)
		usleep(10000);
	assert_int_equal(udp_port_owner(number, child), UDP_PORT_ANOTHERS);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(udp_port_owner(number, child), UDP_PORT_UNKNOWN); /* no such process */
	close(fd);
	assert_int_equal(udp_port_owner(number, getpid()), UDP_PORT_UNKNOWN); /* nobody's */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_says_who_is_bound_and_what_was_dropped),
		cmocka_unit_test(the_kernel_says_whose_port_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
