/*
 * A session whose network or relay is away for a while, and what the game sees of it. The library
 * and the relay themselves, in virtual time.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/sim/cluster.h"
#include "relay/log/log.h"
#include "tests/fixtures/net/link_model_spec.h"
#include "tests/fixtures/row_tests.h"

#define MS INT64_C(1000000)

enum {
	CLIENTS = 4, /* the first is the one in trouble */
	SEEDS = 4,
	STEP_MS = 50,
	FRESH_MS = 500, /* the age of a state of one who is there */
	PATIENCE_MS = 20000,
};

enum trouble {
	NO_NETWORK,
	NO_UPLINK, /* as where a firewall refuses what is sent */
	NO_DOWNLINK,
	ADDRESS_CHANGE, /* after which nothing comes to the former address */
	RELAY_RESTS,    /* as when it is stopped, or its machine */
	RELAY_KILLED,
};

/* The events that one client's program saw since the trouble began. */
struct seen {
	unsigned lost, welcomes, joined, left, gone, messages, ended;
	uint32_t member;
};

struct game {
	struct cluster cluster;
	struct seen seen[CLIENTS];
	double x;
};

struct row {
	const char *name;
	enum trouble trouble;
	int64_t ms;        /* how long */
	int64_t within_ms; /* all is well again so long after it */
	bool is_lost;      /* the first client has STARLING_LOST */
	bool is_same;      /* it is the member that it was, and nobody else noticed */
	bool is_kept;      /* by the connection that it had: no message is lost */
	const char *line;  /* of each client, either way; NULL: a short one */
};

static const char *line_of(const struct row *row)
{
	return row->line ? row->line : "delay=20ms,jitter=5ms";
}

static void after_turn(void *context, size_t client)
{
	struct game *game = context;
	struct seen *seen = &game->seen[client];
	struct starling_event event;

	while (starling_next(game->cluster.clients[client].session, &event)) {
		seen->lost += event.type == STARLING_LOST;
		seen->welcomes += event.type == STARLING_WELCOME;
		seen->joined += event.type == STARLING_MEMBER_JOINED;
		seen->left += event.type == STARLING_MEMBER_LEFT;
		seen->gone += event.type == STARLING_ENTITY_GONE;
		seen->messages += event.type == STARLING_MESSAGE && event.scope == STARLING_TO_ONE;
		seen->ended += event.type == STARLING_ENDED;
		if (event.type == STARLING_WELCOME)
			seen->member = event.member;
	}
}

static struct starling *session_of(struct game *game, size_t client)
{
	return game->cluster.clients[client].session;
}

/* Everyone publishes and talks to all, and time passes. */
static void step(struct game *game)
{
	for (size_t i = 0; i < CLIENTS; i++) {
		game->x += 0.001;
		starling_publish(session_of(game, i), 0, &(struct starling_state){ .x = game->x });
		starling_send(session_of(game, i), STARLING_TO_OTHERS, 0, "some words of a player",
			      22, true);
		cluster_wake(&game->cluster, i);
	}
	cluster_run(&game->cluster, cluster_now_ns(&game->cluster) + STEP_MS * MS);
}

static void run_ms(struct game *game, int64_t ms)
{
	for (int64_t at = 0; at < ms; at += STEP_MS)
		step(game);
}

/* Whether everyone has fresh states of everyone else, and nothing of anybody else. */
static bool is_well(struct game *game)
{
	struct starling_entity entity;

	for (size_t i = 0; i < CLIENTS; i++) {
		struct starling *session = session_of(game, i);

		if (starling_status(session) != STARLING_PLAYING ||
		    starling_members(session, NULL, 0) != CLIENTS - 1 ||
		    starling_entities(session, NULL, 0) != CLIENTS - 1)
			return false;
		for (size_t k = 0; k < CLIENTS; k++)
			if (k != i &&
			    (!starling_entity(session, game->seen[k].member, 0, &entity) ||
			     entity.age_s > FRESH_MS / 1e3))
				return false;
	}
	return true;
}

static int64_t ms_until_well(struct game *game)
{
	int64_t ms = 0;

	for (; ms < PATIENCE_MS && !is_well(game); ms += STEP_MS)
		step(game);
	return ms;
}

static void begin(struct game *game, const struct row *row, uint64_t seed)
{
	const struct link_model_spec line = link_model_spec_of(line_of(row));
	struct starling_config session;
	char error[SERVER_ERROR_BYTES];
	struct config config;

	*game = (struct game){ 0 };
	config_default(&config);
	assert_true(cluster_init(&game->cluster, seed, &config, CLIENTS, error));
	game->cluster.after_turn = after_turn;
	game->cluster.turn_context = game;
	starling_default_config(&session);
	for (size_t i = 0; i < CLIENTS; i++) {
		cluster_set_links(&game->cluster, i, &line, &line);
		assert_true(cluster_open(&game->cluster, i, &session));
	}
	assert_true(ms_until_well(game) < PATIENCE_MS);
	/* Troubles begin at any moment. */
	run_ms(game, 1000 + 370 * (int64_t)seed);
	for (size_t i = 0; i < CLIENTS; i++)
		game->seen[i] = (struct seen){ .member = game->seen[i].member };
}

/* Without a word. */
static void kill_relay(struct cluster *cluster)
{
	cluster->is_relay_cut = true;
	sim_set_host(cluster->sim, htonl(CLUSTER_RELAY_HOST));
	server_fini(&cluster->relay);
	cluster->is_relay_cut = false;
	cluster->is_relay_up = false;
}

static void start_trouble(struct cluster *cluster, enum trouble trouble)
{
	const struct link_model_spec dead = link_model_spec_of("loss=100%");

	switch (trouble) {
	case NO_NETWORK:
		cluster_cut(cluster, 0, true);
		break;
	case NO_UPLINK:
		cluster_set_links(cluster, 0, &dead, NULL);
		break;
	case NO_DOWNLINK:
		cluster_set_links(cluster, 0, NULL, &dead);
		break;
	case ADDRESS_CHANGE:
		cluster_move(cluster, 0);
		break;
	case RELAY_RESTS:
		cluster_pause_relay(cluster, true);
		break;
	case RELAY_KILLED:
		kill_relay(cluster);
		break;
	}
}

static void end_trouble(struct cluster *cluster, const struct row *row)
{
	const struct link_model_spec line = link_model_spec_of(line_of(row));

	if (row->trouble == RELAY_KILLED)
		cluster_restart_relay(cluster);
	cluster_pause_relay(cluster, false);
	cluster_cut(cluster, 0, false);
	cluster_set_links(cluster, 0, &line, &line);
}

static void expect_same(struct game *game, const struct row *row, uint32_t member)
{
	assert_int_equal(game->seen[0].member, member);
	assert_int_equal(game->seen[0].lost > 0, row->is_lost);
	if (!row->is_lost)
		assert_int_equal(game->seen[0].joined, 0);
	for (size_t i = 0; i < CLIENTS; i++) {
		assert_int_equal(game->seen[i].left, 0);
		assert_int_equal(game->seen[i].gone, 0);
		if (i > 0)
			assert_int_equal(game->seen[i].lost + game->seen[i].joined, 0);
	}
}

/* The relay may give the ids of before again, to anyone. */
static void expect_new(struct game *game)
{
	for (size_t i = 0; i < CLIENTS; i++) {
		assert_true(game->seen[i].lost > 0);
		assert_int_equal(game->seen[i].welcomes, 1);
		assert_int_equal(game->seen[i].left, 0);
		assert_int_equal(game->seen[i].joined, CLIENTS - 1);
	}
}

static void expect_kept(struct game *game, const struct starling_stats *before)
{
	struct starling_stats after;

	starling_stats(session_of(game, 0), &after);
	assert_int_equal(after.rejoins, before->rejoins);
	assert_int_equal(game->seen[0].welcomes, 0);
	assert_int_equal(game->seen[0].messages, 1);
	assert_int_equal(game->seen[1].messages, 1);
}

static void run_row(const struct row *row, uint64_t seed)
{
	static struct game game;
	struct starling_stats before;
	uint32_t member;
	int64_t ms;

	begin(&game, row, seed);
	member = game.seen[0].member;
	starling_stats(session_of(&game, 0), &before);
	start_trouble(&game.cluster, row->trouble);
	starling_send(session_of(&game, 0), STARLING_TO_ONE, game.seen[1].member, "a", 1, true);
	starling_send(session_of(&game, 1), STARLING_TO_ONE, member, "b", 1, true);
	run_ms(&game, row->ms);
	end_trouble(&game.cluster, row);
	ms = ms_until_well(&game);
	if (ms > row->within_ms || game.seen[0].ended > 0)
		fail_msg("seed %u: well after %d ms", (unsigned)seed, (int)ms);
	/* And it stays so. */
	run_ms(&game, 12000);
	assert_true(is_well(&game));
	if (row->is_same)
		expect_same(&game, row, member);
	else
		expect_new(&game);
	if (row->is_kept)
		expect_kept(&game, &before);
	cluster_fini(&game.cluster);
}

static void all_is_well_again(void **state)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		run_row(*state, seed);
}

/* On the former connection, to which its address change put an end. */
static void who_left_and_what_was_removed_meanwhile_is_gone_afterwards(void **state)
{
	static struct game game;
	struct starling_entity entity;
	uint32_t member;

	(void)state;
	begin(&game, &(struct row){ 0 }, 1);
	member = game.seen[0].member;
	for (size_t i = 0; i < 2; i++)
		starling_publish(session_of(&game, i), 1, &(struct starling_state){ .x = 1 });
	run_ms(&game, 500);
	assert_true(starling_entity(session_of(&game, 0), game.seen[1].member, 1, &entity));
	assert_true(starling_entity(session_of(&game, 1), member, 1, &entity));
	cluster_move(&game.cluster, 0);
	assert_int_equal(starling_remove(session_of(&game, 0), 1), 0);
	assert_int_equal(starling_remove(session_of(&game, 1), 1), 0);
	starling_leave(session_of(&game, CLIENTS - 1));
	cluster_run(&game.cluster, cluster_now_ns(&game.cluster) + 2500 * MS);
	assert_int_equal(game.seen[0].welcomes, 1);
	assert_int_equal(game.seen[0].member, member);
	assert_int_equal(game.seen[0].lost, 0);
	assert_int_equal(game.seen[0].left, 1);
	assert_int_equal(game.seen[0].gone, 1);
	assert_int_equal(starling_members(session_of(&game, 0), NULL, 0), CLIENTS - 2);
	assert_false(starling_entity(session_of(&game, 0), game.seen[1].member, 1, &entity));
	assert_true(starling_entity(session_of(&game, 0), game.seen[1].member, 0, &entity));
	assert_false(starling_entity(session_of(&game, 1), member, 1, &entity));
	assert_true(starling_entity(session_of(&game, 1), member, 0, &entity));
	cluster_fini(&game.cluster);
}

/* Each of its members is silent for a second at a time, between two pings. */
static void a_quiet_room_needs_no_second_connection(void **state)
{
	static struct game game;
	struct starling_stats stats;

	(void)state;
	begin(&game, &(struct row){ 0 }, 1);
	cluster_run(&game.cluster, cluster_now_ns(&game.cluster) + 60000 * MS);
	for (size_t i = 0; i < CLIENTS; i++) {
		starling_stats(session_of(&game, i), &stats);
		assert_int_equal(stats.rejoins, 0);
		assert_int_equal(game.seen[i].welcomes, 0);
		/* Pings, questions of the time, and their answers. */
		assert_in_range(stats.datagrams_in, 60, 300);
	}
	cluster_fini(&game.cluster);
}

static const struct row rows[] = {
	{ .name = "1 s without a network ends no connection",
	  .trouble = NO_NETWORK,
	  .ms = 1000,
	  .within_ms = 1000,
	  .is_same = true,
	  .is_kept = true },
	{ .name = "3 s without a network end no connection",
	  .trouble = NO_NETWORK,
	  .ms = 3000,
	  .within_ms = 1500,
	  .is_same = true,
	  .is_kept = true },
	{ .name = "5 s without a network end no connection",
	  .trouble = NO_NETWORK,
	  .ms = 5000,
	  .within_ms = 1500,
	  .is_same = true,
	  .is_kept = true },
	{ .name = "5 s without a network far away end no connection",
	  .trouble = NO_NETWORK,
	  .ms = 5000,
	  .within_ms = 2500,
	  .is_same = true,
	  .is_kept = true,
	  .line = "delay=100ms" },
	{ .name = "3 s in which nothing can be sent end no connection",
	  .trouble = NO_UPLINK,
	  .ms = 3000,
	  .within_ms = 1500,
	  .is_same = true,
	  .is_kept = true },
	{ .name = "3 s in which nothing comes end no connection",
	  .trouble = NO_DOWNLINK,
	  .ms = 3000,
	  .within_ms = 1500,
	  .is_same = true,
	  .is_kept = true },
	{ .name = "a relay that rests for 6 s ends no connection",
	  .trouble = RELAY_RESTS,
	  .ms = 6000,
	  .within_ms = 1500,
	  .is_same = true,
	  .is_kept = true },
	{ .name = "10 s without a network: the same member, 2 s after",
	  .trouble = NO_NETWORK,
	  .ms = 10000,
	  .within_ms = 2000,
	  .is_lost = true,
	  .is_same = true },
	{ .name = "10 s in which nothing comes: the same member, 2 s after",
	  .trouble = NO_DOWNLINK,
	  .ms = 10000,
	  .within_ms = 2000,
	  .is_lost = true,
	  .is_same = true },
	{ .name = "30 s without a network: the same member, 2 s after",
	  .trouble = NO_NETWORK,
	  .ms = 30000,
	  .within_ms = 2000,
	  .is_lost = true,
	  .is_same = true },
	{ .name = "another address: the same member, and nobody notices",
	  .trouble = ADDRESS_CHANGE,
	  .ms = 0,
	  .within_ms = 2500,
	  .is_same = true },
	{ .name = "another address on a bad line: the same member, too",
	  .trouble = ADDRESS_CHANGE,
	  .ms = 0,
	  .within_ms = 3500,
	  .is_same = true,
	  .line = "delay=100ms,loss=5%" },
	{ .name = "a relay that is away for 1 s: back 3 s after",
	  .trouble = RELAY_KILLED,
	  .ms = 1000,
	  .within_ms = 3000 },
	{ .name = "a relay that is away for 8 s: back 3 s after",
	  .trouble = RELAY_KILLED,
	  .ms = 8000,
	  .within_ms = 3000 },
	{ .name = "a relay that is away for 20 s: back 3 s after",
	  .trouble = RELAY_KILLED,
	  .ms = 20000,
	  .within_ms = 3000 },
};

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows) + 2] = {
		cmocka_unit_test(who_left_and_what_was_removed_meanwhile_is_gone_afterwards),
		cmocka_unit_test(a_quiet_room_needs_no_second_connection),
	};
	size_t count = 2;

	log_open(LOG_WARNING);
	ROW_TESTS_ADD(tests, count, rows, all_is_well_again);
	return _cmocka_run_group_tests("session_resume", tests, count, NULL, NULL);
}
