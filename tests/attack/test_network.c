/*
 * Attacks and faults that need a network of the test's own: a stranger with a whole IPv6 network,
 * and sends that are refused. Skipped where no network namespace can be made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/attack/attack_run.h"
#include "tests/attack/raw_peer.h"
#include "tests/fixtures/net/loopback.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	CROWD = 600,
	RECEIVE_EACH_TURN = 60,
	CROWD_REST_TURNS = 700, /* a millisecond or more each */
	PER_ADDRESS = 16,
	REFUSED_MS = 3000,
	AFTER_MS = 1000,
};

static struct attack_run run;
static struct raw_peer crowd[CROWD];
static unsigned opened, turns;
static int64_t begin_ns;

/* A stranger with a network of its own. */

static void own_address(char text[static 40], unsigned n)
{
	snprintf(text, 40, "2001:db8:1::%x", n + 1);
}

static void add_addresses(void)
{
	static bool are_there;

	for (unsigned n = 0; n < CROWD && !are_there; n++) {
		char own[40];

		own_address(own, n);
		loopback_add(own);
	}
	are_there = true;
}

static void open_one(void)
{
	uint8_t bytes[RAW_PEER_CONNECT_BYTES];
	char own[40];

	own_address(own, opened);
	assert_true(raw_peer_open_ipv6(&crowd[opened], own, "2001:db8:1::1", run.port));
	raw_peer_write_connect(&crowd[opened], bytes);
	raw_peer_send(&crowd[opened++], bytes, sizeof(bytes));
}

/* Each turn one more comes, and a part of them reads. */
static bool crowds(void *context)
{
	(void)context;
	if (opened < CROWD)
		open_one();
	for (unsigned i = 0; i < RECEIVE_EACH_TURN; i++) {
		const unsigned n = (turns * RECEIVE_EACH_TURN + i) % CROWD;

		if (n < opened)
			raw_peer_receive(&crowd[n]);
	}
	return ++turns < CROWD + CROWD_REST_TURNS;
}

static void crowd_in(const char *per_address)
{
	opened = turns = 0;
	attack_run_open(&run, FLAGS("--json", "--host", "::", "--clients", "64", "--hello-time",
				    "60", "--per-address", per_address));
	attack_run_play(&run, crowds, NULL);
}

static unsigned count_connected(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < opened; i++)
		count += crowd[i].is_connected;
	return count;
}

static void end_crowd(void)
{
	for (unsigned i = 0; i < opened; i++)
		raw_peer_close(&crowd[i]);
	opened = 0;
	attack_run_close(&run);
}

static void a_network_of_ipv6_has_the_places_of_one_address(void **state)
{
	(void)state;
	loopback_need();
	add_addresses();
	for (int i = 0; i < ATTACK_RUN_TRIES; i++) {
		end_crowd();
		crowd_in("16");
		assert_in_range(count_connected(), 1, PER_ADDRESS);
		if (!attack_run_is_unharmed(&run, "a network of 600 addresses"))
			continue;
		attack_run_stop(&run);
		assert_true(process_figure(&run.relay, "declined", "ADDRESS_FULL") > 0);
		return;
	}
	fail_msg("harm, %d times", ATTACK_RUN_TRIES);
}

static void without_that_limit_it_takes_all_places(void **state)
{
	(void)state;
	loopback_need();
	add_addresses();
	crowd_in("4095");
	assert_true(count_connected() > PER_ADDRESS);
	assert_false(attack_run_is_unharmed(&run, "600 without a limit"));
}

/* Sends that are refused. */

static int64_t passed_ms(void)
{
	return (raw_now_ns() - begin_ns) / 1000000;
}

static bool lasts(void *context)
{
	return passed_ms() < *(const int64_t *)context;
}

static void the_game_goes_on_after_sends_were_refused(void **state)
{
	int64_t until_ms = REFUSED_MS;

	(void)state;
	loopback_need();
	attack_run_open(&run, FLAGS("--json"));
	loopback_take(false);
	begin_ns = raw_now_ns();
	attack_run_play(&run, lasts, &until_ms);
	assert_true(run.delivery < 0.5);
	loopback_take(true);
	until_ms = passed_ms() + AFTER_MS;
	attack_run_play(&run, lasts, &until_ms); /* what was repeated comes late */
	for (int i = 0; i < ATTACK_RUN_TRIES; i++) {
		until_ms = passed_ms() + AFTER_MS;
		attack_run_play(&run, lasts, &until_ms);
		if (attack_run_is_unharmed(&run, "refused sends"))
			return;
	}
	fail_msg("harm, %d times", ATTACK_RUN_TRIES);
}

static int tear_down(void **state)
{
	(void)state;
	end_crowd();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_network_of_ipv6_has_the_places_of_one_address,
					  tear_down),
		cmocka_unit_test_teardown(without_that_limit_it_takes_all_places, tear_down),
		cmocka_unit_test_teardown(the_game_goes_on_after_sends_were_refused, tear_down),
	};

	return cmocka_run_group_tests(tests, loopback_set_up, NULL);
}
