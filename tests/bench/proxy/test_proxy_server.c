/* Which address of a server's name the proxy passes on to, in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/proxy/proxy_server.h"
#include "proto/net/resolve.h"
#include "proto/net/sim/sim.h"
#include "tests/fixtures/net/fake_resolver.h"

#define MS INT64_C(1000000)

static const struct endpoint to = { .host = "relay.test", .port = 7 };
static struct sim *sim;
static struct proxy_server server;
static int64_t now_ns;

static struct net_address address_of(const char *text)
{
	struct net_address address;

	assert_int_equal(net_resolve(text, 7, &address, 1), 1);
	return address;
}

static int set_up(void **state)
{
	(void)state;
	sim = sim_create(1);
	net_use(sim_net(sim)); /* in which a look-up takes no time */
	server = (struct proxy_server){ 0 };
	now_ns = 1000000 * MS;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	net_use(NULL);
	sim_destroy(sim);
	return 0;
}

static void find(const char *first, const char *second)
{
	fake_resolver_know(first, second);
	assert_true(proxy_server_find(&server, &to));
}

/* A client asks `ms` later, and it goes to `expected`. */
static void ask(int64_t ms, const char *expected)
{
	const struct net_address wanted = address_of(expected);
	const struct net_address *asked;

	now_ns += ms * MS;
	asked = proxy_server_ask(&server, now_ns);
	assert_int_equal(asked->host, wanted.host);
	assert_int_equal(asked->port, 7);
}

static bool hear(const char *from)
{
	const struct net_address address = address_of(from);

	return proxy_server_hear(&server, &address);
}

static void a_name_without_addresses_is_not_found(void **state)
{
	(void)state;
	fake_resolver_know(NULL, NULL);
	assert_false(proxy_server_find(&server, &to));
}

static void addresses_are_tried_in_turn_until_one_answers(void **state)
{
	(void)state;
	find("::1", "127.0.0.1");
	ask(0, "::1");
	ask(249, "::1");
	ask(1, "127.0.0.1");
	ask(250, "::1");
	ask(250, "127.0.0.1");
	assert_true(hear("127.0.0.1"));
	for (int i = 0; i < 10; i++)
		ask(700, "127.0.0.1");
}

static void who_answers_late_is_the_server_all_the_same(void **state)
{
	(void)state;
	find("192.0.2.1", "192.0.2.2");
	ask(0, "192.0.2.1");
	ask(300, "192.0.2.2");
	assert_true(hear("192.0.2.1"));
	ask(300, "192.0.2.1");
}

static void the_lines_delay_is_no_silence(void **state)
{
	(void)state;
	find("192.0.2.1", "192.0.2.2");
	server.delay_ns = 2000 * MS;
	ask(0, "192.0.2.1");
	ask(2249, "192.0.2.1");
	ask(1, "192.0.2.2");
}

static void where_nobody_asks_nothing_is_missing(void **state)
{
	(void)state;
	find("192.0.2.1", "192.0.2.2");
	ask(0, "192.0.2.1");
	assert_true(hear("192.0.2.1"));
	ask(3600000, "192.0.2.1");
	ask(7999, "192.0.2.1");
	ask(1, "192.0.2.2");
}

#define FOUND(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOUND(a_name_without_addresses_is_not_found),
		FOUND(addresses_are_tried_in_turn_until_one_answers),
		FOUND(who_answers_late_is_the_server_all_the_same),
		FOUND(the_lines_delay_is_no_silence),
		FOUND(where_nobody_asks_nothing_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
