/* Records written once for many messages: slices of a batch, and what members are sent of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "proto/wire/states.h"
#include "relay/log/log.h"
#include "tests/fixtures/relay/rules_fixture.h"
#include "tests/fixtures/seeded_random.h"

enum {
	STORIES = 1000,
	ROUNDS = 300,
	RECORDS_MAX = 60,
	TIME_US = 1000000,
	ENTITIES_MAX = 90,
	UPDATES_MAX = 2 * ENTITIES_MAX * RULES_FIXTURE_CLIENTS,
	ROUNDS_EACH_MAX = WIRE_INDEX_MAX + 1,
};

/* Slices. */

/* As in a flush: records of some members, each with a few entities in any order. */
static size_t make_records(struct seeded_random *seed,
			   struct states_record records[static RECORDS_MAX])
{
	static const uint8_t payload[WIRE_PAYLOAD_MAX_BYTES] = { 1, 2, 3 };
	const size_t count = seeded_random_between(seed, 1, RECORDS_MAX);

	for (size_t i = 0; i < count; i++)
		records[i] = (struct states_record){
			.member = (uint32_t)seeded_random_between(seed, 1, 4),
			.index = (uint16_t)(seeded_random_between(seed, 0, 3) *
					    seeded_random_spread(seed, 0, 1000)),
			.seq = (uint16_t)seeded_random_next(seed),
			.skipped = (uint16_t)(seeded_random_between(seed, 0, 1) *
					      seeded_random_spread(seed, 0, 999)),
			.age_us = seeded_random_spread(seed, 0, TIME_US),
			.position = { (int32_t)seeded_random_spread(seed, 0, INT32_MAX) },
			.payload = { payload, seeded_random_between(seed, 0, sizeof(payload)) },
		};
	return count;
}

/* Builds one message from a slice of the batch, but for records that states_add_slice refuses. */
static size_t build_by_slice(uint8_t *out, const struct states_record *records, size_t from,
			     size_t to, const uint8_t *batch, const size_t *at)
{
	struct states_builder builder =
		states_snapshot_begin(out, WIRE_MESSAGE_MAX_BYTES, 7, TIME_US);

	while (from < to) {
		const struct states_slice slice = { .bytes = batch + at[from],
						    .size = at[to] - at[from],
						    .count = (unsigned)(to - from),
						    .first_member = records[from].member,
						    .member = records[to - 1].member,
						    .index = records[to - 1].index };

		if (states_add_slice(&builder, &slice))
			return states_finish(&builder);
		if (!states_add(&builder, &records[from++]))
			return 0;
	}
	return states_finish(&builder);
}

static void a_message_of_slices_equals_one_built_record_by_record(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();
	unsigned compared = 0;

	(void)state;
	for (int story = 0; story < STORIES; story++) {
		static uint8_t batch[RECORDS_MAX * (STATES_HEAD_MAX_BYTES + STATES_TAIL_MAX_BYTES)];
		uint8_t plain[WIRE_MESSAGE_MAX_BYTES], sliced[WIRE_MESSAGE_MAX_BYTES];
		struct states_builder all = states_batch_begin(batch, sizeof(batch), TIME_US);
		struct states_builder builder =
			states_snapshot_begin(plain, sizeof(plain), 7, TIME_US);
		struct states_record records[RECORDS_MAX];
		const size_t count = make_records(&seed, records);
		const size_t from = seeded_random_between(&seed, 0, count - 1);
		size_t at[RECORDS_MAX + 1] = { 0 }, to;

		for (size_t i = 0; i < count; i++) {
			assert_true(states_add(&all, &records[i]));
			at[i + 1] = (size_t)(all.writer.at - all.start);
		}
		for (to = from; to < count && states_add(&builder, &records[to]);)
			to++;
		assert_true(to > from);
		assert_int_equal(build_by_slice(sliced, records, from, to, batch, at),
				 states_finish(&builder));
		assert_memory_equal(sliced, plain, states_finish(&builder));
		compared++;
	}
	assert_int_equal(compared, STORIES);
}

static void a_slice_that_does_not_fit_leaves_the_message_as_it_was(void **state)
{
	const struct states_record record = { .member = 1, .seq = 1 };
	uint8_t batch[64], out[16];
	struct states_builder all = states_batch_begin(batch, sizeof(batch), 0);
	struct states_builder builder = states_snapshot_begin(out, sizeof(out), 1, 0);
	struct states_slice slice = { batch, 0, 1, 1, 1, 0 };

	(void)state;
	states_add(&all, &record);
	slice.size = (size_t)(all.writer.at - all.start);
	assert_int_equal(slice.size, 7); /* flags, member, seq, age, x, y */
	assert_int_equal(states_left(&builder), 12);
	slice.size = 13;
	assert_false(states_add_slice(&builder, &slice));
	assert_int_equal(states_finish(&builder), 0);
	slice.size = 7;
	assert_true(states_add_slice(&builder, &slice));
	assert_int_equal(states_finish(&builder), 11);
	/* A record of the same member would not name it again. */
	assert_false(states_add_slice(&builder, &slice));
	assert_int_equal(states_finish(&builder), 11);
}

/* Members. */

struct update {
	size_t client;
	uint16_t index, seq;
	bool is_replaced;
};

/* Everyone publishes, in any order; returns how many updates. */
static size_t publish(struct rules_fixture *fixture, struct seeded_random *seed, size_t clients,
		      struct update *updates)
{
	const size_t count = seeded_random_between(seed, 1, UPDATES_MAX);
	const uint64_t entities = seeded_random_spread(seed, 1, ENTITIES_MAX);
	uint16_t seqs[RULES_FIXTURE_CLIENTS][ENTITIES_MAX] = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct update *update = &updates[i];

		update->client = seeded_random_between(seed, 0, clients - 1);
		update->index = (uint16_t)seeded_random_between(seed, 0, entities - 1);
		update->seq = ++seqs[update->client][update->index];
		rules_fixture_publish(fixture, update->client, update->index, update->seq,
				      (int32_t)i);
	}
	for (size_t i = 0; i < count; i++)
		updates[i].is_replaced = updates[i].seq < seqs[updates[i].client][updates[i].index];
	return count;
}

/* The update in a record, if it is to be relayed; or NULL. */
static const struct update *find_update(const struct update *updates, size_t count,
					const struct states_record *record, bool is_every)
{
	for (size_t i = 0; i < count; i++)
		if (updates[i].client + 1 == record->member && updates[i].index == record->index &&
		    updates[i].seq == record->seq && (is_every || !updates[i].is_replaced))
			return &updates[i];
	return NULL;
}

static void check_client(const struct rules_fixture *fixture, size_t client, bool is_echo,
			 const struct update *updates, size_t count, bool is_every)
{
	static struct states_record records[UPDATES_MAX + 1];
	static bool is_sent[UPDATES_MAX];
	const size_t heard =
		rules_fixture_records(fixture, client, WIRE_SNAPSHOT, records, UPDATES_MAX + 1);
	size_t expected = 0;

	memset(is_sent, 0, sizeof(is_sent));
	for (size_t i = 0; i < heard; i++) {
		const struct update *update = find_update(updates, count, &records[i], is_every);

		assert_non_null(update);
		assert_false(is_sent[update - updates]);
		is_sent[update - updates] = true;
		assert_int_equal(records[i].position[0], update - updates);
	}
	for (size_t i = 0; i < count; i++)
		expected += (is_echo || updates[i].client != client) &&
			    (is_every || !updates[i].is_replaced);
	assert_int_equal(heard, expected);
}

/* One round has a fixture of its own. */
static void play_round(struct seeded_random *seed)
{
	static struct update updates[UPDATES_MAX];
	const size_t clients = seeded_random_between(seed, 2, RULES_FIXTURE_CLIENTS);
	const uint64_t echoes = seeded_random_next(seed);
	struct rules_fixture *fixture;
	void *state;
	size_t count;

	rules_fixture_set_up(&state);
	fixture = state;
	fixture->config.every = seeded_random_between(seed, 0, 1) == 1;
	fixture->config.entities = ENTITIES_MAX;
	fixture->config.message_rate = 2 * UPDATES_MAX;
	for (size_t i = 0; i < clients; i++) {
		rules_fixture_connect(fixture, i, wire_connect_data());
		rules_fixture_hello(fixture, i, "a", "member", echoes >> i & 1);
	}
	relay_turn(&fixture->relay, fixture->now_ns);
	fixture->now_ns += 100 * MS;
	recording_outbox_clear(&fixture->recorder);
	count = publish(fixture, seed, clients, updates);
	fixture->now_ns += 100 * MS;
	relay_turn(&fixture->relay, fixture->now_ns);
	for (size_t i = 0; i < clients; i++)
		check_client(fixture, i, echoes >> i & 1, updates, count, fixture->config.every);
	rules_fixture_tear_down(&state);
}

static void each_member_is_sent_each_record_due_to_it_once_and_no_other(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();

	(void)state;
	for (int round = 0; round < ROUNDS; round++)
		play_round(&seed);
}

/* In several batches: the states of one member may stand in two. */
static void play_rounds(struct rules_fixture *fixture, unsigned each)
{
	static struct states_record records[ROUNDS_EACH_MAX * RULES_FIXTURE_CLIENTS];
	const size_t others = (size_t)each * (RULES_FIXTURE_CLIENTS - 1);

	fixture->config.entities = each;
	fixture->config.message_rate = 2 * each * RULES_FIXTURE_CLIENTS;
	for (size_t i = 0; i < RULES_FIXTURE_CLIENTS; i++) {
		rules_fixture_connect(fixture, i, wire_connect_data());
		rules_fixture_hello(fixture, i, "a", "member", false);
	}
	rules_fixture_pass(fixture, 100);
	recording_outbox_clear(&fixture->recorder);
	for (size_t i = 0; i < RULES_FIXTURE_CLIENTS; i++)
		for (uint16_t index = 0; index < each; index++)
			rules_fixture_publish(fixture, i, index, 1, index);
	rules_fixture_pass(fixture, 100);
	for (size_t i = 0; i < RULES_FIXTURE_CLIENTS; i++) {
		assert_int_equal(
			rules_fixture_records(fixture, i, WIRE_SNAPSHOT, records, others + 1),
			others);
		for (size_t n = 0; n < others; n++) {
			const size_t owner = n / each;

			assert_int_equal(records[n].member, owner + (owner < i ? 1 : 2));
			assert_int_equal(records[n].position[0], n % each);
		}
	}
}

static void a_flush_of_several_batches_is_whole(void **state)
{
	static const unsigned each[] = { 1000, 3000, ROUNDS_EACH_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		void *fixture;

		rules_fixture_set_up(&fixture);
		play_rounds(fixture, each[i]);
		rules_fixture_tear_down(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_of_slices_equals_one_built_record_by_record),
		cmocka_unit_test(a_slice_that_does_not_fit_leaves_the_message_as_it_was),
		cmocka_unit_test(each_member_is_sent_each_record_due_to_it_once_and_no_other),
		cmocka_unit_test(a_flush_of_several_batches_is_whole),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
