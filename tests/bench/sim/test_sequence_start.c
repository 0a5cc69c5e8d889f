/* Where ENet's numbers of a sequenced channel go round, and that a run can be made to pass it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/sim/sessions.h"
#include "bench/sim/cluster.h"
#include "proto/enet/guard/datagram.h"
#include "proto/wire/wire.h"
#include "relay/log/log.h"
#include "tests/fixtures/bench/trial_fixture.h"

#define MS INT64_C(1000000)

enum {
	CLIENTS = 2,
	UPDATES = 40,
	BEFORE = 10, /* so many packets before the one that is sent reliably */
};

static void numbers_go_round_after_a_quarter_of_the_span(void **state)
{
	static const struct {
		double packets_hz, warm_up_s, seconds;
		unsigned start;
	} cases[] = {
		{ 20, 2, 60, 65536 - 340 },
		{ 140, 2, 60, 65536 - 2380 },
		{ 20, 1, 5, 65536 - 45 },
		{ 0.1, 0, 1, 65535 },
		{ 1000, 2, 3600, 0 },
		{ 1024, 2, 248, 0 },
		{ 1023, 2, 248, 65536 - 65472 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			sequence_start(cases[i].packets_hz, cases[i].warm_up_s, cases[i].seconds),
			cases[i].start);
}

static void only_what_goes_round_while_it_is_measured_counts(void **state)
{
	static const struct {
		uint16_t start;
		uint64_t before, after;
		bool has_passed;
	} cases[] = {
		{ 65000, 40, 1240, true },    { 65000, 0, 535, false },
		{ 65000, 0, 536, true },      { 65000, 600, 1240, false },
		{ 0, 40, 1240, false },       { 0, 2000, 65535, false },
		{ 0, 2000, 65536, true },     { 0, 126000, 140000, true },
		{ 0, 140000, 190000, false }, { 65535, 0, 1, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			sequence_start_has_passed(cases[i].start, cases[i].before, cases[i].after),
			cases[i].has_passed);
}

/* Somebody beside the way, who counts what goes on the channel of states. */

struct sequence_stats {
	unsigned reliable, unreliable;
	unsigned before; /* of the unreliable ones, those before the reliable one */
};

struct taps {
	struct cluster cluster;
	struct sequence_stats up, down;
};

static void note(struct sequence_stats *stats, const struct datagram_command *command)
{
	if (command->channel != WIRE_CHANNEL_STATE)
		return;
	if (command->kind == DATAGRAM_RELIABLE) {
		stats->reliable++;
		stats->before = stats->unreliable;
	}
	stats->unreliable += command->kind == DATAGRAM_UNRELIABLE;
}

static void tap(void *context, const struct sim_datagram *datagram, const struct sim_fate *fate)
{
	struct taps *taps = context;
	const bool is_up = datagram->to.port == CLUSTER_PORT;
	struct datagram reader;
	struct datagram_command command;

	(void)fate;
	datagram_open(&reader, datagram->data, datagram->size);
	while (datagram_next(&reader, &command))
		note(is_up ? &taps->up : &taps->down, &command);
	assert_int_equal(reader.error, DATAGRAM_OK);
}

static void run_for(struct cluster *cluster, int64_t ns)
{
	cluster_run(cluster, cluster_now_ns(cluster) + ns);
}

/* The first of two publishes in the sequenced mode, the second listens. */
static void play(struct taps *taps, uint16_t start)
{
	struct cluster *cluster = &taps->cluster;
	struct starling_config session;
	struct config config;
	char error[SERVER_ERROR_BYTES];

	config_default(&config);
	config.tick_hz = 0;
	config.sequence_start = start;
	memset(taps, 0, sizeof(*taps));
	if (!cluster_init(cluster, 1, &config, CLIENTS, error))
		fail_msg("%s", error);
	starling_default_config(&session);
	session.up = session.down = STARLING_SEQUENCED;
	session.sequence_start = start;
	cluster->tap = tap;
	cluster->tap_context = taps;
	for (size_t i = 0; i < CLIENTS; i++)
		assert_true(cluster_open(cluster, i, &session));
	run_for(cluster, 500 * MS);
	for (unsigned n = 0; n < UPDATES; n++) {
		const struct starling_state state = { .x = n };

		assert_int_equal(starling_publish(cluster->clients[0].session, 0, &state), 0);
		cluster_wake(cluster, 0);
		run_for(cluster, 50 * MS);
	}
	run_for(cluster, 1000 * MS);
}

static void expect_all_came(struct cluster *cluster)
{
	struct starling *session = cluster->clients[1].session;
	struct starling_stats stats;

	assert_int_equal(starling_status(session), STARLING_PLAYING);
	starling_stats(session, &stats);
	assert_int_equal(stats.snapshots_received, UPDATES);
	assert_int_equal(stats.snapshots_lost, 0);
	assert_int_equal(stats.rejoins, 0);
}

static void enet_sends_the_65536th_reliably_and_goes_on(void **state)
{
	static struct taps taps;

	(void)state;
	play(&taps, 65535 - BEFORE);
	expect_all_came(&taps.cluster);
	assert_int_equal(taps.up.reliable, 1);
	assert_int_equal(taps.up.before, BEFORE);
	assert_int_equal(taps.up.unreliable, UPDATES - 1);
	assert_int_equal(taps.down.reliable, 1);
	assert_int_equal(taps.down.before, BEFORE);
	assert_int_equal(taps.down.unreliable, UPDATES - 1);
	cluster_fini(&taps.cluster);
}

/* One that is lost holds up those behind it, which come unreliably and have to wait. */

static struct trial_result tried(uint16_t up, uint16_t down, uint64_t seed)
{
	struct trial_config config =
		trial_fixture_config(TRIAL_SEQUENCED, "delay=40ms,loss=20%", seed);

	config.event_hz = 0;
	config.sequence_up = up;
	config.sequence_down = down;
	return trial_fixture_run(&config);
}

static void what_follows_it_waits_where_it_is_lost(void **state)
{
	const uint16_t up = sequence_start(20, 2, 20), down = sequence_start(60, 2, 20);
	uint64_t waited = 0, waited_without = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++) {
		const struct trial_result round = tried(up, down, seed), plain = tried(0, 0, seed);

		assert_int_equal(round.channels, 8);
		assert_int_equal(round.channels_round, 8);
		assert_int_equal(plain.channels, 8);
		assert_int_equal(plain.channels_round, 0);
		waited += round.waited;
		waited_without += plain.waited;
	}
	assert_int_equal(waited_without, 0);
	assert_true(waited > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_go_round_after_a_quarter_of_the_span),
		cmocka_unit_test(only_what_goes_round_while_it_is_measured_counts),
		cmocka_unit_test(enet_sends_the_65536th_reliably_and_goes_on),
		cmocka_unit_test(what_follows_it_waits_where_it_is_lost),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
