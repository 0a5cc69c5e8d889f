/* A name that is looked up while its caller goes on, with a resolver that takes its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>

#include "client/lib/starling.h"
#include "proto/net/lookup.h"
#include "proto/net/net.h"
#include "tests/fixtures/net/fake_resolver.h"

#define MS INT64_C(1000000)

static unsigned asked_before, freed_before;

static unsigned asked(void)
{
	return fake_resolver_asked() - asked_before;
}

static unsigned freed(void)
{
	return fake_resolver_freed() - freed_before;
}

static int set_up(void **state)
{
	(void)state;
	fake_resolver_know("127.0.0.9", NULL);
	fake_resolver_wait(true);
	asked_before = fake_resolver_asked();
	freed_before = fake_resolver_freed();
	return 0;
}

static void await(unsigned count(void), unsigned least)
{
	for (int i = 0; count() < least; i++) {
		assert_true(i < 5000);
		poll(NULL, 0, 1);
	}
}

/* Waits for the answer. */
static size_t await_answer(struct lookup *lookup, struct net_address *addresses)
{
	size_t count = 0;

	for (int i = 0; lookup_is_under_way(lookup) && i < 5000; i++) {
		count = lookup_take(lookup, addresses);
		poll(NULL, 0, 1);
	}
	assert_false(lookup_is_under_way(lookup));
	return count;
}

static void a_name_is_looked_up_while_its_caller_goes_on(void **state)
{
	struct net_address found[LOOKUP_ADDRESSES_MAX];
	struct lookup lookup = { 0 };

	(void)state;
	lookup_start(&lookup, "relay.test", 9);
	assert_true(lookup_is_under_way(&lookup));
	await(asked, 1);
	assert_int_equal(lookup_take(&lookup, found), 0);
	assert_true(lookup_is_under_way(&lookup));
	fake_resolver_let_go();
	assert_int_equal(await_answer(&lookup, found), 1);
	assert_int_equal(found[0].host, htonl(UINT32_C(0x7f000009)));
	assert_int_equal(found[0].port, 9);
	assert_false(fake_resolver_takes_signals());
}

static void a_name_that_is_not_known_has_no_addresses(void **state)
{
	struct net_address found[LOOKUP_ADDRESSES_MAX];
	struct lookup lookup = { 0 };

	(void)state;
	fake_resolver_wait(false);
	lookup_start(&lookup, "unknown.test", 9);
	assert_int_equal(await_answer(&lookup, found), 0);
}

static void one_is_under_way_at_a_time(void **state)
{
	struct net_address found[LOOKUP_ADDRESSES_MAX];
	struct lookup lookup = { 0 };

	(void)state;
	for (int i = 0; i < 5; i++)
		lookup_start(&lookup, "relay.test", 9);
	fake_resolver_let_go();
	assert_int_equal(await_answer(&lookup, found), 1);
	assert_int_equal(asked(), 1);
}

static void an_address_is_not_looked_up(void **state)
{
	static const char *const addresses[] = { "127.0.0.1", "0.0.0.0", "::1", "fe80::1%lo" };
	struct lookup lookup = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		lookup_start(&lookup, addresses[i], 9);
		assert_false(lookup_is_under_way(&lookup));
	}
	assert_int_equal(asked(), 0);
}

static void a_lookup_that_nobody_wants_any_more_ends_by_itself(void **state)
{
	struct lookup lookup = { 0 };

	(void)state;
	lookup_start(&lookup, "relay.test", 9);
	await(asked, 1);
	lookup_drop(&lookup);
	assert_false(lookup_is_under_way(&lookup));
	fake_resolver_let_go();
	await(freed, 1); /* after which the thread frees its own; a leak checker looks */
	lookup_drop(&lookup);
}

/* On real sockets, because in simulated time nothing takes time. */
static void a_session_that_looks_again_keeps_turning_and_ends_at_once(void **state)
{
	struct starling_config config;
	struct starling *session;
	struct starling_event event = { 0 };

	(void)state;
	fake_resolver_wait(false);
	starling_default_config(&config);
	config.host = "relay.test";
	config.port = 9;
	config.timeout_s = 0.5;
	config.rejoin_s = 0.1;
	assert_int_equal(starling_open(&session, &config, NULL), 0);
	fake_resolver_wait(true);
	while (asked() < 2) {
		starling_wait(session, 0.05);
		assert_int_equal(starling_update(session), 0);
	}
	for (int i = 0; i < 10; i++) {
		const int64_t before_ns = net_now_ns();

		starling_update(session);
		assert_true(net_now_ns() - before_ns < 1000 * MS);
		while (starling_next(session, &event))
			;
		starling_wait(session, 0.05);
	}
	starling_close(session);
	assert_int_equal(asked(), 2);
	assert_int_equal(freed(), 1);
	fake_resolver_let_go();
	await(freed, 2);
}

#define SLOWLY(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SLOWLY(a_name_is_looked_up_while_its_caller_goes_on),
		SLOWLY(a_name_that_is_not_known_has_no_addresses),
		SLOWLY(one_is_under_way_at_a_time),
		SLOWLY(an_address_is_not_looked_up),
		SLOWLY(a_lookup_that_nobody_wants_any_more_ends_by_itself),
		SLOWLY(a_session_that_looks_again_keeps_turning_and_ends_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
