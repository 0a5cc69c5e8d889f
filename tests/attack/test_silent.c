/*
 * Connections for HTTP that say nothing, and a page that does not read: they change nothing for
 * eight honest members of the relay, whose ages stay and whose states arrive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sys/resource.h>
#include <unistd.h>

#include "tests/attack/honest_room.h"
#include "tests/attack/raw_peer.h"
#include "tests/fixtures/relay/watched_relay.h"
#include "tests/fixtures/web/feed.h"
#include "tests/fixtures/web/http.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	SILENT = 1000,
	PLAY_MS = 2500,
	LATER_MAX_MS = 5, /* the members' age at p99, than before */
	GROWTH_MAX_BYTES = 16 << 20,
	TRIES = 2, /* others on the machine can make an age; not twice in a row */
};

static const double delivery_min = 0.99;

static struct honest_room room;
static struct feed_client feed;
static int silent[SILENT];

static int tear_down(void **state)
{
	honest_room_close(&room);
	feed_client_close(&feed);
	for (size_t i = 0; i < SILENT; i++) {
		if (silent[i] > 0)
			close(silent[i]);
		silent[i] = 0;
	}
	return watched_relay_tear_down(state);
}

/* Their age at p99. */
static double play(void)
{
	const int64_t end_ns = raw_now_ns() + PLAY_MS * INT64_C(1000000);

	honest_room_reset(&room);
	while (raw_now_ns() < end_ns)
		honest_room_play(&room);
	honest_room_listen(&room);
	assert_int_equal(room.lost, 0);
	if (honest_room_delivery(&room) < delivery_min)
		fail_msg("delivery %.4f", honest_room_delivery(&room));
	return (double)hist_quantile_ns(&room.ages, 0.99) / 1e6;
}

/* Half of them begin a request that never ends. */
static void open_all(void)
{
	for (size_t i = 0; i < SILENT; i++) {
		silent[i] = http_connect(watched.http_port);
		if (i % 2 == 0)
			http_send(silent[i], "GET /", 5);
		honest_room_play(&room);
	}
	feed_client_open(&feed, watched.http_port, "starling", "");
	assert_int_equal(feed.status, 101);
}

/* Whether the ages stayed; all else must hold each time. */
static bool is_unharmed(void)
{
	double before_ms, beside_ms;
	size_t before_bytes;
	char *answer;

	watched_relay_start(WORDS("-q"));
	assert_true(honest_room_open(&room, watched.port));
	before_ms = play();
	before_bytes = process_memory_bytes(&watched.relay);
	open_all();
	beside_ms = play();
	assert_true(process_memory_bytes(&watched.relay) < before_bytes + GROWTH_MAX_BYTES);
	/* Who asks is answered beside them. */
	answer = http_get(watched.http_port, "/status.json", "");
	assert_int_equal(http_status(answer), 200);
	free(answer);
	assert_true(watched_relay_metric("starling_http_refused_total{reason=\"too_many\"} ") > 0);
	if (beside_ms > before_ms + LATER_MAX_MS)
		print_message("p99 %.1f ms, before it %.1f ms\n", beside_ms, before_ms);
	return beside_ms <= before_ms + LATER_MAX_MS;
}

static void silent_connections_and_a_slow_reader_change_nothing_for_the_game(void **state)
{
	for (int i = 0; i < TRIES; i++) {
		if (is_unharmed())
			return;
		tear_down(state);
	}
	fail_msg("the members saw each other later, %d times", TRIES);
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
