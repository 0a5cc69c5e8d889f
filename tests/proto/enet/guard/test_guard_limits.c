/* The guard reads no more of a peer and of an address than their budgets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <enet/enet.h>

#include "tests/fixtures/enet/guarded_host.h"
#include "tests/fixtures/row_tests.h"

enum {
	NETWORK = 77,
	SIZE = 100,   /* of each datagram */
	COMMANDS = 4, /* in each */
};

struct row {
	const char *name;
	struct guard_limits limits;
	unsigned reason;
	unsigned passed; /* of those that come at once */
};

static const struct row rows[] = {
	{ "a peer's datagrams",
	  { .peer = { { [INPUT_DATAGRAMS] = 5 } } },
	  GUARD_PEER_BUDGET + INPUT_DATAGRAMS,
	  5 },
	{ "a peer's bytes",
	  { .peer = { { [INPUT_BYTES] = 5 * SIZE } } },
	  GUARD_PEER_BUDGET + INPUT_BYTES,
	  5 },
	{ "a peer's commands",
	  { .peer = { { [INPUT_COMMANDS] = 5 * COMMANDS } } },
	  GUARD_PEER_BUDGET + INPUT_COMMANDS,
	  5 },
	{ "an address's datagrams",
	  { .address = { { [INPUT_DATAGRAMS] = 7 } } },
	  GUARD_ADDRESS_BUDGET + INPUT_DATAGRAMS,
	  7 },
	{ "an address's bytes",
	  { .address = { { [INPUT_BYTES] = 7 * SIZE } } },
	  GUARD_ADDRESS_BUDGET + INPUT_BYTES,
	  7 },
	{ "an address's commands",
	  { .address = { { [INPUT_COMMANDS] = 7 * COMMANDS } } },
	  GUARD_ADDRESS_BUDGET + INPUT_COMMANDS,
	  7 },
};

static bool comes(const ENetPeer *peer, uint64_t network, int64_t now_ns)
{
	const bool is_read = guard_admit(guarded.guard, peer, network, SIZE, now_ns);

	if (is_read)
		guard_note_commands(guarded.guard, peer, COMMANDS, now_ns);
	return is_read;
}

static unsigned count_read(const ENetPeer *peer, uint64_t network, unsigned all, int64_t now_ns)
{
	unsigned count = 0;

	for (unsigned i = 0; i < all; i++)
		count += comes(peer, network, now_ns);
	return count;
}

static void a_budget_is_what_it_says(void **state)
{
	const struct row *row = *state;

	guarded_host_set_up(NULL);
	guard_set_limits(guarded.guard, &row->limits);
	assert_int_equal(count_read(&guarded.peer, NETWORK, 20, S), row->passed);
	assert_int_equal(guarded_host_refused(row->reason), 20 - row->passed);
	assert_int_equal(guarded_host_refused_in_all(), 20 - row->passed);
	/* A second later as many again. */
	assert_int_equal(count_read(&guarded.peer, NETWORK, 20, 3 * S), row->passed);
	guarded_host_tear_down(NULL);
}

static void without_limits_all_is_read(void **state)
{
	(void)state;
	assert_int_equal(count_read(&guarded.peer, NETWORK, 100000, S), 100000);
	assert_int_equal(guarded_host_refused_in_all(), 0);
}

/* A flood of one member costs nobody else at its address anything. */
static void what_a_peer_may_not_is_not_taken_from_its_address(void **state)
{
	const struct guard_limits limits = { .peer = { { [INPUT_DATAGRAMS] = 5 } },
					     .address = { { [INPUT_DATAGRAMS] = 20 } } };
	ENetPeer neighbour = guarded.peer, far = guarded.peer;

	(void)state;
	neighbour.incomingPeerID++;
	far.incomingPeerID += 2;
	guard_set_limits(guarded.guard, &limits);
	assert_int_equal(count_read(&guarded.peer, NETWORK, 1000, S), 5);
	assert_int_equal(count_read(&neighbour, NETWORK, 1000, S), 5);
	assert_int_equal(count_read(&far, NETWORK + 1, 1000, S), 5);
}

static void the_peers_of_an_address_share_its_budget(void **state)
{
	const struct guard_limits limits = { .address = { { [INPUT_DATAGRAMS] = 6 } } };
	ENetPeer neighbour = guarded.peer, far = guarded.peer;

	(void)state;
	neighbour.incomingPeerID++;
	far.incomingPeerID += 2;
	guard_set_limits(guarded.guard, &limits);
	assert_int_equal(count_read(&guarded.peer, NETWORK, 4, S), 4);
	assert_int_equal(count_read(&neighbour, NETWORK, 4, S), 2);
	assert_int_equal(count_read(&far, NETWORK + 1, 4, S), 4);
}

/* One neighbour floods by many connections; the other plays. */
static void a_peer_has_its_share_though_its_address_is_spent(void **state)
{
	const struct guard_limits limits = { .address = { { [INPUT_DATAGRAMS] = 50 } },
					     .share = { { [INPUT_DATAGRAMS] = 5 } } };
	ENetPeer player = guarded.peer;
	unsigned flooded = 0, played = 0;

	(void)state;
	player.incomingPeerID++;
	guard_set_limits(guarded.guard, &limits);
	for (int ms = 0; ms < 10000; ms++) {
		flooded += comes(&guarded.peer, NETWORK, S + ms * (S / 1000));
		if (ms % 250 == 0)
			played += comes(&player, NETWORK, S + ms * (S / 1000));
	}
	assert_int_equal(played, 40);
	assert_in_range(flooded, 500, 50 * 11 + 5 * 11);
}

static void a_new_connection_begins_with_a_budget_of_its_own(void **state)
{
	const struct guard_limits limits = { .peer = { { [INPUT_DATAGRAMS] = 5 } } };

	(void)state;
	guard_set_limits(guarded.guard, &limits);
	assert_int_equal(count_read(&guarded.peer, NETWORK, 10, S), 5);
	guard_note_connected(guarded.guard, &guarded.peer, S);
	assert_int_equal(count_read(&guarded.peer, NETWORK, 10, S), 5);
}

int main(void)
{
	const struct CMUnitTest others[] = {
		ON_A_HOST(without_limits_all_is_read),
		ON_A_HOST(what_a_peer_may_not_is_not_taken_from_its_address),
		ON_A_HOST(the_peers_of_an_address_share_its_budget),
		ON_A_HOST(a_peer_has_its_share_though_its_address_is_spent),
		ON_A_HOST(a_new_connection_begins_with_a_budget_of_its_own),
	};
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows)];
	size_t count = 0;

	ROW_TESTS_ADD(tests, count, rows, a_budget_is_what_it_says);
	return _cmocka_run_group_tests("guard_limits", tests, count, NULL, NULL) +
	       cmocka_run_group_tests(others, NULL, NULL);
}
