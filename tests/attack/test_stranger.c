/*
 * What a stranger can do to a server on plain ENet: the naive baseline is harmed, which shows that
 * each check can fail, and our relay is not, with eight honest members in a room of it.
 *
 * The rows of what plain ENet allows, and the kinds (stranger.c):
 *
 *	 1 blind join        blindjoin	 7 held commands   hold
 *	 2 amplification     amplify	 8 oversize        oversize
 *	 3 slots             flood	13 waiting data    waits
 *	 4 blind kill        blindkill	 9 source port 0   port0
 *	 5 heap disclosure   leak	17 compressed      compressed
 *	 6 fragment bitmap   bitmap	18 garbage, mutants
 *	10 never acknowledges deaf	12 replay          replay
 *	11 PING storm        pings
 *	15 clock jump        chat, and a clock that is set
 *	16 MTU               mtu	one address's places: crowd
 */
#include <math.h>
#include <poll.h>
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
#include "tests/fixtures/net/loopback.h"
#include "tests/fixtures/row_tests.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	BACKLOG_KB = 4 << 10, /* many times what our relay keeps for a member */
	USUAL_MTU = 1400,
	REPLAYED_MESSAGES = 40, /* in the first session */
	CALM_MS = 60,           /* as late as a busy machine makes one */
};

/* One server on plain ENet, or our relay, and a stranger to it. */
struct fight {
	struct process naive, stranger;
	double before_kb, grown_kb; /* the server's memory */
	bool is_over;
};

struct row {
	const char *name; /* the stranger's KIND */
	bool (*is_harm)(void);
	const char *group, *counter; /* of our relay's report; NULL: it refuses nothing */
};

static struct attack_run run;
static const struct fight *judged;

static double figure(const char *name)
{
	return process_figure(&judged->stranger, NULL, name);
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
	return judged->grown_kb > ATTACK_RUN_GROWTH_MAX_KB;
}

static bool what_is_not_acknowledged_piles_up(void)
{
	return judged->grown_kb > BACKLOG_KB;
}

static bool the_server_stalls(void)
{
	return figure("slowest_ms") > ATTACK_RUN_HARM_MS;
}

static bool an_honest_client_is_cut_off(void)
{
	assert_true(figure("sent_bytes") > 0);
	return the_server_stalls();
}

static bool a_newcomer_finds_no_place(void)
{
	assert_true(figure("sent_bytes") > 0);
	return a_newcomer_waits();
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
	{ "flood", a_newcomer_waits, NULL, NULL },
	{ "leak", others_get_what_nobody_sent, "refused_datagrams", "no_data" },
	{ "bitmap", memory_grows, "refused_datagrams", "no_data" },
	{ "hold", the_server_stalls, "refused_datagrams", "held" },
	{ "waits", reliable_messages_are_not_taken, NULL, NULL },
	{ "crowd", a_newcomer_waits, "declined", "ADDRESS_FULL" },
	{ "pings", more_is_sent_to_another_than_was_sent, "refused_datagrams", "member_commands" },
	{ "replay", messages_are_taken_again, "refused_datagrams", "repeated" },
	{ "mutants", a_newcomer_waits, "refused_datagrams", "channels" },
	{ "chat", a_set_clock_ends_sessions, NULL, NULL },
};

/* These take their time, and little else. */
static const struct row slow[] = {
	{ "blindjoin", more_is_sent_to_another_than_was_sent, "refused_datagrams", "stranger" },
	{ "amplify", more_is_sent_to_another_than_was_sent, NULL, NULL },
	{ "mtu", datagrams_may_be_too_long, NULL, NULL },
	{ "deaf", what_is_not_acknowledged_piles_up, "parted", "SLOW" }, /* cut off meanwhile */
};

/* The same, by raw sockets, in a network of the test's own. */
static const struct row forged[] = {
	{ "port0", a_newcomer_finds_no_place, "network", "dropped_portless" },
	{ "blindkill", an_honest_client_is_cut_off, "refused_datagrams", "disconnect" },
};

/* A naive server on this ENet survives these, by its luck. */
static const struct row harmless[] = {
	{ "compressed", nothing_that_shows, "refused_datagrams", "head" },
	{ "oversize", nothing_that_shows, "network", "dropped_truncated" },
	{ "garbage", nothing_that_shows, "refused_datagrams", "stranger" },
	{ "rush", nothing_that_shows, "refused_datagrams", "member_datagrams" },
};

/* Both. */

static void start(struct process *stranger, const char *kind, uint16_t port, const char *talks)
{
	char text[8];

	snprintf(text, sizeof(text), "%u", port);
	process_start(stranger, FLAGS("tests/attack/stranger", kind, text, talks));
}

static bool is_running(const struct process *process)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == 0;
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

static bool is_stepped(const struct row *row)
{
	return row->is_harm == a_set_clock_ends_sessions;
}

/*
 * Naive servers, each with a stranger of its own, all at once: most of what an attack takes is
 * waiting. One has an honest client alone; if that one is harmed, the machine did it, and no harm
 * counts.
 */

enum {
	SLOW = ROW_TESTS_COUNT(slow),
	HARMFUL = ROW_TESTS_COUNT(harmful),
	OPEN = SLOW + HARMFUL, /* without a raw socket */
	FIGHTS = OPEN + ROW_TESTS_COUNT(forged),
};

static struct fight fights[FIGHTS], quiet;

static const struct row *row_of(size_t n)
{
	if (n < SLOW)
		return &slow[n];
	return n < OPEN ? &harmful[n - SLOW] : &forged[n - OPEN];
}

static double memory_kb(const struct fight *fight)
{
	return (double)process_memory_bytes(&fight->naive) / 1024;
}

static void begin(struct fight *fight, const char *kind, bool has_stepped_clock)
{
	step_clock(has_stepped_clock);
	process_start(&fight->naive, FLAGS("baseline-naive_enet", "-s", "60"));
	step_clock(false);
	assert_true(process_await_out(&fight->naive, "\"port\":", 10));
	fight->before_kb = memory_kb(fight);
	start(&fight->stranger, kind, (uint16_t)process_figure(&fight->naive, NULL, "port"),
	      "talks");
}

/* Whether the stranger has ended. The most memory counts: the server gives it back in time. */
static bool is_over(struct fight *fight)
{
	if (!fight->is_over) {
		fight->is_over = !is_running(&fight->stranger);
		fight->grown_kb = fmax(fight->grown_kb, memory_kb(fight) - fight->before_kb);
	}
	return fight->is_over;
}

static void await_all(size_t count)
{
	const double end_s = process_now_s() + ATTACK_RUN_LIMIT_S;
	size_t over = 0;

	while (over <= count && process_now_s() < end_s) {
		(void)poll(NULL, 0, 10);
		over = is_over(&quiet);
		for (size_t n = 0; n < count; n++)
			over += is_over(&fights[n]);
	}
	for (size_t n = 0; n < count; n++)
		assert_int_equal(process_finish(&fights[n].stranger, 1), 0);
	assert_int_equal(process_finish(&quiet.stranger, 1), 0);
}

static void end(struct fight *fight)
{
	process_end(&fight->stranger);
	process_end(&fight->naive);
	*fight = (struct fight){ 0 };
}

static int end_naive(void **state)
{
	(void)state;
	for (size_t n = 0; n < FIGHTS; n++)
		end(&fights[n]);
	end(&quiet);
	return 0;
}

static bool is_quiet(void)
{
	judged = &quiet;
	return figure("slowest_ms") < ATTACK_RUN_HARM_MS && figure("join_ms") >= 0 &&
	       quiet.grown_kb < ATTACK_RUN_GROWTH_MAX_KB;
}

static void an_honest_client_alone_is_not_harmed(void **state)
{
	const size_t count = loopback_is_own() ? FIGHTS : OPEN;

	for (int i = 0; i < ATTACK_RUN_TRIES; i++) {
		end_naive(state);
		begin(&quiet, "nothing", false);
		for (size_t n = 0; n < count; n++)
			begin(&fights[n], row_of(n)->name, is_stepped(row_of(n)));
		await_all(count);
		if (is_quiet())
			return;
		print_message("an honest client alone: slowest answer %.1f ms, a join %.1f ms\n",
			      figure("slowest_ms"), figure("join_ms"));
	}
	fail_msg("harm without an attack, %d times", ATTACK_RUN_TRIES);
}

/* Where others on the machine held the attack up. */
static void fight_alone(struct fight *fight, const struct row *row)
{
	const double end_s = process_now_s() + ATTACK_RUN_LIMIT_S;

	end(fight);
	begin(fight, row->name, is_stepped(row));
	while (!is_over(fight) && process_now_s() < end_s)
		(void)poll(NULL, 0, 10);
	assert_int_equal(process_finish(&fight->stranger, 1), 0);
}

static void harms_a_naive_server(void **state)
{
	const struct row *row = *state;
	size_t n = 0;

	while (row_of(n) != row)
		n++;
	judged = &fights[n];
	assert_true(judged->is_over);
	for (int i = 1; !row->is_harm(); i++) {
		if (i == ATTACK_RUN_TRIES)
			fail_msg("no harm, %d times", i);
		fight_alone(&fights[n], row);
	}
}

static void forged_harms_a_naive_server(void **state)
{
	loopback_need();
	harms_a_naive_server(state);
}

/* Our relay: one for all attacks that harm nobody, as long as its clock is not set. */

static struct fight ours[SLOW];
static bool has_stepped_clock, is_unharmed;

static bool are_attacking(void *context)
{
	const size_t *count = context;

	for (size_t n = 0; n < *count; n++)
		if (is_running(&ours[n].stranger))
			return true;
	return false;
}

static void end_strangers(void)
{
	for (size_t n = 0; n < SLOW; n++)
		end(&ours[n]);
}

static int end_ours(void **state)
{
	(void)state;
	attack_run_close(&run);
	end_strangers();
	return 0;
}

static void begin_ours(bool steps_clock)
{
	end_strangers();
	if (run.relay.pid > 0 && has_stepped_clock == steps_clock)
		return;
	end_ours(NULL);
	has_stepped_clock = steps_clock;
	step_clock(steps_clock);
	attack_run_open(&run, FLAGS("--json", "--clients", "64", "--per-address", "16",
				    "--hello-time", "60", "--backlog-time", "2"));
	step_clock(false);
}

static double counter(const struct row *row)
{
	return row->counter ? attack_run_figure(&run, row->group, row->counter) : 0;
}

/* Whether its stranger's own honest client had its answers, and a newcomer a place. */
static bool is_harmless(const struct row *row, struct fight *fight, double counted_before)
{
	assert_int_equal(process_finish(&fight->stranger, ATTACK_RUN_LIMIT_S), 0);
	fight->grown_kb = run.grown_kb;
	judged = fight;
	assert_false(row->is_harm());
	if (row->counter)
		assert_true(counter(row) > counted_before);
	return figure("join_ms") >= 0 && figure("slowest_ms") < CALM_MS;
}

/* Whether nobody was harmed by these at once. */
static bool attack_our_relay(const struct row *rows, size_t count)
{
	double before[SLOW];
	bool is_good = true;

	begin_ours(is_stepped(rows));
	for (size_t n = 0; n < count; n++) {
		before[n] = counter(&rows[n]);
		start(&ours[n].stranger, rows[n].name, run.port, NULL);
	}
	attack_run_play(&run, are_attacking, &count);
	for (size_t n = 0; n < count; n++)
		is_good &= is_harmless(&rows[n], &ours[n], before[n]);
	if (!attack_run_is_unharmed(&run, rows[0].name) || !is_good)
		return false;
	attack_run_expect_memory_back(&run);
	return true;
}

static void expect_no_harm(const struct row *rows, size_t count)
{
	is_unharmed = false;
	for (int i = 0; i < ATTACK_RUN_TRIES; i++) {
		is_unharmed = attack_our_relay(rows, count);
		if (is_unharmed)
			return;
		end_ours(NULL);
	}
	fail_msg("harm, %d times", ATTACK_RUN_TRIES);
}

static void does_not_harm_our_relay(void **state)
{
	expect_no_harm(*state, 1);
}

static void slow_ones_at_once_do_not_harm_our_relay(void **state)
{
	(void)state;
	expect_no_harm(slow, SLOW);
}

static void forged_does_not_harm_our_relay(void **state)
{
	loopback_need();
	does_not_harm_our_relay(state);
}

static void our_relay_stops_in_order(void **state)
{
	(void)state;
	begin_ours(has_stepped_clock);
	attack_run_stop(&run);
}

/* A test that failed leaves nothing to the next one. */
static int tear_down(void **state)
{
	return is_unharmed ? 0 : end_ours(state);
}

int main(void)
{
	struct CMUnitTest harms[1 + FIGHTS] = { cmocka_unit_test(
		an_honest_client_alone_is_not_harmed) };
	struct CMUnitTest ours_all[FIGHTS + ROW_TESTS_COUNT(harmless) + 2] = { cmocka_unit_test(
		slow_ones_at_once_do_not_harm_our_relay) };
	size_t harm_count = 1, count = 1;

	(void)loopback_set_up(NULL);
	ROW_TESTS_ADD(harms, harm_count, slow, harms_a_naive_server);
	ROW_TESTS_ADD(harms, harm_count, harmful, harms_a_naive_server);
	ROW_TESTS_ADD(harms, harm_count, forged, forged_harms_a_naive_server);
	ROW_TESTS_ADD(ours_all, count, forged, forged_does_not_harm_our_relay);
	ROW_TESTS_ADD(ours_all, count, harmless, does_not_harm_our_relay);
	ROW_TESTS_ADD(ours_all, count, harmful, does_not_harm_our_relay);
	for (size_t i = 0; i < count; i++)
		ours_all[i].teardown_func = tear_down;
	ours_all[count++] = (struct CMUnitTest)cmocka_unit_test(our_relay_stops_in_order);
#ifdef __SANITIZE_ADDRESS__
	/* A server with a sanitizer, which is slow by itself, shows no harm. */
	harm_count = 0;
#endif
	return _cmocka_run_group_tests("harms a naive server", harms, harm_count, NULL, end_naive) +
	       _cmocka_run_group_tests("does not harm our relay", ours_all, count, NULL, end_ours);
}
