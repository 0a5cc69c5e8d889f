/* A relay of crowds that goes by the pacer. The rule by itself: test_pacer.c. */
#include "relay/schedule/pacer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "relay/schedule/schedule.h"
#include "tests/fixtures/relay/crowd_fixture.h"

#define MS INT64_C(1000000)
#define US INT64_C(1000)

/*
 * A crowd: rooms full of members that publish, on a processor whose time passes only while it
 * flushes: so much for a flush, for each message of it, and for each state in each.
 */
enum {
	ROOMS_MAX = 64,
	FLUSHES_MAX = 1 << 16,
};

struct crowd {
	struct crowd_fixture fixture;
	int64_t next_ns[CROWD_FIXTURE_CLIENTS]; /* when each publishes */
	size_t rooms, in_room;
	int64_t period_ns;
	int64_t flush_cost_ns, message_cost_ns, state_cost_ns;
	int64_t start_ns, cost_ns;       /* counted from start_ns */
	int64_t flushed_ns[FLUSHES_MAX]; /* when each began */
	size_t flushes, room_flushes[ROOMS_MAX];
	int64_t longest_wait_ns, longest_flush_ns;
};

static void set_rate(struct crowd *crowd, double rate_hz)
{
	size_t count = crowd->rooms * crowd->in_room;

	crowd->period_ns = (int64_t)(1e9 / rate_hz);
	/* Spread over the period, and each room's members too. */
	for (size_t i = 0; i < count; i++)
		crowd->next_ns[i] = crowd->fixture.now_ns +
				    (int64_t)((i * 37) % count) * crowd->period_ns / (int64_t)count;
}

static struct crowd *gather(size_t rooms, size_t in_room, double rate_hz, double share)
{
	static struct crowd crowd;
	struct crowd_fixture *fixture = &crowd.fixture;

	crowd = (struct crowd){ .rooms = rooms, .in_room = in_room };
	crowd_fixture_init(fixture);
	fixture->config.max_delay_ms = 16;
	fixture->config.flush_share = share;
	fixture->config.message_rate = 100000;
	fixture->config.settle_s = 0;
	crowd_fixture_open(fixture);
	for (size_t i = 0; i < rooms * in_room; i++)
		crowd_fixture_join(fixture, i, i / in_room);
	/* All are told who came. */
	fixture->now_ns += 1000 * MS;
	assert_true(relay_turn(&fixture->relay, fixture->now_ns) == INT64_MAX);
	set_rate(&crowd, rate_hz);
	crowd.start_ns = fixture->now_ns;
	return &crowd;
}

static void publish(struct crowd *crowd, size_t i)
{
	crowd_fixture_publish(&crowd->fixture, i, 0, 0, crowd->next_ns[i]);
}

/* Takes all that came up to now; returns when the next comes. */
static int64_t take_all(struct crowd *crowd)
{
	int64_t next_ns = INT64_MAX;

	for (size_t i = 0; i < crowd->rooms * crowd->in_room; i++) {
		while (crowd->next_ns[i] <= crowd->fixture.now_ns) {
			publish(crowd, i);
			crowd->next_ns[i] += crowd->period_ns;
		}
		if (crowd->next_ns[i] < next_ns)
			next_ns = crowd->next_ns[i];
	}
	return next_ns;
}

static int64_t oldest_ns(const struct crowd *crowd)
{
	int64_t since_ns = INT64_MAX;

	for (size_t i = 0; i < crowd->fixture.relay.rooms.count; i++)
		if (crowd->fixture.relay.rooms.list[i]->dirty_count > 0 &&
		    crowd->fixture.relay.rooms.list[i]->dirty_since_ns < since_ns)
			since_ns = crowd->fixture.relay.rooms.list[i]->dirty_since_ns;
	return since_ns;
}

/*
 * A flushed room must have waited longer than one that was not, and several rooms at once almost as
 * long as they may. Returns how many there were, and their states in `*states`.
 */
static size_t check_flushed(struct crowd *crowd, const size_t *dirty, const int64_t *since_ns,
			    size_t *states)
{
	const struct relay *relay = &crowd->fixture.relay;
	const int64_t most_ns = relay->schedule.pacer.max_delay_ns;
	size_t flushed = 0;
	int64_t newest_ns = 0;

	*states = 0;
	for (size_t i = 0; i < relay->rooms.count; i++) {
		if (dirty[i] == 0 || relay->rooms.list[i]->dirty_count > 0)
			continue;
		newest_ns = since_ns[i] > newest_ns ? since_ns[i] : newest_ns;
		crowd->room_flushes[i]++;
		*states += dirty[i];
		flushed++;
	}
	assert_in_range(flushed, 1, SCHEDULE_ALONG_ROOMS);
	if (flushed > 1)
		assert_true(crowd->fixture.now_ns - newest_ns >=
			    most_ns - most_ns / SCHEDULE_ALONG_PART);
	for (size_t i = 0; i < relay->rooms.count; i++)
		if (relay->rooms.list[i]->dirty_count > 0)
			assert_true(since_ns[i] >= newest_ns);
	return flushed;
}

static void flush(struct crowd *crowd)
{
	struct relay *relay = &crowd->fixture.relay;
	int64_t oldest_since_ns = oldest_ns(crowd), begin_ns = crowd->fixture.now_ns, cost_ns;
	int64_t since_ns[ROOMS_MAX];
	size_t dirty[ROOMS_MAX], states, flushed;

	for (size_t i = 0; i < relay->rooms.count; i++) {
		dirty[i] = relay->rooms.list[i]->dirty_count;
		since_ns[i] = schedule_waits_since_ns(&relay->rooms.list[i]->schedule);
	}
	crowd->fixture.sent = 0;
	relay_turn(relay, crowd->fixture.now_ns);
	flushed = check_flushed(crowd, dirty, since_ns, &states);
	assert_true(crowd->flushes < FLUSHES_MAX);
	crowd->flushed_ns[crowd->flushes++] = crowd->fixture.now_ns;
	if (crowd->fixture.now_ns - oldest_since_ns > crowd->longest_wait_ns)
		crowd->longest_wait_ns = crowd->fixture.now_ns - oldest_since_ns;
	cost_ns = (int64_t)flushed * crowd->flush_cost_ns +
		  (int64_t)crowd->fixture.sent * crowd->message_cost_ns +
		  (int64_t)(crowd->fixture.sent * states / flushed) * crowd->state_cost_ns;
	crowd->fixture.now_ns += cost_ns;
	crowd->cost_ns += cost_ns;
	if (cost_ns > crowd->longest_flush_ns)
		crowd->longest_flush_ns = cost_ns;
	schedule_spend(&relay->schedule, begin_ns, begin_ns + cost_ns, cost_ns);
}

static void run(struct crowd *crowd, int64_t ms)
{
	int64_t until_ns = crowd->fixture.now_ns + ms * MS;

	while (crowd->fixture.now_ns < until_ns) {
		int64_t next_ns = take_all(crowd);
		int64_t due_ns = schedule_due_ns(&crowd->fixture.relay.schedule);

		if (due_ns <= crowd->fixture.now_ns)
			flush(crowd);
		else
			crowd->fixture.now_ns = due_ns < next_ns ? due_ns : next_ns;
	}
}

static double duty(const struct crowd *crowd)
{
	return (double)crowd->cost_ns / (double)(crowd->fixture.now_ns - crowd->start_ns);
}

static void a_loaded_relay_flushes_for_its_share_of_the_time(void **state)
{
	/* Flushes that make the crowd wait longer than is easy, and less long than they may. */
	static const struct {
		double share;
		int64_t message_cost_us;
	} rows[] = { { 0.05, 5 }, { 0.1, 5 }, { 0.2, 10 }, { 0.5, 25 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct crowd *crowd = gather(1, 64, 100, rows[i].share);

		crowd->flush_cost_ns = 50 * US;
		crowd->message_cost_ns = rows[i].message_cost_us * US;
		crowd->state_cost_ns = 50;
		run(crowd, 2000);
		if (duty(crowd) < 0.9 * rows[i].share || duty(crowd) > 1.1 * rows[i].share)
			fail_msg("share %g: flushed for %g of the time", rows[i].share,
				 duty(crowd));
		assert_true(crowd->longest_wait_ns <= 16 * MS + crowd->longest_flush_ns);
		crowd_fixture_close(&crowd->fixture);
	}
}

static void the_oldest_of_many_rooms_goes_first_and_none_starves(void **state)
{
	struct crowd *crowd = gather(32, 8, 30, 0.2);
	size_t mean;

	(void)state;
	crowd->message_cost_ns = 8 * US; /* at once: 0.5 of the time */
	run(crowd, 3000);
	mean = crowd->flushes / crowd->rooms;
	assert_in_range((uintmax_t)(duty(crowd) * 1000), 180, 220);
	assert_true(crowd->longest_wait_ns <= 16 * MS + crowd->longest_flush_ns);
	for (size_t i = 0; i < crowd->rooms; i++)
		assert_in_range(crowd->room_flushes[i], mean * 4 / 5, mean * 6 / 5);
	crowd_fixture_close(&crowd->fixture);
}

static void rooms_whose_time_has_come_go_along_up_to_so_many_members(void **state)
{
	static const size_t in_rooms[] = { 4, 8, 100, 200 };

	(void)state;
	for (size_t i = 0; i < sizeof(in_rooms) / sizeof(in_rooms[0]); i++) {
		const size_t fit = SCHEDULE_ALONG_MEMBERS / in_rooms[i];
		const size_t rooms = CROWD_FIXTURE_CLIENTS / in_rooms[i] / fit * fit;
		struct crowd *crowd =
			gather(rooms < ROOMS_MAX ? rooms : ROOMS_MAX, in_rooms[i], 30, 0.2);
		struct relay *relay = &crowd->fixture.relay;

		/* All have waited as long as they may. */
		for (size_t m = 0; m < crowd->rooms; m++)
			publish(crowd, m * crowd->in_room);
		pacer_spend(&relay->schedule.pacer, crowd->fixture.now_ns, 1000 * MS, 1000 * MS, 1);
		crowd->fixture.now_ns += 16 * MS;
		for (size_t left = crowd->rooms; left > 0; left -= fit) {
			const uint64_t flushes = relay->accounting.flushes;

			flush(crowd);
			assert_int_equal(relay->accounting.flushes - flushes, fit);
		}
		crowd_fixture_close(&crowd->fixture);
	}
}

static void more_than_a_core_can_do_is_shared_out_evenly(void **state)
{
	/* A round of all rooms takes 64 ms, whatever is spared. */
	struct crowd *crowd = gather(64, 4, 30, 0.2);
	size_t sum = 0;

	(void)state;
	crowd->message_cost_ns = 250 * US;
	run(crowd, 3000);
	assert_true(duty(crowd) > 0.99);
	assert_true(crowd->longest_wait_ns <= 66 * MS);
	for (size_t i = 0; i < crowd->rooms; i++)
		sum += crowd->room_flushes[i];
	assert_in_range(sum, 2900, 3100); /* of 1 ms each */
	for (size_t i = 0; i < crowd->rooms; i++)
		assert_in_range(crowd->room_flushes[i], sum * 9 / 640, sum * 11 / 640);
	crowd_fixture_close(&crowd->fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_loaded_relay_flushes_for_its_share_of_the_time),
		cmocka_unit_test(the_oldest_of_many_rooms_goes_first_and_none_starves),
		cmocka_unit_test(rooms_whose_time_has_come_go_along_up_to_so_many_members),
		cmocka_unit_test(more_than_a_core_can_do_is_shared_out_evenly),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests_name("paced_crowd", tests, NULL, NULL);
}
