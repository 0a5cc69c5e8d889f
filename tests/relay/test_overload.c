/*
 * A relay that gets more than it can carry, in virtual time: what must hold on any machine. What
 * each thing costs it is chosen so that it would need half as long again as there is, or more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "tests/fixtures/busy_relay.h"

#define US INT64_C(1000)

enum {
	LIGHT_MS = 300,
	OVERLOAD_MS = 1200,
	RECOVERY_MS = 200,
	TICK_HZ = 60,
	/* How old the oldest that anybody sees may be: without load that is an update's interval,
	 * and the wait for a flush; then what bounds it is how soon each room's turn comes again,
	 * or how long a full queue takes to be worked off. */
	FRESH_MS = 75,
	OVERLOAD_OLDEST_MS = 300,
	QUEUE_FULL_OLDEST_MS = 1500,
	/* Of the large room: one leaves and one comes back every so often, after some others. */
	TURNOVER_MS = 20,
	AWAY = 10,
	STRIDE = 37, /* they are near each other by their numbers */
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
	struct net *net = sim_net(busy.world.sim);
	struct net_stats stats;

	net->stats(net, server_socket(&busy.world.relay), &stats);
	return stats.dropped_kernel;
}

/* Opens, and lets all publish for a while, which costs nothing yet. */
static void begin(double tick_hz, size_t rooms, size_t room_members, unsigned nearest,
		  double rate_hz)
{
	struct starling_config session;
	struct config config;

	config_default(&config);
	config.tick_hz = tick_hz;
	config.members = (unsigned)room_members;
	config.clients = 2 * BUSY_MEMBERS_MAX;
	starling_default_config(&session);
	session.settle_s = 0; /* nobody rests */
	session.interest = nearest > 0 ? STARLING_NEAREST : STARLING_ALL;
	session.nearest = nearest;
	busy_relay_open(&busy, &config, rooms, room_members, &session);
	busy.rate_hz = rate_hz;
	busy_relay_run_ms(&busy, LIGHT_MS);
	assert_in_range(busy_relay_watch_ms(&busy, LIGHT_MS), 1, FRESH_MS);
}

static void set_costs(int64_t in_ns, int64_t out_ns, int64_t look_ns)
{
	busy.in_ns = in_ns;
	busy.out_ns = out_ns;
	busy.look_ns = look_ns;
}

/* The load ends: at once, all is as it was before. */
static void recover(void)
{
	set_costs(0, 0, 0);
	busy_relay_run_ms(&busy, RECOVERY_MS);
	assert_in_range(busy_relay_watch_ms(&busy, LIGHT_MS), 1, FRESH_MS);
	assert_int_equal(busy_relay_queue(&busy), 0);
}

/*
 * 19,200 updates a second come, which take 0.3 s; with 60 flushes a second, each of which is 320
 * datagrams, it would need 1.15 s for what goes out, and with a flush at once much more.
 */
static void many_rooms_lose_nothing_though_each_flush_takes_longer_than_it_may(void **state)
{
	static const double ticks[] = { TICK_HZ, CONFIG_TICK_AUTO };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct accounting *accounting = &busy.world.relay.relay.accounting;
		int64_t spent_ns;

		begin(ticks[i], 20, 16, 0, 60);
		spent_ns = busy.spent_ns;
		set_costs(10 * US, 60 * US, 5 * US);
		assert_in_range(busy_relay_watch_ms(&busy, OVERLOAD_MS), 1, OVERLOAD_OLDEST_MS);
		/* It had no rest. */
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

/* One leaves, and one that left some time ago comes back; never two that are near each other. */
static void turn_over(unsigned turn)
{
	busy_relay_leave(&busy, turn * STRIDE % busy.count);
	if (turn >= AWAY)
		busy_relay_join(&busy, (turn - AWAY) * STRIDE % busy.count);
}

/* Each flush is 300 datagrams, and so is each round of membership, of a hundred a second. */
static void a_large_room_in_which_members_come_and_go_loses_nothing(void **state)
{
	static const double ticks[] = { TICK_HZ, CONFIG_TICK_AUTO };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int64_t oldest_ms = 0;

		begin(ticks[i], 1, 300, 7, 20);
		set_costs(10 * US, 60 * US, 5 * US);
		for (unsigned turn = 0; turn < OVERLOAD_MS / TURNOVER_MS; turn++) {
			int64_t now_ms;

			turn_over(turn);
			now_ms = busy_relay_watch_ms(&busy, TURNOVER_MS);
			oldest_ms = now_ms > oldest_ms ? now_ms : oldest_ms;
		}
		assert_in_range(oldest_ms, 1, OVERLOAD_OLDEST_MS);
		recover();
		assert_int_equal(dropped(), 0);
		assert_in_range(busy.leaves, OVERLOAD_MS / TURNOVER_MS - AWAY,
				OVERLOAD_MS / TURNOVER_MS);
		busy_relay_close(&busy);
	}
}

/* What comes would take 0.9 s of each second, and it has a third at least: most must be lost. */
static void where_most_must_be_lost_nobody_is_starved_or_sent_away(void **state)
{
	static const double ticks[] = { TICK_HZ, CONFIG_TICK_AUTO };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct accounting *accounting = &busy.world.relay.relay.accounting;
		uint64_t taken, keyframes;

		begin(ticks[i], 20, 16, 0, 60);
		keyframes = accounting->keyframes_out;
		taken = accounting->updates_in;
		set_costs(40 * US, 60 * US, 5 * US);
		assert_in_range(busy_relay_watch_ms(&busy, OVERLOAD_MS), 1, QUEUE_FULL_OLDEST_MS);
		/* A quarter of the time is for what comes, though not all of it is updates. */
		taken = accounting->updates_in - taken;
		assert_true(taken * 45 * US > OVERLOAD_MS * 250 * US);
		recover();
		assert_true(dropped() > 0);
		assert_in_range(published() - accounting->updates_in, 0, dropped());
		/* What lay in the queue for half a second does not seem to have come to rest. */
		assert_int_equal(accounting->keyframes_out, keyframes);
		busy_relay_close(&busy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			many_rooms_lose_nothing_though_each_flush_takes_longer_than_it_may),
		cmocka_unit_test(a_large_room_in_which_members_come_and_go_loses_nothing),
		cmocka_unit_test(where_most_must_be_lost_nobody_is_starved_or_sent_away),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests_name("overload", tests, NULL, NULL);
}
