/*
 * Rooms beside one that asks for more than the relay can send, in virtual time, so that the result
 * is the same on any machine. The crowd: 64 members with 64 entities each, of which one flush takes
 * longer than the longest delay. The others: two rooms of eight, with one entity each.
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
	ROOM_MEMBERS = 8,
	ROOMS = 10,
	CROWD_ROOMS = 8, /* of these, that the crowd takes */
	CROWD_ENTITIES = 64,
	WATCH_MS = 600,
	LATER_MAX_MS = 5,
	NEAREST = 100,
	JOINER = 3, /* of the crowd */
	AWAY_MS = 50,
	JOIN_MS = 1200,
	CALM_MS = 300,
	NEW_MS = 600, /* until the ages of who joined last count */
	/* So long the crowd alone takes the relay in WATCH_MS, at least. */
	CROWD_MS = 300,
};

static const double rate_hz = 60;

static struct busy_relay busy;

static void open_relay(enum starling_interest interest)
{
	const struct busy_crowd crowd = { .rooms = CROWD_ROOMS, .entities = CROWD_ENTITIES };
	struct starling_config session;
	struct config config;

	config_default(&config);
	config.clients = 2 * BUSY_MEMBERS_MAX;
	starling_default_config(&session);
	session.settle_s = 0; /* nothing comes to rest */
	session.interest = interest;
	session.nearest = NEAREST;
	busy_relay_open_crowd(&busy, &config, &crowd, ROOMS, ROOM_MEMBERS, &session);
	busy_relay_run_ms(&busy, NEW_MS);
	busy.rate_hz = rate_hz;
}

static void set_costs(int64_t in_ns, int64_t out_ns, int64_t look_ns)
{
	busy.in_ns = in_ns;
	busy.out_ns = out_ns;
	busy.look_ns = look_ns;
}

/* Everything that was published is taken, and comes out; closing checks the sums. */
static void close_relay(void)
{
	set_costs(0, 0, 0);
	busy_relay_run_ms(&busy, CALM_MS);
	busy_relay_close(&busy);
}

static void a_crowd_that_the_relay_cannot_carry_leaves_other_rooms_unharmed(void **state)
{
	static const enum starling_interest interests[] = { STARLING_ALL, STARLING_NEAREST };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int64_t calm_ms, spent_ns;

		open_relay(interests[i]);
		calm_ms = busy_relay_watch_ms(&busy, CALM_MS);
		assert_true(calm_ms > 0);
		spent_ns = busy.spent_ns;
		set_costs(3 * US, 7 * US, 200);
		assert_in_range(busy_relay_watch_ms(&busy, WATCH_MS), 1, calm_ms + LATER_MAX_MS);
		assert_true(interests[i] != STARLING_ALL ||
			    busy.spent_ns - spent_ns > CROWD_MS * 1000 * US);
		close_relay();
	}
}

/* Newcomers wait for a moment in which nothing is dirty, which a crowd in parts hardly has. */
static void who_joins_such_a_crowd_soon_sees_all_of_it(void **state)
{
	(void)state;
	open_relay(STARLING_ALL);
	set_costs(3 * US, 7 * US, 200);
	busy_relay_run_ms(&busy, CALM_MS);
	busy_relay_leave(&busy, JOINER);
	busy_relay_run_ms(&busy, AWAY_MS);
	busy_relay_join(&busy, JOINER);
	busy_relay_run_ms(&busy, JOIN_MS);
	assert_int_equal(starling_entities(busy.cluster.clients[JOINER].session, NULL, 0),
			 (CROWD_ROOMS * ROOM_MEMBERS - 1) * CROWD_ENTITIES);
	close_relay();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crowd_that_the_relay_cannot_carry_leaves_other_rooms_unharmed),
		cmocka_unit_test(who_joins_such_a_crowd_soon_sees_all_of_it),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests_name("neighbours", tests, NULL, NULL);
}
