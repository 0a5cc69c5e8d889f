/* A name that is looked up while its caller goes on, with a resolver that takes its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "client/starling.h"
#include "proto/net/lookup.h"
#include "proto/net/resolve.h"

#define MS INT64_C(1000000)

/* In place of the C library's: it answers when the test lets it, and only knows 127.0.0.9. */
static struct {
	atomic_bool is_slow;
	atomic_uint asked, freed;
	sem_t answers;
	atomic_bool takes_signals;
} resolver;

struct answer {
	struct addrinfo info;
	struct sockaddr_in address;
};

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **found)
{
	struct answer *answer;
	sigset_t blocked;

	(void)service;
	(void)hints;
	atomic_fetch_add(&resolver.asked, 1);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	atomic_store(&resolver.takes_signals, sigismember(&blocked, SIGUSR1) == 0);
	if (atomic_load(&resolver.is_slow))
		sem_wait(&resolver.answers);
	if (strcmp(name, "relay.test") != 0)
		return EAI_NONAME;
	answer = calloc(1, sizeof(*answer));
	answer->address.sin_family = AF_INET;
	answer->address.sin_addr.s_addr = htonl(UINT32_C(0x7f000009));
	answer->info.ai_family = AF_INET;
	answer->info.ai_addr = (struct sockaddr *)&answer->address;
	*found = &answer->info;
	return 0;
}

void freeaddrinfo(struct addrinfo *info)
{
	free(info);
	atomic_fetch_add(&resolver.freed, 1);
}

static int set_up(void **state)
{
	(void)state;
	memset(&resolver, 0, sizeof(resolver));
	sem_init(&resolver.answers, 0, 0);
	atomic_store(&resolver.is_slow, true);
	return 0;
}

static void await(const atomic_uint *count, unsigned least)
{
	for (int i = 0; atomic_load(count) < least; i++) {
		assert_true(i < 5000);
		poll(NULL, 0, 1);
	}
}

/* The answer, which comes within a moment. */
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
	await(&resolver.asked, 1);
	assert_int_equal(lookup_take(&lookup, found), 0);
	assert_true(lookup_is_under_way(&lookup));
	sem_post(&resolver.answers);
	assert_int_equal(await_answer(&lookup, found), 1);
	assert_int_equal(found[0].host, htonl(UINT32_C(0x7f000009)));
	assert_int_equal(found[0].port, 9);
	assert_false(atomic_load(&resolver.takes_signals));
}

static void a_name_that_is_not_known_has_no_addresses(void **state)
{
	struct net_address found[LOOKUP_ADDRESSES_MAX];
	struct lookup lookup = { 0 };

	(void)state;
	atomic_store(&resolver.is_slow, false);
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
	sem_post(&resolver.answers);
	assert_int_equal(await_answer(&lookup, found), 1);
	assert_int_equal(atomic_load(&resolver.asked), 1);
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
	assert_int_equal(atomic_load(&resolver.asked), 0);
}

static void a_lookup_that_nobody_wants_any_more_ends_by_itself(void **state)
{
	struct lookup lookup = { 0 };

	(void)state;
	lookup_start(&lookup, "relay.test", 9);
	await(&resolver.asked, 1);
	lookup_drop(&lookup);
	assert_false(lookup_is_under_way(&lookup));
	sem_post(&resolver.answers);
	await(&resolver.freed, 1); /* after which the thread frees its own; a leak checker looks */
	lookup_drop(&lookup);
}

/* On real sockets, because in simulated time nothing takes time. */
static void a_session_that_looks_again_keeps_turning_and_ends_at_once(void **state)
{
	struct starling_config config;
	struct starling *session;
	struct starling_event event = { 0 };

	(void)state;
	atomic_store(&resolver.is_slow, false);
	starling_default_config(&config);
	config.host = "relay.test";
	config.port = 9;
	config.timeout_s = 0.5;
	config.rejoin_s = 0.1;
	assert_int_equal(starling_open(&session, &config, NULL), 0);
	atomic_store(&resolver.is_slow, true);
	while (atomic_load(&resolver.asked) < 2) {
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
	assert_int_equal(atomic_load(&resolver.asked), 2);
	assert_int_equal(atomic_load(&resolver.freed), 1);
	sem_post(&resolver.answers);
	await(&resolver.freed, 2);
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
