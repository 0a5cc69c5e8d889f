/* Members that lose their connection, on a simulated network: the relay itself, and its clients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/sim/cluster.h"
#include "client/lib/session.h"
#include "relay/log/log.h"

#define MS INT64_C(1000000)

enum {
	CLIENTS = 4,
	TIMEOUT_MS = 3000, /* the relay's; the clients have a longer one */
	GRACE_MS = 4000,
	STEP_MS = 20,
	PATIENCE_MS = 20000,
};

/* The events that a client was told. */
struct told {
	uint32_t id;
	unsigned left, left_as_lost, joined, gone, ended;
	enum starling_reason end;
};

static struct cluster cluster;
static struct told told[CLIENTS];
static unsigned backlog_bytes; /* 0: the default */

static struct starling *session_of(size_t client)
{
	return cluster.clients[client].session;
}

static const struct accounting *accounting(void)
{
	return &cluster.relay.relay.accounting;
}

static void listen_to(void *context, size_t client)
{
	struct told *to = &told[client];
	struct starling_event event;

	(void)context;
	while (starling_next(session_of(client), &event)) {
		if (event.type == STARLING_WELCOME)
			to->id = event.member;
		if (event.type == STARLING_ENDED)
			to->end = event.reason;
		to->left += event.type == STARLING_MEMBER_LEFT;
		to->left_as_lost +=
			event.type == STARLING_MEMBER_LEFT && event.reason == STARLING_REASON_LOST;
		to->joined += event.type == STARLING_MEMBER_JOINED;
		to->gone += event.type == STARLING_ENTITY_GONE;
		to->ended += event.type == STARLING_ENDED;
	}
}

/* All that are there publish, and each update of each ends for one cause. */
static void step(void)
{
	static double x;

	for (size_t i = 0; i < CLIENTS; i++) {
		if (!session_of(i))
			continue;
		starling_publish(session_of(i), 0, &(struct starling_state){ .x = x += 1e-3 });
		cluster_wake(&cluster, i);
	}
	cluster_run(&cluster, cluster_now_ns(&cluster) + STEP_MS * MS);
	assert_true(accounting_is_balanced(accounting()));
}

static void run_ms(int64_t ms)
{
	for (int64_t at = 0; at < ms; at += STEP_MS)
		step();
}

static void open_client(size_t client)
{
	struct starling_config config;

	starling_default_config(&config);
	assert_true(cluster_open(&cluster, client, &config));
}

static void await_playing(size_t client)
{
	for (int ms = 0; starling_status(session_of(client)) != STARLING_PLAYING; ms += STEP_MS) {
		assert_true(ms < PATIENCE_MS);
		step();
	}
}

/* So many clients are in the room, and know of each other. */
static void open_room(size_t clients, unsigned members)
{
	struct config config;
	char error[SERVER_ERROR_BYTES];

	config_default(&config);
	config.timeout_s = TIMEOUT_MS / 1e3;
	config.grace_s = GRACE_MS / 1e3;
	config.members = members;
	if (backlog_bytes > 0)
		config.backlog_bytes = backlog_bytes;
	assert_true(cluster_init(&cluster, 1, &config, CLIENTS, error));
	cluster.after_turn = listen_to;
	for (size_t i = 0; i < clients; i++) {
		open_client(i);
		await_playing(i);
	}
	run_ms(500);
	for (size_t i = 0; i < clients; i++)
		told[i] = (struct told){ .id = told[i].id };
}

static int tear_down(void **state)
{
	(void)state;
	cluster_fini(&cluster);
	for (size_t i = 0; i < CLIENTS; i++)
		told[i] = (struct told){ 0 };
	backlog_bytes = 0;
	return 0;
}

static void await_absent(size_t count)
{
	for (int ms = 0; cluster.relay.relay.absences.count < count; ms += STEP_MS) {
		assert_true(ms < PATIENCE_MS);
		step();
	}
}

static void expect_undisturbed(size_t first, size_t end)
{
	for (size_t i = first; i < end; i++) {
		assert_int_equal(told[i].left, 0);
		assert_int_equal(told[i].joined, 0);
		assert_int_equal(told[i].gone, 0);
	}
}

static void a_silent_member_with_a_full_backlog_keeps_its_place(void **state)
{
	static const uint8_t event[512];
	int64_t cut_ns;
	uint32_t id;

	(void)state;
	backlog_bytes = 4096;
	open_room(CLIENTS, 16);
	id = told[0].id;
	cut_ns = cluster_now_ns(&cluster);
	cluster_cut(&cluster, 0, true);
	run_ms(1000);
	for (int i = 0; i < 20; i++) {
		starling_send(session_of(1), STARLING_TO_OTHERS, 0, event, sizeof(event), true);
		step();
	}
	await_absent(1);
	assert_true(cluster_now_ns(&cluster) - cut_ns < TIMEOUT_MS * MS);
	assert_int_equal(accounting()->disconnects[WIRE_REASON_SLOW], 0);
	cluster_cut(&cluster, 0, false);
	run_ms(3000);
	assert_int_equal(told[0].id, id);
	assert_int_equal(accounting()->resumed, 1);
	expect_undisturbed(1, CLIENTS);
}

static void after_the_grace_a_member_has_left_as_lost_and_is_another_one(void **state)
{
	uint32_t id;

	(void)state;
	open_room(CLIENTS, 16);
	id = told[0].id;
	cluster_cut(&cluster, 0, true);
	await_absent(1);
	run_ms(GRACE_MS - 500);
	expect_undisturbed(1, CLIENTS);
	run_ms(1000);
	for (size_t i = 1; i < CLIENTS; i++) {
		assert_int_equal(told[i].left, 1);
		assert_int_equal(told[i].left_as_lost, 1);
		assert_int_equal(starling_members(session_of(i), NULL, 0), CLIENTS - 2);
	}
	cluster_cut(&cluster, 0, false);
	run_ms(PATIENCE_MS);
	assert_int_not_equal(told[0].id, id);
	assert_int_equal(accounting()->given_up, 1);
	assert_int_equal(accounting()->resumed, 0);
	assert_int_equal(accounting()->tickets_refused, 1);
	assert_int_equal(accounting()->members, CLIENTS + 1);
}

#define ABSENT_TEST(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ABSENT_TEST(a_silent_member_with_a_full_backlog_keeps_its_place),
		ABSENT_TEST(after_the_grace_a_member_has_left_as_lost_and_is_another_one),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests_name("absent members", tests, NULL, NULL);
}
