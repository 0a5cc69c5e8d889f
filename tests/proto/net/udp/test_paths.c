/*
 * The source address of answers to each remote address, and which one a full table replaces: no
 * socket.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/net/udp/paths.h"
#include "tests/fixtures/seeded_random.h"

#define S INT64_C(1000000000)

static struct paths table;

static int set_up(void **state)
{
	static const uint64_t key[2] = { UINT64_C(0x9e3779b97f4a7c15),
					 UINT64_C(0xd1b54a32d192ed03) };

	(void)state;
	memset(&table, 0, sizeof(table));
	paths_init(&table, key);
	return 0;
}

static struct in6_pktinfo local(uint8_t number)
{
	struct in6_pktinfo address = { 0 };

	address.ipi6_addr.s6_addr[0] = 0xfd;
	address.ipi6_addr.s6_addr[15] = number;
	return address;
}

/* As many as are wanted: ports of one host, then of the next. */
static struct net_address remote(uint32_t number)
{
	return (struct net_address){ .host = htonl(0x0a000000 + number / 50000),
				     .port = (uint16_t)(1 + number % 50000) };
}

static void receive(struct net_address from, uint8_t at, int64_t now_ns)
{
	const struct in6_pktinfo asked = local(at);

	paths_received(&table, &from, &asked, now_ns);
}

/* The number of the source address for this remote address; 0: the kernel chooses. */
static uint8_t answered_from(struct net_address to, int64_t now_ns)
{
	const struct in6_pktinfo *from = paths_sent(&table, &to, now_ns);

	return from ? from->ipi6_addr.s6_addr[15] : 0;
}

static void the_kernel_chooses_the_source_for_a_receiver_that_never_sent(void **state)
{
	(void)state;
	assert_int_equal(answered_from(remote(1), S), 0);
	receive(remote(2), 7, S);
	assert_int_equal(answered_from(remote(1), S), 0);
}

static void each_is_answered_from_where_it_asked(void **state)
{
	const struct net_address one = { .host = htonl(0x0a000001), .port = 1000 },
				 port = { .host = one.host, .port = 1001 },
				 host = { .host = htonl(0x0a000002), .port = 1000 };

	(void)state;
	receive(one, 1, S);
	receive(port, 2, S);
	receive(host, 3, S);
	assert_int_equal(answered_from(one, S), 1);
	assert_int_equal(answered_from(port, S), 2);
	assert_int_equal(answered_from(host, S), 3);
}

static void the_interface_is_kept_with_the_address(void **state)
{
	const struct net_address from = remote(1);
	struct in6_pktinfo asked = local(1);

	(void)state;
	asked.ipi6_ifindex = 5;
	paths_received(&table, &from, &asked, S);
	assert_memory_equal(paths_sent(&table, &from, S), &asked, sizeof(asked));
}

static void a_new_path_takes_the_place_of_the_old(void **state)
{
	(void)state;
	receive(remote(1), 1, S);
	assert_int_equal(answered_from(remote(1), S), 1);
	receive(remote(1), 2, 2 * S);
	assert_int_equal(answered_from(remote(1), 2 * S), 2);
	receive(remote(1), 1, S); /* the order counts, not the time */
	assert_int_equal(answered_from(remote(1), S), 1);
}

static void a_forgotten_path_is_the_kernel_s_until_the_remote_sends_again(void **state)
{
	const struct net_address gone = remote(1), unknown = remote(3);

	(void)state;
	receive(gone, 1, S);
	receive(remote(2), 1, S);
	paths_forget(&table, &gone);
	paths_forget(&table, &unknown);
	assert_int_equal(answered_from(gone, S), 0);
	assert_int_equal(answered_from(remote(2), S), 1);
	receive(gone, 4, S);
	assert_int_equal(answered_from(gone, S), 4);
}

static void expect_live(uint32_t first, uint32_t count, int64_t now_ns)
{
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(answered_from(remote(first + i), now_ns), 1 + (first + i) % 200);
}

static void take_up(uint32_t first, uint32_t count, int64_t now_ns)
{
	for (uint32_t i = 0; i < count; i++)
		receive(remote(first + i), (uint8_t)(1 + (first + i) % 200), now_ns);
	expect_live(first, count, now_ns);
}

/* A host full of peers finds room with nearly every key. */
static void a_host_full_of_peers_finds_room(void **state)
{
	struct seeded_random seed = { .state = 1 };

	(void)state;
	for (int i = 0; i < 20; i++) {
		const uint64_t key[2] = { seeded_random_next(&seed), seeded_random_next(&seed) };

		memset(&table, 0, sizeof(table));
		paths_init(&table, key);
		take_up(0, PATHS_LIVE, S);
		expect_live(0, PATHS_LIVE, 2 * S);
	}
}

static void a_flood_of_senders_costs_no_live_peer_and_keeps_no_newcomer_out(void **state)
{
	const uint32_t forged = 1000000, newcomers = 2000000;

	(void)state;
	take_up(0, PATHS_LIVE, S);
	for (uint32_t i = 0; i < 20 * PATHS_MAX; i++) {
		receive(remote(forged + i), 250, 2 * S + i);
		if (i % PATHS_MAX == 0)
			take_up(newcomers + i / PATHS_MAX, 1, 2 * S + i);
	}
	expect_live(0, PATHS_LIVE, 3 * S);
	expect_live(newcomers, 20, 3 * S);
}

/* As when each of them connects, and is answered. */
static void a_flood_that_is_answered_costs_no_live_peer(void **state)
{
	const uint32_t forged = 1000000;

	(void)state;
	take_up(0, PATHS_LIVE, S);
	for (uint32_t i = 0; i < 20 * PATHS_MAX; i++) {
		const int64_t now_ns = S + (int64_t)i * (S / 10000);

		receive(remote(forged + i), 250, now_ns);
		answered_from(remote(forged + i), now_ns);
		if (i % 5000 == 0)
			expect_live(0, PATHS_LIVE, now_ns);
	}
}

/* As many as the table holds, each sent to; then as many more. */
static void peers_make_room_when_they_were_idle_for_long(void **state)
{
	const int64_t idle_ns = PATHS_PEER_IDLE_S * S;
	const uint32_t others = 1000000;
	unsigned kept = 0, come = 0;

	(void)state;
	for (uint32_t i = 0; i < 4 * PATHS_MAX; i++) {
		receive(remote(i), 1, S);
		kept += answered_from(remote(i), S) == 1;
	}
	assert_int_equal(kept, PATHS_MAX);
	for (uint32_t i = 0; i < 4 * PATHS_MAX; i++) {
		receive(remote(others + i), 2, S + idle_ns - 1);
		come += answered_from(remote(others + i), S + idle_ns - 1) == 2;
	}
	assert_int_equal(come, 0);
	for (uint32_t i = 0; i < 4 * PATHS_MAX; i++) {
		receive(remote(others + i), 2, S + idle_ns);
		come += answered_from(remote(others + i), S + idle_ns) == 2;
	}
	assert_int_equal(come, PATHS_MAX);
}

/* Newcomers that come side by side do not push each other out while older ones are there. */
static void the_one_idle_for_longest_makes_room_whether_peer_or_sender(void **state)
{
	const uint32_t others = 1000000;
	const int64_t later_ns = (1 + PATHS_PEER_IDLE_S) * S;
	unsigned come = 0;

	(void)state;
	for (uint32_t i = 0; i < 4 * PATHS_MAX; i++) {
		receive(remote(i), 1, S);
		answered_from(remote(i), S);
	}
	for (uint32_t i = 0; i < PATHS_LIVE; i++)
		receive(remote(others + i), 2, later_ns);
	for (uint32_t i = 0; i < PATHS_LIVE; i++)
		come += answered_from(remote(others + i), later_ns) == 2;
	assert_int_equal(come, PATHS_LIVE);
}

#define FRESH(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(the_kernel_chooses_the_source_for_a_receiver_that_never_sent),
		FRESH(each_is_answered_from_where_it_asked),
		FRESH(the_interface_is_kept_with_the_address),
		FRESH(a_new_path_takes_the_place_of_the_old),
		FRESH(a_forgotten_path_is_the_kernel_s_until_the_remote_sends_again),
		FRESH(a_host_full_of_peers_finds_room),
		FRESH(a_flood_of_senders_costs_no_live_peer_and_keeps_no_newcomer_out),
		FRESH(a_flood_that_is_answered_costs_no_live_peer),
		FRESH(peers_make_room_when_they_were_idle_for_long),
		FRESH(the_one_idle_for_longest_makes_room_whether_peer_or_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
