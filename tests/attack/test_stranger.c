/*
 * What a stranger can do to a server on plain ENet: the naive baseline is harmed, which shows that
 * each check can fail, and our relay is not, with eight honest members in a room of it.
 *
 * The rows of what plain ENet allows, and the kinds (stranger.c):
 *
 *	 1 blind join        blindjoin	 7 held commands   hold
 *	 2 amplification     amplify	 8 oversize        oversize
 *	 3 slots             flood	13 waiting data    waits
 *	 5 heap disclosure   leak	17 compressed      compressed
 *	 6 fragment bitmap   bitmap	18 garbage, mutants
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/attack/honest_room.h"
#include "tests/attack/raw_peer.h"
#include "tests/fixtures/process.h"
#include "tests/fixtures/row_tests.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	LIMIT_S = 30,
	HARM_MS = 150, /* an honest client's answer that late */
	CALM_MS = 60,  /* as late as a busy machine makes one */
	GROWTH_MAX_KB = 16 << 10,
	LATER_MAX_MS = 5, /* the honest members' age at p99, than before the attack */
	QUIET_MS = 1000,
	TRIES = 2, /* others on the machine can make an age; not twice in a row */
};

static const double delivery_min = 0.99;

static struct process server, stranger;
static struct honest_room room;
static double grown_kb;

struct row {
	const char *name; /* the stranger's KIND */
	bool (*is_harm)(void);
	const char *group, *counter; /* of our relay's report; NULL: it refuses nothing */
};

static double figure(const char *name)
{
	return process_figure(&stranger, NULL, name);
}

static bool more_is_sent_to_another_than_was_sent(void)
{
	return figure("got_bytes") > figure("sent_bytes");
}

static bool a_newcomer_waits(void)
{
	return figure("join_ms") < 0;
}

static bool others_get_what_nobody_sent(void)
{
	return figure("fragment_bytes") > 0;
}

static bool memory_grows(void)
{
	return grown_kb > GROWTH_MAX_KB;
}

static bool the_server_stalls(void)
{
	return figure("slowest_ms") > HARM_MS;
}

static bool reliable_messages_are_not_taken(void)
{
	return figure("acknowledged") < 1;
}

static bool nothing_that_shows(void)
{
	return false;
}

static const struct row harmful[] = {
	{ "blindjoin", more_is_sent_to_another_than_was_sent, "refused_datagrams", "stranger" },
	{ "amplify", more_is_sent_to_another_than_was_sent, NULL, NULL },
	{ "flood", a_newcomer_waits, NULL, NULL },
	{ "leak", others_get_what_nobody_sent, "refused_datagrams", "no_data" },
	{ "bitmap", memory_grows, "refused_datagrams", "no_data" },
	{ "hold", the_server_stalls, "refused_datagrams", "held" },
	{ "waits", reliable_messages_are_not_taken, NULL, NULL },
	{ "mutants", a_newcomer_waits, "refused_datagrams", "channels" },
};

/* A naive server on this ENet survives these, by its luck. */
static const struct row harmless[] = {
	{ "compressed", nothing_that_shows, "refused_datagrams", "head" },
	{ "oversize", nothing_that_shows, "network", "dropped_truncated" },
	{ "garbage", nothing_that_shows, "refused_datagrams", "stranger" },
	{ "rush", nothing_that_shows, "refused_datagrams", "member_datagrams" },
};

static double memory_kb(void)
{
	return (double)process_memory_bytes(&server) / 1024;
}

static void start(const char *kind, uint16_t port, const char *talks)
{
	char text[8];

	snprintf(text, sizeof(text), "%u", port);
	process_start(&stranger, FLAGS("tests/attack/stranger", kind, text, talks));
}

static void harms_a_naive_server(void **state)
{
	const struct row *row = *state;
	double before_kb;

	process_start(&server, FLAGS("baseline-naive_enet", "-s", "60"));
	assert_true(process_await_out(&server, "\"port\":", 10));
	before_kb = memory_kb();
	start(row->name, (uint16_t)process_figure(&server, NULL, "port"), "talks");
	assert_int_equal(process_finish(&stranger, LIMIT_S), 0);
	grown_kb = memory_kb() - before_kb;
	assert_true(row->is_harm());
}

/* Our relay. */

static bool is_attacking(void)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)stranger.pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == 0;
}

/* The members' age at p99 from before until now. */
static double age_p99_ms(void)
{
	honest_room_listen(&room);
	return (double)hist_quantile_ns(&room.ages, 0.99) / 1e6;
}

static double play_quietly(void)
{
	const int64_t end_ns = raw_now_ns() + QUIET_MS * INT64_C(1000000);

	honest_room_reset(&room);
	while (raw_now_ns() < end_ns)
		honest_room_play(&room);
	return age_p99_ms();
}

static double play_under_attack(const char *kind, uint16_t port)
{
	const double end_s = process_now_s() + LIMIT_S;

	honest_room_reset(&room);
	start(kind, port, NULL);
	while (is_attacking() && process_now_s() < end_s)
		honest_room_play(&room);
	return age_p99_ms();
}

static void expect_unharmed_members(void)
{
	assert_int_equal(room.lost, 0);
	if (honest_room_delivery(&room) < delivery_min)
		fail_msg("delivery %.4f", honest_room_delivery(&room));
}

static uint16_t start_relay_and_room(void)
{
	const uint16_t port = process_start_relay(
		&server, FLAGS("--json", "--clients", "64", "--hello-time", "60"));

	assert_true(honest_room_open(&room, port));
	return port;
}

static void stop_relay(const struct row *row)
{
	honest_room_close(&room);
	process_signal(&server, SIGTERM);
	assert_int_equal(process_finish(&server, 10), 0);
	if (row->counter)
		assert_true(process_figure(&server, row->group, row->counter) > 0);
}

/* Whether the ages stayed; all else must hold each time. */
static bool attack_our_relay(const struct row *row)
{
	const uint16_t port = start_relay_and_room();
	const double quiet_ms = play_quietly(), before_kb = memory_kb(),
		     attacked_ms = play_under_attack(row->name, port);
	bool is_calm;

	assert_int_equal(process_finish(&stranger, LIMIT_S), 0);
	grown_kb = memory_kb() - before_kb;
	expect_unharmed_members();
	assert_false(row->is_harm());
	assert_true(figure("join_ms") >= 0);
	assert_true(grown_kb < GROWTH_MAX_KB);
	is_calm = attacked_ms <= quiet_ms + LATER_MAX_MS && figure("slowest_ms") < CALM_MS;
	if (!is_calm)
		print_message("%s: p99 %.1f ms, before it %.1f ms; slowest ping %.1f ms\n",
			      row->name, attacked_ms, quiet_ms, figure("slowest_ms"));
	stop_relay(row);
	return is_calm;
}

static void end_all(void)
{
	honest_room_close(&room);
	process_end(&stranger);
	process_end(&server);
}

static void does_not_harm_our_relay(void **state)
{
	for (int i = 0; i < TRIES; i++) {
		end_all();
		if (attack_our_relay(*state))
			return;
	}
	fail_msg("the members saw each other later, %d times", TRIES);
}

static int tear_down(void **state)
{
	(void)state;
	end_all();
	return 0;
}

int main(void)
{
	struct CMUnitTest naive[ROW_TESTS_COUNT(harmful)];
	struct CMUnitTest ours[ROW_TESTS_COUNT(harmful) + ROW_TESTS_COUNT(harmless)];
	size_t naive_count = 0, count = 0;

	ROW_TESTS_ADD(naive, naive_count, harmful, harms_a_naive_server);
	ROW_TESTS_ADD(ours, count, harmful, does_not_harm_our_relay);
	ROW_TESTS_ADD(ours, count, harmless, does_not_harm_our_relay);
	for (size_t i = 0; i < naive_count; i++)
		naive[i].teardown_func = tear_down;
	for (size_t i = 0; i < count; i++)
		ours[i].teardown_func = tear_down;
	return cmocka_run_group_tests_name("harms a naive server", naive, NULL, NULL) +
	       cmocka_run_group_tests_name("does not harm our relay", ours, NULL, NULL);
}
