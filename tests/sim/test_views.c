/*
 * Properties of interest and budgets over many seeds: members with all kinds of interest and any
 * budget move, join and leave, remove entities and change their settings, on links that lose and
 * reorder unreliable messages. The accounting balances at any time, and in the end each member has
 * the view that PROTOCOL.md gives a plain client.
 *
 *	SEEDS=n, SEED=n    how many (1000), or which one only
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/net/random.h"
#include "relay/log/log.h"
#include "tests/fixtures/relay/rules_fixture.h"

/* The fan-out under test asks this test for budgets. */
static size_t fake_budget_bytes(struct congestion *budget, int64_t now_ns);
static void fake_budget_spend(struct congestion *budget, uint16_t snapshot_number, size_t bytes,
			      int64_t now_ns);
#define congestion_bytes fake_budget_bytes
#define congestion_spend fake_budget_spend
#include "relay/fanout/fanout_view.c"
#include "relay/fanout/snapshot_writer.c"
#undef congestion_bytes
#undef congestion_spend

enum {
	STEPS = 60,
	QUIET_STEPS = 400, /* of 10 ms: more than the settle time, and for the least budget */
	INDICES = 4,
	IDS = 200,
};

/* An entity as a client knows it. */
struct seen {
	bool is_known, is_gone;
	uint16_t seq; /* of the newest state, or of the GONE */
	int32_t position[3];
};

struct known_client {
	bool is_in;
	size_t budget, left_bytes; /* of a turn */
	struct seen seen[IDS][INDICES];
	uint16_t seq[INDICES]; /* of its own entities */
	bool exists[INDICES];
};

static struct tale {
	struct rules_fixture *fixture;
	struct random random;
	struct known_client clients[RULES_FIXTURE_CLIENTS];
	bool is_lossy;
	int32_t span;
} tale;

static int64_t pick(int64_t least, int64_t most)
{
	return least + (int64_t)random_below(&tale.random, (uint64_t)(most - least) + 1);
}

static size_t fake_budget_bytes(struct congestion *budget, int64_t now_ns)
{
	(void)now_ns;
	for (size_t i = 0; i < RULES_FIXTURE_CLIENTS; i++)
		if (tale.fixture->client[i].member &&
		    &receiver_of(tale.fixture->client[i].member)->congestion == budget)
			return tale.clients[i].left_bytes;
	return SIZE_MAX;
}

static void fake_budget_spend(struct congestion *budget, uint16_t snapshot_number, size_t bytes,
			      int64_t now_ns)
{
	(void)snapshot_number, (void)now_ns;
	for (size_t i = 0; i < RULES_FIXTURE_CLIENTS; i++) {
		struct known_client *client = &tale.clients[i];

		if (tale.fixture->client[i].member &&
		    &receiver_of(tale.fixture->client[i].member)->congestion == budget &&
		    client->budget != SIZE_MAX)
			client->left_bytes -=
				bytes < client->left_bytes ? bytes : client->left_bytes;
	}
}

/* A client, after PROTOCOL.md, section 9.3. */

static void take_records(struct known_client *client, const struct recording_outbox_item *item)
{
	struct states_message message;
	struct states_record record;

	assert_int_equal(states_decode(item->data, item->size, &message), WIRE_OK);
	while (states_next(&message, &record)) {
		struct seen *seen = &client->seen[record.member][record.index];

		assert_true(record.member < IDS && record.index < INDICES);
		if (seen->is_known && !wire_seq_is_newer(record.seq, seen->seq) &&
		    !(seen->is_gone && message.type == WIRE_KEYFRAME))
			continue;
		*seen = (struct seen){ .is_known = true, .seq = record.seq };
		memcpy(seen->position, record.position, sizeof(seen->position));
	}
}

static void take_lists(struct known_client *client, const struct recording_outbox_item *item)
{
	struct wire_list list;
	struct wire_gone gone;
	struct wire_left left;

	if (item->data[0] == WIRE_LEFT && wire_left_decode(item->data, item->size, &list) == 0)
		while (wire_left_next(&list, &left))
			memset(client->seen[left.member], 0, sizeof(client->seen[0]));
	if (item->data[0] == WIRE_GONE && wire_gone_decode(item->data, item->size, &list) == 0)
		while (wire_gone_next(&list, &gone)) {
			struct seen *seen = &client->seen[gone.member][gone.index];

			if (seen->is_known && wire_seq_is_newer(seen->seq, gone.seq))
				continue;
			seen->is_known = seen->is_gone = true;
			seen->seq = gone.seq;
		}
}

/* SNAPSHOTs are lost, or come before or after the reliable messages of the same turn. */
static void deliver(void)
{
	struct rules_fixture *fixture = tale.fixture;

	for (size_t i = 0; i < RULES_FIXTURE_CLIENTS; i++) {
		struct known_client *client = &tale.clients[i];
		bool is_fast = pick(0, 1);

		for (int pass = 0; pass < 2; pass++)
			for (size_t j = 0; j < fixture->recorder.count; j++) {
				const struct recording_outbox_item *item =
					&fixture->recorder.items[j];
				bool is_snapshot = item->data[0] == WIRE_SNAPSHOT;
				bool is_early = is_snapshot == is_fast;

				if (item->peer != &fixture->client[i] || is_early == (pass == 1))
					continue;
				if (is_snapshot && tale.is_lossy && pick(0, 9) < 3)
					continue;
				if (is_snapshot || item->data[0] == WIRE_KEYFRAME)
					take_records(client, item);
				else
					take_lists(client, item);
			}
	}
	recording_outbox_clear(&fixture->recorder);
}

/* Actions */

static struct wire_settings any_settings(void)
{
	struct wire_settings settings = { .echo = pick(0, 3) == 0 };

	settings.interest = (enum wire_interest)pick(0, 2);
	if (settings.interest == WIRE_RADIUS)
		settings.range = pick(0, 9) ? (uint32_t)pick(1, tale.span) : INT32_MAX;
	if (settings.interest == WIRE_NEAREST)
		settings.range = (uint32_t)pick(1, 8);
	return settings;
}

static void join(size_t n)
{
	struct wire_hello words = { .room = rules_fixture_text("a"),
				    .name = rules_fixture_text("x"),
				    .settings = any_settings() };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	tale.clients[n] = (struct known_client){ .is_in = true, .budget = SIZE_MAX };
	if (pick(0, 1))
		tale.clients[n].budget = (size_t)pick(FANOUT_BUDGET_LEAST_BYTES, 400);
	tale.clients[n].left_bytes = tale.clients[n].budget;
	rules_fixture_connect(tale.fixture, n, wire_connect_data());
	rules_fixture_send(tale.fixture, n, 0, data, wire_hello_encode(data, sizeof(data), &words));
	assert_non_null(tale.fixture->client[n].member);
}

static int32_t any_coordinate(void)
{
	static const int32_t ends[] = { INT32_MIN, INT32_MAX, 1000000000 };

	if (pick(0, 30) == 0)
		return ends[pick(0, 2)];
	/* Few values, so that many are equally far. */
	return (int32_t)pick(-10, 10) * (tale.span / 20);
}

static void publish(size_t n)
{
	struct known_client *client = &tale.clients[n];
	uint16_t index = (uint16_t)pick(0, INDICES - 1);
	uint8_t payload[WIRE_PAYLOAD_MAX_BYTES] = { 0 };
	struct states_record record = { .index = index, .seq = ++client->seq[index] };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder = states_state_begin(data, sizeof(data), 0);

	for (int axis = 0; axis < 3; axis++)
		record.position[axis] = any_coordinate();
	record.payload = (struct wire_bytes){ payload, (size_t)pick(0, WIRE_PAYLOAD_MAX_BYTES) };
	assert_true(states_add(&builder, &record));
	rules_fixture_send(tale.fixture, n, WIRE_CHANNEL_STATE, data, states_finish(&builder));
	client->exists[index] = true;
}

static void take_out_one(size_t n)
{
	struct known_client *client = &tale.clients[n];
	uint16_t index = (uint16_t)pick(0, INDICES - 1);

	rules_fixture_remove(tale.fixture, n, n, index, client->seq[index]);
	client->exists[index] = false;
}

static void act(size_t n)
{
	if (!tale.clients[n].is_in) {
		if (pick(0, 9) == 0)
			join(n);
		return;
	}
	for (int i = (int)pick(0, 3); i > 0; i--)
		publish(n);
	if (pick(0, 30) == 0)
		take_out_one(n);
	if (pick(0, 20) == 0)
		rules_fixture_set(tale.fixture, n, any_settings());
	if (pick(0, 60) == 0) {
		client_close(&tale.fixture->relay, &tale.fixture->client[n], WIRE_REASON_LOST,
			     tale.fixture->now_ns);
		tale.clients[n].is_in = false;
	}
}

static void turn(int64_t ms)
{
	struct rules_fixture *fixture = tale.fixture;

	fixture->now_ns += ms * MS;
	for (size_t i = 0; i < RULES_FIXTURE_CLIENTS; i++)
		tale.clients[i].left_bytes = tale.clients[i].budget;
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_true(accounting_is_balanced(&fixture->relay.accounting));
	deliver();
}

/* The end */

/* How many of the others' entities are nearer than this, or as near. */
static size_t rank_of(const struct member *member, uint64_t distance2, bool or_equal)
{
	size_t rank = 0;

	for (size_t i = 0; i < RULES_FIXTURE_CLIENTS; i++) {
		const struct member *owner = tale.fixture->client[i].member;

		for (size_t j = 0; owner && owner != member && j < owner->entity_capacity; j++) {
			uint64_t other = kd_tree_distance2(owner->entities[j].position,
							   receiver_of(member)->view.place);

			rank += owner->entities[j].exists &&
				(other < distance2 || (or_equal && other == distance2));
		}
	}
	return rank;
}

/* Whether the member must see the entity, and whether it may. */
static void judge(const struct member *member, const struct member *owner,
		  const struct entity *entity, bool *must, bool *may)
{
	const struct wire_settings *settings = &member->settings;
	uint64_t distance2 = kd_tree_distance2(entity->position, receiver_of(member)->view.place);
	uint64_t radius = settings->range, wide = radius + radius / 8;

	*must = *may = entity->exists && room_receives(member, owner);
	if (!*may || owner == member || settings->interest == WIRE_ALL)
		return;
	if (settings->interest == WIRE_RADIUS) {
		*must = distance2 <= radius * radius;
		*may = distance2 <= wide * wide;
	} else {
		*must = rank_of(member, distance2, true) <= radius;
		*may = rank_of(member, distance2, false) <= radius + radius / 4;
	}
}

static void check_end(unsigned long seed)
{
	for (size_t n = 0; n < RULES_FIXTURE_CLIENTS; n++) {
		const struct member *member = tale.fixture->client[n].member;

		for (size_t i = 0; member && i < RULES_FIXTURE_CLIENTS; i++) {
			const struct member *owner = tale.fixture->client[i].member;

			for (size_t j = 0; owner && j < owner->entity_capacity; j++) {
				const struct entity *entity = &owner->entities[j];
				const struct seen *seen = &tale.clients[n].seen[owner->id][j];
				bool is_seen = seen->is_known && !seen->is_gone, must, may;

				judge(member, owner, entity, &must, &may);
				/*
				 * A client without echo ignores its own entities; with `every` they
				 * come from the next state on.
				 */
				if (owner == member && (!may || tale.fixture->config.every))
					continue;
				if ((must && !is_seen) || (!may && is_seen))
					fail_msg("SEED=%lu: member %u %s entity %zu of member %u",
						 seed, member->id,
						 must ? "does not see" : "still sees", j,
						 owner->id);
				if (is_seen && (seen->seq != entity->seq ||
						memcmp(seen->position, entity->position,
						       sizeof(seen->position)) != 0))
					fail_msg("SEED=%lu: member %u has entity %zu of member %u "
						 "at seq %u instead of %u",
						 seed, member->id, j, owner->id, seen->seq,
						 entity->seq);
			}
		}
	}
	if (tale.fixture->relay.accounting.pending != 0)
		fail_msg("SEED=%lu: %llu updates are pending at the end", seed,
			 (unsigned long long)tale.fixture->relay.accounting.pending);
}

static unsigned long number_from(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoul(text, NULL, 10) : otherwise;
}

static void tell(unsigned long seed, struct accounting *sum)
{
	void *fixture;

	rules_fixture_set_up(&fixture);
	memset(&tale, 0, sizeof(tale));
	tale.fixture = fixture;
	tale.random = random_init(seed);
	tale.span = (int32_t)pick(20, 100000);
	tale.is_lossy = pick(0, 1);
	tale.fixture->config.every = pick(0, 9) == 0;
	tale.fixture->config.message_rate = 100000;
	tale.fixture->config.tick_hz = pick(0, 1) ? 0 : (double)pick(5, 60);
	for (int i = 0; i < STEPS; i++) {
		for (size_t n = 0; n < RULES_FIXTURE_CLIENTS; n++)
			act(n);
		turn(pick(1, 60));
	}
	tale.is_lossy = false;
	for (int i = 0; i < QUIET_STEPS; i++)
		turn(10);
	check_end(seed);
	for (int cause = 0; cause < ACCOUNTING_CAUSE_COUNT; cause++)
		sum->ended[cause] += tale.fixture->relay.accounting.ended[cause];
	sum->entered += tale.fixture->relay.accounting.entered;
	sum->left += tale.fixture->relay.accounting.left;
	rules_fixture_tear_down(&fixture);
}

static void everyone_holds_in_the_end_what_it_is_to_see(void **state)
{
	unsigned long first = number_from("SEED", 1);
	unsigned long count = getenv("SEED") ? 1 : number_from("SEEDS", 1000);
	struct accounting sum = { 0 };

	(void)state;
	for (unsigned long seed = first; seed < first + count; seed++)
		tell(seed, &sum);
	printf("  note: %lu tales; %llu entered, %llu left", count, (unsigned long long)sum.entered,
	       (unsigned long long)sum.left);
	for (int cause = 0; cause < ACCOUNTING_CAUSE_COUNT; cause++)
		printf(", %llu %s", (unsigned long long)sum.ended[cause],
		       accounting_cause_text((enum accounting_cause)cause));
	printf("\n");
	if (count > 1)
		assert_true(sum.entered && sum.left && sum.ended[ACCOUNTING_OUT_OF_INTEREST] &&
			    sum.ended[ACCOUNTING_OVER_BUDGET]);
}

/*
 * A member with a small budget that sees all entities: it gets the newest state each time, so it
 * gets fewer updates and not later ones; each says exactly how many were left out; no entity
 * starves.
 */
static void a_short_budget_means_fewer_updates_and_not_later_ones(void **state)
{
	enum {
		ENTITIES = 32,
		TURNS = 200
	};
	struct states_record record[ENTITIES];
	uint16_t heard[ENTITIES] = { 0 };
	unsigned told[ENTITIES] = { 0 }, waited[ENTITIES] = { 0 }, longest = 0;
	struct rules_fixture *fixture;

	rules_fixture_set_up(state);
	fixture = *state;
	memset(&tale, 0, sizeof(tale));
	tale.fixture = fixture;
	tale.random = random_init(1);
	fixture->config.message_rate = 100000;
	fixture->config.settle_s = 0;
	for (size_t i = 0; i < 2; i++) {
		tale.clients[i].budget = tale.clients[i].left_bytes = SIZE_MAX;
		rules_fixture_join(fixture, i, "a");
	}
	tale.clients[1].budget = FANOUT_BUDGET_LEAST_BYTES;
	for (unsigned turns = 0; turns < TURNS + 60; turns++) {
		uint16_t seq = (uint16_t)(turns < TURNS ? turns + 1 : TURNS);
		size_t count;

		for (uint16_t i = 0; turns < TURNS && i < ENTITIES; i++) {
			rules_fixture_publish(fixture, 0, i, seq, (int32_t)pick(0, 9) << i % 20);
			waited[i]++;
		}
		fixture->now_ns += turns < TURNS ? 50 * MS : 10 * MS;
		tale.clients[1].left_bytes = turns < TURNS ? tale.clients[1].budget : 5000;
		relay_turn(&fixture->relay, fixture->now_ns);
		count = rules_fixture_records(fixture, 1, WIRE_SNAPSHOT, record, ENTITIES);
		assert_true(count < ENTITIES || turns >= TURNS);
		for (size_t j = 0; j < count; j++) {
			assert_int_equal(record[j].seq, seq);
			assert_int_equal(record[j].skipped, seq - heard[record[j].index] - 1);
			heard[record[j].index] = seq;
			told[record[j].index]++;
			waited[record[j].index] = 0;
		}
		for (size_t i = 0; i < ENTITIES; i++)
			longest = waited[i] > longest ? waited[i] : longest;
		recording_outbox_clear(&fixture->recorder);
	}
	for (size_t i = 0; i < ENTITIES; i++) {
		assert_int_equal(heard[i], TURNS);
		assert_true(told[i] >= 2);
	}
	printf("  note: the longest wait was %u turns of at most %d\n", longest,
	       VIEW_WAIT * ENTITIES);
	assert_true(longest > 4 && longest <= VIEW_WAIT * ENTITIES);
	/* Everything was sent: the member sees all entities without a view again. */
	assert_false(receiver_of(fixture->client[1].member)->view.is_used);
	assert_int_equal(fixture->relay.accounting.pending, 0);
	assert_int_equal(fixture->relay.accounting.ended[ACCOUNTING_DELIVERED] +
				 fixture->relay.accounting.ended[ACCOUNTING_OVER_BUDGET],
			 ENTITIES * TURNS);
	rules_fixture_tear_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_budget_means_fewer_updates_and_not_later_ones),
		cmocka_unit_test(everyone_holds_in_the_end_what_it_is_to_see),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
