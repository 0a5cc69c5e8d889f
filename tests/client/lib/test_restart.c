/*
 * A restart: the relay says that it stops, or is killed, is away for a while, and is back. All its
 * members rejoin by themselves; after a notice, not all at one moment.
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

#define MS INT64_C(1000000)

enum {
	CLIENTS = 100,
	SEEDS = 4,
	BUCKET_MS = 100,
	BUCKETS = 400,
	STOP_MS = 1020, /* the relay's time to stop */
};

struct restart {
	struct cluster cluster;
	int64_t away_ns; /* when it was stopped */
	unsigned lost[CLIENTS], ready[CLIENTS];
	unsigned ended;
	enum starling_reason reason; /* of the last LOST or ENDED */
	unsigned tries[BUCKETS],
		tries_each[CLIENTS]; /* the first CONNECTs after that: when, whose */
};

static void after_turn(void *context, size_t client)
{
	struct restart *restart = context;
	struct starling_event event;

	while (starling_next(restart->cluster.clients[client].session, &event)) {
		restart->lost[client] += event.type == STARLING_LOST;
		restart->ready[client] += event.type == STARLING_READY;
		restart->ended += event.type == STARLING_ENDED;
		if (event.type == STARLING_LOST || event.type == STARLING_ENDED)
			restart->reason = event.reason;
	}
}

/* Counts the first CONNECT of each client after the stop. */
static void tap(void *context, const struct sim_datagram *datagram, const struct sim_fate *fate)
{
	struct restart *restart = context;
	const uint8_t *bytes = datagram->data;
	size_t at;

	(void)fate;
	if (restart->away_ns == 0)
		return;
	for (size_t i = 0; i < CLIENTS; i++) {
		if (restart->cluster.clients[i].host != datagram->from.host ||
		    restart->tries_each[i] > 0)
			continue;
		/* To no peer yet: a CONNECT. */
		if (datagram->size < 2 || bytes[0] != 0x8f || bytes[1] != 0xff)
			return;
		restart->tries_each[i]++;
		at = (size_t)((datagram->sent_ns - restart->away_ns) / (BUCKET_MS * MS));
		restart->tries[at < BUCKETS ? at : BUCKETS - 1]++;
	}
}

static void run_ms(struct restart *restart, int64_t ms)
{
	cluster_run(&restart->cluster, cluster_now_ns(&restart->cluster) + ms * MS);
}

static unsigned count_ready(const struct restart *restart, unsigned times)
{
	unsigned count = 0;

	for (size_t i = 0; i < CLIENTS; i++)
		count += restart->ready[i] >= times &&
			 starling_status(restart->cluster.clients[i].session) == STARLING_PLAYING;
	return count;
}

static void begin(struct restart *restart, uint64_t seed, const char *line, bool is_for_good)
{
	const struct link_model_spec spec = link_model_spec_of(line);
	struct starling_config session;
	char error[SERVER_ERROR_BYTES];
	struct config config;

	*restart = (struct restart){ 0 };
	config_default(&config);
	config.goodbye_for_good = is_for_good;
	assert_true(cluster_init(&restart->cluster, seed, &config, CLIENTS, error));
	restart->cluster.after_turn = after_turn;
	restart->cluster.turn_context = restart;
	restart->cluster.tap = tap;
	restart->cluster.tap_context = restart;
	starling_default_config(&session);
	for (size_t i = 0; i < CLIENTS; i++) {
		cluster_set_links(&restart->cluster, i, &spec, &spec);
		assert_true(cluster_open(&restart->cluster, i, &session));
	}
	for (int i = 0; i < 60 && count_ready(restart, 1) < CLIENTS; i++)
		run_ms(restart, 500);
	assert_int_equal(count_ready(restart, 1), CLIENTS);
}

/* As SIGTERM does. */
static void stop_relay(struct restart *restart)
{
	struct cluster *cluster = &restart->cluster;

	restart->away_ns = cluster_now_ns(cluster);
	server_stop(&cluster->relay, restart->away_ns);
	cluster->relay_due_ns = restart->away_ns;
	while (!server_has_stopped(&cluster->relay, cluster_now_ns(cluster)))
		run_ms(restart, 5);
	assert_true(cluster_now_ns(cluster) - restart->away_ns <= STOP_MS * MS);
	sim_set_host(cluster->sim, htonl(CLUSTER_RELAY_HOST));
	server_fini(&cluster->relay);
	cluster->is_relay_up = false;
}

static void all_are_back_soon_and_not_all_at_once(void **state)
{
	static const struct {
		const char *line;
		unsigned away_ms, within_ms;
	} rows[] = {
		/* Away for less than the shortest pause, for as long as a restart takes, and long.
		 */
		{ "delay=20ms", 0, 2500 },
		{ "delay=20ms", 1500, 5000 },
		{ "delay=20ms", 20000, 12000 },
		/* Where messages are lost, a client may need its time-out. */
		{ "delay=20ms,loss=10%", 1500, 25000 },
	};
	static struct restart restart;

	(void)state;
	for (unsigned n = 0; n < SEEDS * (sizeof(rows) / sizeof(rows[0])); n++) {
		const size_t row = n / SEEDS;
		unsigned most = 0;

		begin(&restart, n + 1, rows[row].line, false);
		stop_relay(&restart);
		run_ms(&restart, rows[row].away_ms);
		cluster_restart_relay(&restart.cluster);
		run_ms(&restart, rows[row].within_ms);
		if (count_ready(&restart, 2) != CLIENTS || restart.ended != 0)
			fail_msg("seed %u, %s, away for %u ms: %u of %d are back, %u ended", n + 1,
				 rows[row].line, rows[row].away_ms, count_ready(&restart, 2),
				 CLIENTS, restart.ended);
		for (size_t i = 0; i < BUCKETS; i++)
			most = restart.tries[i] > most ? restart.tries[i] : most;
		/* Evenly, each tenth of the second and a half had a fifteenth of them. */
		if (most > CLIENTS / 4)
			fail_msg("seed %u, %s: %u of %d came in the same %d ms", n + 1,
				 rows[row].line, most, CLIENTS, BUCKET_MS);
		cluster_fini(&restart.cluster);
	}
}

static void nobody_comes_back_to_a_relay_that_closes_for_good(void **state)
{
	static struct restart restart;

	(void)state;
	begin(&restart, 1, "delay=20ms", true);
	stop_relay(&restart);
	run_ms(&restart, 0);
	cluster_restart_relay(&restart.cluster);
	run_ms(&restart, 20000);
	assert_int_equal(restart.ended, CLIENTS);
	assert_int_equal(restart.reason, STARLING_REASON_CLOSING);
	for (size_t i = 0; i < CLIENTS; i++)
		assert_int_equal(restart.tries_each[i], 0);
	cluster_fini(&restart.cluster);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_back_soon_and_not_all_at_once),
		cmocka_unit_test(nobody_comes_back_to_a_relay_that_closes_for_good),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
