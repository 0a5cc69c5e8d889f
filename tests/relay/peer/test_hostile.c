/* Hostile members cost the honest ones of their room nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "tests/attack/gang.h"

enum {
	HONEST = 16,
	HOSTILE = 10,
	WARM_UP_S = 3,
	MEASURED_S = 8,
};

static const double ratio_most = 1.2;

struct figures {
	double p50_ms, p99_ms, share;
	struct accounting accounting;
	uint64_t welcomes;
};

/* An honest room's figures with these attackers in it. */
static struct figures measure(const enum attacker_kind *kinds, size_t count)
{
	static struct simulated_room room;
	static struct gang gang;
	struct figures figures = { 0 };
	struct config config;

	config_default(&config);
	/* So little that a reader of nothing is slow soon, whatever the shouters' budget. */
	config.backlog_bytes = 16 << 10;
	gang_open(&gang, &room, &config, HONEST, kinds, count, "lobby");
	simulated_room_run(&room, WARM_UP_S);
	simulated_room_measure(&room, MEASURED_S);
	figures.p50_ms = simulated_room_worst_age_ms(&room, 0, 0.5);
	figures.p99_ms = simulated_room_worst_age_ms(&room, 0, 0.99);
	figures.share = gang_worst_share(&gang, &room, MEASURED_S);
	for (size_t i = 0; i < HONEST; i++)
		assert_int_equal(starling_status(room.cluster.clients[i].session),
				 STARLING_PLAYING);
	figures.accounting = room.cluster.relay.relay.accounting;
	for (size_t i = 0; i < count; i++)
		figures.welcomes += gang.attackers[i].welcomes;
	gang_close(&gang, &room);
	return figures;
}

static uint64_t malformed(const struct accounting *accounting)
{
	uint64_t sum = accounting->out_of_place;

	for (int error = 1; error < WIRE_ERROR_COUNT; error++)
		sum += accounting->malformed[error];
	return sum;
}

static void say(const char *what, const struct figures *figures)
{
	const struct accounting *accounting = &figures->accounting;

	print_message("%s: age p50 %.1f ms, p99 %.1f ms, share %.4f; rate_limited %llu, malformed "
		      "%llu, reports ignored %llu, over limit %llu, slow %llu, sent away %llu\n",
		      what, figures->p50_ms, figures->p99_ms, figures->share,
		      (unsigned long long)accounting->rate_limited,
		      (unsigned long long)malformed(accounting),
		      (unsigned long long)accounting->reports_ignored,
		      (unsigned long long)accounting->ended[ACCOUNTING_OVER_LIMIT],
		      (unsigned long long)accounting->disconnects[WIRE_REASON_SLOW],
		      (unsigned long long)accounting->disconnects[WIRE_REASON_MALFORMED]);
}

static void is_unharmed(const struct figures *with, const struct figures *without)
{
	assert_true(with->p50_ms <= ratio_most * without->p50_ms);
	assert_true(with->p99_ms <= ratio_most * without->p99_ms);
	assert_true(with->share > 0.99);
}

static void ten_hostile_members_change_nothing_for_the_honest(void **state)
{
	static const enum attacker_kind kinds[HOSTILE] = {
		ATTACKER_FLOODS, ATTACKER_FLOODS,         ATTACKER_SHOUTS,  ATTACKER_READS_NOTHING,
		ATTACKER_LIES,   ATTACKER_STRAYS,         ATTACKER_BABBLES, ATTACKER_SPRAWLS,
		ATTACKER_WAVERS, ATTACKER_COMES_AND_GOES,
	};
	struct figures without = measure(NULL, 0), with = measure(kinds, HOSTILE);
	const struct accounting *accounting = &with.accounting;

	(void)state;
	say("without", &without);
	say("with", &with);
	is_unharmed(&with, &without);
	assert_true(with.welcomes >= HOSTILE);
	/* The accounting shows their offences. */
	assert_true(accounting->rate_limited > 3 * 1500 * MEASURED_S);
	assert_true(malformed(accounting) > 100);
	assert_true(accounting->reports_ignored > 200 * MEASURED_S);
	assert_true(accounting->ended[ACCOUNTING_OVER_LIMIT] > 0);
	assert_true(accounting->disconnects[WIRE_REASON_SLOW] > 0);
	assert_true(accounting->disconnects[WIRE_REASON_MALFORMED] > 0);
	assert_true(accounting->disconnects[WIRE_REASON_LEFT] > MEASURED_S);
}

static void one_of_each_kind_changes_nothing_either(void **state)
{
	struct figures without = measure(NULL, 0);

	(void)state;
	for (int kind = 0; kind < ATTACKER_KINDS; kind++) {
		const enum attacker_kind alone[1] = { (enum attacker_kind)kind };
		struct figures with = measure(alone, 1);

		say(attacker_text(alone[0]), &with);
		is_unharmed(&with, &without);
		assert_true(with.welcomes > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_hostile_members_change_nothing_for_the_honest),
		cmocka_unit_test(one_of_each_kind_changes_nothing_either),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
