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
	uint64_t heard;
	bool is_known[CLIENTS][UPDATES];
	uint64_t known; /* of these, the first time */
};

static void on_heard(void *context, size_t receiver, size_t sender, uint32_t number)
{
	struct fixture *fixture = context;

	assert_true(receiver != sender && receiver < CLIENTS && number < UPDATES);
	fixture->heard++;
	fixture->known += !fixture->is_known[receiver][number];
	fixture->is_known[receiver][number] = true;
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
	assert_int_equal(fixture.heard, down.passed);
	assert_int_equal(fixture.known, down.passed);
	end(&fixture);
}

static void a_datagram_has_the_last_states(void **state)
{
	struct fixture fixture;

	(void)state;
	play(&fixture, "none", 4);
	assert_int_equal(fixture.known, (CLIENTS - 1) * UPDATES);
	/* The first three have 1, 2 and 3. */
	assert_int_equal(fixture.heard, (CLIENTS - 1) * (4 * UPDATES - 6));
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_heard_is_what_the_lines_let_pass),
		cmocka_unit_test(a_datagram_has_the_last_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
