/* Misses by address, for as many peers as a host can have. */
#include "proto/enet/guard/misses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
	PEERS = 4095,
	PORT = 1024,
	NOW_NS = 1,
};

static struct misses *misses;

static int set_up(void **state)
{
	(void)state;
	misses = calloc(1, sizeof(*misses));
	misses->keys[0] = 0x0123456789abcdef;
	misses->keys[1] = 0xfedcba9876543211;
	return misses ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(misses);
	return 0;
}

/* An address of its own; each `among` peers have the same host. */
static struct net_address address_of(unsigned peer, unsigned among)
{
	return (struct net_address){ .host = peer / among, .port = (uint16_t)(PORT + peer) };
}

static void miss_often(const struct net_address *address)
{
	for (int i = 0; i < MISSES_MAX; i++)
		misses_add(misses, address, NOW_NS);
}

static void expect_every_third_has_many(void)
{
	for (unsigned peer = 0; peer < PEERS; peer++)
		assert_int_equal(misses_are_many(misses, peer, NOW_NS), peer % 3 == 0);
}

static void each_peer_has_its_own(void **state)
{
	(void)state;
	/* Each place is taken again, by another address, in another order. */
	for (unsigned among = 1; among <= 16; among *= 4) {
		for (unsigned i = 0; i < PEERS; i++) {
			const unsigned peer = i * 11 % PEERS;
			const struct net_address address = address_of(peer, among);

			misses_begin(misses, peer, &address);
		}
		for (unsigned peer = 0; peer < PEERS; peer += 3) {
			const struct net_address address = address_of(peer, among);

			miss_often(&address);
		}
		expect_every_third_has_many();
	}
}

static void an_address_that_has_no_peer_any_more_counts_for_none(void **state)
{
	const struct net_address before = address_of(1, 1), after = address_of(2, 1);

	(void)state;
	misses_begin(misses, 9, &before);
	misses_begin(misses, 9, &after);
	miss_often(&before);
	assert_false(misses_are_many(misses, 9, NOW_NS));
	miss_often(&after);
	assert_true(misses_are_many(misses, 9, NOW_NS));
}

static void peers_of_one_address_and_port_share_them(void **state)
{
	const struct net_address address = address_of(1, 1);

	(void)state;
	misses_begin(misses, 0, &address);
	misses_begin(misses, 4094, &address);
	miss_often(&address);
	assert_true(misses_are_many(misses, 0, NOW_NS));
	assert_true(misses_are_many(misses, 4094, NOW_NS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_peer_has_its_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			an_address_that_has_no_peer_any_more_counts_for_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(peers_of_one_address_and_port_share_them, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
