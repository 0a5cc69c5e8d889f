/* Bans on a whole relay, simulated: who is held gets no connection, and is told why in few bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/sim/cluster.h"
#include "proto/enet/host.h"
#include "proto/net/resolve.h"
#include "relay/control/bans.h"

#define MS INT64_C(1000000)

enum {
	CLIENTS = 2,
	MEMBER = 0, /* whom no ban holds */
	BANNED = 1,
};

static struct {
	struct cluster cluster;
	struct bans bans;
	enum starling_reason ended[CLIENTS];
	bool has_ended[CLIENTS];
	uint64_t asked_bytes, told_bytes; /* of the banned client's address */
} test;

static void take_turn(void *context, size_t client)
{
	struct starling_event event;

	(void)context;
	while (starling_next(test.cluster.clients[client].session, &event)) {
		if (event.type != STARLING_ENDED)
			continue;
		test.has_ended[client] = true;
		test.ended[client] = event.reason;
	}
}

static void tap(void *context, const struct sim_datagram *datagram, const struct sim_fate *fate)
{
	const uint32_t host = test.cluster.clients[BANNED].host;

	(void)context;
	(void)fate;
	if (datagram->from.host == host)
		test.asked_bytes += datagram->size;
	if (datagram->to.host == host)
		test.told_bytes += datagram->size;
}

static void run_ms(int64_t ms)
{
	cluster_run(&test.cluster, cluster_now_ns(&test.cluster) + ms * MS);
}

static void join(size_t client)
{
	struct starling_config session;

	starling_default_config(&session);
	test.has_ended[client] = false;
	assert_true(cluster_open(&test.cluster, client, &session));
}

static bool is_playing(size_t client)
{
	return starling_status(test.cluster.clients[client].session) == STARLING_PLAYING;
}

static const struct accounting *accounting(void)
{
	return &test.cluster.relay.relay.accounting;
}

static void ban(size_t client, int64_t until_ns)
{
	const struct net_address address = { .host = test.cluster.clients[client].host };
	struct ban ban = { .until_ns = until_ns };

	ban.prefix.length = PREFIX_BITS;
	assert_true(net_host_bytes(&address, ban.prefix.bytes));
	assert_int_equal(bans_add(&test.bans, &ban), 0);
}

static int set_up(void **state)
{
	char error[SERVER_ERROR_BYTES];
	struct config config;

	(void)state;
	memset(&test, 0, sizeof(test));
	config_default(&config);
	if (!cluster_init(&test.cluster, 1, &config, CLIENTS, error))
		fail_msg("%s", error);
	test.cluster.after_turn = take_turn;
	test.cluster.tap = tap;
	server_use_bans(&test.cluster.relay, &test.bans);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	cluster_fini(&test.cluster);
	bans_fini(&test.bans);
	return 0;
}

static void a_banned_address_gets_no_connection_and_its_session_ends(void **state)
{
	(void)state;
	ban(BANNED, BANS_FOR_GOOD);
	join(BANNED);
	run_ms(30000);
	assert_true(test.has_ended[BANNED]);
	assert_int_equal(test.ended[BANNED], STARLING_REASON_BANNED);
	assert_int_equal(accounting()->clients, 0);
	assert_int_equal(accounting()->declined[WIRE_REASON_BANNED], 1);
	assert_true(test.told_bytes < test.asked_bytes);
}

static void nobody_else_is_held(void **state)
{
	(void)state;
	ban(BANNED, BANS_FOR_GOOD);
	join(MEMBER);
	run_ms(1000);
	assert_true(is_playing(MEMBER));
	assert_int_equal(accounting()->declined[WIRE_REASON_BANNED], 0);
}

static void who_comes_when_the_ban_has_ended_gets_in(void **state)
{
	(void)state;
	ban(BANNED, cluster_now_ns(&test.cluster) + 5000 * MS);
	join(BANNED);
	run_ms(4000);
	assert_true(test.has_ended[BANNED]);
	cluster_close(&test.cluster, BANNED, true);
	run_ms(2000);
	join(BANNED);
	run_ms(1000);
	assert_true(is_playing(BANNED));
}

/* A CONNECT may wait in ENet for its handshake's last datagram while the ban is made. */
static void a_connection_that_stands_just_after_the_ban_is_refused(void **state)
{
	char error[LINK_MODEL_ERROR_BYTES];
	struct link_model_spec slow;

	(void)state;
	assert_true(link_model_parse(&slow, "delay=20ms", error));
	cluster_set_links(&test.cluster, BANNED, &slow, &slow);
	join(BANNED);
	for (unsigned i = 0; i < 1000 && accounting()->clients == 0; i++) {
		const bool is_half_open = !host_is_idle(test.cluster.relay.host);

		if (is_half_open && test.bans.count == 0)
			ban(BANNED, BANS_FOR_GOOD);
		cluster_run(&test.cluster, cluster_now_ns(&test.cluster) + MS / 10);
	}
	run_ms(1000);
	assert_int_equal(accounting()->declined[WIRE_REASON_BANNED], 0);
	assert_int_equal(accounting()->disconnects[WIRE_REASON_BANNED], 1);
	assert_true(test.has_ended[BANNED]);
	assert_int_equal(test.ended[BANNED], STARLING_REASON_BANNED);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_banned_address_gets_no_connection_and_its_session_ends),
		TEST(nobody_else_is_held),
		TEST(who_comes_when_the_ban_has_ended_gets_in),
		TEST(a_connection_that_stands_just_after_the_ban_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
