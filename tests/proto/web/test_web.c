/* The door itself, with a small site behind it: its thread, its limits, and who is slow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

#include "proto/web/web.h"
#include "tests/fixtures/process.h"
#include "tests/fixtures/web/feed.h"
#include "tests/fixtures/web/http.h"

enum {
	LARGE_BYTES = 1 << 20,
	HUGE_BYTES = 16 << 20, /* more than the kernel keeps for a slow reader */
	PATIENCE_S = 30,
	LATER_MS = 300,
};

static struct web *web;
static struct feed_client feed;
static atomic_uint asked, ended;

static const char file[] = "a file";

static const struct web_file files[] = { { "/file", "text/plain", file, file + sizeof(file) - 1 },
					 { .path = NULL } };
static const struct web_file *const lists[] = { files, web_page_files };

static unsigned write_later(void *context, FILE *out, unsigned waited_ms)
{
	(void)context;
	asked++;
	if (waited_ms < LATER_MS)
		return WEB_LATER;
	fprintf(out, "waited");
	return 200;
}

static void write_many(FILE *out, size_t size)
{
	for (size_t i = 0; i < size; i++)
		fputc('x', out);
}

static unsigned write_large(void *context, FILE *out, unsigned waited_ms)
{
	(void)context;
	(void)waited_ms;
	write_many(out, LARGE_BYTES);
	return 200;
}

static unsigned write_huge(void *context, FILE *out, unsigned waited_ms)
{
	(void)context;
	(void)waited_ms;
	write_many(out, HUGE_BYTES);
	return 200;
}

static const struct web_document documents[] = {
	{ "/later", "text/plain", true, write_later },
	{ "/large", "text/plain", true, write_large },
	{ "/huge", "text/plain", true, write_huge },
};

/* Says what it heard last, once. */
struct echo {
	char text[WEB_HEARD_BYTES + 1];
};

static bool hear(void *context, void *state, const char *text, size_t size)
{
	struct echo *echo = state;

	(void)context;
	memcpy(echo->text, text, size);
	return true;
}

static bool write_message(void *context, void *state, FILE *out)
{
	struct echo *echo = state;

	(void)context;
	if (!*echo->text)
		return false;
	if (strcmp(echo->text, "much") == 0)
		write_many(out, HUGE_BYTES);
	else
		fprintf(out, "%s", echo->text);
	echo->text[0] = '\0';
	return true;
}

static void close_it(void *context, void *state)
{
	(void)context;
	(void)state;
	ended++;
}

static const struct web_site site = {
	.files = lists,
	.file_lists = 2,
	.documents = documents,
	.document_count = 3,
	.feed = { .every_ms = 20,
		  .state_bytes = sizeof(struct echo),
		  .hear = hear,
		  .write = write_message,
		  .close = close_it },
};

static int set_up(void **state)
{
	const struct web_config config = { .host = "127.0.0.1", .request_s = 1, .answer_s = 1 };
	char error[WEB_ERROR_BYTES];

	(void)state;
	asked = ended = 0;
	if (web_open(&web, &config, &site, error) != 0)
		fail_msg("%s", error);
	return web_start(web);
}

static int tear_down(void **state)
{
	(void)state;
	feed_client_close(&feed);
	web_close(web);
	web = NULL;
	return 0;
}

/* For a moment: the door's thread needs the processor. */
static void rest_until(double end_s)
{
	assert_true(process_now_s() < end_s);
	usleep(1000);
}

static void await_refusal(enum web_refusal refusal)
{
	const double end_s = process_now_s() + PATIENCE_S;

	while (web_stats(web).refused[refusal] == 0)
		rest_until(end_s);
}

static void files_and_those_that_pages_share_are_served(void **state)
{
	char *answer = http_get(web_port(web), "/file", "");

	(void)state;
	assert_int_equal(http_status(answer), 200);
	assert_string_equal(http_body(answer), file);
	free(answer);
	for (const struct web_file *shared = web_page_files; shared->path; shared++) {
		answer = http_get(web_port(web), shared->path, "");
		assert_int_equal(http_status(answer), 200);
		assert_int_equal(strlen(http_body(answer)), shared->end - shared->bytes);
		assert_non_null(strstr(answer, shared->type));
		free(answer);
	}
}

static void head_gets_the_head_alone(void **state)
{
	char *answer = http_ask(web_port(web), "HEAD /file HTTP/1.1\r\nHost: localhost\r\n\r\n");

	(void)state;
	assert_int_equal(http_status(answer), 200);
	assert_non_null(strstr(answer, "\r\nContent-Length: 6\r\n"));
	assert_string_equal(http_body(answer), "");
	free(answer);
}

static void a_request_may_come_byte_by_byte(void **state)
{
	static const char request[] = "GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n";
	const int client = http_connect(web_port(web));
	char *answer;

	(void)state;
	for (size_t i = 0; i < sizeof(request) - 1; i++)
		http_send(client, &request[i], 1);
	answer = http_take(client);
	assert_int_equal(http_status(answer), 200);
	free(answer);
}

static void a_document_may_come_later_and_somebody_looks_meanwhile(void **state)
{
	static const char request[] = "GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n";
	const double end_s = process_now_s() + PATIENCE_S;
	const int client = http_connect(web_port(web));
	char *answer;

	(void)state;
	assert_false(web_is_watched(web));
	http_send(client, request, sizeof(request) - 1);
	while (!web_is_watched(web))
		rest_until(end_s);
	answer = http_take(client);
	assert_string_equal(http_body(answer), "waited");
	assert_true(asked > 2);
	assert_false(web_is_watched(web));
	free(answer);
}

static void who_goes_before_the_document_came_does_not_look_any_more(void **state)
{
	static const char request[] = "GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n";
	const double end_s = process_now_s() + PATIENCE_S;
	const int client = http_connect(web_port(web));

	(void)state;
	http_send(client, request, sizeof(request) - 1);
	while (!web_is_watched(web))
		rest_until(end_s);
	close(client);
	while (web_is_watched(web))
		rest_until(end_s);
}

static void a_large_document_arrives_whole(void **state)
{
	const int client = http_connect(web_port(web));
	static const char request[] = "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n";
	static char some[1 << 16];
	size_t size = 0;
	ssize_t came;

	(void)state;
	http_send(client, request, sizeof(request) - 1);
	while ((came = recv(client, some, sizeof(some), 0)) > 0)
		size += (size_t)came;
	assert_true(size > LARGE_BYTES && size < LARGE_BYTES + 2048);
	close(client);
}

static void a_request_that_is_never_whole_is_given_up(void **state)
{
	const int client = http_connect(web_port(web));
	char *answer;

	(void)state;
	http_send(client, "GET /", 5);
	answer = http_take(client);
	assert_string_equal(answer, "");
	free(answer);
	await_refusal(WEB_TOO_SLOW);
}

static void an_answer_that_nobody_takes_is_given_up(void **state)
{
	static const char request[] = "GET /huge HTTP/1.1\r\nHost: localhost\r\n\r\n";
	const int client = http_connect(web_port(web));

	(void)state;
	http_send(client, request, sizeof(request) - 1);
	await_refusal(WEB_TOO_SLOW);
	close(client);
}

static void a_feed_echoes_and_ends_with_its_page(void **state)
{
	const double end_s = process_now_s() + PATIENCE_S;

	(void)state;
	feed_client_open(&feed, web_port(web), "starling", "");
	assert_int_equal(feed.status, 101);
	feed_client_say(&feed, "hello");
	assert_true(feed_client_next(&feed));
	assert_string_equal(feed.message, "hello");
	assert_true(web_is_watched(web));
	feed_client_close(&feed);
	while (web_is_watched(web) || ended == 0)
		rest_until(end_s);
	assert_int_equal(ended, 1);
}

static void a_page_that_does_not_read_is_closed(void **state)
{
	const double end_s = process_now_s() + PATIENCE_S;

	(void)state;
	feed_client_open(&feed, web_port(web), "starling", "");
	assert_int_equal(feed.status, 101);
	feed_client_say(&feed, "much");
	while (ended == 0)
		rest_until(end_s);
}

static void a_message_that_is_too_long_closes_the_feed(void **state)
{
	char part[126];

	(void)state;
	memset(part, 'x', sizeof(part) - 1);
	part[sizeof(part) - 1] = '\0';
	feed_client_open(&feed, web_port(web), "starling", "");
	feed_client_say_part(&feed, part, true);
	feed_client_say_part(&feed, part, false);
	feed_client_say_part(&feed, part, false);
	while (feed_client_next(&feed))
		;
	assert_int_equal(feed.closed, 1008);
	await_refusal(WEB_NOT_HEARD);
}

static void who_has_said_nothing_for_longest_makes_place(void **state)
{
	int clients[WEB_CONNECTIONS];
	char *answer;
	char byte;

	(void)state;
	for (size_t i = 0; i < WEB_CONNECTIONS; i++)
		clients[i] = http_connect(web_port(web));
	answer = http_get(web_port(web), "/file", "");
	assert_int_equal(http_status(answer), 200);
	free(answer);
	assert_int_equal(recv(clients[0], &byte, 1, 0), 0);
	await_refusal(WEB_TOO_MANY);
	for (size_t i = 0; i < WEB_CONNECTIONS; i++)
		close(clients[i]);
}

#define WEB_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WEB_TEST(files_and_those_that_pages_share_are_served),
		WEB_TEST(head_gets_the_head_alone),
		WEB_TEST(a_request_may_come_byte_by_byte),
		WEB_TEST(a_document_may_come_later_and_somebody_looks_meanwhile),
		WEB_TEST(who_goes_before_the_document_came_does_not_look_any_more),
		WEB_TEST(a_large_document_arrives_whole),
		WEB_TEST(a_request_that_is_never_whole_is_given_up),
		WEB_TEST(an_answer_that_nobody_takes_is_given_up),
		WEB_TEST(a_feed_echoes_and_ends_with_its_page),
		WEB_TEST(a_page_that_does_not_read_is_closed),
		WEB_TEST(a_message_that_is_too_long_closes_the_feed),
		WEB_TEST(who_has_said_nothing_for_longest_makes_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
