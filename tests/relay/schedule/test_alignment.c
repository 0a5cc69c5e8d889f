/* Where in its period a room ticks: moved to where its snapshots fill whole datagrams, and only so.
 */
#include "relay/schedule/alignment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/peer/client.h"
#include "relay/log/log.h"
#include "relay/schedule/tick.h"
#include "tests/fixtures/seed.h"

#define MS INT64_C(1000000)

enum {
	MESSAGE = 1000,
	PERIOD_MS = 20,
	MEMBERS = 64,
	TICK_HZ = 60,
	RATE_HZ = 30,
};

static void a_tick_above_what_is_usual_brings_the_next_forward_by_its_excess(void **state)
{
	static const struct {
		const char *what;
		size_t before, bytes;
		int64_t step_us;
	} cases[] = {
		{ "nothing is usual yet", 0, 5000, 0 },
		{ "the same", 800, 800, 0 },
		{ "more, in as many messages", 300, 1000, 0 },
		{ "less", 1500, 800, 0 },
		{ "one message more, a fifth of it too much", 800, 1250, 4000 },
		{ "of several", 3000, 3200, 1250 },
		{ "no more than a quarter of the period", 800, 4000, 5000 },
		{ "nothing at all", 800, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct alignment alignment = { 0 };
		int64_t step_ns;

		if (cases[i].before > 0)
			alignment_note(&alignment, PERIOD_MS * MS, cases[i].before, MESSAGE,
				       100 * MS);
		step_ns = alignment_note(&alignment, PERIOD_MS * MS, cases[i].bytes, MESSAGE,
					 120 * MS);
		if (step_ns < cases[i].step_us * 1000 - 10 || step_ns > cases[i].step_us * 1000)
			fail_msg("%s: %ld us", cases[i].what, (long)(step_ns / 1000));
	}
}

static void where_no_place_is_better_ticks_come_hardly_more_often(void **state)
{
	struct alignment alignment = { 0 };
	const int64_t period_ns = PERIOD_MS * MS, begin_ns = 1000 * MS;
	int64_t now_ns = begin_ns, forward_ns = 0;

	(void)state;
	for (unsigned tick = 0; tick < 30000; tick++) {
		forward_ns += alignment_note(&alignment, period_ns, tick % 2 ? 1300 : 500, MESSAGE,
					     now_ns);
		assert_true(forward_ns <= period_ns + (now_ns - begin_ns) / ALIGNMENT_CREDIT_PART);
		now_ns += period_ns;
	}
	/* And it goes on trying, as people come, go and drift. */
	assert_true(forward_ns > (now_ns - begin_ns) / ALIGNMENT_CREDIT_PART);
}

/* A room of members that speak at half its ticks, each at a time of its own. */

struct hall {
	struct config config;
	struct relay relay;
	struct client clients[MEMBERS];
	int64_t now_ns, next_ns[MEMBERS];
	uint16_t seq;
	uint64_t snapshots;
};

static bool count_message(void *context, void *peer, enum wire_channel channel, enum wire_mode mode,
			  const void *data, size_t size)
{
	struct hall *hall = context;

	(void)peer;
	(void)channel;
	(void)mode;
	hall->snapshots += wire_type_of(data, size) == WIRE_SNAPSHOT;
	return true;
}

static size_t no_backlog(void *context, void *peer)
{
	(void)context;
	(void)peer;
	return 0;
}

static void no_disconnect(void *context, void *peer, enum wire_reason reason)
{
	(void)context;
	(void)peer;
	(void)reason;
}

static void say(struct hall *hall, size_t i, unsigned channel, const void *data, size_t size)
{
	client_receive(&hall->relay, &hall->clients[i], channel, data, size, hall->now_ns);
}

static void join(struct hall *hall, size_t i)
{
	static const struct wire_hello hello = { .room = { (const uint8_t *)"hall", 4 },
						 .name = { (const uint8_t *)"one", 3 } };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	client_open(&hall->relay, &hall->clients[i], &hall->clients[i], wire_connect_data(),
		    hall->now_ns);
	say(hall, i, WIRE_CHANNEL_CONTROL, data, wire_hello_encode(data, sizeof(data), &hello));
	assert_int_equal(hall->clients[i].state, CLIENT_MEMBER);
}

static void publish(struct hall *hall, size_t i)
{
	static const uint8_t payload[20];
	const struct states_record record = { .seq = hall->seq++,
					      .position = { 1000, -2000, 3000 },
					      .payload = { payload, sizeof(payload) } };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder = states_state_begin(data, sizeof(data), 0);

	assert_true(states_add(&builder, &record));
	say(hall, i, WIRE_CHANNEL_STATE, data, states_finish(&builder));
}

static void open_hall(struct hall *hall, struct seed *seed)
{
	const struct outbox outbox = { .context = hall,
				       .send = count_message,
				       .backlog = no_backlog,
				       .disconnect = no_disconnect };

	*hall = (struct hall){ .now_ns = 1000 * MS };
	config_default(&hall->config);
	hall->config.tick_hz = TICK_HZ;
	assert_int_equal(relay_init(&hall->relay, &hall->config, &outbox), 0);
	for (size_t i = 0; i < MEMBERS; i++) {
		join(hall, i);
		hall->next_ns[i] =
			hall->now_ns + (int64_t)seed_between(seed, 0, 1000 * MS / RATE_HZ);
	}
}

static void close_hall(struct hall *hall)
{
	for (size_t i = 0; i < MEMBERS; i++)
		client_close(&hall->relay, &hall->clients[i], WIRE_REASON_LOST, hall->now_ns);
	relay_fini(&hall->relay);
}

/* Lets time pass. How many flushes there were; no state waits for longer than a period. */
static unsigned run_hall(struct hall *hall, int64_t ms)
{
	const int64_t end_ns = hall->now_ns + ms * MS;
	const struct room *room = hall->relay.rooms.list[0];
	const uint64_t before = hall->relay.accounting.flushes;

	for (; hall->now_ns < end_ns; hall->now_ns += MS / 10) {
		for (size_t i = 0; i < MEMBERS; i++) {
			if (hall->next_ns[i] > hall->now_ns)
				continue;
			publish(hall, i);
			hall->next_ns[i] += 1000 * MS / RATE_HZ;
		}
		if (schedule_due_ns(&hall->relay.schedule) > hall->now_ns)
			continue;
		if (room->dirty_count > 0)
			assert_true(hall->now_ns - room->dirty_since_ns <=
				    tick_period_ns(TICK_HZ) + MS / 5);
		relay_turn(&hall->relay, hall->now_ns);
	}
	return (unsigned)(hall->relay.accounting.flushes - before);
}

static void members_who_speak_at_every_other_tick_soon_get_one_datagram_a_tick(void **state)
{
	static struct hall hall;
	struct seed seed = seed_from_environment();
	unsigned uneven = 0;

	(void)state;
	log_open(LOG_WARNING);
	for (unsigned trial = 0; trial < 20; trial++) {
		unsigned flushes;

		open_hall(&hall, &seed);
		flushes = run_hall(&hall, 100);
		uneven += hall.snapshots > flushes * MEMBERS;
		run_hall(&hall, 1500);
		hall.snapshots = 0;
		flushes = run_hall(&hall, 1000);
		assert_in_range(flushes, TICK_HZ - 1,
				TICK_HZ + TICK_HZ / ALIGNMENT_CREDIT_PART + 2);
		if (hall.snapshots > flushes * MEMBERS * 21 / 20)
			fail_msg("trial %u: %.2f datagrams a tick", trial,
				 (double)hall.snapshots / flushes / MEMBERS);
		close_hall(&hall);
	}
	assert_true(uneven > 0); /* chance alone does not do it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tick_above_what_is_usual_brings_the_next_forward_by_its_excess),
		cmocka_unit_test(where_no_place_is_better_ticks_come_hardly_more_often),
		cmocka_unit_test(
			members_who_speak_at_every_other_tick_soon_get_one_datagram_a_tick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
