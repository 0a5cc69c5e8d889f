/*
 * What members can do to others by what the protocol allows: our relay's members are unharmed, in
 * the attackers' room and in another. A relay that stands still for a moment does harm them, which
 * shows that the checks can fail.
 *
 * Large events to all harm a naive server, too, and small ones a slow machine's. The other deeds
 * cannot show there: a naive server has no entities, no settings and no reports, sends all to all
 * in any case, and frees a place at once when somebody goes. Reading nothing harms it as row 10
 * does (test_stranger.c).
 */
#include <math.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <sys/mman.h>

#include "tests/attack/attack_load.h"
#include "tests/attack/attack_run.h"
#include "tests/fixtures/row_tests.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	JOIN_S = 10,
	HARM_TRIES = 8,
	NAIVE_MOST = 64, /* attackers */
};

static const double attack_s = 2;

struct row {
	const char *name;
	enum attacker_kind kind;
	unsigned count;
	const char *where; /* the honest members are in "lobby" */
};

static const struct row deeds[] = {
	{ "8 make entities and take them away again", ATTACKER_BLINKS, 8, "lobby" },
	{ "8 do so in another room", ATTACKER_BLINKS, 8, "other" },
	{ "64 send events to all in another room", ATTACKER_CHATTERS, 64, "other" },
	{ "8 publish all that a message holds in another room", ATTACKER_SPRAWLS, 8, "other" },
	{ "8 send large events to all", ATTACKER_SHOUTS, 8, "lobby" },
	{ "48 flood, babble, read nothing, lie, waver and stray", ATTACKER_KINDS, 48, "lobby" },
	{ "8 come and go", ATTACKER_COMES_AND_GOES, 8, "lobby" },
};

/* Of these, those that harm a naive server. */
static const struct row harmful[] = {
	{ "16 send large events to all", ATTACKER_SHOUTS, 16, NULL },
};

static struct attack_run run;
static struct process naive, honest;
static struct attack_load_result *load; /* shared with the attackers' process */
static pid_t attackers;
static bool is_unharmed;

static bool goes_on(void *context)
{
	(void)context;
	return load->ran_ns < (int64_t)(attack_s * 1e9) && load->error[0] == '\0';
}

static void start(const struct row *row, uint16_t port, bool is_plain)
{
	const struct attack_load_config config = {
		.port = port,
		.count = row->count,
		.kind = row->kind,
		.room = row->where,
		.seconds = ATTACK_RUN_LIMIT_S,
		.seed = 1,
		.cpu = -1,
		.is_plain = is_plain,
	};

	attackers = attack_load_start(&config, load);
	assert_true(attackers > 0);
}

static void end_attackers(void)
{
	attack_load_stop(attackers);
	attackers = 0;
}

/* Whether the attackers came, and did what they were to. */
static bool was_attacked(const struct row *row)
{
	assert_string_equal(load->error, "");
	if (load->members == row->count && attack_load_was_busy(load, row->count, row->kind))
		return true;
	print_message("%s: %u members got in, and said %.0f messages a second\n", row->name,
		      load->members, attack_load_said_hz(load));
	return false;
}

static void end_all(void)
{
	end_attackers();
	attack_run_close(&run);
	process_end(&honest);
	process_end(&naive);
}

static void await_attackers(unsigned count)
{
	const double end_s = process_now_s() + JOIN_S;

	while (load->members < count && process_now_s() < end_s)
		(void)poll(NULL, 0, 10);
	assert_int_equal(load->members, count);
}

/* How late an honest client of a naive server, which comes when they are there, has an answer. */
static double answer_of_naive_ms(const struct row *row)
{
	uint16_t port;
	char text[8];
	int status;

	process_start(&naive, FLAGS("baseline-naive_enet", "-s", "60", "-c", "128"));
	assert_true(process_await_out(&naive, "\"port\":", 10));
	port = (uint16_t)process_figure(&naive, NULL, "port");
	snprintf(text, sizeof(text), "%u", port);
	start(row, port, true);
	await_attackers(row->count);
	process_start(&honest, FLAGS("tests/attack/stranger", "nothing", text));
	status = process_finish(&honest, ATTACK_RUN_LIMIT_S);
	end_attackers();
	assert_in_range(status, 0, 1);
	/* It has had none at all, or a newcomer has not. */
	if (status == 1 || process_figure(&honest, NULL, "join_ms") < 0)
		return INFINITY;
	return process_figure(&honest, NULL, "slowest_ms");
}

/* Attackers that others on the machine hold up do less: more of them come then. */
static void harms_a_naive_server(void **state)
{
	struct row row = *(const struct row *)*state;

	for (int i = 0; i < HARM_TRIES; i++) {
		if (answer_of_naive_ms(&row) > ATTACK_RUN_HARM_MS)
			return;
		end_all();
		row.count = 2 * row.count < NAIVE_MOST ? 2 * row.count : NAIVE_MOST;
	}
	fail_msg("no harm, %d times", HARM_TRIES);
}

/* One relay for all deeds that harm nobody. */
static bool attack_our_relay(const struct row *row)
{
	if (run.relay.pid <= 0)
		attack_run_open(&run, FLAGS("--json", "--clients", "128"));
	start(row, run.port, false);
	attack_run_play(&run, goes_on, NULL);
	end_attackers();
	if (!attack_run_is_unharmed(&run, row->name) || !was_attacked(row))
		return false;
	attack_run_expect_memory_back(&run);
	return true;
}

static void harm_nobody(void **state)
{
	is_unharmed = false;
	for (int i = 0; i < ATTACK_RUN_TRIES; i++) {
		is_unharmed = attack_our_relay(*state);
		if (is_unharmed)
			return;
		end_all();
	}
	fail_msg("harm, or no attack, %d times", ATTACK_RUN_TRIES);
}

static bool goes_on_while_it_stands_still(void *context)
{
	const bool is_still = load->ran_ns > (int64_t)(attack_s / 4 * 1e9) &&
			      load->ran_ns < (int64_t)(attack_s / 2 * 1e9);

	process_signal(&run.relay, is_still ? SIGSTOP : SIGCONT);
	return goes_on(context);
}

static void a_relay_that_stands_still_is_seen(void **state)
{
	static const struct row nothing = { "8 do nothing", ATTACKER_QUIET, 8, "lobby" };

	(void)state;
	attack_run_open(&run, FLAGS("--json"));
	start(&nothing, run.port, false);
	attack_run_play(&run, goes_on_while_it_stands_still, NULL);
	end_attackers();
	assert_false(attack_run_is_unharmed(&run, nothing.name));
}

/* So the harm of the others is not that they take the processor. */
static void a_flood_does_not_harm_a_naive_server(void **state)
{
	static const struct row floods = { "8 flood", ATTACKER_FLOODS, 8, NULL };

	(void)state;
	for (int i = 0; i < ATTACK_RUN_TRIES; i++) {
		if (answer_of_naive_ms(&floods) < ATTACK_RUN_HARM_MS)
			return;
		end_all();
	}
	fail_msg("harm without an attack, %d times", ATTACK_RUN_TRIES);
}

static int tear_down(void **state)
{
	(void)state;
	end_all();
	return 0;
}

/* A deed that harmed somebody leaves nothing to the next one. */
static int tear_down_if_harmed(void **state)
{
	return is_unharmed ? 0 : tear_down(state);
}

int main(void)
{
	struct CMUnitTest harms[2 + ROW_TESTS_COUNT(harmful)] = {
		cmocka_unit_test(a_relay_that_stands_still_is_seen),
		cmocka_unit_test(a_flood_does_not_harm_a_naive_server),
	};
	struct CMUnitTest ours[ROW_TESTS_COUNT(deeds)];
	size_t harm_count = 2, count = 0;

	load = mmap(NULL, sizeof(*load), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (load == MAP_FAILED)
		return 1;
	ROW_TESTS_ADD(harms, harm_count, harmful, harms_a_naive_server);
	ROW_TESTS_ADD(ours, count, deeds, harm_nobody);
	for (size_t i = 0; i < harm_count; i++)
		harms[i].teardown_func = tear_down;
	for (size_t i = 0; i < count; i++)
		ours[i].teardown_func = tear_down_if_harmed;
#ifdef __SANITIZE_ADDRESS__
	/* A server with a sanitizer, which is slow by itself, shows no harm. */
	harm_count = 1;
#endif
	return _cmocka_run_group_tests("harms", harms, harm_count, NULL, NULL) +
	       _cmocka_run_group_tests("members", ours, count, NULL, tear_down);
}
