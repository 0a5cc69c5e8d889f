/* Whom the proxy serves when more come than it holds: beside a table that does not know an order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/proxy/proxy_clients.h"
#include "proto/net/random.h"

#define S INT64_C(1000000000)

enum {
	STEPS = 20000,
	ADDRESSES = PROXY_CLIENTS_MAX + PROXY_CLIENTS_MAX / 2,
};

/* When each was heard last; 0: it is no client. */
static int64_t heard_ns[ADDRESSES];
static unsigned refused, replaced;

static struct net_address address_of(unsigned number)
{
	return (struct net_address){ .host = number % 7, .port = (uint16_t)(1000 + number) };
}

static unsigned served(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < ADDRESSES; i++)
		count += heard_ns[i] > 0;
	return count;
}

/* Who was silent for longest. */
static unsigned idlest(void)
{
	unsigned found = 0;

	for (unsigned i = 1; i < ADDRESSES; i++)
		if (heard_ns[i] > 0 && (heard_ns[found] == 0 || heard_ns[i] < heard_ns[found]))
			found = i;
	return found;
}

static void come(struct proxy_clients *clients, unsigned number, int64_t now_ns)
{
	const unsigned idle = idlest();
	struct proxy_client *place = proxy_clients_place(clients, now_ns);

	if (served() < PROXY_CLIENTS_MAX) {
		assert_int_equal(place->socket, -1);
	} else if (now_ns - heard_ns[idle] < PROXY_IDLE_S * S) {
		assert_null(place);
		refused++;
		return;
	} else {
		assert_int_equal(place->socket, idle);
		heard_ns[idle] = 0;
		replaced++;
	}
	*place = (struct proxy_client){ .address = address_of(number),
					.socket = (int)number,
					.heard_ns = now_ns };
	heard_ns[number] = now_ns;
}

/* Many are there at a time, and some are silent for long. */
static void only_who_was_idle_for_long_and_for_longest_gives_way(void **state)
{
	static struct proxy_clients clients;
	struct random random = random_init(1);
	int64_t now_ns = 1;

	(void)state;
	for (unsigned step = 0; step < STEPS; step++) {
		const unsigned number = (unsigned)random_below(&random, ADDRESSES);
		const struct net_address address = address_of(number);
		struct proxy_client *client = proxy_clients_find(&clients, &address);

		now_ns += 1 + (int64_t)random_below(&random, PROXY_IDLE_S * S / 500);
		assert_int_equal(client != NULL, heard_ns[number] > 0);
		if (client) {
			assert_int_equal(client->socket, number);
			client->heard_ns = heard_ns[number] = now_ns;
		} else {
			come(&clients, number, now_ns);
		}
	}
	assert_int_equal(served(), PROXY_CLIENTS_MAX);
	assert_true(refused > 100 && replaced > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_who_was_idle_for_long_and_for_longest_gives_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
