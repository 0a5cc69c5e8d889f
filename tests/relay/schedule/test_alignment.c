/* Where in its period a room ticks: moved to where its snapshots fill whole datagrams, and only so.
 */
#include "relay/schedule/alignment.h"

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
	MEMBERS = 64,
	TICK_HZ = 60,
	RATE_HZ = 30,
};

/* A room of members that speak at half its ticks, each at a time of its own. */

struct hall {
	struct crowd_fixture fixture;
	int64_t next_ns[MEMBERS];
};

static void open_hall(struct hall *hall, struct seeded_random *seed)
{
	crowd_fixture_init(&hall->fixture);
	hall->fixture.config.tick_hz = TICK_HZ;
	crowd_fixture_open(&hall->fixture);
	for (size_t i = 0; i < MEMBERS; i++) {
		crowd_fixture_join(&hall->fixture, i, 0);
		hall->next_ns[i] = hall->fixture.now_ns +
				   (int64_t)seeded_random_between(seed, 0, 1000 * MS / RATE_HZ);
	}
}

/* Lets time pass. How many flushes there were; no state waits for longer than a period. */
static unsigned run_hall(struct hall *hall, int64_t ms)
{
	struct crowd_fixture *fixture = &hall->fixture;
	struct relay *relay = &fixture->relay;
	const struct room *room = relay->rooms.list[0];
	const int64_t end_ns = fixture->now_ns + ms * MS;
	const uint64_t before = relay->accounting.flushes;

	for (; fixture->now_ns < end_ns; fixture->now_ns += MS / 10) {
		for (size_t i = 0; i < MEMBERS; i++) {
			if (hall->next_ns[i] > fixture->now_ns)
				continue;
			crowd_fixture_publish(fixture, i, 0, 20, fixture->now_ns);
			hall->next_ns[i] += 1000 * MS / RATE_HZ;
		}
		if (schedule_due_ns(&relay->schedule) > fixture->now_ns)
			continue;
		if (room->dirty_count > 0)
			assert_true(fixture->now_ns - room->dirty_since_ns <=
				    tick_period_ns(TICK_HZ) + MS / 5);
		relay_turn(relay, fixture->now_ns);
	}
	return (unsigned)(relay->accounting.flushes - before);
}

static void members_who_speak_at_every_other_tick_soon_get_one_datagram_a_tick(void **state)
{
	static struct hall hall;
	struct seeded_random seed = seeded_random_from_environment();
	unsigned uneven = 0;

	(void)state;
	log_open(LOG_WARNING);
	for (unsigned trial = 0; trial < 20; trial++) {
		unsigned flushes;

		open_hall(&hall, &seed);
		flushes = run_hall(&hall, 100);
		uneven += hall.fixture.snapshots > flushes * MEMBERS;
		run_hall(&hall, 1500);
		hall.fixture.snapshots = 0;
		flushes = run_hall(&hall, 1000);
		assert_in_range(flushes, TICK_HZ - 1,
				TICK_HZ + TICK_HZ / ALIGNMENT_CREDIT_PART + 2);
		if (hall.fixture.snapshots > flushes * MEMBERS * 21 / 20)
			fail_msg("trial %u: %.2f datagrams a tick", trial,
				 (double)hall.fixture.snapshots / flushes / MEMBERS);
		crowd_fixture_close(&hall.fixture);
	}
	assert_true(uneven > 0); /* chance alone does not do it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			members_who_speak_at_every_other_tick_soon_get_one_datagram_a_tick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
