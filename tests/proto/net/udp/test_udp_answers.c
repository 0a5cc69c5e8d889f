/* The source address of real sockets' answers, on 127.0.0.0/8 and ::1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "proto/net/udp/udp_internal.h"
#include "tests/fixtures/net/source_address_fixture.h"
#include "tests/fixtures/net/ipv6.h"
#include "tests/fixtures/row_tests.h"
#include "tests/fixtures/net/udp_kernel.h"

#define HOSTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static struct source_address_fixture fixture;

static int set_up(void **state)
{
	(void)state;
	udp_kernel = (struct udp_kernel){ 0 };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	source_address_fixture_close(&fixture);
	return 0;
}

/* The hosts that a socket on all addresses may be bound to. */
static const char *const everywhere[] = { "0.0.0.0", "::", "::ffff:0.0.0.0" };

enum {
	EVERYWHERE = sizeof(everywhere) / sizeof(everywhere[0]),
};

static void each_client_is_answered_from_where_it_asked(void **state)
{
	const char *const asked[] = { "127.0.0.3", "127.0.0.1", "127.0.0.2", "127.9.9.9", NULL };

	(void)state;
	for (size_t n = 0; n < EVERYWHERE; n++) {
		source_address_fixture_open(&fixture, everywhere[n], asked);
		source_address_fixture_answer(&fixture);
		for (size_t i = 0; i < 4; i++)
			source_address_fixture_expect(&fixture, i, asked[i]);
		/* One call, a run for each. */
		assert_int_equal(source_address_fixture_stats(&fixture).calls_out, 1);
		assert_int_equal(source_address_fixture_stats(&fixture).segmented_out,
				 4 * SOURCE_ADDRESS_EACH);
		source_address_fixture_close(&fixture);
	}
}

static void both_families_are_answered_from_where_they_asked(void **state)
{
	const char *const asked[] = { "127.0.0.2", "::1", "127.0.0.1", NULL };

	(void)state;
	ipv6_need();
	source_address_fixture_open(&fixture, "::", asked);
	source_address_fixture_answer(&fixture);
	for (size_t i = 0; i < 3; i++)
		source_address_fixture_expect(&fixture, i, asked[i]);
	assert_int_equal(source_address_fixture_stats(&fixture).calls_out, 1);
	assert_int_equal(source_address_fixture_stats(&fixture).segmented_out,
			 3 * SOURCE_ADDRESS_EACH);
}

static void a_client_that_asks_at_another_address_is_answered_from_that(void **state)
{
	(void)state;
	source_address_fixture_open(&fixture, "::", HOSTS("127.0.0.2", "127.0.0.2"));
	source_address_fixture_answer(&fixture);
	source_address_fixture_expect(&fixture, 0, "127.0.0.2");
	source_address_fixture_expect(&fixture, 1, "127.0.0.2");
	source_address_fixture_ask(&fixture, 0, "127.0.0.3");
	source_address_fixture_answer(&fixture);
	source_address_fixture_expect(&fixture, 0, "127.0.0.3");
	source_address_fixture_expect(&fixture, 1, "127.0.0.2");
}

static void expect_untold(int socket, int level, int option)
{
	int is_told = 1;
	socklen_t size = sizeof(is_told);

	assert_int_equal(getsockopt(socket, level, option, &is_told, &size), 0);
	assert_int_equal(is_told, 0);
}

/*
 * The socket receives at one address only, so it neither asks the kernel for addresses nor names
 * one.
 */
static void a_socket_at_one_address_or_none_pays_nothing(void **state)
{
	struct net *net = udp_net();
	const int nowhere = net->open(net);

	(void)state;
	source_address_fixture_open(&fixture, "127.0.0.2", HOSTS("127.0.0.2", "127.0.0.2"));
	source_address_fixture_answer(&fixture);
	source_address_fixture_expect(&fixture, 0, "127.0.0.2");
	source_address_fixture_expect(&fixture, 1, "127.0.0.2");
	assert_int_equal(udp_kernel.sources, 0);
	expect_untold(fixture.relay, IPPROTO_IP, IP_PKTINFO);
	if (ipv6_is_there())
		expect_untold(nowhere, IPPROTO_IPV6, IPV6_RECVPKTINFO);
	expect_untold(nowhere, IPPROTO_IP, IP_PKTINFO);
	net->close(net, nowhere);
}

/* No datagram can be sent from a broadcast address. */
static void a_client_that_asks_by_broadcast_is_answered_from_an_address_of_ours(void **state)
{
	(void)state;
	for (size_t n = 0; n < EVERYWHERE; n++) {
		source_address_fixture_open(&fixture, everywhere[n],
					    HOSTS("127.255.255.255", "127.0.0.2"));
		source_address_fixture_answer(&fixture);
		source_address_fixture_expect(&fixture, 0, "127.0.0.1");
		source_address_fixture_expect(&fixture, 1, "127.0.0.2");
		assert_int_equal(source_address_fixture_stats(&fixture).dropped_unsendable, 0);
		source_address_fixture_ask(&fixture, 0, "127.0.0.3");
		source_address_fixture_answer(&fixture);
		source_address_fixture_expect(&fixture, 0, "127.0.0.3");
		source_address_fixture_expect(&fixture, 1, "127.0.0.2");
		source_address_fixture_close(&fixture);
	}
}

static void a_source_that_the_kernel_refuses_is_left_out_from_then_on(void **state)
{
	static const int errors[] = { EINVAL, EADDRNOTAVAIL, ENETUNREACH };
	const char *const asked[] = { "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5",
				      "127.0.0.6", "127.0.0.7", NULL };

	(void)state;
	source_address_fixture_open(&fixture, "::", asked);
	for (size_t n = 0; n < sizeof(errors) / sizeof(errors[0]); n++) {
		unsigned refused;

		udp_kernel.source_error = errors[n];
		source_address_fixture_answer(&fixture);
		for (size_t i = 0; i < fixture.count; i++)
			source_address_fixture_expect(&fixture, i, "127.0.0.1");
		/* A run of each, and one datagram of it alone. */
		refused = udp_kernel.sources_refused;
		assert_int_equal(refused, (n + 1) * 2 * fixture.count);
		source_address_fixture_answer(&fixture);
		for (size_t i = 0; i < fixture.count; i++)
			source_address_fixture_expect(&fixture, i, "127.0.0.1");
		assert_int_equal(udp_kernel.sources_refused, refused);
		udp_kernel.source_error = 0;
		for (size_t i = 0; i < fixture.count; i++)
			source_address_fixture_ask(&fixture, i, asked[i]);
		source_address_fixture_answer(&fixture);
		for (size_t i = 0; i < fixture.count; i++)
			source_address_fixture_expect(&fixture, i, asked[i]);
	}
	assert_int_equal(source_address_fixture_stats(&fixture).dropped_unsendable, 0);
	/* The source was refused, not the runs: each was tried twice, as a run. */
	assert_int_equal(source_address_fixture_stats(&fixture).segmented_out,
			 3 * 2 * fixture.count * SOURCE_ADDRESS_EACH);
}

static void a_kernel_without_runs_keeps_the_sources(void **state)
{
	const char *const asked[] = { "127.0.0.2", "127.0.0.3", NULL };

	(void)state;
	udp_kernel.runs_error = EINVAL;
	source_address_fixture_open(&fixture, "0.0.0.0", asked);
	for (int n = 0; n < 5; n++) {
		source_address_fixture_answer(&fixture);
		for (size_t i = 0; i < 2; i++)
			source_address_fixture_expect(&fixture, i, asked[i]);
	}
	assert_int_equal(source_address_fixture_stats(&fixture).segmented_out, 0);
}

static void a_firewall_s_refusal_leaves_the_source(void **state)
{
	(void)state;
	source_address_fixture_open(&fixture, "0.0.0.0", HOSTS("127.0.0.2"));
	udp_kernel.source_error = EPERM;
	source_address_fixture_answer(&fixture);
	assert_int_equal(source_address_fixture_stats(&fixture).dropped_unsendable,
			 SOURCE_ADDRESS_EACH);
	udp_kernel.source_error = 0;
	source_address_fixture_answer(&fixture);
	source_address_fixture_expect(&fixture, 0, "127.0.0.2");
}

/* The kernel's control messages about an address */

struct told {
	const char *name, *address;
	bool is_taken, keeps_interface;
};

static const struct told told_rows[] = {
	{ "a global address", "2001:db8::1", true, false },
	{ "a local address", "fd00::1", true, false },
	{ "a link-local address, with its interface", "fe80::1", true, true },
	{ "an IPv4 address", "::ffff:192.0.2.1", true, false },
	{ "multicast is no source", "ff02::1", false, false },
	{ "nor is wide multicast", "ff0e::101", false, false },
	{ "nor IPv4's multicast", "::ffff:224.0.0.1", false, false },
	{ "nor the last of that", "::ffff:239.255.255.255", false, false },
	{ "nor the broadcast address", "::ffff:255.255.255.255", false, false },
	{ "nor no address", "::", false, false },
	{ "nor IPv4's", "::ffff:0.0.0.0", false, false },
};

static void the_kernel_s_stamps_are_used_or_not(void **state)
{
	const struct told *row = *state;
	union {
		struct cmsghdr header;
		uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control;
	struct msghdr message = { .msg_control = &control };
	struct in6_pktinfo told = { .ipi6_ifindex = 7 }, taken;

	assert_int_equal(inet_pton(AF_INET6, row->address, &told.ipi6_addr), 1);
	udp_source_put(&message, AF_INET6, &told);
	assert_int_equal(udp_source_read(&control.header, &taken), row->is_taken);
	if (!row->is_taken)
		return;
	assert_memory_equal(&taken.ipi6_addr, &told.ipi6_addr, sizeof(told.ipi6_addr));
	assert_int_equal(taken.ipi6_ifindex, row->keeps_interface ? 7 : 0);
}

#define ANSWERED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	struct CMUnitTest tests[8 + ROW_TESTS_COUNT(told_rows)] = {
		ANSWERED(each_client_is_answered_from_where_it_asked),
		ANSWERED(both_families_are_answered_from_where_they_asked),
		ANSWERED(a_client_that_asks_at_another_address_is_answered_from_that),
		ANSWERED(a_socket_at_one_address_or_none_pays_nothing),
		ANSWERED(a_client_that_asks_by_broadcast_is_answered_from_an_address_of_ours),
		ANSWERED(a_source_that_the_kernel_refuses_is_left_out_from_then_on),
		ANSWERED(a_kernel_without_runs_keeps_the_sources),
		ANSWERED(a_firewall_s_refusal_leaves_the_source),
	};
	size_t count = 8;

	ROW_TESTS_ADD(tests, count, told_rows, the_kernel_s_stamps_are_used_or_not);
	return _cmocka_run_group_tests("udp_answers", tests, count, NULL, NULL);
}
