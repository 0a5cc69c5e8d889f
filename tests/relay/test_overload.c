/*
 * A relay under more load than it can carry, in virtual time, so that the result is the same on any
 * machine. The costs are chosen so that it would need half as much time again as there is, or more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "tests/fixtures/relay/busy_relay.h"

#define US INT64_C(1000)

enum {
	LIGHT_MS = 300,
	OVERLOAD_MS = 1200,
	RECOVERY_MS = 200,
	ROOMS = 20,
	ROOM_MEMBERS = 16,
	TICK_HZ = 60,
	/* The oldest age that anybody may see. Without load: an update's interval and the wait for
	 * a flush. In overload: the time until each room's next turn. */
	FRESH_MS = 75,
	OVERLOAD_OLDEST_MS = 300,
};

static struct busy_relay busy;

static uint64_t published(void)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < busy.count; i++)
		sum += busy.members[i].published;
	return sum;
}

static uint64_t dropped(void)
{
	struct net *net = sim_net(busy.cluster.sim);
	struct net_stats stats;

	net->stats(net, server_socket(&busy.cluster.relay), &stats);
	return stats.dropped_kernel;
}

/* Opens the relay, and lets all publish for a while at no cost. */
static void begin(double tick_hz)
{
	struct starling_config session;
	struct config config;

	config_default(&config);
	config.tick_hz = tick_hz;
	config.clients = 2 * BUSY_MEMBERS_MAX;
	starling_default_config(&session);
	session.settle_s = 0; /* nothing comes to rest */
	busy_relay_open(&busy, &config, ROOMS, ROOM_MEMBERS, &session);
	busy.rate_hz = TICK_HZ;
	busy_relay_run_ms(&busy, LIGHT_MS);
	assert_in_range(busy_relay_watch_ms(&busy, LIGHT_MS), 1, FRESH_MS);
}

static void set_costs(int64_t in_ns, int64_t out_ns, int64_t look_ns)
{
	busy.in_ns = in_ns;
	busy.out_ns = out_ns;
	busy.look_ns = look_ns;
}

/* The load ends, and the ages are soon as before. */
static void recover(void)
{
	set_costs(0, 0, 0);
	busy_relay_run_ms(&busy, RECOVERY_MS);
	assert_in_range(busy_relay_watch_ms(&busy, LIGHT_MS), 1, FRESH_MS);
	assert_int_equal(busy_relay_queue(&busy), 0);
}

static void many_rooms_lose_nothing_though_flushes_take_longer_than_the_tick(void **state)
{
	static const double ticks[] = { TICK_HZ, CONFIG_TICK_AUTO };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct accounting *accounting = &busy.cluster.relay.relay.accounting;
		int64_t spent_ns;

		begin(ticks[i]);
		spent_ns = busy.spent_ns;
		set_costs(10 * US, 60 * US, 5 * US);
		assert_in_range(busy_relay_watch_ms(&busy, OVERLOAD_MS), 1, OVERLOAD_OLDEST_MS);
		/* The relay was never idle. */
		assert_true(busy.spent_ns - spent_ns > OVERLOAD_MS * 990 * US);
		assert_in_range(busy_relay_queue(&busy), 1, SIM_INBOX_DATAGRAMS - 1);
		recover();
		assert_int_equal(dropped(), 0);
		busy.rate_hz = 0;
		busy_relay_run_ms(&busy, 10);
		assert_int_equal(accounting->updates_in, published());
		busy_relay_close(&busy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_rooms_lose_nothing_though_flushes_take_longer_than_the_tick),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests_name("overload", tests, NULL, NULL);
}
