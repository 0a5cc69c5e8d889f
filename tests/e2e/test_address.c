/* The addresses that the relay listens on and clients reach it by: real processes, real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include "client/lib/starling.h"
#include "tests/fixtures/net/ipv6.h"
#include "tests/fixtures/process.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static struct process relay;
static struct starling *clients[2];

static int tear_down(void **state)
{
	(void)state;
	for (size_t n = 0; n < 2; n++) {
		starling_close(clients[n]);
		clients[n] = NULL;
	}
	process_end(&relay);
	return 0;
}

static void open_client(size_t n, const char *host, uint16_t port)
{
	struct starling_config config;
	struct starling_error error;

	starling_default_config(&config);
	config.host = host;
	config.port = port;
	config.rejoin_s = 0;
	if (starling_open(&clients[n], &config, &error) != 0)
		fail_msg("%s", error.text);
}

/* Whether all clients that run join and see `others` within `seconds`. */
static bool come_together(size_t others, double seconds)
{
	const double until_s = process_now_s() + seconds;
	bool is_done = false;

	while (!is_done && process_now_s() < until_s) {
		is_done = true;
		for (size_t n = 0; n < 2; n++) {
			struct starling_event event;

			if (!clients[n])
				continue;
			starling_wait(clients[n], 0.005);
			starling_update(clients[n]);
			while (starling_next(clients[n], &event))
				;
			is_done &= starling_status(clients[n]) == STARLING_PLAYING &&
				   starling_members(clients[n], NULL, 0) == others;
		}
	}
	return is_done;
}

static void a_relay_on_the_ipv6_loopback_address_is_joined_there(void **state)
{
	uint16_t port;

	(void)state;
	ipv6_need();
	port = process_start_relay(&relay, FLAGS("--host", "::1"));
	assert_non_null(strstr(relay.out_text, "{\"listening\":{\"host\":\"::1\","));
	assert_true(process_await_err(&relay, "listens on UDP [::1]:", 5));
	open_client(0, "::1", port);
	assert_true(come_together(0, 10));
}

static void a_relay_on_all_addresses_brings_both_families_together(void **state)
{
	uint16_t port;

	(void)state;
	ipv6_need();
	port = process_start_relay(&relay, FLAGS("--host", "::"));
	assert_true(process_await_err(&relay, "listens on UDP [::]:", 5));
	assert_true(process_await_err(&relay, "(IPv6 and IPv4)", 5));
	open_client(0, "127.0.0.1", port);
	open_client(1, "::1", port);
	assert_true(come_together(1, 10));
}

static void without_host_only_this_machine_is_listened_to(void **state)
{
	(void)state;
	process_start(&relay, FLAGS("starlingd", "--port", "0", "--json"));
	assert_true(process_await_out(&relay, "\"port\":", 10));
	assert_non_null(strstr(relay.out_text, "{\"host\":\"127.0.0.1\","));
	assert_true(process_await_err(&relay, "listens on UDP 127.0.0.1:", 5));
}

/* How many lines of the relay's log warn of what the plain mode does not protect from. */
static unsigned count_warnings(void)
{
	unsigned count = 0;

	for (const char *at = relay.err_text; (at = strstr(at, "no encryption")); at++)
		count++;
	return count;
}

static void
a_relay_that_others_may_reach_says_once_what_plain_mode_does_not_protect_from(void **state)
{
	static const struct {
		const char *host;
		unsigned warnings;
	} rows[] = {
		{ "0.0.0.0", 1 }, { "::", 1 }, { "127.0.0.1", 0 }, { "127.0.0.9", 0 }, { "::1", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strchr(rows[i].host, ':') && !ipv6_is_there())
			continue;
		process_start_relay(&relay, FLAGS("--host", rows[i].host));
		process_signal(&relay, SIGTERM);
		assert_int_equal(process_finish(&relay, 5), 0);
		assert_int_equal(count_warnings(), rows[i].warnings);
		tear_down(NULL);
	}
}

static void a_relay_on_ipv4_only_is_not_reached_by_ipv6(void **state)
{
	uint16_t port;

	(void)state;
	ipv6_need();
	port = process_start_relay(&relay, FLAGS("--host", "0.0.0.0"));
	assert_true(process_await_err(&relay, "listens on UDP 0.0.0.0:", 5));
	open_client(0, "::1", port);
	assert_false(come_together(0, 0.5));
	starling_close(clients[0]);
	open_client(0, "127.0.0.1", port);
	assert_true(come_together(0, 10));
}

/* A client takes an answer from no other address than the one it asked. */
static void a_relay_on_all_addresses_answers_from_the_one_that_was_asked(void **state)
{
	static const char *const everywhere[] = { "::", "0.0.0.0" };

	(void)state;
	for (size_t n = 0; n < 2; n++) {
		uint16_t port;

		if (n == 0 && !ipv6_is_there())
			continue;
		port = process_start_relay(&relay, FLAGS("--host", everywhere[n]));
		open_client(0, "127.0.0.2", port);
		open_client(1, "127.0.0.3", port);
		assert_true(come_together(1, 10));
		tear_down(NULL);
	}
}

static void a_full_relay_says_so_from_the_address_that_was_asked(void **state)
{
	static const struct {
		const char *everywhere, *asked;
		bool is_ipv6;
	} rows[] = {
		{ "0.0.0.0", "127.0.0.3", false },
		{ "::", "127.0.0.3", true },
		{ "::", "::1", true },
	};

	(void)state;
	for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
		uint16_t port;
		char text[8];

		if (rows[n].is_ipv6 && !ipv6_is_there())
			continue;
		port = process_start_relay(&relay,
					   FLAGS("--host", rows[n].everywhere, "--clients", "1"));
		open_client(0, "127.0.0.2", port);
		assert_true(come_together(0, 10));
		snprintf(text, sizeof(text), "%u", port);
		process_expect_failure(FLAGS("starling", "bots", "1", "--host", rows[n].asked,
					     "--port", text, "--patience", "0.3"),
				       1, "is full", rows[n].asked);
		tear_down(NULL);
	}
}

/* The relay may be on either address of "localhost", in either order of the resolver's. */
static void a_relay_is_joined_by_its_name(void **state)
{
	const uint16_t port = process_start_relay(&relay, FLAGS("--host", "127.0.0.1"));

	(void)state;
	open_client(0, "localhost", port);
	assert_true(come_together(0, 10));
}

static void the_programs_take_an_ipv6_address_as_host(void **state)
{
	struct process bots;
	uint16_t port;
	char text[8];

	(void)state;
	ipv6_need();
	port = process_start_relay(&relay, FLAGS("--host", "::1"));
	snprintf(text, sizeof(text), "%u", port);
	process_start(&bots, FLAGS("starling", "bots", "1", "--host", "::1", "--port", text));
	open_client(0, "::1", port);
	assert_true(come_together(1, 10));
	process_end(&bots);
}

static void a_client_that_is_told_all_addresses_joins_on_this_machine(void **state)
{
	static const char *const all[] = { "0.0.0.0", "::" };
	struct process bots;
	char port[8];

	(void)state;
	snprintf(port, sizeof(port), "%u", process_start_relay(&relay, FLAGS("--host", "0.0.0.0")));
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		process_start(&bots, FLAGS("starling", "bots", "1", "--host", all[i], "--port",
					   port, "--seconds", "0.2"));
		assert_int_equal(process_finish(&bots, 10), 0);
		process_end(&bots);
	}
}

static void what_an_address_cost_is_in_the_report(void **state)
{
	uint16_t port;

	(void)state;
	ipv6_need();
	port = process_start_relay(&relay, FLAGS("--host", "::1"));
	open_client(0, "::1", port);
	assert_true(come_together(0, 10));
	process_signal(&relay, SIGTERM);
	assert_int_equal(process_finish(&relay, 5), 0);
	assert_non_null(strstr(relay.out_text, "\"dropped_kernel\":0"));
	assert_non_null(strstr(relay.out_text, "\"dropped_strangers\":0"));
	assert_non_null(strstr(relay.out_text, "\"dropped_unsendable\":0"));
}

struct refused {
	const char *host;
	int status;
	const char *says[2];
};

/* Misuse where no machine has such an address. */
static void a_bad_address_gets_its_sentence_and_status(void **state)
{
	static const struct refused rows[] = {
		{ "relay.test",
		  2,
		  { "\"relay.test\": not an address;", "127.0.0.1 or ::1, or ::" } },
		{ "::12345", 2, { "\"::12345\": not an address;", "::1" } },
		{ "[::1]", 2, { "\"[::1]\": not an address;", "::1" } },
		{ "240.0.64.0", 2, { "\"240.0.64.0\": not an address;", "::1" } },
		{ "224.0.0.1", 2, { "\"224.0.0.1\": not an address of one machine;", "::1" } },
		{ "255.255.255.255", 2, { "not an address of one machine;", "::1" } },
		{ "192.0.2.1", 1, { "192.0.2.1:7", "an address of this machine, or :: for all" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct process process;

		process_start(&process, FLAGS("starlingd", "--host", rows[i].host));
		assert_int_equal(process_finish(&process, 10), rows[i].status);
		for (size_t j = 0; j < 2; j++)
			if (!strstr(process.err_text, rows[i].says[j]))
				fail_msg("\"%s\" does not say \"%s\"", process.err_text,
					 rows[i].says[j]);
		process_end(&process);
	}
}

static void addresses_of_ipv6_that_no_socket_takes_get_their_sentence(void **state)
{
	struct process process;

	(void)state;
	ipv6_need();
	process_start(&process, FLAGS("starlingd", "--host", "ff02::1"));
	assert_int_equal(process_finish(&process, 10), 2);
	assert_non_null(strstr(process.err_text, "\"ff02::1\": not an address of one machine;"));
	process_end(&process);
	process_start(&process, FLAGS("starlingd", "--host", "fe80::1"));
	assert_int_equal(process_finish(&process, 10), 1);
	assert_non_null(strstr(process.err_text, "pass --host with the interface"));
	process_end(&process);
}

static void a_client_that_nobody_answers_names_the_address_in_brackets(void **state)
{
	struct process watch;

	(void)state;
	process_start(&watch, FLAGS("starling", "bots", "1", "--host", "::1", "--port", "9",
				    "--patience", "0.2"));
	assert_int_equal(process_finish(&watch, 10), 1);
	assert_non_null(strstr(watch.err_text, "no relay answers at [::1]:9;"));
	process_end(&watch);
}

#define E2E(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		E2E(a_relay_on_the_ipv6_loopback_address_is_joined_there),
		E2E(a_relay_on_all_addresses_brings_both_families_together),
		E2E(without_host_only_this_machine_is_listened_to),
		E2E(a_relay_that_others_may_reach_says_once_what_plain_mode_does_not_protect_from),
		E2E(a_relay_on_ipv4_only_is_not_reached_by_ipv6),
		E2E(a_relay_on_all_addresses_answers_from_the_one_that_was_asked),
		E2E(a_full_relay_says_so_from_the_address_that_was_asked),
		E2E(a_client_that_is_told_all_addresses_joins_on_this_machine),
		E2E(a_relay_is_joined_by_its_name),
		E2E(the_programs_take_an_ipv6_address_as_host),
		E2E(what_an_address_cost_is_in_the_report),
		E2E(addresses_of_ipv6_that_no_socket_takes_get_their_sentence),
		E2E(a_bad_address_gets_its_sentence_and_status),
		E2E(a_client_that_nobody_answers_names_the_address_in_brackets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
