/* Who is told of whom, and in how many messages, while a crowd comes and goes; without a network.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "relay/room/membership.h"
#include "tests/fixtures/relay/churn_fixture.h"

#define MS INT64_C(1000000)

enum {
	STEPS = 1500, /* of a millisecond each */
	SEEDS = 12,
};

static void everyone_knows_in_the_end_who_and_what_is_there(void **state)
{
	static const double ticks[] = { CONFIG_TICK_AUTO, 0, 20 };
	static struct churn churn;
	uint64_t ignored = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		churn_begin(&churn, seed, ticks[seed % 3]);
		churn.config.every = seed % 4 == 0;
		/* Where no state is repeated, none may be ignored. */
		churn.config.settle_s = seed % 5 == 0 ? 0 : churn.config.settle_s;
		for (unsigned step = 0; step < STEPS; step++) {
			/* Now a few, now a crowd. */
			int64_t acts = churn_pick(&churn, 0, 30) ? churn_pick(&churn, 0, 3) : 100;

			for (int64_t i = 0; i < acts; i++)
				churn_act(&churn,
					  &churn.clients[churn_pick(&churn, 0, CHURN_CLIENTS - 1)]);
			churn_pass(&churn);
		}
		churn_pass_ms(&churn, 3000);
		churn_check(&churn, seed);
		assert_true(churn.ignored == 0 || churn.config.settle_s > 0);
		ignored += churn.ignored;
		churn_end(&churn);
	}
	print_message("  note: %llu records in SNAPSHOTs were of members not told of yet\n",
		      (unsigned long long)ignored);
}

static void a_crowd_of_newcomers_takes_few_messages_each(void **state)
{
	static struct churn churn;
	uint64_t joined;

	(void)state;
	churn_begin(&churn, 1, CONFIG_TICK_AUTO);
	for (size_t i = 0; i < CHURN_CLIENTS; i++) {
		churn_join(&churn, &churn.clients[i], WIRE_ALL);
		churn_publish(&churn, &churn.clients[i], 0);
		/* A second for all. */
		if (i % 2 == 1)
			churn_pass_ms(&churn, 5);
	}
	churn_pass_ms(&churn, 1000);
	churn_check(&churn, 0);
	joined = churn.joined_messages;
	print_message("  note: %llu JOINED for %d who came in a second, one for each pair would be "
		      "%d\n",
		      (unsigned long long)joined, CHURN_CLIENTS,
		      CHURN_CLIENTS * (CHURN_CLIENTS - 1) / 2);
	/* 400 names of 9 bytes are 4 messages; a round each 40 ms is 25; keyframes bring more. */
	assert_true(joined < 40 * CHURN_CLIENTS);
	churn_end(&churn);
}

static void a_crowd_that_leaves_takes_few_messages_each(void **state)
{
	static struct churn churn;

	(void)state;
	churn_begin(&churn, 1, CONFIG_TICK_AUTO);
	for (size_t i = 0; i < CHURN_CLIENTS; i++)
		churn_join(&churn, &churn.clients[i], WIRE_ALL);
	churn_pass_ms(&churn, 500);
	churn.left_messages = 0;
	for (size_t i = 1; i < CHURN_CLIENTS; i++) {
		churn_leave(&churn, &churn.clients[i]);
		if (i % 4 == 0)
			churn_pass_ms(&churn, 1);
	}
	churn_pass_ms(&churn, 500);
	churn_check(&churn, 0);
	print_message("  note: %llu LEFT for %d who went\n",
		      (unsigned long long)churn.left_messages, CHURN_CLIENTS - 1);
	assert_true(churn.left_messages < 10 * CHURN_CLIENTS);
	churn_end(&churn);
}

static void in_a_small_room_everyone_is_told_at_once(void **state)
{
	static struct churn churn;

	(void)state;
	churn_begin(&churn, 1, 10);
	for (size_t i = 0; i < MEMBERSHIP_AT_ONCE_MEMBERS; i++) {
		churn_join(&churn, &churn.clients[i], WIRE_ALL);
		churn_publish(&churn, &churn.clients[i], 0);
		for (size_t j = 0; j < i; j++)
			assert_true(churn.clients[j].views[churn.clients[i].member].is_known);
	}
	for (size_t i = 1; i < MEMBERSHIP_AT_ONCE_MEMBERS; i++) {
		churn_leave(&churn, &churn.clients[i]);
		assert_false(churn.clients[0].views[churn.clients[i].member].is_known);
	}
	churn_end(&churn);
}

static void a_member_that_came_and_left_between_two_rounds_is_in_neither(void **state)
{
	static struct churn churn;

	(void)state;
	churn_begin(&churn, 1, CONFIG_TICK_AUTO);
	for (size_t i = 0; i < 100; i++)
		churn_join(&churn, &churn.clients[i], WIRE_ALL);
	churn_pass_ms(&churn, 500);
	churn_join(&churn, &churn.clients[100], WIRE_ALL); /* told at once */
	churn.joined_messages = 0;
	churn_join(&churn, &churn.clients[101], WIRE_ALL);
	churn_leave(&churn, &churn.clients[101]);
	churn_join(&churn, &churn.clients[102], WIRE_ALL);
	churn_pass_ms(&churn, 2 * MEMBERSHIP_REST_MAX_MS);
	assert_int_equal(churn.left_messages, 0);
	churn_check(&churn, 0);
	/* And the next round does not name it. */
	churn_leave(&churn, &churn.clients[102]);
	assert_int_equal(churn.left_messages, 101);
	churn_end(&churn);
}

/* A room that is larger than a window, and a newcomer that acknowledges nothing. */
static struct churn_client *begin_slowly(struct churn *churn)
{
	struct churn_client *slow = &churn->clients[CHURN_CLIENTS - 1];

	churn_begin(churn, 1, CONFIG_TICK_AUTO);
	churn->config.settle_s = 0;
	churn->payload_bytes = 32;
	for (size_t i = 0; i < CHURN_CLIENTS - 1; i++) {
		churn_join(churn, &churn->clients[i], WIRE_ALL);
		for (uint16_t index = 0; index < CHURN_ENTITIES; index++)
			churn_publish(churn, &churn->clients[i], index);
		if (i % 4 == 0)
			churn_pass(churn);
	}
	churn_pass_ms(churn, 1000);
	churn_join(churn, slow, WIRE_ALL);
	for (unsigned ms = 0; ms < 200; ms++) {
		churn->now_ns += MS;
		relay_turn(&churn->relay, churn->now_ns);
	}
	return slow;
}

static void a_newcomer_that_acknowledges_nothing_is_sent_a_window_and_no_more(void **state)
{
	static struct churn churn;
	struct churn_client *slow = begin_slowly(&churn);

	(void)state;
	assert_true(slow->backlog > FANOUT_WINDOW_BYTES / 2);
	assert_true(slow->backlog < FANOUT_WINDOW_BYTES + 2 * WIRE_MESSAGE_MAX_BYTES);
	assert_false(slow->is_whole);
	churn_pass_ms(&churn, 200);
	assert_true(slow->is_whole);
	churn_check(&churn, 0);
	churn_end(&churn);
}

static void a_newcomer_that_asks_for_less_is_first_sent_the_rest(void **state)
{
	static const struct wire_settings settings = { .interest = WIRE_NEAREST, .range = 5 };
	static struct churn churn;
	struct churn_client *slow = begin_slowly(&churn);
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	size_t seen = 0;

	(void)state;
	assert_false(slow->is_whole);
	client_receive(&churn.relay, &slow->client,
		       &(struct client_message){
			       .channel = WIRE_CHANNEL_CONTROL,
			       .data = data,
			       .size = wire_settings_encode(data, sizeof(data), &settings) },
		       churn.now_ns);
	assert_true(slow->is_whole);
	churn_pass_ms(&churn, 200);
	for (size_t id = 0; id < CHURN_IDS; id++)
		for (unsigned index = 0; index < CHURN_ENTITIES; index++)
			seen += slow->views[id].is_known && slow->views[id].is_seen[index];
	assert_in_range(seen, 5, 5 + 5 / 4 + 1);
	churn_end(&churn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everyone_knows_in_the_end_who_and_what_is_there),
		cmocka_unit_test(a_crowd_of_newcomers_takes_few_messages_each),
		cmocka_unit_test(a_crowd_that_leaves_takes_few_messages_each),
		cmocka_unit_test(a_member_that_came_and_left_between_two_rounds_is_in_neither),
		cmocka_unit_test(a_newcomer_that_asks_for_less_is_first_sent_the_rest),
		cmocka_unit_test(in_a_small_room_everyone_is_told_at_once),
		cmocka_unit_test(a_newcomer_that_acknowledges_nothing_is_sent_a_window_and_no_more),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
