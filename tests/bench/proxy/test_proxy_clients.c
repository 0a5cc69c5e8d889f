/* Whom the proxy serves when more come than it holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/proxy/proxy_clients.h"

#define S INT64_C(1000000000)

static struct proxy_clients clients;

static struct net_address address_of(unsigned number)
{
	return (struct net_address){ .host = number % 7, .port = (uint16_t)(1000 + number) };
}

static struct proxy_client *come(unsigned number, int64_t now_ns)
{
	struct proxy_client *place = proxy_clients_place(&clients, now_ns);

	if (place)
		*place = (struct proxy_client){ .address = address_of(number),
						.socket = (int)number,
						.heard_ns = now_ns };
	return place;
}

static const struct proxy_client *find(unsigned number)
{
	const struct net_address address = address_of(number);

	return proxy_clients_find(&clients, &address);
}

/* The n-th client comes at n ms. */
static int fill(void **state)
{
	(void)state;
	clients = (struct proxy_clients){ 0 };
	for (unsigned i = 0; i < PROXY_CLIENTS_MAX; i++)
		if (!come(i, 1 + i * S / 1000))
			return -1;
	return 0;
}

static void a_new_place_has_no_socket(void **state)
{
	(void)state;
	clients = (struct proxy_clients){ 0 };
	assert_int_equal(proxy_clients_place(&clients, 1)->socket, -1);
}

static void each_is_known_by_its_address(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PROXY_CLIENTS_MAX; i++)
		assert_int_equal(find(i)->socket, i);
	assert_null(find(PROXY_CLIENTS_MAX));
}

static void one_more_is_refused_and_costs_nobody_a_session(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		assert_null(come(PROXY_CLIENTS_MAX + i, (PROXY_IDLE_S - 1) * S));
	for (unsigned i = 0; i < PROXY_CLIENTS_MAX; i++)
		assert_int_equal(find(i)->socket, i);
}

static void one_that_is_idle_for_long_gives_way(void **state)
{
	const int64_t now_ns = 1 + 2 * S / 1000 + PROXY_IDLE_S * S;

	(void)state;
	proxy_clients_find(&clients, &(struct net_address){ .host = 0, .port = 1000 })->heard_ns =
		now_ns;
	assert_int_equal(proxy_clients_place(&clients, now_ns)->socket, 1);
	assert_non_null(come(1000, now_ns));
	assert_non_null(find(0));
	assert_null(find(1));
	assert_int_equal(find(1000)->socket, 1000);
	/* The third was idle for just as long; the fourth is the first that was not. */
	assert_non_null(come(1001, now_ns));
	assert_null(find(2));
	assert_null(come(1002, now_ns));
	assert_non_null(find(3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_place_has_no_socket),
		cmocka_unit_test_setup(each_is_known_by_its_address, fill),
		cmocka_unit_test_setup(one_more_is_refused_and_costs_nobody_a_session, fill),
		cmocka_unit_test_setup(one_that_is_idle_for_long_gives_way, fill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
