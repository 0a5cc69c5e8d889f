/* Members that break the rules are penalised, and no others: on a simulated network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "tests/attack/attacker.h"
#include "relay/log/log.h"
#include "tests/fixtures/relay/simulated_room.h"
#include "tests/fixtures/net/link_model_spec.h"

enum {
	HONEST = 16,
	HEADERS = 28, /* of a datagram: IPv4, UDP */
};

/* A room of honest members with one attacker, and what the relay sends it. */
struct stake {
	struct simulated_room room;
	struct attacker attacker;
	uint64_t datagrams, bytes;
};

static struct stake stake;

static void note(void *context, const struct sim_datagram *datagram, const struct sim_fate *fate)
{
	(void)context;
	(void)fate;
	if (datagram->to.host != stake.room.cluster.clients[HONEST].host)
		return;
	stake.datagrams++;
	stake.bytes += datagram->size + HEADERS;
}

static void step(void *context, struct simulated_room *room)
{
	(void)context;
	sim_set_host(room->cluster.sim, room->cluster.clients[HONEST].host);
	attacker_step(&stake.attacker, cluster_now_ns(&room->cluster));
}

static void set_up(enum attacker_kind kind, const struct config *config)
{
	struct simulated_room *room = &stake.room;

	simulated_room_open(room, 1, config, HONEST, 1);
	sim_set_host(room->cluster.sim, room->cluster.clients[HONEST].host);
	assert_int_equal(attacker_open(&stake.attacker, kind, "lobby", htonl(CLUSTER_RELAY_HOST),
				       CLUSTER_PORT, 1, cluster_now_ns(&room->cluster)),
			 0);
	room->cluster.tap = note;
	room->step = step;
}

static void tear_down(void)
{
	sim_set_host(stake.room.cluster.sim, stake.room.cluster.clients[HONEST].host);
	attacker_close(&stake.attacker);
	simulated_room_close(&stake.room);
}

/* The flow to the attacker from here on; the honest members must get all. */
struct flow {
	double datagrams, bytes;
};

static struct flow measure(const char *what, double seconds)
{
	struct flow flow;

	stake.datagrams = stake.bytes = 0;
	simulated_room_measure(&stake.room, seconds);
	flow = (struct flow){ .datagrams = (double)stake.datagrams / seconds,
			      .bytes = (double)stake.bytes / seconds };
	print_message("  note: %s: %.1f datagrams and %.0f bytes a second; slowed %llu times\n",
		      what, flow.datagrams, flow.bytes,
		      (unsigned long long)stake.room.cluster.relay.relay.accounting.penalised);
	assert_true(stake.attacker.is_member);
	for (size_t i = 0; i < HONEST; i++)
		assert_true(simulated_room_share(&stake.room, i, seconds) > 0.99);
	return flow;
}

/* The attacker breaks the rules for so long, is measured, and is quiet from then on. */
static void check_mending(enum attacker_kind kind, const struct config *config, double warm_up_s,
			  double measured_s)
{
	const struct accounting *accounting = &stake.room.cluster.relay.relay.accounting;
	struct flow flow;

	set_up(kind, config);
	simulated_room_run(&stake.room, warm_up_s);
	flow = measure(attacker_text(kind), measured_s);
	assert_int_equal(accounting->penalised, 1);
	assert_true(flow.datagrams < 20);
	assert_true(flow.bytes < CONGESTION_PENALTY_RATE);
	stake.attacker.kind = ATTACKER_QUIET;
	simulated_room_run(&stake.room, 3);
	flow = measure("it mends its ways", 5);
	assert_int_equal(accounting->penalised, 1);
	assert_true(flow.datagrams > 0.99 * HONEST * SIMULATED_ROOM_RATE_HZ);
	tear_down();
}

static struct config defaults(void)
{
	struct config config;

	config_default(&config);
	return config;
}

static void a_member_that_floods_or_lies_is_sent_little_until_it_stops(void **state)
{
	static const struct {
		enum attacker_kind kind;
		double warm_up_s, measured_s;
	} rows[] = {
		{ ATTACKER_FLOODS, 3, 5 },
		{ ATTACKER_LIES, 3, 5 },
	};
	struct config config = defaults();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_mending(rows[i].kind, &config, rows[i].warm_up_s, rows[i].measured_s);
	/* So that it is not penalised for its messages. */
	config.message_rate = 2 * ATTACKER_FLOOD_HZ;
	check_mending(ATTACKER_LIES, &config, 3, 5);
	config = defaults();
	config.budget_fixed = true;
	check_mending(ATTACKER_FLOODS, &config, 3, 5);
}

static void a_member_that_breaks_no_rule_is_sent_all(void **state)
{
	static const enum attacker_kind kinds[] = { ATTACKER_QUIET, ATTACKER_STRAYS };
	struct config config = defaults();

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		set_up(kinds[i], &config);
		simulated_room_run(&stake.room, 3);
		assert_true(measure(attacker_text(kinds[i]), 5).datagrams >
			    0.99 * HONEST * SIMULATED_ROOM_RATE_HZ);
		assert_int_equal(stake.room.cluster.relay.relay.accounting.penalised, 0);
		tear_down();
	}
}

/* An honest member sends 30 states a second, and REPORTs and CLOCKs besides. */
static void an_honest_member_is_never_penalised_however_bad_its_link_is(void **state)
{
	static const struct {
		const char *up, *down;
		unsigned message_rate;
		bool is_limited, is_ignored;
	} rows[] = {
		{ "delay=20ms", "delay=20ms", 29, true, false },
		{ "delay=20ms,jitter=50ms", "delay=20ms", 29, true, false },
		{ "delay=20ms,jitter=200ms", "delay=20ms,jitter=200ms", 240, false, true },
		{ "delay=20ms,jitter=100ms/exponential", "jitter=100ms/exponential", 240, false,
		  true },
		{ "delay=20ms,loss=20%", "delay=20ms,loss=20%", 240, false, false },
		{ "delay=20ms,dup=30%,reorder=30%/200ms", "dup=30%,reorder=30%/200ms", 240, false,
		  true },
		{ "delay=20ms,rate=256kbit/64kB", "delay=20ms,rate=256kbit/64kB", 240, false,
		  false },
		{ "at=5s:blackout=2s", "at=5s:blackout=2s", 240, false, false },
		{ "delay=400ms,jitter=100ms", "delay=400ms,jitter=100ms", 240, false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct link_model_spec up = link_model_spec_of(rows[i].up),
					     down = link_model_spec_of(rows[i].down);
		struct simulated_room *room = &stake.room;
		const struct accounting *accounting = &room->cluster.relay.relay.accounting;
		struct config config = defaults();

		config.message_rate = rows[i].message_rate;
		simulated_room_open(room, 1, &config, HONEST, 0);
		for (size_t j = 0; j < HONEST; j += 2)
			cluster_set_links(&room->cluster, j, &up, &down);
		simulated_room_run(room, 20);
		print_message("  note: up %s: %llu over the rate, %llu of %llu reports ignored\n",
			      rows[i].up, (unsigned long long)accounting->rate_limited,
			      (unsigned long long)accounting->reports_ignored,
			      (unsigned long long)accounting->reports_in);
		assert_int_equal(accounting->penalised, 0);
		assert_true(accounting->reports_in > 20 * HONEST);
		assert_true((accounting->rate_limited > 0) == rows[i].is_limited);
		assert_true(!rows[i].is_ignored || accounting->reports_ignored > 20);
		simulated_room_close(room);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_that_floods_or_lies_is_sent_little_until_it_stops),
		cmocka_unit_test(a_member_that_breaks_no_rule_is_sent_all),
		cmocka_unit_test(an_honest_member_is_never_penalised_however_bad_its_link_is),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
