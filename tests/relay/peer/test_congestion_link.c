/* A member on a thin link gets fewer updates, not later ones, and the others notice nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "tests/fixtures/relay/simulated_room.h"

enum {
	MEMBERS = 16,
	THIN = 0, /* the member with a line of its own */
};

struct figures {
	double age_p99_ms, share, others_p99_ms, others_share;
	struct link_model_stats line; /* the thin one, since it was laid */
	struct accounting accounting;
};

/* A room in which one member has had this link for so many seconds. */
static struct figures measure(const char *line, bool is_learning, double seconds_before)
{
	static struct simulated_room room;
	const double seconds = 10;
	struct figures figures;
	struct config config;

	config_default(&config);
	config.budget_fixed = !is_learning;
	config.tick_hz = 0;
	simulated_room_open(&room, 1, &config, MEMBERS, 0);
	simulated_room_set_link(&room, THIN, line);
	simulated_room_run(&room, seconds_before);
	simulated_room_measure(&room, seconds);
	figures = (struct figures){
		.age_p99_ms = simulated_room_age_ms(&room, THIN, 0.99),
		.share = simulated_room_share(&room, THIN, seconds),
		.others_p99_ms = simulated_room_worst_age_ms(&room, THIN + 1, 0.99),
		.others_share = simulated_room_share(&room, THIN + 1, seconds),
		.line = room.cluster.clients[THIN].down.impair.stats,
		.accounting = room.cluster.relay.relay.accounting,
	};
	print_message("%s, learning %s: age p99 %.0f ms, share %.3f, queue lost %.4f; others p99 "
		      "%.0f ms, share %.3f\n",
		      line, is_learning ? "on" : "off", figures.age_p99_ms, figures.share,
		      (double)figures.line.lost_queue / (double)figures.line.entered,
		      figures.others_p99_ms, figures.others_share);
	simulated_room_close(&room);
	return figures;
}

static void on_256_kbit_updates_are_fewer_and_three_times_younger(void **state)
{
	struct figures off = measure("rate=256kbit/64kB", false, 3);
	struct figures on = measure("rate=256kbit/64kB", true, 3);

	(void)state;
	assert_true(off.age_p99_ms > 1500);
	assert_true(3 * on.age_p99_ms < off.age_p99_ms);
	assert_true(off.line.lost_queue > off.line.entered / 10);
	assert_true(on.line.lost_queue <= on.line.entered / 1000);
	/* Fewer, but as many as the link carries. */
	assert_true(on.share < 0.97);
	assert_true(on.share > 0.8 * off.share);
	assert_true(on.accounting.ended[ACCOUNTING_OVER_BUDGET] > 0);
	assert_int_equal(off.accounting.ended[ACCOUNTING_OVER_BUDGET], 0);
}

static void the_others_notice_nothing(void **state)
{
	struct figures good = measure("", true, 3);
	struct figures thin = measure("rate=256kbit/64kB", true, 3);

	(void)state;
	assert_true(thin.others_p99_ms < 1.05 * good.others_p99_ms);
	assert_true(thin.others_share > 0.99);
}

static void a_line_that_carries_all_is_never_limited(void **state)
{
	static const struct {
		const char *line;
		double share;
	} rows[] = {
		{ "", 0.99 },
		{ "rate=2mbit/64kB", 0.99 },
		{ "loss=5%", 0.93 },
		{ "loss=10%", 0.87 },
		/* Datagrams that were overtaken are of no use. */
		{ "jitter=20ms", 0.85 },
		{ "jitter=20ms/exponential", 0.85 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct figures on = measure(rows[i].line, true, 3);

		assert_true(on.share > rows[i].share);
		assert_int_equal(on.accounting.ended[ACCOUNTING_OVER_BUDGET], 0);
	}
}

static void a_delay_that_is_no_queue_costs_at_most_a_moment(void **state)
{
	static const char *const lines[] = { "loss=30%", "loss=10%,burst=0.5", "at=5s:delay=150ms",
					     "at=5s:blackout=1s" };
	static const double shares[] = { 0.6, 0.8, 0.95, 0.89 };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_true(measure(lines[i], true, 3).share > shares[i]);
}

static void a_line_that_recovers_has_its_rate_back_within_seconds(void **state)
{
	/* Measures from six seconds after the link became good. */
	struct figures on = measure("rate=256kbit/64kB,at=6s:rate=10mbit", true, 12);

	(void)state;
	assert_true(on.share > 0.98);
	assert_true(on.age_p99_ms < 1.1 * on.others_p99_ms);
}

static void a_line_that_becomes_thin_is_noticed(void **state)
{
	struct figures on = measure("at=6s:rate=256kbit/64kB", true, 8);

	(void)state;
	assert_true(on.age_p99_ms < 700);
	assert_true(on.line.lost_queue <= on.line.entered / 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_256_kbit_updates_are_fewer_and_three_times_younger),
		cmocka_unit_test(the_others_notice_nothing),
		cmocka_unit_test(a_line_that_carries_all_is_never_limited),
		cmocka_unit_test(a_delay_that_is_no_queue_costs_at_most_a_moment),
		cmocka_unit_test(a_line_that_recovers_has_its_rate_back_within_seconds),
		cmocka_unit_test(a_line_that_becomes_thin_is_noticed),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
