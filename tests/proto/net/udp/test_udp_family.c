/* Real sockets of both families, on the loopback interface only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "proto/net/resolve.h"
#include "proto/net/udp/address_table.h"
#include "proto/net/udp/udp.h"
#include "proto/net/udp/udp_address.h"
#include "tests/fixtures/net/ipv6.h"
#include "tests/fixtures/net/udp_fixture.h"

/*
 * Conditions that this machine cannot be brought into: the calls of udp*.c come here before the C
 * library's.
 */
static struct {
	bool has_no_ipv6;
	bool is_elsewhere; /* datagrams of IPv6 come from an address that nobody has */
} kernel;

int socket(int family, int type, int protocol)
{
	if (family == AF_INET6 && kernel.has_no_ipv6) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	return (int)syscall(SYS_socket, family, type, protocol);
}

int recvmmsg(int descriptor, struct mmsghdr *messages, unsigned count, int flags,
	     struct timespec *limit)
{
	const int taken = (int)syscall(SYS_recvmmsg, descriptor, messages, count, flags, limit);

	for (int i = 0; i < taken && kernel.is_elsewhere; i++)
		((struct sockaddr_in6 *)messages[i].msg_hdr.msg_name)->sin6_addr.s6_addr[1] = 0x99;
	return taken;
}

static struct net *net;
static struct udp_fixture fixture;

static int set_up(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	net = fixture.net = udp_net();
	return 0;
}

static void send_text(int from, struct net_address to, const char *text)
{
	udp_fixture_send(&fixture, from, to, text);
	net->flush(net, from);
}

/* Takes one datagram, waiting for up to `ms`; "" for none. */
static const char *received_within(int by, int64_t ms, struct net_address *from)
{
	static char text[64];
	size_t size;

	net->wait(net, by, net->now_ns(net) + ms * INT64_C(1000000));
	size = net->receive(net, by, from, text, sizeof(text) - 1);
	text[size] = '\0';
	return text;
}

static const char *received(int by, struct net_address *from)
{
	return received_within(by, 1000, from);
}

static const char *text_of(const struct net_address *address)
{
	static char text[NET_TEXT_BYTES];

	net_host_text(address, text);
	return text;
}

static void one_socket_receives_from_and_answers_both_families(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "::1" };
	uint16_t port, client_port;
	struct net_address from;
	int relay;

	(void)state;
	ipv6_need();
	relay = udp_fixture_open_at(net, "::", &port);
	for (size_t i = 0; i < 2; i++) {
		const int client = udp_fixture_open_at(net, hosts[i], &client_port);

		send_text(client, udp_fixture_at(hosts[i], port), "hello");
		assert_string_equal(received(relay, &from), "hello");
		assert_string_equal(text_of(&from), hosts[i]);
		assert_int_equal(from.port, client_port);
		assert_int_equal(from.host, udp_fixture_at(hosts[i], 0).host);
		send_text(relay, from, "welcome");
		assert_string_equal(received(client, &from), "welcome");
		assert_string_equal(text_of(&from), hosts[i]);
		assert_int_equal(from.port, port);
		net->close(net, client);
	}
	net->close(net, relay);
}

static void a_socket_that_is_bound_to_nothing_reaches_both_families(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "::1" };
	struct net_address from;
	int client;

	(void)state;
	ipv6_need();
	client = net->open(net);
	for (size_t i = 0; i < 2; i++) {
		uint16_t port;
		const int relay = udp_fixture_open_at(net, hosts[i], &port);

		send_text(client, udp_fixture_at(hosts[i], port), "hello");
		assert_string_equal(received(relay, &from), "hello");
		net->close(net, relay);
	}
	net->close(net, client);
}

struct bound {
	const char *host;
	bool receives_ipv4, receives_ipv6;
};

static void a_bound_socket_receives_the_families_of_its_address(void **state)
{
	static const struct bound rows[] = {
		{ "::", true, true },
		{ "0.0.0.0", true, false },
		{ "127.0.0.1", true, false },
		{ "::1", false, true },
		{ "::ffff:127.0.0.1", true, false },
		{ "::ffff:0.0.0.0", true, false },
	};
	struct net_address from;
	int client;

	(void)state;
	ipv6_need();
	client = net->open(net);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint16_t port;
		const int relay = udp_fixture_open_at(net, rows[i].host, &port);

		send_text(client, udp_fixture_at("127.0.0.1", port), "four");
		assert_string_equal(
			received_within(relay, rows[i].receives_ipv4 ? 1000 : 10, &from),
			rows[i].receives_ipv4 ? "four" : "");
		send_text(client, udp_fixture_at("::1", port), "six");
		assert_string_equal(
			received_within(relay, rows[i].receives_ipv6 ? 1000 : 10, &from),
			rows[i].receives_ipv6 ? "six" : "");
		net->close(net, relay);
	}
	net->close(net, client);
}

static void all_sockets_know_an_address_by_the_same_number(void **state)
{
	struct net_address from_client, from_relay;
	uint16_t ports[2];
	int sockets[2];

	(void)state;
	ipv6_need();
	for (size_t i = 0; i < 2; i++)
		sockets[i] = udp_fixture_open_at(net, "::1", &ports[i]);
	send_text(sockets[0], udp_fixture_at("::1", ports[1]), "to the second");
	assert_string_equal(received(sockets[1], &from_client), "to the second");
	send_text(sockets[1], from_client, "to the first");
	assert_string_equal(received(sockets[0], &from_relay), "to the first");
	assert_int_equal(from_client.host, from_relay.host);
	for (size_t i = 0; i < 2; i++)
		net->close(net, sockets[i]);
}

static void a_number_that_is_nobody_s_costs_its_datagram_only(void **state)
{
	static const char *const texts[] = { "first", "second", "third" };
	struct net_buffer part = { "lost", 4 };
	struct net_address from, nobody;
	uint16_t port;
	int client, relay;

	(void)state;
	ipv6_need();
	relay = udp_fixture_open_at(net, "::1", &port);
	client = net->open(net);
	nobody = (struct net_address){ .host = htonl(UINT32_C(0xf7ffffff)), .port = port };
	for (int i = 0; i < 3; i++) {
		const struct net_address good = udp_fixture_at("::1", port);

		net->send(net, client, &nobody, &part, 1);
		part = (struct net_buffer){ texts[i], strlen(texts[i]) };
		net->send(net, client, &good, &part, 1);
	}
	net->send(net, client, &nobody, &part, 1);
	net->flush(net, client);
	for (int i = 0; i < 3; i++)
		assert_string_equal(received(relay, &from), texts[i]);
	assert_int_equal(udp_fixture_stats(&fixture, client).dropped_unsendable, 4);
	assert_int_equal(udp_fixture_stats(&fixture, client).datagrams_out, 3);
	assert_int_equal(net->bind(net, client, &nobody), -EADDRNOTAVAIL);
	net->close(net, client);
	net->close(net, relay);
}

static void a_machine_without_ipv6_goes_on_with_ipv4(void **state)
{
	const struct net_address six = udp_fixture_at("::1", 9);
	struct net_address from, bound = udp_fixture_at("::", 0);
	uint16_t port;
	int client, relay, refused;

	(void)state;
	kernel.has_no_ipv6 = true;
	/* All addresses are then IPv4's, and the socket says so. */
	relay = net->open(net);
	assert_int_equal(net->bind(net, relay, &bound), 0);
	assert_int_equal(net->address(net, relay, &bound), 0);
	assert_string_equal(text_of(&bound), "0.0.0.0");
	net->close(net, relay);

	relay = udp_fixture_open_at(net, "0.0.0.0", &port);
	client = net->open(net);
	send_text(client, six, "nowhere");
	assert_int_equal(udp_fixture_stats(&fixture, client).dropped_unsendable, 1);
	send_text(client, udp_fixture_at("127.0.0.1", port), "hello");
	assert_string_equal(received(relay, &from), "hello");
	assert_string_equal(text_of(&from), "127.0.0.1");
	refused = net->open(net);
	assert_int_equal(net->bind(net, refused, &six), -EAFNOSUPPORT);
	net->close(net, refused);
	net->close(net, client);
	net->close(net, relay);
}

static union udp_sockaddr kernel_address(const char *text)
{
	union udp_sockaddr address = { .in6 = { .sin6_family = AF_INET6, .sin6_port = htons(9) } };

	assert_int_equal(inet_pton(AF_INET6, text, &address.in6.sin6_addr), 1);
	return address;
}

static void an_address_of_ipv4_stands_for_itself(void **state)
{
	union udp_sockaddr from = kernel_address("::ffff:192.0.2.1");
	struct net_address sender;

	(void)state;
	udp_addresses_received(&from, &sender, 1);
	assert_int_equal(sender.host, htonl(UINT32_C(0xc0000201)));
	assert_int_equal(sender.port, 9);
	from.in = (struct sockaddr_in){ .sin_family = AF_INET,
					.sin_addr.s_addr = htonl(UINT32_C(0xc0000201)) };
	udp_addresses_received(&from, &sender, 1);
	assert_int_equal(sender.host, htonl(UINT32_C(0xc0000201)));
}

/* Otherwise a forged sender in IPv4's class E could speak for an IPv6 peer. */
static void a_sender_that_looks_like_a_handle_gets_none(void **state)
{
	static const char *const texts[] = { "::ffff:240.0.64.0",      "::ffff:240.0.0.0",
					     "::ffff:247.255.255.255", "::ffff:248.0.0.1",
					     "::ffff:0.0.0.0",         "::" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		union udp_sockaddr from = kernel_address(texts[i]);
		struct net_address sender;

		udp_addresses_received(&from, &sender, 1);
		assert_int_equal(sender.host, NET_HOST_ANY);
		if (IN6_IS_ADDR_V4MAPPED(&from.in6.sin6_addr)) {
			struct sockaddr_in plain = { .sin_family = AF_INET };

			memcpy(&plain.sin_addr, &from.in6.sin6_addr.s6_addr[12], 4);
			from.in = plain;
			udp_addresses_received(&from, &sender, 1);
			assert_int_equal(sender.host, NET_HOST_ANY);
		}
	}
}

static uint64_t network_of(const char *text)
{
	const union udp_sockaddr from = kernel_address(text);
	struct net_address sender;

	udp_addresses_received(&from, &sender, 1);
	return net_network(net, &sender);
}

static void the_first_64_bits_of_an_ipv6_address_are_its_network(void **state)
{
	(void)state;
	assert_true(network_of("2001:db8:1:2::1") == UINT64_C(0x20010db800010002));
	assert_true(network_of("2001:db8:1:2:ffff::9") == network_of("2001:db8:1:2::1"));
	assert_true(network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1"));
	assert_true(network_of("::ffff:192.0.2.1") != network_of("::ffff:192.0.2.2"));
	assert_true(network_of("::ffff:192.0.2.1") == network_of("::ffff:192.0.2.1"));
	assert_true(network_of("::1") != network_of("::ffff:0.0.0.1"));
}

/* The answer to a forged request must not take a peer's place in the table. */
static void an_answer_to_an_unproven_address_keeps_nothing_of_it(void **state)
{
	union udp_sockaddr from = kernel_address("2001:db8:5::"), to;
	struct net_address sender;

	(void)state;
	for (uint32_t i = 0; i < 2 * ADDRESS_TABLE_MAX; i++) {
		const uint32_t word = htonl(i);

		memcpy(&from.in6.sin6_addr.s6_addr[12], &word, sizeof(word));
		udp_addresses_received(&from, &sender, 1);
		if (sender.host == NET_HOST_ANY)
			continue;
		sender.is_unproven = true;
		udp_addresses_sent(AF_INET6, &sender, &to, 1);
		assert_memory_equal(&to.in6.sin6_addr, &from.in6.sin6_addr, 16);
	}
	usleep((ADDRESS_TABLE_SENDER_IDLE_S * 1000 + 100) * 1000);
	from = kernel_address("2001:db8:6::1");
	udp_addresses_received(&from, &sender, 1);
	assert_int_not_equal(sender.host, NET_HOST_ANY);
}

/* Comes last: it leaves the process's table full. */
static void a_full_table_drops_new_senders_and_knows_its_peers(void **state)
{
	union udp_sockaddr from = kernel_address("2001:db8::");
	struct net_address sender, peer;
	uint16_t port;
	int client, relay;

	(void)state;
	ipv6_need();
	relay = udp_fixture_open_at(net, "::", &port);
	client = net->open(net);
	send_text(client, udp_fixture_at("::1", port), "before");
	assert_string_equal(received(relay, &peer), "before");
	for (uint32_t i = 0; i < 2 * ADDRESS_TABLE_MAX; i++) {
		const uint32_t word = htonl(i);

		memcpy(&from.in6.sin6_addr.s6_addr[12], &word, sizeof(word));
		udp_addresses_received(&from, &sender, 1);
	}
	kernel.is_elsewhere = true;
	send_text(client, udp_fixture_at("::1", port), "a sender");
	assert_string_equal(received_within(relay, 100, &sender), "");
	assert_int_equal(udp_fixture_stats(&fixture, relay).dropped_strangers, 1);
	kernel.is_elsewhere = false;
	send_text(client, udp_fixture_at("::1", port), "the peer");
	assert_string_equal(received(relay, &sender), "the peer");
	assert_int_equal(sender.host, peer.host);
	send_text(relay, peer, "an answer");
	assert_string_equal(received(client, &sender), "an answer");
	net->close(net, client);
	net->close(net, relay);
}

#define FRESH(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(one_socket_receives_from_and_answers_both_families),
		FRESH(a_socket_that_is_bound_to_nothing_reaches_both_families),
		FRESH(a_bound_socket_receives_the_families_of_its_address),
		FRESH(all_sockets_know_an_address_by_the_same_number),
		FRESH(a_number_that_is_nobody_s_costs_its_datagram_only),
		FRESH(a_machine_without_ipv6_goes_on_with_ipv4),
		FRESH(an_address_of_ipv4_stands_for_itself),
		FRESH(the_first_64_bits_of_an_ipv6_address_are_its_network),
		FRESH(a_sender_that_looks_like_a_handle_gets_none),
		FRESH(an_answer_to_an_unproven_address_keeps_nothing_of_it),
		FRESH(a_full_table_drops_new_senders_and_knows_its_peers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
