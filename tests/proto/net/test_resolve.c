/* Names and numbers to addresses and back, and a session whose relay has several addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <enet/enet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proto/net/udp/address_table.h"
#include "proto/net/resolve.h"
#include "tests/fixtures/net/fake_resolver.h"
#include "tests/fixtures/client/session_fixture.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool has_no_ipv6;

/* In place of the C library's, on a machine that may have no IPv6. */
int socket(int family, int type, int protocol)
{
	if (family == AF_INET6 && has_no_ipv6) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	return (int)syscall(SYS_socket, family, type, protocol);
}

/* Addresses */

static void every_address_reads_as_it_was_written(void **state)
{
	static const char *const texts[][2] = {
		{ "127.0.0.1", "127.0.0.1" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "2001:DB8:0::5", "2001:db8::5" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::ffff:0.0.0.0", "0.0.0.0" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		ENetAddress address = { .port = 5 }, again;
		char text[NET_TEXT_BYTES];

		assert_int_equal(enet_address_set_host_ip(&address, texts[i][0]), 0);
		assert_int_equal(address.port, 5);
		assert_int_equal(enet_address_get_host_ip(&address, text, sizeof(text)), 0);
		assert_string_equal(text, texts[i][1]);
		assert_int_equal(enet_address_set_host(&again, text), 0);
		assert_int_equal(again.host, address.host);
	}
}

static void all_addresses_are_enet_s_any(void **state)
{
	ENetAddress address;

	(void)state;
	assert_int_equal(enet_address_set_host_ip(&address, "::"), 0);
	assert_int_equal(address.host, ENET_HOST_ANY);
	assert_int_equal(enet_address_set_host_ip(&address, "0.0.0.0"), 0);
	assert_int_equal(address.host, NET_HOST_ANY_IPV4);
}

static void loopback_is_what_only_this_machine_reaches(void **state)
{
	static const struct {
		const char *text;
		bool is_loopback;
	} rows[] = {
		{ "127.0.0.1", true },    { "127.255.255.254", true },
		{ "::1", true },          { "::ffff:127.0.0.1", true },
		{ "128.0.0.1", false },   { "126.255.255.255", false },
		{ "::", false },          { "0.0.0.0", false },
		{ "::2", false },         { "192.0.2.1", false },
		{ "2001:db8::1", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct net_address address = { .port = 5 };

		assert_true(net_read_host(rows[i].text, &address.host));
		assert_int_equal(net_host_is_loopback(&address), rows[i].is_loopback);
	}
}

static void a_text_that_is_no_address_is_refused(void **state)
{
	static const char *const texts[] = {
		"",    "127.0.0", "127.1", "0x7f000001", "1.2.3.4.5",
		":::", "[::1]",   "::1 ",  "relay.test", "240.0.64.0", /* a handle */
	};
	ENetAddress address = { .host = 1 };

	(void)state;
	fake_resolver_know("192.0.2.1", NULL);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_int_equal(enet_address_set_host_ip(&address, texts[i]), -1);
	assert_int_equal(address.host, 1);
}

static void a_text_that_does_not_fit_is_refused(void **state)
{
	ENetAddress address;
	char text[NET_TEXT_BYTES];

	(void)state;
	assert_int_equal(enet_address_set_host_ip(&address, "2001:db8::5"), 0);
	assert_int_equal(enet_address_get_host_ip(&address, text, 12), 0);
	assert_int_equal(enet_address_get_host_ip(&address, text, 11), -1);
}

static void every_address_has_its_16_bytes(void **state)
{
	static const char *const rows[][2] = {
		{ "203.0.113.7", "::ffff:203.0.113.7" },
		{ "127.0.0.1", "::ffff:127.0.0.1" },
		{ "2001:db8::1:2", "2001:db8::1:2" },
		{ "::1", "::1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t expected[NET_IPV6_BYTES], bytes[NET_IPV6_BYTES];
		struct net_address address = { .port = 7777 };

		assert_int_equal(inet_pton(AF_INET6, rows[i][1], expected), 1);
		assert_true(net_read_host(rows[i][0], &address.host));
		assert_true(net_host_bytes(&address, bytes));
		assert_memory_equal(bytes, expected, NET_IPV6_BYTES);
	}
}

static void a_number_that_is_nobody_s_has_no_text(void **state)
{
	const ENetAddress address = { .host = htonl(UINT32_C(0xf7ffffff)) };
	const struct net_address same = { .host = address.host };
	char text[NET_TEXT_BYTES];

	(void)state;
	assert_int_equal(enet_address_get_host_ip(&address, text, sizeof(text)), -1);
	assert_int_equal(enet_address_get_host(&address, text, sizeof(text)), -1);
	net_host_text(&same, text);
	assert_string_equal(text, "?");
}

/* Names */

static void a_name_has_its_addresses_in_the_resolver_s_order(void **state)
{
	struct net_address found[4];
	char text[NET_TEXT_BYTES];

	(void)state;
	fake_resolver_know("2001:db8::7", "192.0.2.1");
	assert_int_equal(net_resolve("relay.test", 9, found, 4), 2);
	net_host_text(&found[0], text);
	assert_string_equal(text, "2001:db8::7");
	net_host_text(&found[1], text);
	assert_string_equal(text, "192.0.2.1");
	assert_int_equal(found[1].port, 9);
	assert_int_equal(net_resolve("relay.test", 9, found, 1), 1);
	assert_int_equal(net_resolve("unknown.test", 9, found, 4), 0);
	assert_int_equal(net_resolve("relay.test", 9, found, 0), 0);
}

static void without_ipv6_a_name_has_its_addresses_of_ipv4(void **state)
{
	struct net_address found[4];

	(void)state;
	fake_resolver_know("2001:db8::7", "192.0.2.1");
	has_no_ipv6 = true;
	assert_int_equal(net_resolve("relay.test", 9, found, 4), 1);
	has_no_ipv6 = false;
	assert_int_equal(found[0].host, htonl(UINT32_C(0xc0000201)));
}

/* A session */

static bool arrives_at_127(void *context, const struct sim_datagram *datagram,
			   struct sim_fate *fate)
{
	(void)context;
	(void)fate;
	return ntohl(datagram->to.host) >> 24 == 127;
}

static void the_next_address_is_tried_when_one_is_silent(void **state)
{
	static const char *const addresses[][2] = { { "192.0.2.1", "127.0.0.1" },
						    { "2001:db8::7", "127.0.0.1" } };

	for (size_t i = 0; i < 2; i++) {
		struct session_fixture *fixture;

		assert_int_equal(session_fixture_setup(state), 0);
		fixture = *state;
		fake_resolver_know(addresses[i][0], addresses[i][1]);
		sim_set_fate(fixture->sim, arrives_at_127, NULL);
		fixture->config.host = "relay.test";
		fixture->config.rejoin_s = 0; /* this is one try, not two */
		session_fixture_open(fixture);
		session_fixture_run(fixture, 990);
		assert_int_equal(starling_status(fixture->session), STARLING_CONNECTING);
		session_fixture_run(fixture, 100);
		session_fixture_welcome(fixture);
		session_fixture_expect(fixture, STARLING_WELCOME);
		session_fixture_expect(fixture, STARLING_READY);
		session_fixture_teardown(state);
	}
}

static void a_session_is_lost_when_all_addresses_are_silent(void **state)
{
	struct session_fixture *fixture;

	assert_int_equal(session_fixture_setup(state), 0);
	fixture = *state;
	fake_resolver_know("192.0.2.1", "192.0.2.2");
	sim_set_fate(fixture->sim, arrives_at_127, NULL);
	fixture->config.host = "relay.test";
	fixture->config.rejoin_s = 0;
	session_fixture_open(fixture);
	session_fixture_run(fixture, 3950); /* one second, then three */
	session_fixture_expect_nothing(fixture);
	session_fixture_run(fixture, 100);
	session_fixture_expect(fixture, STARLING_ENDED);
	assert_int_equal(fixture->event.reason, STARLING_REASON_LOST);
	assert_non_null(strstr(fixture->event.text, "no answer from relay.test, port 7777"));
	session_fixture_teardown(state);
}

static void a_rejoining_session_goes_round_until_one_answers(void **state)
{
	struct session_fixture *fixture;

	assert_int_equal(session_fixture_setup(state), 0);
	fixture = *state;
	fake_resolver_know("192.0.2.1", "127.0.0.1");
	fixture->is_cut = true;
	fixture->config.host = "relay.test";
	session_fixture_open(fixture);
	session_fixture_run(fixture, 4050);
	session_fixture_expect(fixture, STARLING_LOST);
	sim_set_fate(fixture->sim, arrives_at_127, NULL);
	session_fixture_run(fixture,
			    5000); /* it never answers HELLO, which the session notices after 8 s */
	assert_int_equal(starling_status(fixture->session), STARLING_JOINING);
	session_fixture_teardown(state);
}

static void a_name_that_leads_elsewhere_is_followed(void **state)
{
	struct session_fixture *fixture;

	assert_int_equal(session_fixture_setup(state), 0);
	fixture = *state;
	fake_resolver_know("192.0.2.1", NULL);
	sim_set_fate(fixture->sim, arrives_at_127, NULL);
	fixture->config.host = "relay.test";
	session_fixture_open(fixture);
	fake_resolver_know("127.0.0.1", NULL);
	session_fixture_run(fixture, 3050);
	session_fixture_expect(fixture, STARLING_LOST);
	session_fixture_run(fixture, 700);
	session_fixture_welcome(fixture);
	session_fixture_expect(fixture, STARLING_WELCOME);
	session_fixture_teardown(state);
}

static void a_name_that_is_not_known_any_more_leads_where_it_did(void **state)
{
	struct session_fixture *fixture;

	assert_int_equal(session_fixture_setup(state), 0);
	fixture = *state;
	fake_resolver_know("127.0.0.1", NULL);
	fixture->is_cut = true;
	fixture->config.host = "relay.test";
	session_fixture_open(fixture);
	fake_resolver_know(NULL, NULL);
	session_fixture_run(fixture, 3050);
	session_fixture_expect(fixture, STARLING_LOST);
	fixture->is_cut = false;
	session_fixture_run(fixture, 700);
	session_fixture_welcome(fixture);
	session_fixture_expect(fixture, STARLING_WELCOME);
	session_fixture_teardown(state);
}

static void the_address_that_was_good_comes_first_while_the_name_has_it(void **state)
{
	struct session_fixture *fixture;

	assert_int_equal(session_fixture_setup(state), 0);
	fixture = *state;
	fake_resolver_know("192.0.2.1", "127.0.0.1");
	sim_set_fate(fixture->sim, arrives_at_127, NULL);
	fixture->config.host = "relay.test";
	session_fixture_open(fixture);
	session_fixture_run(fixture, 1050);
	session_fixture_welcome(fixture);
	session_fixture_expect(fixture, STARLING_WELCOME);
	session_fixture_expect(fixture, STARLING_READY);
	fake_resolver_know("192.0.2.2", "127.0.0.1"); /* the name is looked up again */
	enet_peer_disconnect(fixture->relay.peer, 0);
	session_fixture_run(fixture, 10);
	session_fixture_expect(fixture, STARLING_LOST);
	session_fixture_run(fixture,
			    700); /* a pause of at most 625 ms, and no second for the other */
	session_fixture_welcome(fixture);
	session_fixture_expect(fixture, STARLING_WELCOME);
	session_fixture_teardown(state);
}

/* The other address answers nobody. */
static void the_good_address_of_two_is_tried_every_three_seconds(void **state)
{
	struct session_fixture *fixture;

	for (int away_ms = 9000; away_ms < 16000; away_ms += 700) {
		assert_int_equal(session_fixture_setup(state), 0);
		fixture = *state;
		fake_resolver_know("127.0.0.1", "192.0.2.1");
		sim_set_fate(fixture->sim, arrives_at_127, NULL);
		fixture->config.host = "relay.test";
		session_fixture_join(fixture);
		fake_relay_close(&fixture->relay);
		session_fixture_run(fixture, away_ms);
		fake_relay_open(&fixture->relay, fixture->config.port);
		session_fixture_run(fixture, 3000);
		if (!fake_relay_next(&fixture->relay, WIRE_HELLO))
			fail_msg("away for %d ms, and not back after 3 s", away_ms);
		session_fixture_teardown(state);
	}
}

static void a_relay_that_lets_nobody_in_is_passed_by(void **state)
{
	struct session_fixture *fixture;

	assert_int_equal(session_fixture_setup(state), 0);
	fixture = *state;
	fake_resolver_know("127.0.0.1", "192.0.2.1");
	sim_set_fate(fixture->sim, arrives_at_127, NULL);
	fixture->config.host = "relay.test";
	session_fixture_open(fixture);
	session_fixture_run(fixture, 50);
	assert_int_equal(starling_status(fixture->session), STARLING_JOINING);
	enet_peer_disconnect(fixture->relay.peer, 0);
	session_fixture_run(fixture, 10);
	session_fixture_expect(fixture, STARLING_LOST);
	session_fixture_run(fixture, 700);
	assert_int_equal(starling_status(fixture->session), STARLING_CONNECTING);
	session_fixture_run(fixture, 1000);
	assert_int_equal(starling_status(fixture->session), STARLING_JOINING);
	session_fixture_teardown(state);
}

/* Comes last: what was looked up stays for the life of the process. */
static void one_name_too_many_is_refused_and_the_others_stay(void **state)
{
	struct net_address first, found;
	unsigned count = 0;
	char text[NET_TEXT_BYTES];

	(void)state;
	assert_int_equal(net_resolve("2001:db8:1::", 0, &first, 1), 1);
	do
		snprintf(text, sizeof(text), "2001:db8:2::%x", ++count);
	while (net_resolve(text, 0, &found, 1) == 1 && count <= ADDRESS_TABLE_NAMED_MAX);
	assert_in_range(count, ADDRESS_TABLE_NAMED_MAX / 2, ADDRESS_TABLE_NAMED_MAX);
	assert_int_equal(net_resolve("2001:db8:1::", 0, &found, 1), 1);
	assert_int_equal(found.host, first.host);
	assert_int_equal(net_resolve("192.0.2.1", 0, &found, 1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_address_reads_as_it_was_written),
		cmocka_unit_test(all_addresses_are_enet_s_any),
		cmocka_unit_test(loopback_is_what_only_this_machine_reaches),
		cmocka_unit_test(a_text_that_is_no_address_is_refused),
		cmocka_unit_test(a_text_that_does_not_fit_is_refused),
		cmocka_unit_test(every_address_has_its_16_bytes),
		cmocka_unit_test(a_number_that_is_nobody_s_has_no_text),
		cmocka_unit_test(a_name_has_its_addresses_in_the_resolver_s_order),
		cmocka_unit_test(without_ipv6_a_name_has_its_addresses_of_ipv4),
		cmocka_unit_test(the_next_address_is_tried_when_one_is_silent),
		cmocka_unit_test(a_session_is_lost_when_all_addresses_are_silent),
		cmocka_unit_test(a_rejoining_session_goes_round_until_one_answers),
		cmocka_unit_test(a_name_that_leads_elsewhere_is_followed),
		cmocka_unit_test(a_name_that_is_not_known_any_more_leads_where_it_did),
		cmocka_unit_test(the_address_that_was_good_comes_first_while_the_name_has_it),
		cmocka_unit_test(the_good_address_of_two_is_tried_every_three_seconds),
		cmocka_unit_test(a_relay_that_lets_nobody_in_is_passed_by),
		cmocka_unit_test(one_name_too_many_is_refused_and_the_others_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
