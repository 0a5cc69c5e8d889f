/* The tables of requests and proofs. */
#include "proto/enet/guard/handshake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define S INT64_C(1000000000)

enum {
	FLOOD = 100000,
	PEER_AT = 8, /* the connection's number, in a request */
};

static const uint8_t secret[COOKIE_SECRET_BYTES] = { 42 };
static const struct net_address own = { .host = 1, .port = 7 }, other = { .host = 1, .port = 8 };
static struct handshake *handshake;

static int set_up(void **state)
{
	(void)state;
	handshake = handshake_create(secret);
	assert_non_null(handshake);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	handshake_destroy(handshake);
	return 0;
}

static void keep_of(const struct net_address *address, uint8_t peer, uint8_t byte, int64_t now_ns)
{
	uint8_t request[HANDSHAKE_REQUEST_BYTES];

	memset(request, byte, sizeof(request));
	request[PEER_AT] = 0;
	request[PEER_AT + 1] = peer;
	handshake_keep(handshake, address, request, now_ns);
}

static void keep(const struct net_address *address, uint8_t byte, int64_t now_ns)
{
	keep_of(address, byte, byte, now_ns);
}

/* A byte of the request that is taken; -1: there is none. */
static int take(const struct net_address *address, int64_t now_ns)
{
	uint8_t request[HANDSHAKE_REQUEST_BYTES];

	return handshake_take(handshake, address, request, now_ns)
		       ? request[HANDSHAKE_REQUEST_BYTES - 1]
		       : -1;
}

static void a_request_is_given_out_once_to_its_address_only(void **state)
{
	(void)state;
	assert_int_equal(take(&own, 1), -1);
	keep(&own, 5, S);
	keep(&other, 6, S);
	assert_int_equal(take(&own, 2 * S), 5);
	assert_int_equal(take(&own, 2 * S), -1);
	assert_int_equal(take(&other, 2 * S), 6);
}

static void an_address_may_have_several_requests(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		for (uint8_t i = 0; i < 200; i++)
			keep(&own, i, 2 * S);
		keep(&other, 5, 2 * S);
		for (int i = 0; i < 200; i++)
			assert_int_equal(take(&own, 3 * S), i);
		assert_int_equal(take(&own, 3 * S), -1);
		assert_int_equal(take(&other, 3 * S), 5);
	}
}

static void a_request_takes_the_place_of_an_earlier_one_for_its_connection(void **state)
{
	(void)state;
	keep_of(&own, 1, 5, S);
	keep_of(&own, 2, 6, S);
	keep_of(&own, 1, 7, S);
	assert_int_equal(take(&own, 2 * S), 6);
	assert_int_equal(take(&own, 2 * S), 7);
	assert_int_equal(take(&own, 2 * S), -1);
}

static void a_request_is_forgotten_after_ten_seconds(void **state)
{
	(void)state;
	keep(&own, 5, S);
	keep(&other, 6, S);
	assert_int_equal(take(&own, 11 * S - 1), 5);
	assert_int_equal(take(&other, 11 * S), -1);
}

static void a_proof_lasts_ten_seconds(void **state)
{
	(void)state;
	assert_false(handshake_is_proven(handshake, &own, S));
	handshake_prove(handshake, &own, S);
	assert_true(handshake_is_proven(handshake, &own, 11 * S - 1));
	assert_false(handshake_is_proven(handshake, &own, 11 * S));
	assert_false(handshake_is_proven(handshake, &other, S));
}

static void a_connection_is_known_by_its_address_and_id(void **state)
{
	(void)state;
	assert_false(handshake_had_connection(handshake, &own, 99, S));
	handshake_note_connection(handshake, &own, 99, S);
	assert_true(handshake_had_connection(handshake, &own, 99, S));
	assert_false(handshake_had_connection(handshake, &own, 98, S));
	assert_false(handshake_had_connection(handshake, &other, 99, S));
}

static void a_connection_is_known_for_longer_than_a_cookie_is_good(void **state)
{
	(void)state;
	handshake_note_connection(handshake, &own, 99, 2 * S);
	handshake_note_connection(handshake, &own, 100, 3 * S);
	assert_true(handshake_had_connection(handshake, &own, 99, 62 * S - 1));
	assert_true(handshake_had_connection(handshake, &own, 100, 62 * S));
	assert_false(handshake_had_connection(handshake, &own, 99, 62 * S));
}

static void an_address_has_one_proof_however_often_it_echoes(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++)
		handshake_prove(handshake, &own, S + i);
	assert_false(handshake_is_proven(handshake, &other, S + 100));
	assert_true(handshake_is_proven(handshake, &own, 11 * S + 98));
	assert_false(handshake_is_proven(handshake, &own, 11 * S + 99));
}

static void a_flood_of_requests_costs_no_proof(void **state)
{
	(void)state;
	handshake_prove(handshake, &own, S);
	for (uint32_t i = 0; i < FLOOD; i++)
		keep(&(struct net_address){ .host = i, .port = 9 }, 1, S + 1 + i);
	assert_true(handshake_is_proven(handshake, &own, 2 * S));
	assert_int_equal(take(&own, 2 * S), -1);
	assert_int_equal(take(&(struct net_address){ .host = FLOOD - 1, .port = 9 }, 2 * S), 1);
}

static void of_many_proofs_the_oldest_give_way(void **state)
{
	unsigned left = 0;

	(void)state;
	for (uint32_t i = 0; i < FLOOD; i++)
		handshake_prove(handshake, &(struct net_address){ .host = i, .port = 9 }, S + i);
	for (uint32_t i = 0; i < FLOOD; i++)
		left += handshake_is_proven(handshake,
					    &(struct net_address){ .host = i, .port = 9 }, 2 * S);
	assert_in_range(left, HANDSHAKE_PROOFS / 2, HANDSHAKE_PROOFS);
	for (uint32_t i = FLOOD - HANDSHAKE_WAYS; i < FLOOD; i++)
		assert_true(handshake_is_proven(
			handshake, &(struct net_address){ .host = i, .port = 9 }, 2 * S));
}

#define ON_TABLES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_TABLES(a_request_is_given_out_once_to_its_address_only),
		ON_TABLES(an_address_may_have_several_requests),
		ON_TABLES(a_request_takes_the_place_of_an_earlier_one_for_its_connection),
		ON_TABLES(a_request_is_forgotten_after_ten_seconds),
		ON_TABLES(a_proof_lasts_ten_seconds),
		ON_TABLES(a_connection_is_known_by_its_address_and_id),
		ON_TABLES(an_address_has_one_proof_however_often_it_echoes),
		ON_TABLES(a_connection_is_known_for_longer_than_a_cookie_is_good),
		ON_TABLES(a_flood_of_requests_costs_no_proof),
		ON_TABLES(of_many_proofs_the_oldest_give_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
