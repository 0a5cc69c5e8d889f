/*
 * In reliable mode nothing counts as lost or late: rooms on bad links, whose members move and rest,
 * remove entities, leave and come back, with full or limited interest.
 *
 *	SEEDS=n  how many rooms each test looks at; SEED=n  this one only
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/sim/cluster.h"
#include "proto/net/random.h"
#include "relay/log/log.h"
#include "tests/fixtures/net/link_model_spec.h"

#define MS INT64_C(1000000)

enum {
	MEMBERS = 4,
	ENTITIES = 2,
	STEP_MS = 20,
};

struct reliable_member {
	struct starling_config config;
	bool is_exempt; /* its losses are not looked at */
	bool is_moving[ENTITIES];
	uint64_t lost_before, late_before;
};

struct reliable_room {
	uint64_t seed;
	struct random random;
	struct cluster cluster;
	struct reliable_member members[MEMBERS];
	bool are_removing; /* entities come and go, or enter views and leave them */
	bool is_quiet;     /* all that was sent has arrived */
	uint64_t received, lives;
};

static int64_t pick(struct reliable_room *room, int64_t least, int64_t most)
{
	return least + (int64_t)random_below(&room->random, (uint64_t)(most - least) + 1);
}

/*
 * A new entity's states may overtake the GONE of the entity before it. Until the GONE arrives, the
 * client cannot know that nothing was sent between the two.
 */
static void check(struct reliable_room *room, size_t n)
{
	const struct reliable_member *member = &room->members[n];
	struct starling_stats stats;

	if (member->is_exempt)
		return;
	starling_stats(room->cluster.clients[n].session, &stats);
	if (stats.late != member->late_before || stats.malformed > 0 ||
	    (stats.lost != member->lost_before && (room->is_quiet || !room->are_removing)))
		fail_msg("seed %llu, client %zu: lost %llu, late %llu, malformed %llu",
			 (unsigned long long)room->seed, n,
			 (unsigned long long)(stats.lost - member->lost_before),
			 (unsigned long long)(stats.late - member->late_before),
			 (unsigned long long)stats.malformed);
}

static void after_turn(void *context, size_t n)
{
	struct reliable_room *room = context;
	struct starling_event event;

	while (starling_next(room->cluster.clients[n].session, &event))
		continue;
	check(room, n);
}

static void open_member(struct reliable_room *room, size_t n)
{
	room->members[n].lost_before = room->members[n].late_before = 0;
	assert_true(cluster_open(&room->cluster, n, &room->members[n].config));
	room->lives++;
}

static void close_member(struct reliable_room *room, size_t n)
{
	struct starling *session = room->cluster.clients[n].session;
	struct starling_stats stats;

	starling_leave(session);
	cluster_wake(&room->cluster, n);
	cluster_run(&room->cluster, cluster_now_ns(&room->cluster) + pick(room, 0, 1500) * MS);
	check(room, n);
	starling_stats(session, &stats);
	room->received += stats.received;
	cluster_close(&room->cluster, n, pick(room, 0, 1));
}

static void move(struct reliable_room *room, size_t n, unsigned index)
{
	struct starling *session = room->cluster.clients[n].session;
	const struct starling_state state = { .x = (double)pick(room, -20000, 20000) / 1e3,
					      .y = (double)pick(room, -20000, 20000) / 1e3 };

	if (pick(room, 0, 24) == 0)
		room->members[n].is_moving[index] = !room->members[n].is_moving[index];
	if (room->members[n].is_moving[index])
		starling_publish(session, index, &state);
	else if (room->are_removing && pick(room, 0, 99) == 0)
		starling_remove(session, index);
}

static void act(struct reliable_room *room, size_t n, bool may_leave)
{
	if (!room->cluster.clients[n].session) {
		if (pick(room, 0, 30) == 0)
			open_member(room, n);
		return;
	}
	if (may_leave && pick(room, 0, 200) == 0) {
		close_member(room, n);
		return;
	}
	for (unsigned index = 0; index < ENTITIES; index++)
		move(room, n, index);
	cluster_wake(&room->cluster, n);
}

static void live(struct reliable_room *room, unsigned ms, bool may_leave)
{
	for (unsigned at = 0; at < ms; at += STEP_MS) {
		for (size_t n = 0; n < MEMBERS; n++)
			act(room, n, may_leave);
		cluster_run(&room->cluster, cluster_now_ns(&room->cluster) + STEP_MS * MS);
	}
}

static void begin(struct reliable_room *room, uint64_t seed, bool are_removing, bool is_near)
{
	static const char *const lines[] = { "loss=10%,delay=30ms,jitter=20ms",
					     "loss=20%,delay=5ms",
					     "delay=20ms,jitter=60ms,reorder=5%",
					     "loss=5%,delay=80ms,jitter=80ms,reorder=5%" };
	char error[SERVER_ERROR_BYTES];
	struct config config;

	*room = (struct reliable_room){ .seed = seed,
					.random = random_init(seed),
					.are_removing = are_removing };
	config_default(&config);
	if (pick(room, 0, 1))
		config.tick_hz = 20;
	if (!cluster_init(&room->cluster, seed, &config, MEMBERS, error))
		fail_msg("%s", error);
	room->cluster.after_turn = after_turn;
	room->cluster.turn_context = room;
	for (size_t n = 0; n < MEMBERS; n++) {
		const struct link_model_spec up = link_model_spec_of(lines[pick(room, 0, 3)]);
		const struct link_model_spec down = link_model_spec_of(lines[pick(room, 0, 3)]);
		struct starling_config *session = &room->members[n].config;

		cluster_set_links(&room->cluster, n, &up, &down);
		starling_default_config(session);
		session->up = session->down = STARLING_RELIABLE;
		session->timeout_s = 60;
		session->interest = !is_near           ? STARLING_ALL
				    : pick(room, 0, 1) ? STARLING_RADIUS
						       : STARLING_NEAREST;
		session->radius_m = 15;
		session->nearest = 2;
		session->echo = pick(room, 0, 1);
	}
}

static void end(struct reliable_room *room)
{
	cluster_run(&room->cluster, cluster_now_ns(&room->cluster) + 10000 * MS);
	room->is_quiet = true;
	for (size_t n = 0; n < MEMBERS; n++)
		if (room->cluster.clients[n].session)
			check(room, n);
	for (size_t n = 0; n < MEMBERS; n++)
		if (room->cluster.clients[n].session)
			close_member(room, n);
	assert_true(room->received > 0);
	cluster_fini(&room->cluster);
}

static unsigned long number_from(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoul(text, NULL, 10) : otherwise;
}

static void each_seed(void (*look)(struct reliable_room *room, uint64_t seed))
{
	static struct reliable_room room;
	const unsigned long first = number_from("SEED", 1);
	const unsigned long count = getenv("SEED") ? 1 : number_from("SEEDS", 20);
	uint64_t received = 0, lives = 0;

	for (unsigned long seed = first; seed < first + count; seed++) {
		look(&room, seed);
		received += room.received;
		lives += room.lives;
	}
	print_message("  note: %llu updates in %llu lives\n", (unsigned long long)received,
		      (unsigned long long)lives);
}

static void look_at_removals(struct reliable_room *room, uint64_t seed)
{
	begin(room, seed, true, false);
	live(room, 12000, true);
	end(room);
}

static void look_at_near(struct reliable_room *room, uint64_t seed)
{
	begin(room, seed, true, true);
	live(room, 12000, true);
	end(room);
}

/* The first member is unreliable for a while, and loses updates; then it is reliable. */
static void look_at_switch(struct reliable_room *room, uint64_t seed)
{
	struct reliable_member *first = &room->members[0];
	struct starling_stats stats;

	begin(room, seed, false, false);
	first->config.down = STARLING_UNSEQUENCED;
	first->is_exempt = true;
	for (size_t n = 0; n < MEMBERS; n++)
		open_member(room, n);
	do
		live(room, 4000, false);
	while (starling_set_modes(room->cluster.clients[0].session, STARLING_RELIABLE,
				  STARLING_RELIABLE) != 0);
	/* An earlier loss shows with the next update of its entity. */
	live(room, 8000, false);
	starling_stats(room->cluster.clients[0].session, &stats);
	first->lost_before = stats.lost;
	first->late_before = stats.late;
	first->is_exempt = false;
	live(room, 8000, false);
	end(room);
}

static void with_entities_that_come_and_go_nothing_counts_as_lost_or_late(void **state)
{
	(void)state;
	each_seed(look_at_removals);
}

static void with_limited_interest_nothing_counts_as_lost_or_late(void **state)
{
	(void)state;
	each_seed(look_at_near);
}

static void after_a_switch_to_reliable_nothing_counts_as_lost_or_late(void **state)
{
	(void)state;
	each_seed(look_at_switch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_entities_that_come_and_go_nothing_counts_as_lost_or_late),
		cmocka_unit_test(with_limited_interest_nothing_counts_as_lost_or_late),
		cmocka_unit_test(after_a_switch_to_reliable_nothing_counts_as_lost_or_late),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
