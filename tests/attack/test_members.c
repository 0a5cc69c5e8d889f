/*
 * What members can do to others by what the protocol allows: our relay's members are unharmed, in
 * the attackers' room and in another. A relay that stands still for a moment does harm them, which
 * shows that the checks can fail.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/mman.h>

#include "tests/attack/attack_load.h"
#include "tests/attack/attack_run.h"
#include "tests/fixtures/row_tests.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const double attack_s = 2.5;

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
	{ "8 read nothing", ATTACKER_READS_NOTHING, 8, "lobby" },
	{ "8 report lies", ATTACKER_LIES, 8, "lobby" },
	{ "8 ask for other settings all the time", ATTACKER_WAVERS, 8, "lobby" },
	{ "8 come and go", ATTACKER_COMES_AND_GOES, 8, "lobby" },
};

static struct attack_run run;
static struct attack_load_result *load; /* shared with the attackers' process */
static pid_t attackers;

static bool goes_on(void *context)
{
	(void)context;
	return load->ran_ns < (int64_t)(attack_s * 1e9) && load->error[0] == '\0';
}

static void start(const struct row *row)
{
	const struct attack_load_config config = {
		.port = run.port,
		.count = row->count,
		.kind = row->kind,
		.room = row->where,
		.seconds = ATTACK_RUN_LIMIT_S,
		.seed = 1,
		.cpu = -1,
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
}

static void harm_nobody(void **state)
{
	const struct row *row = *state;

	for (int i = 0; i < ATTACK_RUN_TRIES; i++) {
		end_all();
		attack_run_open(&run, FLAGS("--json", "--clients", "128"));
		start(row);
		attack_run_play(&run, goes_on, NULL);
		end_attackers();
		if (!attack_run_is_unharmed(&run, row->name) || !was_attacked(row))
			continue;
		attack_run_expect_memory_back(&run);
		return;
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
	start(&nothing);
	attack_run_play(&run, goes_on_while_it_stands_still, NULL);
	end_attackers();
	assert_false(attack_run_is_unharmed(&run, nothing.name));
}

static int tear_down(void **state)
{
	(void)state;
	end_all();
	return 0;
}

int main(void)
{
	struct CMUnitTest tests[1 + ROW_TESTS_COUNT(deeds)] = { cmocka_unit_test(
		a_relay_that_stands_still_is_seen) };
	size_t count = 1;

	load = mmap(NULL, sizeof(*load), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (load == MAP_FAILED)
		return 1;
	ROW_TESTS_ADD(tests, count, deeds, harm_nobody);
	for (size_t i = 0; i < count; i++)
		tests[i].teardown_func = tear_down;
	return _cmocka_run_group_tests("members", tests, count, NULL, NULL);
}
