/*
 * The schedule's answers beside those of a scan of all rooms, whatever clients do: so that nothing
 * that touches a room is forgotten to be told to the schedule.
 */
#include "relay/schedule/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "relay/schedule/tick.h"
#include "tests/fixtures/relay/crowd_fixture.h"
#include "tests/fixtures/seeded_random.h"

#define MS INT64_C(1000000)

enum {
	CLIENTS = 60,
	ROOMS = 8,
	STEPS = 4000,
	SEEDS = 40,
};

/* The scan. */

static int64_t earlier(int64_t one_ns, int64_t other_ns)
{
	return one_ns < other_ns ? one_ns : other_ns;
}

static int64_t since_ns(const struct room *room)
{
	return room->dirty_since_ns > room->schedule.out_ns ? room->dirty_since_ns
							    : room->schedule.out_ns;
}

static int64_t flush_due_ns(const struct relay *relay, const struct room *room)
{
	const double tick_hz = relay->config->tick_hz;

	if (room->dirty_count == 0)
		return INT64_MAX;
	if (tick_hz == CONFIG_TICK_AUTO)
		return pacer_due_ns(&relay->schedule.pacer, since_ns(room));
	if (tick_hz == 0)
		return room->dirty_since_ns;
	return tick_due_ns(tick_hz, room->schedule.phase_ns, room->dirty_since_ns,
			   room->schedule.begun_ns, room->schedule.out_ns);
}

static int64_t timer_ns(const struct room *room)
{
	return earlier(earlier(room->keyframe_due_ns, room->views_due_ns),
		       earlier(room->sync_due_ns, room->membership.due_ns));
}

static int64_t due_ns(const struct relay *relay)
{
	int64_t next_ns = INT64_MAX;

	for (size_t i = 0; i < relay->rooms.count; i++) {
		const struct room *room = relay->rooms.list[i];

		next_ns = earlier(next_ns, earlier(flush_due_ns(relay, room), timer_ns(room)));
	}
	return next_ns;
}

static bool is_any_busy(const struct relay *relay, int64_t now_ns)
{
	for (size_t i = 0; i < relay->rooms.count; i++) {
		const struct room *room = relay->rooms.list[i];

		if (room->dirty_count > 0 ||
		    (room->schedule.out_ns > 0 &&
		     now_ns < tick_next_ns(relay->config->tick_hz, room->schedule.phase_ns,
					   room->schedule.out_ns)))
			return true;
	}
	return false;
}

/* At a fixed rhythm, while a flush is expected. */
static int64_t next_tick_ns(const struct relay *relay, int64_t now_ns)
{
	const double tick_hz = relay->config->tick_hz;
	int64_t until_ns = INT64_MAX;

	for (size_t i = 0; i < relay->rooms.count; i++) {
		const struct room *room = relay->rooms.list[i];

		until_ns = earlier(
			until_ns, room->dirty_count > 0
					  ? flush_due_ns(relay, room)
					  : tick_next_ns(tick_hz, room->schedule.phase_ns, now_ns));
	}
	return until_ns;
}

static void check_rests(const struct relay *relay, int64_t now_ns)
{
	const int64_t until_ns = schedule_rests_until_ns(&relay->schedule, now_ns);

	if (relay->config->tick_hz == CONFIG_TICK_AUTO)
		assert_int_equal(until_ns, pacer_due_ns(&relay->schedule.pacer, now_ns));
	else if (relay->config->tick_hz > 0 && is_any_busy(relay, now_ns))
		assert_int_equal(until_ns, next_tick_ns(relay, now_ns));
	/* The flush may have been of a room that is gone since. */
	else if (until_ns != now_ns)
		assert_int_equal(until_ns, next_tick_ns(relay, now_ns));
}

/* The clients' part. */

static void say_settings(struct crowd_fixture *fixture, struct seeded_random *seed, size_t client)
{
	const struct wire_settings settings = {
		.echo = seeded_random_between(seed, 0, 1),
		.interest = seeded_random_between(seed, 0, 1) ? WIRE_NEAREST : WIRE_ALL,
		.range = 3,
	};
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	crowd_fixture_say(fixture, client, WIRE_CHANNEL_CONTROL, data,
			  wire_settings_encode(data, sizeof(data), &settings));
}

static void say_gone(struct crowd_fixture *fixture, struct seeded_random *seed, size_t client)
{
	const struct wire_gone gone = { .member = fixture->clients[client].member->id,
					.index = (uint16_t)seeded_random_between(seed, 0, 2),
					.seq = ++fixture->seqs[client] };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	crowd_fixture_say(fixture, client, WIRE_CHANNEL_CONTROL, data,
			  wire_gone_encode(data, sizeof(data), &gone, 1, NULL));
}

static void say_something(struct crowd_fixture *fixture, struct seeded_random *seed, size_t client)
{
	switch (seeded_random_between(seed, 0, 40)) {
	case 0:
		crowd_fixture_leave(fixture, client);
		break;
	case 1:
		client_refuse(&fixture->relay, &fixture->clients[client], WIRE_REASON_SLOW,
			      "it is slow", fixture->now_ns);
		break;
	case 2:
		say_settings(fixture, seed, client);
		break;
	case 3:
		say_gone(fixture, seed, client);
		break;
	case 4:
		crowd_fixture_say(fixture, client, WIRE_CHANNEL_CONTROL, "\x7f", 1);
		break;
	default:
		crowd_fixture_publish(fixture, client, (uint16_t)seeded_random_between(seed, 0, 2),
				      seeded_random_between(seed, 0, 20),
				      fixture->now_ns -
					      (int64_t)seeded_random_between(seed, 0, 3 * MS));
	}
}

/* Most are in the first room, so that it is large enough to be aligned. */
static void act(struct crowd_fixture *fixture, struct seeded_random *seed)
{
	const size_t client = seeded_random_between(seed, 0, CLIENTS - 1);

	if (fixture->clients[client].member)
		say_something(fixture, seed, client);
	else
		crowd_fixture_join(fixture, client, client < CLIENTS * 2 / 3 ? 0 : client % ROOMS);
}

static void take_turn(struct crowd_fixture *fixture, struct seeded_random *seed)
{
	const uint64_t before = fixture->relay.accounting.flushes;
	const int64_t begin_ns = fixture->now_ns;

	const int64_t next_ns = relay_turn(&fixture->relay, begin_ns);

	assert_int_equal(next_ns, due_ns(&fixture->relay));
	for (size_t i = 0; i < fixture->relay.rooms.count; i++)
		assert_true(fixture->config.tick_hz == CONFIG_TICK_AUTO ||
			    flush_due_ns(&fixture->relay, fixture->relay.rooms.list[i]) > begin_ns);
	fixture->now_ns += (int64_t)seeded_random_spread(seed, 0, 30 * MS);
	if (fixture->relay.accounting.flushes > before)
		schedule_spend(&fixture->relay.schedule, begin_ns, fixture->now_ns,
			       fixture->now_ns - begin_ns);
}

static void check(const struct crowd_fixture *fixture, struct seeded_random *seed)
{
	const struct relay *relay = &fixture->relay;

	assert_int_equal(schedule_due_ns(&relay->schedule), due_ns(relay));
	check_rests(relay, fixture->now_ns);
	check_rests(relay, fixture->now_ns + (int64_t)seeded_random_between(seed, 0, 50 * MS));
}

static void live(struct crowd_fixture *fixture, struct seeded_random *seed)
{
	for (unsigned step = 0; step < STEPS; step++) {
		if (seeded_random_between(seed, 0, 3) > 0)
			act(fixture, seed);
		else
			fixture->now_ns += (int64_t)seeded_random_spread(seed, 0, 20 * MS);
		check(fixture, seed);
		if (schedule_due_ns(&fixture->relay.schedule) > fixture->now_ns)
			continue;
		take_turn(fixture, seed);
		check(fixture, seed);
	}
}

static void the_heaps_say_what_a_scan_of_all_rooms_says(void **state)
{
	static const double rhythms[] = { CONFIG_TICK_AUTO, 0, 7, 30, 60, 1000 };
	static struct crowd_fixture fixture;
	struct seeded_random seed = seeded_random_from_environment();

	(void)state;
	for (unsigned n = 0; n < SEEDS; n++) {
		crowd_fixture_init(&fixture);
		fixture.config.tick_hz = rhythms[n % (sizeof(rhythms) / sizeof(rhythms[0]))];
		fixture.config.every = seeded_random_between(&seed, 0, 4) == 0;
		fixture.config.message_rate = 100000;
		fixture.config.malformed = 1000;
		crowd_fixture_open(&fixture);
		live(&fixture, &seed);
		crowd_fixture_close(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_heaps_say_what_a_scan_of_all_rooms_says),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
