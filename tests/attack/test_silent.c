/*
 * Connections for HTTP that say nothing, and a page that does not read: they change nothing for
 * eight honest members of the relay, and who asks is answered beside them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sys/resource.h>
#include <unistd.h>

#include "tests/attack/attack_run.h"
#include "tests/attack/raw_peer.h"
#include "tests/fixtures/web/feed.h"
#include "tests/fixtures/web/http.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	SILENT = 1000,
	PLAY_MS = 2500,
};

static struct attack_run run;
static struct feed_client feed;
static int silent[SILENT];
static size_t opened;
static int64_t until_ns;

static int tear_down(void **state)
{
	(void)state;
	feed_client_close(&feed);
	for (size_t i = 0; i < opened; i++)
		close(silent[i]);
	opened = 0;
	attack_run_close(&run);
	return 0;
}

/* One more each turn; half of them begin a request that never ends. Then they stay. */
static bool is_silent(void *context)
{
	const uint16_t *port = context;

	if (opened < SILENT) {
		silent[opened] = http_connect(*port);
		if (opened % 2 == 0)
			http_send(silent[opened], "GET /", 5);
		if (++opened == SILENT) {
			feed_client_open(&feed, *port, "starling", "");
			assert_int_equal(feed.status, 101);
			until_ns = raw_now_ns() + PLAY_MS * INT64_C(1000000);
		}
	}
	return opened < SILENT || raw_now_ns() < until_ns;
}

/* Whether nobody was harmed; all else must hold each time. */
static bool attack(void)
{
	uint16_t port;
	char *answer;

	attack_run_open(&run, FLAGS("-q", "--http", "127.0.0.1:0"));
	assert_true(process_await_out(&run.relay, "{\"http\":{\"port\":", 10));
	port = (uint16_t)process_figure(&run.relay, "http", "port");
	attack_run_play(&run, is_silent, &port);
	answer = http_get(port, "/status.json", "");
	assert_int_equal(http_status(answer), 200);
	free(answer);
	assert_true(attack_run_figure(&run, "http_refused", "too_many") > 0);
	return attack_run_is_unharmed(&run, "silent connections");
}

static void silent_connections_and_a_slow_reader_change_nothing_for_the_game(void **state)
{
	for (int i = 0; i < ATTACK_RUN_TRIES; i++) {
		if (attack())
			return;
		tear_down(state);
	}
	fail_msg("harm, %d times", ATTACK_RUN_TRIES);
}

/* A socket for each. */
static void raise_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			silent_connections_and_a_slow_reader_change_nothing_for_the_game,
			tear_down),
	};

	raise_limit();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
