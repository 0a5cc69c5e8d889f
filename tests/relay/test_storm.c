/* Many sessions on a simulated network that join one room at once, and leave it at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/sim/cluster.h"
#include "relay/log/log.h"
#include "tests/fixtures/net/link_model_spec.h"

#define MS INT64_C(1000000)

enum {
	CLIENTS = 320,
	STEP_MS = 5,
};

struct storm {
	struct cluster cluster;
	uint64_t joined[CLIENTS], left[CLIENTS]; /* events of others */
	bool is_ready[CLIENTS], has_published[CLIENTS];
};

/* Publishes one state, which stays. */
static void publish(struct storm *storm, size_t client)
{
	const struct starling_state state = { .x = (double)client, .y = 1 };

	assert_int_equal(starling_publish(storm->cluster.clients[client].session, 0, &state), 0);
	storm->has_published[client] = true;
	cluster_wake(&storm->cluster, client);
}

static void take_turn(void *context, size_t client)
{
	struct storm *storm = context;
	struct starling *session = storm->cluster.clients[client].session;
	struct starling_event event;

	while (starling_next(session, &event)) {
		storm->joined[client] += event.type == STARLING_MEMBER_JOINED;
		storm->left[client] += event.type == STARLING_MEMBER_LEFT;
		if (event.type == STARLING_READY)
			storm->is_ready[client] = true;
		if (event.type == STARLING_WELCOME && !storm->has_published[client])
			publish(storm, client);
		assert_true(event.type != STARLING_ENDED && event.type != STARLING_LOST);
	}
}

static void open_storm(struct storm *storm, const char *line)
{
	struct config config;
	const struct link_model_spec spec = link_model_spec_of(line);
	char error[SERVER_ERROR_BYTES];

	*storm = (struct storm){ 0 };
	config_default(&config);
	config.members = config.clients = config.per_address = CLIENTS;
	if (!cluster_init(&storm->cluster, 1, &config, CLIENTS, error))
		fail_msg("%s", error);
	storm->cluster.after_turn = take_turn;
	storm->cluster.turn_context = storm;
	for (size_t i = 0; i < CLIENTS; i++)
		cluster_set_links(&storm->cluster, i, &spec, &spec);
}

static void run_ms(struct storm *storm, unsigned ms)
{
	for (unsigned i = 0; i < ms; i += STEP_MS) {
		cluster_run(&storm->cluster, cluster_now_ns(&storm->cluster) + STEP_MS * MS);
		assert_true(accounting_is_balanced(&storm->cluster.relay.relay.accounting));
	}
}

static void open_client(struct storm *storm, size_t client)
{
	struct starling_config session;

	starling_default_config(&session);
	session.interest = client % 4 == 3 ? STARLING_NEAREST : STARLING_ALL;
	session.nearest = 7;
	session.rejoin_s = 0;
	assert_true(cluster_open(&storm->cluster, client, &session));
}

static void check_all(struct storm *storm)
{
	static struct starling_member members[CLIENTS];

	for (size_t i = 0; i < CLIENTS; i++) {
		struct starling *session = storm->cluster.clients[i].session;
		struct starling_entity entity;
		size_t count = starling_members(session, members, CLIENTS), seen = 0;

		assert_true(storm->is_ready[i]);
		assert_int_equal(count, CLIENTS - 1);
		assert_int_equal(storm->joined[i], CLIENTS - 1);
		for (size_t j = 0; j < count; j++) {
			if (!starling_entity(session, members[j].id, 0, &entity))
				continue;
			seen++;
			assert_int_equal(members[j].lost, 0);
			assert_true(entity.y == 1);
		}
		if (i % 4 == 3)
			assert_true(seen >= 7);
		else
			assert_int_equal(seen, CLIENTS - 1);
	}
}

static void check_storm(const char *line, unsigned each_ms, unsigned rest_ms)
{
	static struct storm storm;
	uint64_t keyframes;

	open_storm(&storm, line);
	for (size_t i = 0; i < CLIENTS; i++) {
		open_client(&storm, i);
		if (each_ms > 0 && i % (STEP_MS / each_ms) == 0)
			run_ms(&storm, STEP_MS);
	}
	run_ms(&storm, rest_ms);
	check_all(&storm);
	keyframes = storm.cluster.relay.relay.accounting.keyframes_out;
	print_message("  note: %llu KEYFRAMEs, %llu datagrams\n", (unsigned long long)keyframes,
		      (unsigned long long)storm.cluster.datagrams);
	/* Each to each would be about as many KEYFRAMEs alone. */
	assert_true(storm.cluster.datagrams < CLIENTS * CLIENTS);
	cluster_fini(&storm.cluster);
}

static void members_that_join_at_once_all_see_each_other(void **state)
{
	(void)state;
	check_storm("delay=20ms", 0, 2000);
}

static void members_that_join_within_a_second_on_bad_links_all_see_each_other(void **state)
{
	(void)state;
	check_storm("delay=20ms,loss=2%", 1, 8000);
}

static void members_that_leave_at_once_are_soon_known_to_have_left(void **state)
{
	static struct storm storm;
	uint64_t datagrams;

	(void)state;
	open_storm(&storm, "delay=20ms");
	for (size_t i = 0; i < CLIENTS; i++)
		open_client(&storm, i);
	run_ms(&storm, 2000);
	check_all(&storm);
	datagrams = storm.cluster.datagrams;
	for (size_t i = 1; i < CLIENTS; i++)
		cluster_close(&storm.cluster, i, false);
	run_ms(&storm, 500);
	assert_int_equal(storm.left[0], CLIENTS - 1);
	assert_int_equal(storm.cluster.relay.relay.member_count, 1);
	assert_true(storm.cluster.datagrams - datagrams < CLIENTS * 40);
	cluster_fini(&storm.cluster);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_that_join_at_once_all_see_each_other),
		cmocka_unit_test(members_that_join_within_a_second_on_bad_links_all_see_each_other),
		cmocka_unit_test(members_that_leave_at_once_are_soon_known_to_have_left),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
