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
 *	10 never acknowledges deaf	12 replay          replay
 *	11 PING storm        pings
 *	15 clock jump        chat, and a clock that is set
 *	16 MTU               mtu	one address's places: crowd
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

#include "tests/attack/attack_run.h"
#include "tests/fixtures/row_tests.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	HARM_MS = 150, /* an honest client's answer that late */
	USUAL_MTU = 1400,
	REPLAYED_MESSAGES = 40, /* in the first session */
	CALM_MS = 60,           /* as late as a busy machine makes one */
};

static struct process naive, stranger;
static struct attack_run run;
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
	return grown_kb > ATTACK_RUN_GROWTH_MAX_KB;
}

static bool the_server_stalls(void)
{
	return figure("slowest_ms") > HARM_MS;
}

/* The server's clock, which is set during this attack alone. */
static bool a_set_clock_ends_sessions(void)
{
	return the_server_stalls();
}

static bool reliable_messages_are_not_taken(void)
{
	return figure("acknowledged") < 1;
}

static bool messages_are_taken_again(void)
{
	assert_true(figure("acknowledged") >= REPLAYED_MESSAGES);
	return figure("replayed") > 0;
}

static bool datagrams_may_be_too_long(void)
{
	return figure("mtu") > USUAL_MTU;
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
	{ "crowd", a_newcomer_waits, "declined", "ADDRESS_FULL" },
	{ "mtu", datagrams_may_be_too_long, NULL, NULL },
	{ "pings", more_is_sent_to_another_than_was_sent, "refused_datagrams", "member_commands" },
	{ "replay", messages_are_taken_again, "refused_datagrams", "repeated" },
	{ "mutants", a_newcomer_waits, "refused_datagrams", "channels" },
	{ "chat", a_set_clock_ends_sessions, NULL, NULL },
};

/* A naive server on this ENet survives these, by its luck. */
static const struct row harmless[] = {
	{ "compressed", nothing_that_shows, "refused_datagrams", "head" },
	{ "oversize", nothing_that_shows, "network", "dropped_truncated" },
	{ "garbage", nothing_that_shows, "refused_datagrams", "stranger" },
	{ "rush", nothing_that_shows, "refused_datagrams", "member_datagrams" },
	{ "deaf", nothing_that_shows, "parted", "SLOW" }, /* cut off meanwhile */
};

static void start(const char *kind, uint16_t port, const char *talks)
{
	char text[8];

	snprintf(text, sizeof(text), "%u", port);
	process_start(&stranger, FLAGS("tests/attack/stranger", kind, text, talks));
}

static double memory_kb(void)
{
	return (double)process_memory_bytes(&naive) / 1024;
}

/* For the next program that is started. A sanitizer's library does not come first then. */
static void step_clock(bool is_stepped)
{
	const char *options = getenv("ASAN_OPTIONS");
	char text[1024];

	unsetenv("LD_PRELOAD");
	if (!is_stepped)
		return;
	snprintf(text, sizeof(text), "%s:verify_asan_link_order=0", options ? options : "");
	setenv("ASAN_OPTIONS", text, 1);
	snprintf(text, sizeof(text), "%s/tests/attack/clock_step.so", process_build_folder());
	setenv("LD_PRELOAD", text, 1);
}

static void harms_a_naive_server(void **state)
{
	const struct row *row = *state;
	double before_kb;

	step_clock(row->is_harm == a_set_clock_ends_sessions);
	process_start(&naive, FLAGS("baseline-naive_enet", "-s", "60"));
	step_clock(false);
	assert_true(process_await_out(&naive, "\"port\":", 10));
	before_kb = memory_kb();
	start(row->name, (uint16_t)process_figure(&naive, NULL, "port"), "talks");
	assert_int_equal(process_finish(&stranger, ATTACK_RUN_LIMIT_S), 0);
	grown_kb = memory_kb() - before_kb;
	assert_true(row->is_harm());
}

/* Our relay. */

static bool is_attacking(void *context)
{
	siginfo_t info = { 0 };

	(void)context;
	return waitid(P_PID, (id_t)stranger.pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == 0;
}

/* Whether nobody was harmed. */
static bool attack_our_relay(const struct row *row)
{
	bool is_unharmed;

	step_clock(row->is_harm == a_set_clock_ends_sessions);
	attack_run_open(&run, FLAGS("--json", "--clients", "64", "--per-address", "16",
				    "--hello-time", "60"));
	step_clock(false);
	start(row->name, run.port, NULL);
	attack_run_play(&run, is_attacking, NULL);
	assert_int_equal(process_finish(&stranger, ATTACK_RUN_LIMIT_S), 0);
	grown_kb = run.grown_kb;
	assert_false(row->is_harm());
	is_unharmed = attack_run_is_unharmed(&run, row->name) && figure("join_ms") >= 0 &&
		      figure("slowest_ms") < CALM_MS;
	if (is_unharmed)
		attack_run_expect_memory_back(&run);
	attack_run_stop(&run);
	if (row->counter)
		assert_true(process_figure(&run.relay, row->group, row->counter) > 0);
	return is_unharmed;
}

static void end_all(void)
{
	attack_run_close(&run);
	process_end(&stranger);
	process_end(&naive);
}

static void does_not_harm_our_relay(void **state)
{
	for (int i = 0; i < ATTACK_RUN_TRIES; i++) {
		end_all();
		if (attack_our_relay(*state))
			return;
	}
	fail_msg("harm, %d times", ATTACK_RUN_TRIES);
}

static int tear_down(void **state)
{
	(void)state;
	end_all();
	return 0;
}

int main(void)
{
	struct CMUnitTest harms[ROW_TESTS_COUNT(harmful)];
	struct CMUnitTest ours[ROW_TESTS_COUNT(harmful) + ROW_TESTS_COUNT(harmless)];
	size_t harm_count = 0, count = 0;

	ROW_TESTS_ADD(harms, harm_count, harmful, harms_a_naive_server);
	ROW_TESTS_ADD(ours, count, harmful, does_not_harm_our_relay);
	ROW_TESTS_ADD(ours, count, harmless, does_not_harm_our_relay);
	for (size_t i = 0; i < harm_count; i++)
		harms[i].teardown_func = tear_down;
	for (size_t i = 0; i < count; i++)
		ours[i].teardown_func = tear_down;
#ifdef __SANITIZE_ADDRESS__
	/* A server with a sanitizer, which is slow by itself, shows no harm. */
	harm_count = 0;
#endif
	return _cmocka_run_group_tests("harms a naive server", harms, harm_count, NULL, NULL) +
	       _cmocka_run_group_tests("does not harm our relay", ours, count, NULL, NULL);
}
