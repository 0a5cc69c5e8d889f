/* The feed of a real relay, as a page reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <poll.h>
#include <signal.h>

#include "tests/fixtures/relay/watched_relay.h"
#include "tests/fixtures/row_tests.h"
#include "tests/fixtures/web/feed.h"
#include "tests/fixtures/web/http.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define STATUS     "{\"kind\":\"status\","
#define IN_ROOM    "{\"kind\":\"room\",\"room\":"

enum {
	FEEDS = 16, /* as starlingd(8) has it */
	POLICY_VIOLATION = 1008,
	SOME = 200, /* messages: twenty seconds */
};

static struct feed_client feeds[FEEDS + 1];

static int tear_down(void **state)
{
	for (size_t i = 0; i <= FEEDS; i++)
		feed_client_close(&feeds[i]);
	return watched_relay_tear_down(state);
}

static void open_feed(struct feed_client *feed)
{
	feed_client_open(feed, watched.http_port, "starling", "");
	assert_int_equal(feed->status, 101);
}

static void all_is_told_once_a_second_and_the_room_ten_times(void **state)
{
	unsigned statuses = 0, rooms = 0;
	const double begin_s = process_now_s();

	(void)state;
	watched_relay_start(WORDS("-q"));
	watched_relay_let_in(2, WORDS("--room", "pitch"));
	open_feed(&feeds[0]);
	while (statuses < 3) {
		cJSON *document;

		assert_true(feed_client_next(&feeds[0]));
		document = cJSON_Parse(feeds[0].message);
		assert_non_null(document);
		cJSON_Delete(document);
		statuses += strncmp(feeds[0].message, STATUS, strlen(STATUS)) == 0;
		rooms += strncmp(feeds[0].message, IN_ROOM, strlen(IN_ROOM)) == 0;
	}
	assert_true(process_now_s() - begin_s >= 2);
	/* A busy machine makes fewer. */
	assert_true(rooms >= 2 && rooms <= 25);
	assert_null(strstr(feeds[0].message, "configuration"));
}

static void a_page_chooses_its_room(void **state)
{
	const cJSON *entities, *ages;
	cJSON *document;

	(void)state;
	watched_relay_start(WORDS("-q"));
	watched_relay_let_in(5, WORDS("--room", "z"));
	open_feed(&feeds[0]);
	assert_true(feed_client_await(&feeds[0], IN_ROOM "\"z\"", SOME));
	feed_client_say(&feeds[0], "{\"room\":\"nowhere\"}");
	assert_true(feed_client_await(&feeds[0], IN_ROOM "\"nowhere\"", SOME));
	feed_client_say_in_parts(&feeds[0], "{\"room\":\"z\"}");
	assert_true(feed_client_await(&feeds[0], IN_ROOM "\"z\"", SOME));
	document = cJSON_Parse(feeds[0].message);
	entities = cJSON_GetObjectItem(document, "entities");
	ages = cJSON_GetObjectItem(document, "ages");
	assert_int_equal(cJSON_GetArraySize(entities), 5);
	assert_int_equal(cJSON_GetArraySize(entities->child), 4);
	assert_int_equal(cJSON_GetArraySize(ages), 5);
	cJSON_Delete(document);
}

static const struct said {
	const char *name, *text;
} said[] = {
	{ "another key", "{\"rom\":\"lobby\"}" },
	{ "a key too many", "{\"room\":\"lobby\",\"x\":1}" },
	{ "no key", "{}" },
	{ "no object", "\"lobby\"" },
	{ "no JSON", "room=lobby" },
	{ "something behind it", "{\"room\":\"lobby\"} x" },
	{ "no name", "{\"room\":\"\"}" },
	{ "a name with a line", "{\"room\":\"a\\nb\"}" },
	{ "a name too long", "{\"room\":\"123456789012345678901234567890123\"}" },
	{ "a number", "{\"room\":7}" },
	{ "nothing", "" },
};

static void closes_the_feed(void **state)
{
	const struct said *row = *state;

	watched_relay_start(WORDS("-q"));
	open_feed(&feeds[0]);
	assert_true(feed_client_next(&feeds[0]));
	feed_client_say(&feeds[0], row->text);
	while (feed_client_next(&feeds[0]))
		;
	assert_int_equal(feeds[0].closed, POLICY_VIOLATION);
	watched_relay_await_metric("starling_http_refused_total{reason=\"not_heard\"} ", 1);
}

static void a_feed_needs_its_subprotocol_and_the_token(void **state)
{
	static const struct {
		const char *protocols, *lines;
		unsigned status;
	} rows[] = {
		{ "starling, token." WATCHED_TOKEN, "", 101 },
		{ "starling", "Authorization: Bearer " WATCHED_TOKEN "\r\n", 101 },
		{ "starling", "", 401 },
		{ "starling, token.0", "", 401 },
		{ "token." WATCHED_TOKEN, "", 400 },
		{ "starling, token." WATCHED_TOKEN, "Origin: http://evil.example\r\n", 403 },
	};

	(void)state;
	watched_relay_start_guarded(WORDS("-q"));
	for (size_t i = 0; i < ROW_TESTS_COUNT(rows); i++) {
		feed_client_open(&feeds[i], watched.http_port, rows[i].protocols, rows[i].lines);
		assert_int_equal(feeds[i].status, rows[i].status);
	}
}

static void there_are_so_many_feeds_and_a_place_is_free_again(void **state)
{
	(void)state;
	watched_relay_start(WORDS("-q"));
	for (size_t i = 0; i < FEEDS; i++) {
		open_feed(&feeds[i]);
		assert_true(feed_client_next(&feeds[i]));
	}
	feed_client_open(&feeds[FEEDS], watched.http_port, "starling", "");
	assert_int_equal(feeds[FEEDS].status, 503);
	feed_client_close(&feeds[FEEDS]);
	feed_client_close(&feeds[3]);
	do {
		feed_client_close(&feeds[FEEDS]);
		feed_client_open(&feeds[FEEDS], watched.http_port, "starling", "");
	} while (feeds[FEEDS].status != 101);
	assert_true(feed_client_next(&feeds[FEEDS]));
}

/* In the time of three messages of a room. */
static void nothing_follows_a_close(void **state)
{
	struct pollfd input = { .events = POLLIN };

	(void)state;
	watched_relay_start(WORDS("-q"));
	watched_relay_let_in(2, WORDS("--room", "pitch"));
	open_feed(&feeds[0]);
	assert_true(feed_client_await(&feeds[0], IN_ROOM "\"pitch\"", SOME));
	feed_client_say(&feeds[0], "");
	while (feed_client_next(&feeds[0]))
		;
	assert_int_equal(feeds[0].closed, POLICY_VIOLATION);
	input.fd = feeds[0].socket;
	assert_int_equal(poll(&input, 1, 300), 0);
}

static void a_feed_that_ends_was_not_too_slow(void **state)
{
	char *metrics;

	(void)state;
	watched_relay_start(WORDS("-q"));
	open_feed(&feeds[0]);
	assert_true(feed_client_next(&feeds[0]));
	feed_client_close(&feeds[0]);
	metrics = http_get(watched.http_port, "/metrics", "");
	assert_non_null(strstr(metrics, "starling_http_refused_total{reason=\"too_slow\"} 0\n"));
	free(metrics);
}

static void a_relay_that_ends_closes_its_feeds(void **state)
{
	(void)state;
	watched_relay_start(WORDS("-q"));
	open_feed(&feeds[0]);
	assert_true(feed_client_next(&feeds[0]));
	process_signal(&watched.relay, SIGTERM);
	while (feed_client_next(&feeds[0]))
		;
	assert_int_equal(process_finish(&watched.relay, 10), 0);
}

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test(all_is_told_once_a_second_and_the_room_ten_times),
		cmocka_unit_test(a_page_chooses_its_room),
		cmocka_unit_test(a_feed_needs_its_subprotocol_and_the_token),
		cmocka_unit_test(there_are_so_many_feeds_and_a_place_is_free_again),
		cmocka_unit_test(nothing_follows_a_close),
		cmocka_unit_test(a_feed_that_ends_was_not_too_slow),
		cmocka_unit_test(a_relay_that_ends_closes_its_feeds),
	};
	struct CMUnitTest tests[ROW_TESTS_COUNT(single) + ROW_TESTS_COUNT(said)];
	size_t count = ROW_TESTS_COUNT(single);

	memcpy(tests, single, sizeof(single));
	ROW_TESTS_ADD(tests, count, said, closes_the_feed);
	for (size_t i = 0; i < count; i++)
		tests[i].teardown_func = tear_down;
	return _cmocka_run_group_tests("feed", tests, count, NULL, NULL);
}
