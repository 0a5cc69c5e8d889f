/* Raw datagrams: what the lines lose is what the room loses, to the update. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/sim/raw.h"
#include "tests/fixtures/net/link_model_spec.h"

#define MS INT64_C(1000000)

enum {
	CLIENTS = 3,
	UPDATES = 2000,
};

struct fixture {
	struct cluster cluster;
	struct raw raw;
	struct link_model_spec line;
	uint64_t news[RECEIVE_ANCIENT + 1];
};

static void on_heard(void *context, size_t receiver, size_t sender, uint32_t number,
		     enum receive_news news)
{
	struct fixture *fixture = context;

	assert_true(receiver != sender && receiver < CLIENTS && number < UPDATES);
	fixture->news[news]++;
}

/* Client 0 publishes every 10 ms, over lines like this. */
static void play(struct fixture *fixture, const char *line, size_t states)
{
	char error[SERVER_ERROR_BYTES];

	memset(fixture, 0, sizeof(*fixture));
	fixture->line = link_model_spec_of(line);
	assert_true(cluster_init(&fixture->cluster, 1, NULL, CLIENTS, error));
	assert_true(raw_init(&fixture->raw, &fixture->cluster, states, 0, on_heard, fixture));
	for (size_t i = 0; i < CLIENTS; i++)
		cluster_set_links(&fixture->cluster, i, &fixture->line, &fixture->line);
	for (uint32_t number = 0; number < UPDATES; number++) {
		raw_publish(&fixture->raw, 0, &(struct raw_state){ .number = number });
		raw_run(&fixture->raw, cluster_now_ns(&fixture->cluster) + 10 * MS);
	}
	raw_run(&fixture->raw, cluster_now_ns(&fixture->cluster) + 1000 * MS);
}

static void end(struct fixture *fixture)
{
	raw_fini(&fixture->raw);
	cluster_fini(&fixture->cluster);
}

static void what_is_heard_is_what_the_lines_let_pass(void **state)
{
	struct fixture fixture;
	struct link_model_stats up, down = { 0 };

	(void)state;
	play(&fixture, "delay=30ms,jitter=8ms,loss=7%", 1);
	up = fixture.cluster.clients[0].up.impair.stats;
	for (size_t i = 0; i < CLIENTS; i++)
		link_model_stats_add(&down, &fixture.cluster.clients[i].down.impair.stats);
	assert_int_equal(up.entered, UPDATES);
	assert_true(up.lost > 0 && down.lost > 0);
	assert_int_equal(down.entered, (CLIENTS - 1) * up.passed);
	assert_int_equal(fixture.news[RECEIVE_NEWEST] + fixture.news[RECEIVE_LATE], down.passed);
	assert_true(fixture.news[RECEIVE_LATE] > 0);
	assert_int_equal(fixture.news[RECEIVE_DUPLICATE], 0);
	end(&fixture);
}

static void all_states_of_a_datagram_are_heard_once(void **state)
{
	struct fixture fixture;

	(void)state;
	play(&fixture, "none", 4);
	assert_int_equal(fixture.news[RECEIVE_NEWEST], (CLIENTS - 1) * UPDATES);
	assert_int_equal(fixture.news[RECEIVE_LATE], 0);
	/* 0, 1, 2, and then 3 repeats in each. */
	assert_int_equal(fixture.news[RECEIVE_DUPLICATE], (CLIENTS - 1) * (3 * UPDATES - 6));
	assert_int_equal(fixture.news[RECEIVE_ANCIENT], 0);
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_heard_is_what_the_lines_let_pass),
		cmocka_unit_test(all_states_of_a_datagram_are_heard_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
